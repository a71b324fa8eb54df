/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/filters.h"

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/kernel/netlink.h"
#include "agent/system/files.h"

struct dump {
	struct arena *arena;
	struct filters filters;
};

static const char *string_of(struct arena *arena, const struct rtattr *attribute)
{
	return arena_strndup(arena, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
}

static uint32_t number_of(const struct rtattr *attribute)
{
	uint32_t number = 0;

	if (RTA_PAYLOAD(attribute) >= sizeof(number))
		memcpy(&number, RTA_DATA(attribute), sizeof(number));
	return number;
}

static void take_options(struct dump *dump, const struct rtattr *options,
			 struct observed_filter *filter)
{
	const struct rtattr *attribute = RTA_DATA(options);
	int left = (int)RTA_PAYLOAD(options);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		switch (attribute->rta_type & NLA_TYPE_MASK) {
		case TCA_BPF_NAME:
			filter->name = string_of(dump->arena, attribute);
			break;
		case TCA_BPF_ID:
			filter->program = number_of(attribute);
			break;
		case TCA_BPF_FLAGS:
			filter->direct = number_of(attribute) & TCA_BPF_FLAG_ACT_DIRECT;
			break;
		}
}

/* Each priority begins with a message that has no filter, and so no handle. */
static void take_filter(void *context, const struct nlmsghdr *message)
{
	const struct tcmsg *info = NLMSG_DATA(message);
	struct observed_filter filter = { .kind = "?", .name = "" };
	const struct rtattr *attribute, *options = NULL;
	struct dump *dump = context;
	int left = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*info));

	if (message->nlmsg_type != RTM_NEWTFILTER || left < 0 || !info->tcm_handle)
		return;
	filter.priority = TC_H_MAJ(info->tcm_info) >> 16;
	filter.handle = info->tcm_handle;
	attribute = (const void *)((const char *)info + NLMSG_ALIGN(sizeof(*info)));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if ((attribute->rta_type & NLA_TYPE_MASK) == TCA_KIND)
			filter.kind = string_of(dump->arena, attribute);
		if ((attribute->rta_type & NLA_TYPE_MASK) == TCA_OPTIONS)
			options = attribute;
	}
	if (options && !strcmp(filter.kind, "bpf"))
		take_options(dump, options, &filter);
	*list_push(dump->arena, &dump->filters) = filter;
}

struct filters filters_list(struct arena *arena, unsigned int ifindex, enum hook hook)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg info;
	} request = {
		.header = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETTFILTER },
		.info = { .tcm_family = AF_UNSPEC,
			  .tcm_ifindex = (int)ifindex,
			  .tcm_parent = TC_H_MAKE(TC_H_CLSACT, hook == HOOK_TCX_EGRESS
								       ? TC_H_MIN_EGRESS
								       : TC_H_MIN_INGRESS) },
	};
	int fd __attribute__((cleanup(fd_cleanup))) = hook == HOOK_XDP ? -1 : netlink_open(0, 0);
	struct dump dump = { .arena = arena };

	if (fd < 0 || netlink_dump(fd, &request.header, take_filter, &dump))
		return (struct filters){ 0 };
	return dump.filters;
}
