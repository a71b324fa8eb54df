/* SPDX-License-Identifier: GPL-2.0-only */
#include "vendor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "foreign.h"
#include "test.h"

/* What the process of a vendor knows. */
struct self {
	int interface;
	char letter;
	enum bpf_attach_type type;
	int program;
	int attached; /* the program that it attached last */
	int link;
};

/* Without BTF, so that its name is its own and not that of the function in the object. */
static int load(const struct self *self)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = self->type);
	char name[] = { 'v', 'e', 'n', 'd', 'o', 'r', '_', self->letter, '\0' };
	struct bpf_object *object;
	struct bpf_program *program;
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/stamp_%c.bpf.o", getenv("ORDAIN_BPF"), self->letter);
	object = bpf_object__open(path);
	if (!object)
		return -1;
	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program, !strcmp(bpf_program__name(program), "stamp_xdp"));
	if (bpf_object__load(object))
		return -1;
	program = bpf_object__find_program_by_name(object, "stamp_xdp");
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", bpf_program__insns(program),
			   bpf_program__insn_cnt(program), &options);
	bpf_object__close(object);
	return fd;
}

static int attach(struct self *self, __u32 flags)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options,
		    .old_prog_fd = flags & XDP_FLAGS_REPLACE ? self->attached : 0);
	int result = bpf_xdp_attach(self->interface, self->program, flags,
				    flags & XDP_FLAGS_REPLACE ? &options : NULL);

	if (!result)
		self->attached = self->program;
	return result;
}

static int update(struct self *self, bool own)
{
	LIBBPF_OPTS(bpf_link_update_opts, options, .flags = own ? BPF_F_REPLACE : 0,
		    .old_prog_fd = own ? (__u32)self->attached : 0);
	int result = bpf_link_update(self->link, self->program, &options);

	if (!result)
		self->attached = self->program;
	return result;
}

static int make_link(struct self *self)
{
	int link = bpf_link_create(self->program, self->interface, BPF_XDP, NULL);

	if (link < 0)
		return link;
	self->link = link;
	self->attached = self->program;
	return 0;
}

static int reload(struct self *self)
{
	/* Nobody but the hook, and who absorbed it, holds the old one when the new one is there. */
	if (self->program != self->attached)
		close(self->program);
	self->program = load(self);
	return self->program < 0 ? self->program : 0;
}

static int obey(struct self *self, enum vendor_word word)
{
	switch (word) {
	case VENDOR_FORCE:
		return attach(self, 0);
	case VENDOR_FORCE_GENERIC:
		return attach(self, XDP_FLAGS_SKB_MODE);
	case VENDOR_ASK:
		return attach(self, XDP_FLAGS_UPDATE_IF_NOEXIST);
	case VENDOR_LINK:
		return make_link(self);
	case VENDOR_RELOAD:
		return reload(self);
	case VENDOR_REPLACE:
		return attach(self, XDP_FLAGS_REPLACE);
	case VENDOR_UPDATE:
		return update(self, false);
	case VENDOR_UPDATE_OWN:
		return update(self, true);
	case VENDOR_DETACH:
		return bpf_xdp_detach(self->interface, 0, NULL);
	case VENDOR_DETACH_GENERIC:
		return bpf_xdp_detach(self->interface, XDP_FLAGS_SKB_MODE, NULL);
	case VENDOR_CLOSE:
		return close(self->link);
	case VENDOR_ID:
		return (int)foreign_id(self->program);
	}
	return -EINVAL;
}

static void run(struct self *self, int words, int answers)
{
	enum vendor_word word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self->program = self->attached = load(self);
	if (self->program < 0)
		_exit(1);
	while (read(words, &word, sizeof(word)) == (ssize_t)sizeof(word)) {
		int answer = obey(self, word);

		if (write(answers, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
			break;
	}
	_exit(0);
}

struct vendor vendor_start(const char *interface, char letter, enum bpf_attach_type type)
{
	struct self self = { (int)if_nametoindex(interface), letter, type, -1, -1, -1 };
	struct vendor vendor;
	int words[2], answers[2];

	assert_int_equal(pipe(words), 0);
	assert_int_equal(pipe(answers), 0);
	vendor = (struct vendor){ fork(), words[1], answers[0] };
	assert_true(vendor.pid >= 0);
	if (!vendor.pid) {
		/* What the test holds is not the vendor's to hold. */
		for (int fd = 3; fd < 256; fd++)
			if (fd != words[0] && fd != answers[1])
				close(fd);
		run(&self, words[0], answers[1]);
	}
	close(words[0]);
	close(answers[1]);
	assert_true(vendor_do(&vendor, VENDOR_ID) > 0);
	return vendor;
}

int vendor_do(struct vendor *vendor, enum vendor_word word)
{
	int answer;

	assert_int_equal(write(vendor->words, &word, sizeof(word)), sizeof(word));
	assert_int_equal(read(vendor->answers, &answer, sizeof(answer)), sizeof(answer));
	return answer;
}

void vendor_kill(struct vendor *vendor)
{
	int status;

	if (!vendor->pid)
		return;
	kill(vendor->pid, SIGKILL);
	assert_int_equal(waitpid(vendor->pid, &status, 0), vendor->pid);
	close(vendor->words);
	close(vendor->answers);
	vendor->pid = 0;
}
