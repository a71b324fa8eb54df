/* SPDX-License-Identifier: GPL-2.0-only */
#include "ordain.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <net/if.h>

#include "agent/system/files.h"
#include "test.h"
#include "way.h"

enum { FILE_LIMIT = 1 << 24, WORDS_MAX = 64 };

extern char **environ;

static const struct netns *netns;

void ordain_enter(void)
{
	netns = netns_enter();
}

static const char *read_text(const struct ordain *ordain, const char *path)
{
	const char *text;
	size_t length;
	int result = file_read(ordain->arena, path, FILE_LIMIT, &text, &length);

	if (result)
		fail_msg("read %s: %s", path, strerror(-result));
	return text;
}

static void write_text(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

int ordain_setup(void **state)
{
	static unsigned int count;
	struct arena *arena = arena_new();
	struct ordain *ordain = arena_alloc(arena, sizeof(*ordain));

	ordain->arena = arena;
	ordain->netns = netns;
	ordain->root = arena_printf(arena, "%s/root%u", netns->scratch, count++);
	ordain->bpffs = netns->bpffs;
	ordain->notify = -1;
	ordain->log = arena_printf(arena, "%s/agent.log", ordain->root);
	*state = ordain;
	setenv("ROOT", ordain->root, 1);
	setenv("BPFFS", ordain->bpffs, 1);
	if (directory_ensure(ordain_path(ordain, "etc/ordain"), 0755))
		return -1;
	write_text(ordain->log, "", 0);
	if (getenv("ORDAIN_LINKING"))
		policy_write(ordain, "linking.yaml",
			     "chains: [{interfaces: [\"*\"], hook: [xdp, tcx-ingress, "
			     "tcx-egress], linking: %s}]\n",
			     getenv("ORDAIN_LINKING"));
	return 0;
}

static void delete_interfaces(const struct ordain *ordain, enum netns_side side)
{
	struct if_nameindex *list;

	netns_switch(ordain->netns, side);
	list = if_nameindex();
	netns_switch(ordain->netns, NETNS_NEAR);
	assert_non_null(list);
	for (const struct if_nameindex *at = list; at->if_index; at++) {
		char name[IF_NAMESIZE];
		bool there;

		if (!strcmp(at->if_name, "lo") || !strcmp(at->if_name, NETNS_INTERFACE) ||
		    !strcmp(at->if_name, NETNS_FAR_INTERFACE))
			continue;
		/* It may have gone together with its peer. */
		netns_switch(ordain->netns, side);
		there = if_indextoname(at->if_index, name) != NULL;
		netns_switch(ordain->netns, NETNS_NEAR);
		if (there)
			netns_ip(ordain->netns, side, "link del %s", name);
	}
	if_freenameindex(list);
}

int ordain_teardown(void **state)
{
	struct ordain *ordain = *state;
	int result;

	way_close(ordain);
	if (ordain->agent)
		agent_kill(ordain);
	if (ordain->notify >= 0)
		close(ordain->notify);
	delete_interfaces(ordain, NETNS_NEAR);
	delete_interfaces(ordain, NETNS_FAR);
	result = directory_remove(arena_printf(ordain->arena, "%s/ordain", ordain->bpffs));
	foreign_xdp_off(NETNS_INTERFACE);
	/* A link whose last pin went is freed by a work queue, a moment later. */
	for_each_hook(hook) wait_until(ordain, !hook_holding(NETNS_INTERFACE, hook).count);
	if (!result)
		result = directory_remove(ordain->root);
	arena_free(ordain->arena);
	return result;
}

void need_tcx(void)
{
	if (hook_exists(NETNS_INTERFACE, HOOK_TCX_INGRESS))
		return;
	print_message("SKIP: no tcx before Linux 6.6\n");
	skip();
}

const char *ordain_path(const struct ordain *ordain, const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	return arena_printf(ordain->arena, "%s/%s", ordain->root, path);
}

const char *object_path(const struct ordain *ordain, const char *name)
{
	return arena_printf(ordain->arena, "%s/%s.bpf.o", getenv("ORDAIN_BPF"), name);
}

static void replace(const struct ordain *ordain, const char *path, const char *text, size_t length)
{
	const char *fresh = arena_printf(ordain->arena, "%s.new", path);

	write_text(fresh, text, length);
	assert_int_equal(rename(fresh, path), 0);
}

void file_copy(const struct ordain *ordain, const char *from, const char *to)
{
	const char *text;
	size_t length;

	assert_int_equal(file_read(ordain->arena, from, FILE_LIMIT, &text, &length), 0);
	replace(ordain, to, text, length);
}

void policy_write(const struct ordain *ordain, const char *name, const char *format, ...)
{
	const char *path = ordain_path(ordain, "etc/ordain/%s", name);
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	text = arena_printf(ordain->arena, "ordain: 1\n%s", text);
	replace(ordain, path, text, strlen(text));
}

void policy_remove(const struct ordain *ordain, const char *name)
{
	assert_int_equal(unlink(ordain_path(ordain, "etc/ordain/%s", name)), 0);
}

void policy_clear(const struct ordain *ordain, const char *name)
{
	policy_write(ordain, name, "%s", "");
}

void policy_chain(const struct ordain *ordain, const char *name, const char *interface,
		  enum hook hook, const char *words)
{
	struct text text = TEXT(ordain->arena);
	const char *type = hook == HOOK_XDP ? "xdp" : "tc";

	text_add(&text, "programs:\n");
	for (const char *at = words; *at; at++) {
		bool stamps = *at >= 'a';
		const char *sample = stamps ? "stamp" : "verdict";
		char letter = (char)(stamps ? *at : *at - 'A' + 'a');

		if (*at == ' ')
			continue;
		text_printf(&text, "  %c: {hook: %s, interfaces: [%s], object: %s/%s_%c.bpf.o, ",
			    letter, hook_name(hook), interface, getenv("ORDAIN_BPF"), sample,
			    letter);
		text_printf(&text, "function: %s_%s}\n", sample, type);
	}
	text_printf(&text, "chains:\n  - {interfaces: [%s], hook: %s, order: [", interface,
		    hook_name(hook));
	for (const char *at = words; *at; at++)
		if (*at != ' ')
			text_printf(&text, "%s%c", at == words ? "" : ", ",
				    *at >= 'a' ? *at : *at - 'A' + 'a');
	policy_write(ordain, name, "%s]}\n", text_string(&text));
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t spawn(char **words, const char *out, const char *err)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC;
	posix_spawn_file_actions_t files;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out, flags, 0600);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err, flags, 0600);
	error = posix_spawnp(&pid, words[0], &files, NULL, words, environ);
	posix_spawn_file_actions_destroy(&files);
	if (error)
		fail_msg("start %s: %s", words[0], strerror(error));
	return pid;
}

