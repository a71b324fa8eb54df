/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/commands/command.h"

const struct command commands[] = {
	{ .name = "check",
	  .summary = "parse the policy, resolve it and look at its objects; no kernel",
	  .arguments = "",
	  .help = "Reads every policy file, resolves each hook's order and looks into each "
		  "object.\n"
		  "All errors are shown at once. Needs no privileges and changes nothing.\n"
		  "With --output lines, for editors and CI: each error, warning and note as one\n"
		  "line, FILE:LINE:COLUMN: SEVERITY[CODE]: SUMMARY, and nothing else.",
	  .flags = OPTION_AS | OPTION_WITHOUT | OPTION_OUTPUT | OPTION_LINES | OPTION_STRICT |
		   OPTION_NO_OBJECTS,
	  .run = command_check },
	{ .name = "plan",
	  .summary = "show what `apply` would do, step by step, and change nothing",
	  .arguments = "",
	  .help = "Compares the policy with what the kernel runs. Chains that would be new are\n"
		  "linked and verified, so a program that the kernel refuses shows up here.\n"
		  "Exits with 0, with 1 on an error or a blocked hook, and with\n"
		  "--detailed-exitcode with 2 when there are changes to make.",
	  .flags = OPTION_AS | OPTION_WITHOUT | OPTION_OUTPUT | OPTION_DETAILED_EXITCODE,
	  .run = command_plan },
	{ .name = "apply",
	  .summary = "make the kernel match the policy, once, now",
	  .arguments = "",
	  .help = "One full pass, also beside a running agent and during a pause. Every hook is\n"
		  "swapped as a whole; no packet sees half of a chain. Exits with 1 if any hook\n"
		  "is blocked; the others are changed all the same.",
	  .flags = OPTION_OUTPUT | OPTION_EXPECT | OPTION_ALLOW_GAP,
	  .run = command_apply },
	{ .name = "try",
	  .summary = "apply, and go back by itself unless `confirm` comes in time",
	  .arguments = "",
	  .help = "Applies what the files say, or takes what an agent has just applied, and "
		  "returns.\n"
		  "Without `ordain confirm` before --timeout is over, the generation before it "
		  "comes\n"
		  "back by itself: an agent does it, or a process that is left behind, whatever\n"
		  "became of this terminal; after a reboot at once. Meanwhile edits wait. What "
		  "was\n"
		  "taken back is not applied again until it changes, or is tried again. Exits as\n"
		  "`apply` does.",
	  .flags = OPTION_OUTPUT | OPTION_EXPECT | OPTION_ALLOW_GAP | OPTION_TIMEOUT,
	  .run = command_try },
	{ .name = "confirm",
	  .summary = "keep what `try` applied",
	  .arguments = "",
	  .help = "Ends the trial: its generation stays in force. Exits with 1 if it came too "
		  "late,\n"
		  "or nothing was on trial, unless what the files say is in force anyway.",
	  .run = command_confirm },
	{ .name = "undo",
	  .summary = "go back to the generation before this one, with its objects",
	  .arguments = "",
	  .help = "The same during a trial, without waiting for its end. It comes back as a new\n"
		  "generation, and what the files say now is not applied again until it changes,\n"
		  "or is tried again: put the files back as well. One step; there is no redo.",
	  .flags = OPTION_OUTPUT | OPTION_ALLOW_GAP,
	  .run = command_undo },
	{ .name = "agent",
	  .summary = "the daemon: watch, apply, repair",
	  .arguments = "",
	  .help = "Watches the policy and the interfaces, applies what changes and repairs what\n"
		  "others undo. Stopping it detaches nothing. SIGHUP looks at everything again.",
	  .flags = OPTION_NOTICE,
	  .run = command_agent },
	{ .name = "status",
	  .summary = "show what runs, worst first, with counters",
	  .arguments = "[IFACE [HOOK]]",
	  .help = "Compares what runs with the policy in force. Exits with 0 when every hook is\n"
		  "in sync, with 2 when one is not or the files have errors, and with 1 when it\n"
		  "cannot tell; --watch ends with Ctrl-C, and with what the last look says. On a\n"
		  "terminal, what does not fit is folded: what is not in sync and the busiest "
		  "stay.\n"
		  "With --output openmetrics: what the agent's socket gives, too.",
	  .flags = OPTION_OUTPUT | OPTION_OPENMETRICS | OPTION_WATCH | OPTION_ALL,
	  .max_arguments = 2,
	  .run = command_status },
	{ .name = "explain",
	  .summary = "why a chain has its order, or where a program runs",
	  .arguments = "IFACE [HOOK] | PROGRAM",
	  .help = "For a hook: each element with the statement that put it there, what was\n"
		  "overridden, and who is not here and why. For a program: where it runs.",
	  .flags = OPTION_AS | OPTION_WITHOUT | OPTION_OUTPUT,
	  .max_arguments = 2,
	  .run = command_explain },
	{ .name = "classify",
	  .summary = "what the programs of an object do to a packet, and is it proven",
	  .arguments = "OBJECT [FUNCTION]",
	  .help = "Looks at the instructions of each function for xdp or tcx, or of the one that "
		  "is\n"
		  "named. Does it leave packets alone? Proven, refuted or unproven, and why.\n"
		  "With root the kernel is asked as well: it loads the program, and unloads it.\n"
		  "Without, nothing is proven. Exits with 0 whatever the answer is.",
	  .flags = OPTION_OUTPUT,
	  .max_arguments = 2,
	  .run = command_classify },
	{ .name = "wait",
	  .summary = "until the kernel has what the files say",
	  .arguments = "",
	  .help = "For scripts: --for in-sync, which is the default, waits until the files are in\n"
		  "force and every hook is in sync. Exits with 0 then, and with 2 when --timeout "
		  "is\n"
		  "over, with what is missing. Changes nothing: an agent or `apply` has to.",
	  .flags = OPTION_FOR | OPTION_TIMEOUT,
	  .run = command_wait },
	{ .name = "pause",
	  .summary = "let the agent watch and report, but change nothing",
	  .arguments = "[REASON]",
	  .help = "Also over a reboot, until `ordain resume` or for the time that --for gives.\n"
		  "An explicit `ordain apply` still works.",
	  .flags = OPTION_FOR,
	  .max_arguments = 1,
	  .run = command_pause },
	{ .name = "resume",
	  .summary = "end a pause, and what `detach` ordered",
	  .arguments = "",
	  .help = "The agent goes on; without one, `ordain apply` puts the chains back.",
	  .run = command_resume },
	{ .name = "detach",
	  .summary = "emergency stop: remove everything of ours, and keep it so",
	  .arguments = "[IFACE [HOOK]]",
	  .help = "Removes our chains, all or there, and nothing of anyone else. It stays so over\n"
		  "a reboot and against `apply`, until `ordain resume`.",
	  .max_arguments = 2,
	  .run = command_detach },
	{ .name = NULL },
};

/* What is opened later must not get a stream's number: messages would be written into it. */
static void occupy_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options options = { .arena = arena_new(),
				   .root = "",
				   .bpffs = "/sys/fs/bpf",
				   .notice = NOTICE_GRADE_COUNT - 1 };
	const struct command *command;
	int result;

	occupy_standard_streams();
	command = options_read(argc, argv, &options, &result);
	if (command)
		result = command->run(&options);
	if ((fflush(stdout) || ferror(stdout)) && result != EXIT_USAGE)
		result = say_error("the result could not be written to the standard output");
	arena_free(options.arena);
	return result;
}
