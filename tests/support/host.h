/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host in a few words, for golden cases: what its kernel holds and what its agent remembers. One
 * statement a line, carried out in this order; '#' begins a comment.
 *
 *	interfaces NAME...              what is here; eth0 and eth1 unless said
 *	device IFACE DRIVER [MAC]       what is behind it, without which it is not physical
 *	bond NAME PORT...               of these, one is a bond, the others are its ports
 *	no-tcx                          a kernel from before 6.6
 *	no-names                        the kernel does not tell what others' programs are
 *	chain IFACE HOOK ELEMENT...     ours, as apply left it: NAME[:DIGIT[:FUNCTION]]
 *	segment IFACE HOOK NUMBER ELEMENT...   one more link of ours, at the tail
 *	placeholder IFACE HOOK NAME MARK       somebody else's link at the tail, whose program NAME is
 *	                                       absorbed; as an element it is NAME@MARK, and the
 *	                                       segment before it has the word head
 *	foreign IFACE HOOK NAME WHERE [PIN]   somebody else's, at the head or at the tail
 *	netlink IFACE NAME [PIN]        somebody else's on xdp, by netlink and by force
 *	absorb IFACE ELEMENT...         our chain in the place of what is on xdp, or where nothing
 *	                                is: NAME:absorbed calls that, or what NAME was before
 *	off IFACE                       somebody took off what netlink attached on xdp
 *	changes IFACE HOOK HELPER       what others have there calls that
 *	reenters IFACE HOOK NAME        it may send packets over the hook again
 *	detach IFACE HOOK               somebody detached our link
 *	overwrite IFACE HOOK NAME       somebody gave our link another program
 *	unpin IFACE HOOK                somebody removed our pins
 *	generic IFACE                   our XDP link there runs in generic mode
 *	no-native IFACE                 its driver has no native XDP
 *	allow-gap                       the plan is that of `apply --allow-gap`
 *	gone IFACE                      it was deleted; moved IFACE: to another namespace
 *	packets IFACE HOOK ELEMENT SLOT COUNT   left that element of ours with verdict number SLOT
 *	object PATH DIGIT               the digit that its digest repeats (0 unless said)
 *	object PATH missing             it is not there
 *	last-good IFACE HOOK GENERATION ELEMENT...
 *	judge NAME VERDICT              what is found out about a program that has to be readonly:
 *	                                proven (unless said), refuted, unproven, unasked (the kernel
 *	                                was not), redirects (refuted: it does that)
 *	no-policy                       nobody ever wrote one
 *	generation N                    this policy is in force; generation N other: another one is;
 *	                                generation N held: as these files are of no use
 *	agent PID                       it runs
 *	paused REASON                   one word; detached: by hand, everything
 *	brackets NAME COUNT             one more policy file, with so many nested brackets
 */
#ifndef ORDAIN_TESTS_SUPPORT_HOST_H
#define ORDAIN_TESTS_SUPPORT_HOST_H

#include "machine.h"
#include "policy/render/render.h"

struct host_object {
	const char *path;
	const char *digit; /* NULL: missing */
};

struct host_judgement {
	const char *program;
	const char *verdict;
};

struct host_chain {
	const char *interface;
	enum hook hook;
	uint64_t generation;
	const struct manifest *manifest;
};

struct host {
	struct arena *arena;
	struct machine *machine;
	struct {
		struct host_object *items;
		size_t count;
	} objects;
	struct {
		struct host_chain *items;
		size_t count;
	} last_good;
	struct {
		struct host_judgement *items;
		size_t count;
	} judgements;
	struct report report; /* what the host adds to it */
	bool other_policy; /* not this policy is in force */
	bool held; /* and this one cannot be used */
	bool allow_gap;
	bool no_policy;
	const char *brackets_name; /* NULL: no such file */
	size_t brackets;
};

/* Fails the test where a line makes no sense. `text` NULL is a host of which nothing is said. */
struct host *host_new(const char *text);
void host_free(struct host *host);

/* Sets what is found out about the elements, as the agent does, and reports what it leads to. */
void host_judge(const struct host *host, struct arena *arena, struct resolution *resolution,
		struct diags *diags);

/* What should be: as the agent decides it, with objects and last good chains of this host. */
struct desires host_desires(const struct host *host, struct arena *arena,
			    const struct resolution *resolution, struct diags *diags);

#endif
