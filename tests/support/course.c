/* SPDX-License-Identifier: GPL-2.0-only */
#include "course.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <net/if.h>

#include "test.h"
#include "traffic.h"

/* Nothing comes at all where a program drops: LOOKS is how long that is waited for. */
enum { PACKETS = 3, LOOK_US = 200, LOOKS = 500, SILENCE_US = 2000 };

#define TARGET "target"
#define FAR "-far"

static const char *const names[LANE_COUNT] = { "alone", "first", "middle", "last" };
const char lanes_of_chains[] = "first, middle, last";

/* Receives traced packets, and not what is sent there. */
struct tap {
	int fd;
	unsigned int count;
	char letters[TRACE_LETTERS + 1]; /* of the first */
	bool differ;
};

struct course {
	struct ordain *ordain;
	struct sender in[LANE_COUNT]; /* on the far end */
	struct sender out[LANE_COUNT]; /* on the near end */
	struct tap near[LANE_COUNT];
	struct tap far[LANE_COUNT];
	struct tap target;
	int receiving; /* a program that lets everything pass */
	int links[LANE_COUNT + 1];
	size_t link_count;
};

const char *lane_interface(enum lane lane)
{
	return names[lane];
}

unsigned int course_target(void)
{
	return netns_ifindex(TARGET);
}

static int tap_open(const char *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TRACE_ETHERTYPE),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void tap_reset(struct tap *tap)
{
	struct trace_packet packet;

	while (recv(tap->fd, &packet, sizeof(packet), 0) >= 0)
		;
	tap->count = 0;
	tap->differ = false;
	tap->letters[0] = '\0';
}

static void tap_read(struct tap *tap)
{
	struct trace_packet packet;

	while (recv(tap->fd, &packet, sizeof(packet), 0) == sizeof(packet)) {
		char letters[TRACE_LETTERS + 1] = "";

		memcpy(letters, packet.letters, TRACE_LETTERS);
		if (!tap->count++)
			memcpy(tap->letters, letters, sizeof(letters));
		else if (strcmp(letters, tap->letters) != 0)
			tap->differ = true;
	}
}

/* The far end's program: without one, a veth takes nothing that XDP transmits. */
static void pair_open(struct course *course, const char *name)
{
	struct ordain *ordain = course->ordain;
	const char *far = arena_printf(ordain->arena, "%s" FAR, name);

	netns_ip(ordain->netns, NETNS_NEAR,
		 "link add %s type veth peer name %s netns /proc/%d/fd/%d", name, far, getpid(),
		 ordain->netns->side[NETNS_FAR]);
	netns_ip(ordain->netns, NETNS_FAR, "link set %s up", far);
	netns_ip(ordain->netns, NETNS_NEAR, "link set %s up", name);
	netns_wait_for_carrier(name);
	netns_switch(ordain->netns, NETNS_FAR);
	netns_wait_for_carrier(far);
	course->links[course->link_count++] = foreign_link(far, HOOK_XDP, course->receiving, true);
	netns_switch(ordain->netns, NETNS_NEAR);
}

static void lane_open(struct course *course, enum lane lane)
{
	const char *far = arena_printf(course->ordain->arena, "%s" FAR, names[lane]);

	pair_open(course, names[lane]);
	assert_int_equal(sender_open(names[lane], &course->out[lane]), 0);
	course->near[lane].fd = tap_open(names[lane]);
	netns_switch(course->ordain->netns, NETNS_FAR);
	assert_int_equal(sender_open(far, &course->in[lane]), 0);
	course->far[lane].fd = tap_open(far);
	netns_switch(course->ordain->netns, NETNS_NEAR);
	/* A program that drops on egress tells the sender so; it shall not try again. */
	course->out[lane].once = true;
}

struct course *course_open(struct ordain *ordain)
{
	struct course *course = calloc(1, sizeof(*course));

	assert_non_null(course);
	course->ordain = ordain;
	course->receiving = foreign_load(HOOK_XDP);
	for (enum lane lane = 0; lane < LANE_COUNT; lane++)
		lane_open(course, lane);
	pair_open(course, TARGET);
	netns_switch(ordain->netns, NETNS_FAR);
	course->target.fd = tap_open(TARGET FAR);
	netns_switch(ordain->netns, NETNS_NEAR);
	return course;
}

void course_close(struct course *course)
{
	for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
		sender_close(&course->in[lane]);
		sender_close(&course->out[lane]);
		close(course->near[lane].fd);
		close(course->far[lane].fd);
	}
	for (size_t i = 0; i < course->link_count; i++)
		close(course->links[i]);
	close(course->target.fd);
	close(course->receiving);
	free(course);
}

/* A clone may come beside what goes on, and what comes late comes soon. */
static void wait_for_all(struct tap *const *taps)
{
	unsigned int count = 0;

	for (unsigned int look = 0; count < PACKETS && look < LOOKS; look++) {
		count = 0;
		usleep(LOOK_US);
		for (int i = 0; i < 3; i++) {
			tap_read(taps[i]);
			count += taps[i]->count;
		}
	}
	usleep(SILENCE_US);
	for (int i = 0; i < 3; i++)
		tap_read(taps[i]);
}

static const char *tap_trace(struct arena *arena, const struct tap *tap)
{
	return tap->count == PACKETS && !tap->differ ? arena_strdup(arena, tap->letters) : NULL;
}

struct sights course_run(struct course *course, enum lane lane, enum hook hook)
{
	bool is_out = hook == HOOK_TCX_EGRESS;
	struct sender *sender = is_out ? &course->out[lane] : &course->in[lane];
	struct tap *taps[] = {
		is_out ? &course->far[lane] : &course->near[lane],
		is_out ? &course->near[lane] : &course->far[lane],
		&course->target,
	};
	struct arena *arena = course->ordain->arena;

	for (int i = 0; i < 3; i++)
		tap_reset(taps[i]);
	assert_int_equal(sender_send(sender, PACKETS), 0);
	wait_for_all(taps);
	return (struct sights){
		.end = tap_trace(arena, taps[0]),
		.back = tap_trace(arena, taps[1]),
		.target = tap_trace(arena, taps[2]),
	};
}
