/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program does to a packet, found from its instructions alone: an abstract interpretation
 * that follows the types of registers and stack slots over all paths, through subprograms and
 * callbacks. It errs on one side only: what it does not understand is never taken for harmless.
 *
 * The kernel has verified, or will verify, the same instructions: that every access is in bounds,
 * that the program ends. The analysis relies on that and on nothing else.
 */
#ifndef ORDAIN_POLICY_ANALYSIS_ANALYSIS_H
#define ORDAIN_POLICY_ANALYSIS_ANALYSIS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/model/hook.h"

/* What an instruction refers to that its bytes do not say: its relocation does. */
struct insn_target {
	enum insn_target_kind {
		TARGET_NONE,
		TARGET_MAP, /* the address of a map */
		TARGET_MAP_VALUE, /* an address inside the value of a map: global data */
		TARGET_KFUNC, /* a call to a function of the kernel */
		TARGET_SYMBOL, /* the address of a kernel symbol */
	} kind;
	const char *name; /* of the map, the function or the symbol; NULL: not known */
	enum bpf_map_type map_type; /* of a map */
};

struct analysis_input {
	enum hook hook;
	/*
	 * The main function, and behind it every subprogram and callback that it reaches, as libbpf
	 * arranges them: calls among them (BPF_PSEUDO_CALL) and addresses of callbacks
	 * (BPF_PSEUDO_FUNC) are relative to the instruction and relocated. Whatever else they refer
	 * to is in `targets`.
	 */
	const struct bpf_insn *insns;
	const struct insn_target *targets; /* one for each instruction */
	size_t count;
};

enum finding_kind {
	/* An instruction was found that does it: the program is not readonly. */
	FINDING_WRITES_PACKET,
	FINDING_WRITES_CONTEXT, /* a field that later elements or the stack act on */
	FINDING_RESIZES, /* or moves: head, tail, metadata, VLAN tags, encapsulation */
	FINDING_REDIRECTS,
	FINDING_CLONES,
	FINDING_REFUTES = FINDING_CLONES, /* the last of these */
	/* It cannot be told what it does. */
	FINDING_TAIL_CALL,
	FINDING_THROWS, /* bpf_throw: ends the chain, whatever is made of verdicts */
	FINDING_UNKNOWN_CALL, /* a helper or a function of the kernel that is in no table here */
	FINDING_UNKNOWN_STORE, /* through a pointer that may be to anything */
	FINDING_TOO_COMPLEX,
	FINDING_UNKNOWN_INSTRUCTION, /* no kernel takes it, or only later ones */
};

struct finding {
	enum finding_kind kind;
	size_t insn; /* index in `insns` */
	const char *what; /* "writes the packet at offset 12", "calls bpf_skb_store_bytes" */
};

/* A field of the context (struct xdp_md, struct __sk_buff) that an instruction reads. */
enum { CONTEXT_NOT_READ = -1, CONTEXT_UNCLEAR = -2 };

struct analysis {
	struct finding *findings; /* by instruction; each (kind, instruction) once */
	size_t count;
	bool reads_packet;
	/*
	 * What it can return: bit (1 << verdict slot). `any_verdict`: a value that was computed, or
	 * that the analysis lost sight of; then all bits are set.
	 */
	unsigned int verdicts;
	bool any_verdict;
	/* Sorted, each once: "bpf_map_lookup_elem", kernel functions included; maps by name. */
	const char **helpers;
	size_t helper_count;
	const char **maps;
	size_t map_count;
	const char **context_writes; /* the fields that it writes: "mark", "cb[2]" */
	size_t context_write_count;
	/*
	 * For each instruction: the byte offset in the context that it reads, if it reads the
	 * context on every path that reaches it and always at that offset; CONTEXT_NOT_READ if it
	 * never does; CONTEXT_UNCLEAR otherwise.
	 */
	const int *context_reads;
};

enum opinion { OPINION_NOT_ASKED, OPINION_READONLY, OPINION_REFUTED, OPINION_UNKNOWN };

/*
 * Any instructions will do, also ones that no kernel would take: those are findings of an unknown
 * kind. Never NULL; the result lives in `arena`, its names may be those of `input`.
 *
 * Bounds, beyond which the finding is FINDING_TOO_COMPLEX, any verdict is possible and every read of
 * the context unclear: a million instructions; calls 8 deep; four million steps, which are a few
 * tenths of a second; 64 MiB, which are freed again.
 */
const struct analysis *analyse(struct arena *arena, const struct analysis_input *input);

/* READONLY without any finding; REFUTED if one of them refutes it; else UNKNOWN. */
enum opinion analysis_opinion(const struct analysis *analysis);

/* "bpf_redirect"; NULL for a number that no table here knows. */
const char *helper_name(uint32_t helper);

/*
 * Is this the function of the kernel behind a helper that changes, resizes, redirects or clones
 * packets? For XDP some have a name of their own, as bpf_xdp_redirect.
 */
bool helper_changes(const char *function);

#endif
