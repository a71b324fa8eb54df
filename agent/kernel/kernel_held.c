/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/kernel_state.h"

#include <stdlib.h>
#include <unistd.h>

static bool same_hook(struct pinned_hook a, struct pinned_hook b)
{
	return a.ifindex == b.ifindex && a.hook == b.hook;
}

static struct held_link **bucket(struct kernel_linux *linux, unsigned int ifindex)
{
	return &linux->held[ifindex % HELD_BUCKETS];
}

struct held_link *held_find(struct kernel_linux *linux, struct pinned_hook hook,
			    unsigned int number)
{
	for (struct held_link *held = *bucket(linux, hook.ifindex); held; held = held->next)
		if (same_hook(held->hook, hook) && held->number == number)
			return held;
	return NULL;
}

struct held_link *held_next(const struct kernel_linux *linux, const struct held_link *held)
{
	size_t at = held ? held->hook.ifindex % HELD_BUCKETS + 1 : 0;

	if (held && held->next)
		return held->next;
	while (at < HELD_BUCKETS && !linux->held[at])
		at++;
	return at < HELD_BUCKETS ? linux->held[at] : NULL;
}

static void forget_manifest(struct held_link *held)
{
	arena_free(held->arena);
	held->arena = NULL;
	held->manifest = NULL;
	held->program = 0;
	held->since = 0;
}

struct held_link *held_set(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
			   int fd, uint32_t id)
{
	struct held_link *held;

	held_drop(linux, hook, number);
	held = calloc(1, sizeof(*held));
	if (!held)
		abort();
	held->hook = hook;
	held->number = number;
	held->fd = fd;
	held->id = id;
	held->next = *bucket(linux, hook.ifindex);
	*bucket(linux, hook.ifindex) = held;
	return held;
}

void held_drop(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number)
{
	for (struct held_link **at = bucket(linux, hook.ifindex); *at; at = &(*at)->next) {
		struct held_link *held = *at;

		if (!same_hook(held->hook, hook) || held->number != number)
			continue;
		*at = held->next;
		forget_manifest(held);
		close(held->fd);
		free(held);
		return;
	}
}

void held_drop_all(struct kernel_linux *linux)
{
	struct held_link *held;

	while ((held = held_next(linux, NULL)))
		held_drop(linux, held->hook, held->number);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct pinned_ids held_numbers(struct kernel_linux *linux, struct arena *arena,
			       struct pinned_hook hook, bool quick)
{
	struct pinned_ids numbers = { 0 };

	if (!quick)
		pins_links(arena, &linux->pins, hook, &numbers);
	for (struct held_link *held = *bucket(linux, hook.ifindex); held; held = held->next) {
		bool listed = false;

		for (size_t i = 0; i < numbers.count; i++)
			listed |= numbers.items[i] == held->number;
		if (same_hook(held->hook, hook) && !listed)
			*list_push(arena, &numbers) = held->number;
	}
	if (numbers.count)
		qsort(numbers.items, numbers.count, sizeof(*numbers.items), compare_numbers);
	return numbers;
}

struct held_link *held_get(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
			   struct link_state *ret_state)
{
	struct held_link *held = held_find(linux, hook, number);
	int fd;

	if (held && !hook_link_state(held->fd, ret_state) && ret_state->ifindex)
		return held;
	/* Another process may have attached anew: then the pin leads to a live link. */
	held_drop(linux, hook, number);
	fd = pins_link(&linux->pins, hook, number);
	if (fd < 0)
		return NULL;
	if (hook_link_state(fd, ret_state) || !ret_state->ifindex || ret_state->hook != hook.hook) {
		close(fd);
		return NULL;
	}
	return held_set(linux, hook, number, fd, ret_state->id);
}

const struct manifest *held_manifest(struct kernel_linux *linux, struct held_link *held,
				     uint32_t program)
{
	struct linked linked;

	if (held->program == program)
		return held->manifest;
	forget_manifest(held);
	if (pins_open_chain(&linux->pins, held->hook, program, &linked))
		return NULL;
	held->arena = arena_new();
	held->manifest = linked_manifest(held->arena, &linked);
	held->since = pins_since(&linux->pins, held->hook, program);
	held->program = program;
	linked_close(&linked);
	return held->manifest;
}
