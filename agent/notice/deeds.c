/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/deeds.h"

#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>
#include <time.h>

#include "policy/base/text.h"
#include "policy/base/utf8.h"

enum { NS_PER_MS = 1000 * 1000, MS_PER_SECOND = 1000 };

static bool find_hook(uint32_t attach_type, enum hook *ret)
{
	switch (attach_type) {
	case BPF_XDP:
		*ret = HOOK_XDP;
		return true;
	case BPF_TCX_INGRESS:
		*ret = HOOK_TCX_INGRESS;
		return true;
	case BPF_TCX_EGRESS:
		*ret = HOOK_TCX_EGRESS;
		return true;
	default:
		return false;
	}
}

static bool same_deed(const struct notice_event *a, const struct notice_event *b)
{
	return a->pid == b->pid && a->command == b->command && a->link == b->link &&
	       (a->link || a->program == b->program) && a->ifindex == b->ifindex &&
	       a->attach_type == b->attach_type && (a->result < 0) == (b->result < 0) &&
	       !memcmp(a->comm, b->comm, sizeof(a->comm));
}

static void drop(struct deeds *deeds, size_t at)
{
	deeds->count--;
	memmove(&deeds->items[at], &deeds->items[at + 1],
		(deeds->count - at) * sizeof(deeds->items[0]));
}

void deeds_add(struct deeds *deeds, const struct notice_event *event)
{
	struct deed deed = { .event = *event };

	if (!event->pid || !find_hook(event->attach_type, &deed.hook))
		return;
	deed.event.comm[sizeof(deed.event.comm) - 1] = '\0';
	for (size_t i = 0; i < deeds->count; i++)
		if (same_deed(&deeds->items[i].event, &deed.event))
			return;
	if (deeds->count == DEEDS_MAX)
		drop(deeds, 0);
	deeds->items[deeds->count++] = deed;
}

static int64_t at_ms(const struct deed *deed)
{
	return (int64_t)(deed->event.time / NS_PER_MS);
}

void deeds_forget(struct deeds *deeds, int64_t now_ms)
{
	size_t at = 0;

	while (at < deeds->count) {
		if (at_ms(&deeds->items[at]) < now_ms)
			drop(deeds, at);
		else
			at++;
	}
}

void deeds_forget_hook(struct deeds *deeds, unsigned int ifindex, enum hook hook)
{
	size_t at = 0;

	while (at < deeds->count) {
		if (deeds->items[at].event.ifindex == ifindex && deeds->items[at].hook == hook)
			drop(deeds, at);
		else
			at++;
	}
}

const char *deed_culprit(struct arena *arena, const char *comm, unsigned int pid, unsigned int uid)
{
	struct text text = TEXT(arena);

	utf8_show_string(&text, comm);
	text_printf(&text, " (pid %u, ", pid);
	if (uid)
		text_printf(&text, "uid %u)", uid);
	else
		text_add(&text, "root)");
	return text_string(&text);
}

const char *deed_time(struct arena *arena, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;
	char words[32];

	gmtime_r(&time, &parts);
	strftime(words, sizeof(words), "%H:%M:%S UTC", &parts);
	return arena_strdup(arena, words);
}

int64_t deed_seconds(const struct deeds *deeds, const struct deed *deed)
{
	return (at_ms(deed) + deeds->to_wall_ms) / MS_PER_SECOND;
}

/* The call that leads there; 0: none that is told. */
static uint32_t command_to(enum own_state own)
{
	switch (own) {
	case OWN_DETACHED:
		return BPF_LINK_DETACH;
	case OWN_OVERWRITTEN:
		return BPF_LINK_UPDATE;
	case OWN_UNPINNED:
		return NOTICE_UNPIN;
	case OWN_NONE:
	case OWN_ATTACHED:
		break;
	}
	return 0;
}

static const char *command_words(uint32_t command)
{
	switch (command) {
	case BPF_LINK_UPDATE:
		return "updated";
	case BPF_LINK_DETACH:
	case BPF_PROG_DETACH:
		return "detached";
	case NOTICE_UNPIN:
		return "unpinned";
	default:
		return "attached";
	}
}

/* The kernel does not tell of every link of ours which it is, least of all when it is gone. */
static uint32_t own_link(const struct observed_hook *hook)
{
	const struct observed_program *own = observed_own(hook);

	return own ? own->link_id : 0;
}

static bool is_of(const struct deed *deed, const struct observed_hook *hook)
{
	return deed->event.result >= 0 && deed->hook == hook->hook &&
	       deed->event.ifindex == hook->ifindex;
}

static bool fits(const struct deed *deed, const struct observed_hook *hook, uint32_t link)
{
	return is_of(deed, hook) && deed->event.command == command_to(hook->own) &&
	       (!link || deed->event.link == link);
}

/* "link 12 detached by bpftool (pid 4711, root) at 02:13:07 UTC", behind a comma if need be. */
static void add_words(struct text *text, const struct deeds *deeds, const struct deed *deed,
		      const char *what, uint32_t id)
{
	const struct notice_event *event = &deed->event;

	text_printf(text, "%s%s %u %s by %s at %s", text->length ? ", " : "", what, id,
		    command_words(event->command),
		    deed_culprit(text->arena, event->comm, event->pid, event->uid),
		    deed_time(text->arena, deed_seconds(deeds, deed)));
}

const char *deeds_words(struct arena *arena, const struct deeds *deeds,
			const struct observed_hook *hook, int64_t *ret_since_ms)
{
	uint32_t link = own_link(hook);
	struct text text = TEXT(arena);

	for (size_t i = 0; i < deeds->count; i++) {
		const struct deed *deed = &deeds->items[i];

		if (!fits(deed, hook, link))
			continue;
		if (!text.length)
			*ret_since_ms = at_ms(deed);
		add_words(&text, deeds, deed, "link", deed->event.link);
	}
	return text.length ? text_string(&text) : NULL;
}

static const struct observed_program *find_program(const struct observed_hook *hook, uint32_t id)
{
	for (size_t i = 0; i < hook->program_count; i++)
		if (hook->programs[i].id == id)
			return &hook->programs[i];
	return NULL;
}

/* Did it make the hook's company what it is? */
static bool is_company(const struct deed *deed, const struct observed_hook *hook)
{
	const struct observed_program *program = find_program(hook, deed->event.program);

	if (!deed->event.program || !is_of(deed, hook))
		return false;
	switch (deed->event.command) {
	case BPF_PROG_ATTACH:
	case BPF_LINK_CREATE:
		return program && !program->ours;
	case BPF_PROG_DETACH:
	case BPF_LINK_DETACH:
		return !program;
	default:
		return false;
	}
}

const char *deeds_company(struct arena *arena, const struct deeds *deeds,
			  const struct observed_hook *hook)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; i < deeds->count; i++)
		if (is_company(&deeds->items[i], hook))
			add_words(&text, deeds, &deeds->items[i], "program",
				  deeds->items[i].event.program);
	return text.length ? text_string(&text) : NULL;
}

const char *deeds_repaired(struct arena *arena, const struct deeds *deeds,
			   const struct observed_hook *hook, const char *note, int64_t now_ms)
{
	int64_t since_ms;
	const char *words = deeds_words(arena, deeds, hook, &since_ms);

	if (!words)
		return NULL;
	/* "our link was detached: link 12 detached by" would say it twice. */
	if (!note || hook->own == OWN_DETACHED)
		note = "";
	return arena_printf(arena, "%s %s: %s%s%s; repaired in %" PRId64 " ms", hook->interface,
			    hook_name(hook->hook), note, *note ? ": " : "", words,
			    now_ms - since_ms);
}
