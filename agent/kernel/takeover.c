/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/kernel/absorbed.h"
#include "agent/system/files.h"

struct held_placeholder {
	struct held_placeholder *next;
	struct pinned_hook hook;
	struct placeholder placeholder;
};

struct held_marks {
	struct held_marks *next;
	struct pinned_hook hook;
	int fd;
};

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	return memory;
}

static bool is_on(struct pinned_hook a, struct pinned_hook b)
{
	return !pinned_hook_compare(&a, &b);
}

static const struct placeholder *hold(struct kernel_linux *linux, struct pinned_hook hook,
				      const struct placeholder *placeholder)
{
	struct held_placeholder *held = allocate(sizeof(*held));

	held->hook = hook;
	held->placeholder = *placeholder;
	held->next = linux->placeholders;
	linux->placeholders = held;
	return &held->placeholder;
}

const struct placeholder *takeover_find(struct kernel_linux *linux, struct pinned_hook hook,
					uint32_t id, bool quick)
{
	struct placeholder placeholder;

	for (struct held_placeholder *held = linux->placeholders; held; held = held->next)
		if (held->placeholder.id == id && is_on(held->hook, hook))
			return &held->placeholder;
	if (quick || pins_open_placeholder(&linux->pins, hook, id, &placeholder))
		return NULL;
	return hold(linux, hook, &placeholder);
}

int takeover_marks_of(struct kernel_linux *linux, struct pinned_hook hook)
{
	struct held_marks *held;
	int fd;

	for (held = linux->marks; held; held = held->next)
		if (is_on(held->hook, hook))
			return held->fd;
	fd = pins_marks(&linux->pins, hook);
	if (fd < 0)
		fd = placeholder_marks();
	if (fd < 0)
		return fd;
	held = allocate(sizeof(*held));
	*held = (struct held_marks){ linux->marks, hook, fd };
	linux->marks = held;
	return fd;
}

static int make(struct kernel_linux *linux, struct pinned_hook hook, unsigned int mark,
		int original, struct placeholder *ret)
{
	int marks = takeover_marks_of(linux, hook);
	enum bpf_attach_type attach_type;
	int result = marks < 0 ? marks : absorbed_attach_type(original, hook.hook, &attach_type);

	return result ? result : placeholder_make(marks, mark, original, attach_type, ret);
}

static int pin(struct kernel_linux *linux, struct pinned_hook hook,
	       const struct placeholder *placeholder, struct error *ret_error)
{
	int result = pins_set_marks(&linux->pins, hook, takeover_marks_of(linux, hook), ret_error);

	return result ? result : pins_add_placeholder(&linux->pins, hook, placeholder, ret_error);
}

/* Pinned and held. Its program is a descriptor of the caller's. */
static int make_pinned(struct kernel_linux *linux, struct pinned_hook hook, unsigned int mark,
		       int original, int *ret_program, struct error *ret_error)
{
	const struct placeholder *held;
	struct placeholder placeholder;
	int result = make(linux, hook, mark, original, &placeholder);

	if (result)
		return error_errno(ret_error, result, "make a placeholder");
	held = hold(linux, hook, &placeholder);
	*ret_program = fcntl(held->fds[PLACEHOLDER_PROGRAM], F_DUPFD_CLOEXEC, 0);
	return pin(linux, hook, held, ret_error);
}

static int stale(struct error *ret_error, const struct step_part *part)
{
	return error_errno(ret_error, -ESTALE, "change link %u of others", part->link);
}

int takeover_open(struct kernel_linux *linux, struct pinned_hook hook, const struct step_part *part,
		  struct taken *ret, struct error *ret_error)
{
	struct link_state state;
	int original;
	int result;

	*ret = TAKEN_NONE;
	ret->link = bpf_link_get_fd_by_id(part->link);
	if (ret->link < 0 || hook_link_state(ret->link, &state) || state.ifindex != hook.ifindex ||
	    state.program != part->expected_program)
		return stale(ret_error, part);
	ret->before = bpf_prog_get_fd_by_id(state.program);
	original = bpf_prog_get_fd_by_id(part->program);
	if (ret->before < 0 || original < 0 || !part->mark) {
		ret->after = original;
		return ret->before < 0 || original < 0 ? stale(ret_error, part) : 0;
	}
	result = make_pinned(linux, hook, part->mark, original, &ret->after, ret_error);
	close(original);
	return result;
}

