/* SPDX-License-Identifier: GPL-2.0-only */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_packet.h>
#include <net/if.h>

enum { QUIET_LOOKS = 200, MOST_LOOKS = 10000, LOOK_US = 1000 };

struct receiver {
	struct bpf_object *object;
	uint64_t *arrived; /* one bit for each sequence number, shared with the kernel */
	struct audit_totals *totals; /* likewise */
	int traces;
	int fd;
	uint64_t first;
};

static size_t totals_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map_memory(struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static int load_auditor(struct receiver *receiver)
{
	int error;

	receiver->object = bpf_object__open_file(ORDAIN_AUDITOR, NULL);
	if (!receiver->object)
		return -errno;
	error = bpf_object__load(receiver->object);
	if (error)
		return error;
	receiver->traces = bpf_object__find_map_fd_by_name(receiver->object, "traces");
	receiver->arrived =
		map_memory(receiver->object, "arrived", AUDIT_WORDS * sizeof(*receiver->arrived));
	if (receiver->arrived == MAP_FAILED)
		return -errno;
	receiver->totals = map_memory(receiver->object, "totals", totals_size());
	return receiver->totals == MAP_FAILED ? -errno : 0;
}

static int open_socket(struct receiver *receiver, const char *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TRACE_ETHERTYPE),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	struct bpf_program *program;
	int filter;

	program = bpf_object__find_program_by_name(receiver->object, "audit");
	filter = bpf_program__fd(program);
	if (!address.sll_ifindex)
		return -errno;
	receiver->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (receiver->fd < 0)
		return -errno;
	/* The filter first: once bound, no packet may pass it by. */
	if (setsockopt(receiver->fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)) < 0 ||
	    bind(receiver->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

int receiver_open(const char *interface, struct receiver **ret)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));
	int error;

	if (!receiver)
		return -ENOMEM;
	receiver->fd = -1;
	receiver->arrived = MAP_FAILED;
	receiver->totals = MAP_FAILED;
	error = load_auditor(receiver);
	if (!error)
		error = open_socket(receiver, interface);
	if (error) {
		receiver_close(receiver);
		return error;
	}
	*ret = receiver;
	return 0;
}

int receiver_reset(struct receiver *receiver, uint64_t first)
{
	char letters[TRACE_LETTERS];

	memset(receiver->arrived, 0, AUDIT_WORDS * sizeof(*receiver->arrived));
	while (!bpf_map_get_next_key(receiver->traces, NULL, letters)) {
		int error = bpf_map_delete_elem(receiver->traces, letters);

		if (error)
			return error;
	}
	*receiver->totals = (struct audit_totals){ 0 };
	receiver->first = first;
	return 0;
}

static uint64_t packets_now(const struct receiver *receiver)
{
	return __atomic_load_n(&receiver->totals->packets, __ATOMIC_ACQUIRE);
}

static void wait_for(const struct receiver *receiver, uint64_t expected)
{
	unsigned int quiet = 0;
	uint64_t last = 0;

	for (unsigned int look = 0; look < MOST_LOOKS && quiet < QUIET_LOOKS; look++) {
		uint64_t packets = packets_now(receiver);

		if (packets - receiver->totals->duplicates >= expected)
			return;
		quiet = packets == last ? quiet + 1 : 0;
		last = packets;
		usleep(LOOK_US);
	}
}

static bool has_arrived(const struct receiver *receiver, uint64_t sequence)
{
	return receiver->arrived[sequence / 64] >> (sequence % 64) & 1;
}

static void find_lost(const struct receiver *receiver, uint64_t end, struct receipt *receipt)
{
	for (uint64_t sequence = receiver->first; sequence < end; sequence++) {
		if (has_arrived(receiver, sequence))
			continue;
		if (!receipt->lost)
			receipt->first_lost = sequence;
		receipt->lost++;
	}
}

static int by_letters(const void *a, const void *b)
{
	/* The letters are the first member of an element of receipt.traces. */
	return strcmp(a, b);
}

static int list_traces(const struct receiver *receiver, struct receipt *receipt)
{
	char letters[TRACE_LETTERS], *previous = NULL;

	while (!bpf_map_get_next_key(receiver->traces, previous, letters)) {
		size_t at = receipt->trace_count;

		if (at == AUDIT_TRACES)
			return -EOVERFLOW;
		memcpy(receipt->traces[at].letters, letters, sizeof(letters));
		if (bpf_map_lookup_elem(receiver->traces, letters, &receipt->traces[at].packets))
			return -errno;
		receipt->trace_count++;
		previous = letters;
	}
	qsort(receipt->traces, receipt->trace_count, sizeof(*receipt->traces), by_letters);
	return 0;
}

static int read_books(const struct receiver *receiver, uint64_t end, struct receipt *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->packets = packets_now(receiver);
	ret->duplicates = receiver->totals->duplicates;
	if (receiver->totals->unaccounted)
		return -EOVERFLOW;
	find_lost(receiver, end, ret);
	return list_traces(receiver, ret);
}

int receiver_read(struct receiver *receiver, uint64_t end, struct receipt *ret)
{
	if (end > AUDIT_SEQUENCES)
		return -EOVERFLOW;
	wait_for(receiver, end > receiver->first ? end - receiver->first : 0);
	return read_books(receiver, end, ret);
}

int receiver_finish(struct receiver *receiver, struct receipt *ret)
{
	uint64_t end = AUDIT_SEQUENCES;

	/* The kernel lets nothing run in the filter any more once the socket is closed. */
	close(receiver->fd);
	receiver->fd = -1;
	while (end && !receiver->arrived[end / 64 - 1])
		end -= 64;
	while (end && !has_arrived(receiver, end - 1))
		end--;
	receiver->first = 0;
	while (receiver->first < end && !has_arrived(receiver, receiver->first))
		receiver->first++;
	return read_books(receiver, end, ret);
}

uint64_t receipt_of(const struct receipt *receipt, const char *letters)
{
	for (size_t i = 0; i < receipt->trace_count; i++) {
		if (!strcmp(receipt->traces[i].letters, letters))
			return receipt->traces[i].packets;
	}
	return 0;
}

void receiver_close(struct receiver *receiver)
{
	if (!receiver)
		return;
	if (receiver->fd >= 0)
		close(receiver->fd);
	if (receiver->arrived != MAP_FAILED)
		munmap(receiver->arrived, AUDIT_WORDS * sizeof(*receiver->arrived));
	if (receiver->totals != MAP_FAILED)
		munmap(receiver->totals, totals_size());
	bpf_object__close(receiver->object);
	free(receiver);
}
