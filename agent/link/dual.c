/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/dual.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/link/insns.h"

enum { TCX_GO_ON = -1 };

int dual_latch_make(struct dual_latch *ret)
{
	struct dual_latch latch = DUAL_LATCH_NONE;

	latch.epoch = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_epoch", sizeof(__u32),
				     sizeof(__u64), 1, NULL);
	if (latch.epoch < 0)
		return latch.epoch;
	latch.latch = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "ordain_latch", sizeof(__u32),
				     sizeof(__u64), 1, NULL);
	if (latch.latch < 0) {
		close(latch.epoch);
		return latch.latch;
	}
	*ret = latch;
	return 0;
}

void dual_latch_close(struct dual_latch *latch)
{
	if (latch->epoch >= 0)
		close(latch->epoch);
	if (latch->latch >= 0)
		close(latch->latch);
	*latch = DUAL_LATCH_NONE;
}

static int make_chains(int before, int after)
{
	const int programs[] = { before, after };
	int fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "ordain_chains", sizeof(__u32),
				sizeof(__u32), 2, NULL);
	int result = 0;

	for (__u32 i = 0; fd >= 0 && !result && i < 2; i++)
		if (programs[i] >= 0)
			result = bpf_map_update_elem(fd, &i, &programs[i], BPF_ANY);
	if (!result)
		return fd;
	close(fd);
	return result;
}

/* r7 = the latch of this CPU, which the first one sets. No BTF: nothing in it can be replaced. */
static int load(const struct dual_latch *latch, int chains, bool first,
		enum bpf_attach_type attach_type)
{
	const struct bpf_insn insns[] = {
		MOV_REG(BPF_REG_6, BPF_REG_1),
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, latch->latch),
		INSN(0, 0, 0, 0, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		CALL_HELPER(BPF_FUNC_map_lookup_elem),
		JUMP_IF(BPF_JEQ, BPF_REG_0, 0, 11),
		/* The verifier takes no code that cannot be reached, and finds out by itself. */
		MOV32_IMM(BPF_REG_1, first),
		JUMP_IF(BPF_JEQ, BPF_REG_1, 0, 4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, latch->epoch),
		INSN(0, 0, 0, 0, 0),
		LOAD64(BPF_REG_1, BPF_REG_1, 0),
		STORE64(BPF_REG_0, 0, BPF_REG_1),
		LOAD64(BPF_REG_3, BPF_REG_0, 0),
		MOV_REG(BPF_REG_1, BPF_REG_6),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, chains),
		INSN(0, 0, 0, 0, 0),
		CALL_HELPER(BPF_FUNC_tail_call),
		MOV32_IMM(BPF_REG_0, TCX_GO_ON),
		EXIT(),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ordain_switch", "GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &options);
}

static int program_id(int program, uint32_t *ret)
{
	struct bpf_prog_info info;
	__u32 size = sizeof(info);
	int result;

	memset(&info, 0, sizeof(info));
	result = bpf_prog_get_info_by_fd(program, &info, &size);
	*ret = info.id;
	return result;
}

int dual_make(const struct dual_latch *latch, int before, int after, bool first,
	      enum bpf_attach_type attach_type, struct dual *ret)
{
	struct dual dual = DUAL_NONE;
	int result = 0;

	dual.fds[DUAL_EPOCH] = fcntl(latch->epoch, F_DUPFD_CLOEXEC, 0);
	dual.fds[DUAL_CHAINS] = make_chains(before, after);
	if (dual.fds[DUAL_EPOCH] < 0)
		result = -errno;
	if (!result && dual.fds[DUAL_CHAINS] < 0)
		result = dual.fds[DUAL_CHAINS];
	if (!result) {
		dual.fds[DUAL_PROGRAM] = load(latch, dual.fds[DUAL_CHAINS], first, attach_type);
		result = dual.fds[DUAL_PROGRAM] < 0 ? dual.fds[DUAL_PROGRAM]
						    : program_id(dual.fds[DUAL_PROGRAM], &dual.id);
	}
	if (result)
		dual_close(&dual);
	else
		*ret = dual;
	return result;
}

void dual_close(struct dual *dual)
{
	for (size_t i = 0; i < DUAL_PARTS; i++)
		if (dual->fds[i] >= 0)
			close(dual->fds[i]);
	*dual = DUAL_NONE;
}

int dual_flip(const struct dual_latch *latch)
{
	__u64 after = 1;
	__u32 key = 0;

	return bpf_map_update_elem(latch->epoch, &key, &after, BPF_ANY);
}

uint32_t dual_in_force(const struct dual *dual)
{
	__u64 epoch = 0;
	__u32 key = 0, id;

	if (bpf_map_lookup_elem(dual->fds[DUAL_EPOCH], &key, &epoch))
		return 0;
	key = (__u32)epoch;
	return bpf_map_lookup_elem(dual->fds[DUAL_CHAINS], &key, &id) ? 0 : id;
}
