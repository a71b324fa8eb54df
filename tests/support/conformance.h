/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every implementation of agent/kernel/kernel.h has to do: one set of cases, run against the kernel
 * in memory and against the real one. A fixture is what a case needs beside the seam itself: the
 * hands that change things behind the agent's back.
 */
#ifndef ORDAIN_TESTS_SUPPORT_CONFORMANCE_H
#define ORDAIN_TESTS_SUPPORT_CONFORMANCE_H

#include "agent/kernel/kernel.h"

/* The two interfaces of every case. What other interfaces there are has to have nothing on it. */
#define CONFORMANCE_A "ordain-a"
#define CONFORMANCE_B "ordain-b"

/* A third one, whose driver has no native XDP: always there, and left empty by each case. */
#define CONFORMANCE_PLAIN "lo"

/* An object file that loads on every hook, known to the kernel's object source by its digest. */
struct conformance_object {
	const char *digest; /* 64 hex digits */
	const char *functions[HOOK_COUNT];
};

/*
 * A fixture that cannot do what it is asked for fails the test (cmocka's fail_msg()). `context` is
 * handed to every callback.
 */
struct conformance_fixture {
	void *context;

	/*
	 * A clean start for each case: A and B exist, nothing runs on their hooks, nothing is
	 * pinned. Everything that earlier cases left is gone.
	 */
	void (*reset)(void *context);

	/* False where the kernel has no such hook (tcx before 6.6): its cases are skipped. */
	bool (*has_hook)(void *context, enum hook hook);

	/*
	 * A kernel as an agent opens it; several may follow each other on what the last one left.
	 * `before_change` is asked before every single change, and a negative errno of it refuses
	 * that change; NULL allows all.
	 */
	struct kernel *(*open)(void *context, int (*before_change)(void *context, const char *what),
			       void *change_context);

	/* The interfaces that are here now, sorted by name. */
	void (*list)(void *context, struct arena *arena, struct interfaces *ret);

	/* ifindex 0: whichever. Another number is free here (not so in other namespaces). */
	void (*add_interface)(void *context, const char *name, unsigned int ifindex);
	void (*delete_interface)(void *context, const char *name);

	/* To another network namespace, where it keeps its number and whatever runs on it. */
	void (*move_interface)(void *context, const char *name);

	/*
	 * Attaches a program that is not ours: on xdp, which is empty, in any way; on tcx by a link
	 * at the head or at the tail. Returns its program id.
	 */
	uint32_t (*put_foreign)(void *context, const char *interface, enum hook hook, bool at_head);

	/*
	 * On xdp, by netlink: attaches a program that is not ours, whatever netlink attached there
	 * before, and lets go of it; or takes off whatever is there. All of them bear one name.
	 */
	uint32_t (*force_foreign)(void *context, const char *interface);
	void (*take_off)(void *context, const char *interface);

	/* On our link, found by its id and not by its pin: detach, or update to another program. */
	void (*detach_ours)(void *context, const char *interface, enum hook hook);
	void (*overwrite_ours)(void *context, const char *interface, enum hook hook);

	/* As if so many packets more had been dropped by the first element of our chain. */
	void (*count)(void *context, const char *interface, enum hook hook, uint64_t packets);

	/* Removes all pins of ours on that hook, as `rm -r` would. The kernel is open meanwhile. */
	void (*remove_pins)(void *context, const char *interface, enum hook hook);

	/* Two different objects that load, and one that the kernel refuses on every hook. */
	struct conformance_object good[2];
	struct conformance_object bad;
};

/* Runs all cases; the result is for main(). */
int conformance_run(const char *name, const struct conformance_fixture *fixture);

#endif
