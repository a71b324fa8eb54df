/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loader as vendors ship it, each with its own package: it attaches its program to an interface's
 * tcx ingress hook, behind whatever is there, and takes it off when it ends. It has never heard of
 * ordain, of other vendors, or of an order.
 */
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

static int failed(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_link *link;
	sigset_t ending;
	int signal;

	if (argc != 4) {
		fprintf(stderr, "usage: ordain-vendor INTERFACE OBJECT PROGRAM\n");
		return 64;
	}
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	object = bpf_object__open(argv[2]);
	program = object ? bpf_object__find_program_by_name(object, argv[3]) : NULL;
	if (!program)
		return failed(argv[2]);
	bpf_program__set_expected_attach_type(program, BPF_TCX_INGRESS);
	if (bpf_object__load(object))
		return failed(argv[2]);
	link = bpf_program__attach_tcx(program, (int)if_nametoindex(argv[1]), NULL);
	if (!link)
		return failed(argv[1]);
	sigwait(&ending, &signal);
	bpf_link__destroy(link);
	bpf_object__close(object);
	return EXIT_SUCCESS;
}