void takeover_close(struct taken *taken)
{
	fd_cleanup(&taken->link);
	fd_cleanup(&taken->before);
	fd_cleanup(&taken->after);
	*taken = TAKEN_NONE;
}

int takeover_put(struct kernel_linux *linux, struct pinned_hook hook, const struct step_part *part,
		 struct error *ret_error)
{
	struct taken taken;
	int result = takeover_open(linux, hook, part, &taken, ret_error);

	if (!result) {
		result = pins_allow(&linux->pins, "swap");
		if (!result)
			result = hook_swap(taken.link, taken.after, taken.before);
		if (result)
			error_errno(ret_error, result, "change link %u of others", part->link);
	}
	takeover_close(&taken);
	return result;
}

/* Of the links that have this program: there is one at most. -1: none. */
static int find_link(uint32_t program)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct link_state state;
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!hook_link_state(fd, &state) && state.hook != HOOK_XDP &&
		    state.program == program)
			return fd;
		close(fd);
	}
	return -1;
}

/* What its owner has done with it meanwhile stays so. */
static int give_back(struct kernel_linux *linux, const struct placeholder *placeholder,
		     struct error *ret_error)
{
	int link __attribute__((cleanup(fd_cleanup))) = find_link(placeholder->id);
	int result = 0;

	if (link >= 0)
		result = pins_allow(&linux->pins, "give back");
	if (link >= 0 && !result)
		result = hook_swap(link, placeholder->fds[PLACEHOLDER_ORIGINAL],
				   placeholder->fds[PLACEHOLDER_PROGRAM]);
	return result && result != -ESTALE
		       ? error_errno(ret_error, result, "give program %u back to its link",
				     placeholder->original)
		       : 0;
}

/* Those pinned, and those held whose pins somebody removed. */
static void list(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		 struct pinned_ids *ret)
{
	pins_placeholders(arena, &linux->pins, hook, ret);
	for (size_t i = 0; i < ret->count; i++)
		takeover_find(linux, hook, ret->items[i], false);
	ret->count = 0;
	for (struct held_placeholder *held = linux->placeholders; held; held = held->next)
		if (is_on(held->hook, hook))
			*list_push(arena, ret) = held->placeholder.id;
}

int takeover_give_back(struct kernel_linux *linux, struct pinned_hook hook, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct pinned_ids ids;
	int result = 0;

	list(linux, arena, hook, &ids);
	for (size_t i = 0; !result && i < ids.count; i++)
		result =
			give_back(linux, takeover_find(linux, hook, ids.items[i], true), ret_error);
	arena_free(arena);
	return result;
}

static void drop(struct kernel_linux *linux, struct pinned_hook hook, uint32_t id)
{
	for (struct held_placeholder **at = &linux->placeholders; *at; at = &(*at)->next) {
		struct held_placeholder *held = *at;

		if (held->placeholder.id != id || !is_on(held->hook, hook))
			continue;
		*at = held->next;
		placeholder_close(&held->placeholder);
		free(held);
		return;
	}
}

static void drop_marks(struct kernel_linux *linux, struct pinned_hook hook)
{
	for (struct held_marks **at = &linux->marks; *at; at = &(*at)->next) {
		struct held_marks *held = *at;

		if (!is_on(held->hook, hook))
			continue;
		*at = held->next;
		close(held->fd);
		free(held);
		return;
	}
}

int takeover_settle(struct kernel_linux *linux, struct pinned_hook hook, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct pinned_ids ids;
	size_t standing = 0;
	int result = 0;

	list(linux, arena, hook, &ids);
	for (size_t i = 0; !result && i < ids.count; i++) {
		int link __attribute__((cleanup(fd_cleanup))) = find_link(ids.items[i]);

		if (link >= 0) {
			standing++;
			result = pin(linux, hook, takeover_find(linux, hook, ids.items[i], true),
				     ret_error);
			continue;
		}
		result = pins_remove_placeholder(&linux->pins, hook, ids.items[i], ret_error);
		drop(linux, hook, ids.items[i]);
	}
	if (!standing)
		drop_marks(linux, hook);
	arena_free(arena);
	return result;
}

void takeover_drop_all(struct kernel_linux *linux)
{
	while (linux->placeholders)
		drop(linux, linux->placeholders->hook, linux->placeholders->placeholder.id);
	while (linux->marks)
		drop_marks(linux, linux->marks->hook);
}
