/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/attach.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct pinned_hook hook_of(const struct step *step)
{
	return (struct pinned_hook){ step->ifindex, step->hook };
}

int attach_refused(const struct step *step, const char *verb, int result, struct error *ret_error)
{
	const char *why = step->hook == HOOK_XDP ? hook_refusal(result) : NULL;
	bool too_large = result == -ERANGE || result == -EMSGSIZE;

	if (!why)
		return error_errno(ret_error, result, "%s %s %s", verb, step->interface,
				   hook_name(step->hook));
	return error_set(ret_error, too_large ? -EMSGSIZE : -EOPNOTSUPP, "%s %s xdp: %s; %s", verb,
			 step->interface, strerror(-result), why);
}

struct attach_place attach_place(const struct step *step, const struct step_part *part)
{
	struct attach_place place = { .place.expected_revision = step->expected_revision };

	if (!part)
		return place;
	place.number = part->number;
	place.place.before = part->gap ? part->before : 0;
	place.place.tail = part->gap && !part->before;
	return place;
}

int attach_link(struct kernel_linux *linux, const struct step *step,
		const struct attach_place *place, int program, enum xdp_mode mode,
		struct error *ret_error)
{
	struct link_state state;
	int link, result;

	link = pins_allow(&linux->pins, "attach");
	if (!link)
		link = hook_attach(step->hook, step->ifindex, program, mode, &place->place);
	if (link < 0)
		return attach_refused(step, "attach to", link, ret_error);
	result = hook_link_state(link, &state);
	if (!result)
		result = pins_set_link(&linux->pins, hook_of(step), place->number, link, ret_error);
	if (result) {
		/* Nothing keeps an unpinned link: closing it puts the hook back as it was. */
		close(link);
		return result;
	}
	held_set(linux, hook_of(step), place->number, link, state.id);
	return 0;
}

static enum xdp_mode other_mode(enum xdp_mode mode)
{
	return mode == MODE_NATIVE ? MODE_GENERIC : MODE_NATIVE;
}

/*
 * Between the two calls the hook is empty. A process that dies there leaves a dead link behind
 * with its pins, which reads as detached: the next pass attaches.
 */
int attach_again(struct kernel_linux *linux, const struct step *step, struct held_link *held,
		 int old, int program, struct error *ret_error)
{
	const struct attach_place place = attach_place(step, NULL);
	struct error error;
	int result = pins_allow(&linux->pins, "detach");

	if (!result)
		result = hook_detach(held->fd);
	if (result)
		return error_errno(ret_error, result, "detach link %u", held->id);
	result = attach_link(linux, step, &place, program, step->mode, ret_error);
	if (result && attach_link(linux, step, &place, old, other_mode(step->mode), &error) &&
	    result != -ESTALE) {
		struct error first = *ret_error;

		return error_set(ret_error, -EIO,
				 "%.200s; to put the old chain back failed too, so nothing runs "
				 "there now: %.200s",
				 first.text, error.text);
	}
	return result;
}