static struct outcome run(const struct ordain *ordain, char **words)
{
	const char *out = ordain_path(ordain, "stdout");
	const char *err = ordain_path(ordain, "stderr");
	pid_t pid = spawn(words, out, err);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (struct outcome){ exit_code(status), read_text(ordain, out),
				 read_text(ordain, err) };
}

static char **ordain_words(const struct ordain *ordain, const char *text)
{
	char **words = arena_array(ordain->arena, char *, WORDS_MAX);
	char *rest = arena_strdup(ordain->arena, text);
	size_t count = 0;

	words[count++] = getenv("ORDAIN");
	words[count++] = arena_printf(ordain->arena, "--root=%s", ordain->root);
	words[count++] = arena_printf(ordain->arena, "--bpffs=%s", ordain->bpffs);
	while ((words[count] = strsep(&rest, " "))) {
		count++;
		assert_true(count < WORDS_MAX);
	}
	return words;
}

struct outcome ordain_run(const struct ordain *ordain, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	return run(ordain, ordain_words(ordain, text));
}

struct outcome ordain_shell(const struct ordain *ordain, const char *format, ...)
{
	char *words[] = { "sh", "-c", NULL, NULL };
	va_list args;

	va_start(args, format);
	words[2] = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	return run(ordain, words);
}

const char *ordain_do(const struct ordain *ordain, const char *format, ...)
{
	struct outcome outcome;
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	outcome = run(ordain, ordain_words(ordain, text));
	if (outcome.code)
		fail_msg("ordain %s: exit code %d\n%s%s", text, outcome.code, outcome.out,
			 outcome.err);
	return outcome.out;
}

bool ordain_in_sync(const struct ordain *ordain)
{
	return ordain_run(ordain, "plan --detailed-exitcode").code == 0 &&
	       ordain_run(ordain, "status").code == 0;
}

static json_t *status_json(const struct ordain *ordain)
{
	struct outcome outcome = ordain_run(ordain, "status -o json");
	json_error_t error;
	json_t *status = json_loads(outcome.out, 0, &error);

	if (!status)
		fail_msg("status -o json: %s\n%s%s", error.text, outcome.out, outcome.err);
	return status;
}

static bool is_at(const json_t *object, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && !strcmp(text, value);
}

uint64_t ordain_counter(const struct ordain *ordain, const char *interface, enum hook hook,
			const char *element, const char *counter)
{
	json_t *status = status_json(ordain), *chain, *item;
	uint64_t count = 0;
	size_t i, j;

	json_array_foreach(json_object_get(status, "chains"), i, chain)
	{
		if (!is_at(chain, "interface", interface) || !is_at(chain, "hook", hook_name(hook)))
			continue;
		json_array_foreach(json_object_get(chain, "elements"), j, item)
		{
			const json_t *holder = item;

			if (!is_at(item, "name", element))
				continue;
			if (strcmp(counter, "seen") != 0)
				holder = json_object_get(item, "verdicts");
			count = (uint64_t)json_integer_value(json_object_get(holder, counter));
		}
	}
	json_decref(status);
	return count;
}

uint64_t ordain_generation(const struct ordain *ordain)
{
	json_t *status = status_json(ordain);
	uint64_t generation = (uint64_t)json_integer_value(json_object_get(status, "generation"));

	json_decref(status);
	return generation;
}
