/* SPDX-License-Identifier: GPL-2.0-only */
#include "way.h"

#include <stdlib.h>

#include "test.h"

enum { RATE = 30000 };

void way_open(struct ordain *ordain, enum hook hook)
{
	bool out = hook == HOOK_TCX_EGRESS;
	struct way *way = calloc(1, sizeof(*way));

	assert_non_null(way);
	assert_null(ordain->way);
	netns_switch(ordain->netns, out ? NETNS_NEAR : NETNS_FAR);
	assert_int_equal(sender_open(out ? NETNS_INTERFACE : NETNS_FAR_INTERFACE, &way->sender), 0);
	ordain->way = way;
	netns_switch(ordain->netns, out ? NETNS_FAR : NETNS_NEAR);
	assert_int_equal(receiver_open(out ? NETNS_FAR_INTERFACE : NETNS_INTERFACE, &way->receiver),
			 0);
	netns_switch(ordain->netns, NETNS_NEAR);
	way->sender.rate = RATE;
	/* A program that drops on egress tells the sender so; it shall not try again. */
	way->sender.once = out;
}

void way_close(struct ordain *ordain)
{
	if (!ordain->way)
		return;
	sender_close(&ordain->way->sender);
	receiver_close(ordain->way->receiver);
	free(ordain->way);
	ordain->way = NULL;
}

uint64_t way_send(struct ordain *ordain, char action, uint64_t count, const char *trace)
{
	struct way *way = ordain->way;

	assert_int_equal(receiver_reset(way->receiver, way->sender.sent), 0);
	way->sender.action = (uint8_t)action;
	assert_int_equal(sender_send(&way->sender, count), 0);
	assert_int_equal(receiver_read(way->receiver, way->sender.sent, &way->receipt), 0);
	return receipt_of(&way->receipt, trace);
}

void way_expect(struct ordain *ordain, uint64_t count, const char *trace)
{
	assert_int_equal(way_send(ordain, 0, count, trace), count);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(ordain->way->receipt.packets, count);
}

void way_start(struct ordain *ordain)
{
	struct way *way = ordain->way;

	assert_int_equal(receiver_reset(way->receiver, way->sender.sent), 0);
	way->sender.action = 0;
	assert_int_equal(sender_start(&way->sender), 0);
}

void way_stop(struct ordain *ordain)
{
	struct way *way = ordain->way;

	assert_int_equal(sender_stop(&way->sender), 0);
	assert_int_equal(receiver_read(way->receiver, way->sender.sent, &way->receipt), 0);
}

void way_wait(struct ordain *ordain, uint64_t count)
{
	uint64_t end = ordain->way->sender.sent + count;

	wait_until(ordain, ordain->way->sender.sent >= end);
}
