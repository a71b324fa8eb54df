/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/interface_facts.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

struct altnames {
	const char **items;
	size_t count;
};

static const char *string_of(struct arena *arena, const struct rtattr *attribute)
{
	return arena_strndup(arena, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
}

static unsigned int type_of(const struct rtattr *attribute)
{
	return attribute->rta_type & NLA_TYPE_MASK;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted: the order in which they were given must not matter anywhere. */
static const char **altnames_of(struct arena *arena, const struct rtattr *list)
{
	const struct rtattr *attribute = RTA_DATA(list);
	int left = (int)RTA_PAYLOAD(list);
	struct altnames names = { 0 };

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (type_of(attribute) == IFLA_ALT_IFNAME)
			*list_push(arena, &names) = string_of(arena, attribute);
	if (!names.count)
		return NULL;
	qsort(names.items, names.count, sizeof(*names.items), compare_strings);
	*list_push(arena, &names) = NULL;
	return names.items;
}

/* Tunnels and InfiniBand have other things for an address. */
static const char *mac_of(struct arena *arena, unsigned short type, const struct rtattr *attribute)
{
	const unsigned char *bytes = RTA_DATA(attribute);

	if (type != ARPHRD_ETHER || RTA_PAYLOAD(attribute) != ETH_ALEN)
		return "";
	return arena_printf(arena, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
			    bytes[3], bytes[4], bytes[5]);
}

static bool is_bond(struct arena *arena, const struct rtattr *info)
{
	const struct rtattr *attribute = RTA_DATA(info);
	int left = (int)RTA_PAYLOAD(info);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (type_of(attribute) == IFLA_INFO_KIND)
			return !strcmp(string_of(arena, attribute), "bond");
	return false;
}

static unsigned int number_of(const struct rtattr *attribute)
{
	uint32_t number = 0;

	if (RTA_PAYLOAD(attribute) == sizeof(number))
		memcpy(&number, RTA_DATA(attribute), sizeof(number));
	return number;
}

static void take(struct arena *arena, const struct rtattr *attribute, unsigned short type,
		 struct link_facts *facts)
{
	struct interface *interface = &facts->interface;

	switch (type_of(attribute)) {
	case IFLA_IFNAME:
		interface->name = string_of(arena, attribute);
		break;
	case IFLA_PROP_LIST:
		interface->altnames = altnames_of(arena, attribute);
		break;
	case IFLA_ADDRESS:
		interface->mac = mac_of(arena, type, attribute);
		break;
	case IFLA_LINKINFO:
		interface->is_bond = is_bond(arena, attribute);
		break;
	case IFLA_MTU:
		interface->mtu = number_of(attribute);
		break;
	case IFLA_MASTER:
		facts->master = number_of(attribute);
		break;
	case IFLA_PARENT_DEV_NAME: /* Linux 5.14 */
		interface->physical = true;
		break;
	default:
		break;
	}
}

void links_add(struct arena *arena, const struct nlmsghdr *message, struct links *links)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *attribute = IFLA_RTA(info);
	int left = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*info));
	struct link_facts facts = {
		.interface = { .index = (unsigned int)info->ifi_index,
			       .driver = "",
			       .mac = "",
			       .master = "" },
	};

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		take(arena, attribute, info->ifi_type, &facts);
	if (facts.interface.name)
		*list_push(arena, links) = facts;
}

static int compare_links(const void *a, const void *b)
{
	unsigned int x = ((const struct link_facts *)a)->interface.index;
	unsigned int y = ((const struct link_facts *)b)->interface.index;

	return (x > y) - (x < y);
}

struct interfaces links_interfaces(struct arena *arena, struct links *links)
{
	struct interfaces list = { 0 };

	if (links->count)
		qsort(links->items, links->count, sizeof(*links->items), compare_links);
	for (size_t i = 0; i < links->count; i++) {
		const struct link_facts *facts = &links->items[i];
		struct interface *interface = list_push(arena, &list);
		const struct link_facts key = { .interface = { .index = facts->master } };
		const struct link_facts *master = NULL;

		if (facts->master)
			master = bsearch(&key, links->items, links->count, sizeof(*links->items),
					 compare_links);
		*interface = facts->interface;
		if (master)
			interface->master = master->interface.name;
	}
	return list;
}

const char *interface_driver(struct arena *arena, int fd, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };

	if (strlen(name) >= sizeof(request.ifr_name))
		return "";
	strcpy(request.ifr_name, name);
	if (ioctl(fd, SIOCETHTOOL, &request))
		return "";
	return arena_strndup(arena, info.driver, strnlen(info.driver, sizeof(info.driver)));
}
