/* SPDX-License-Identifier: GPL-2.0-only */
/* ordain-traffic: sends packets that remember their way, and says what arrived of them. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/traffic.h"

enum { EXIT_USAGE = 64, CHUNKS_A_SECOND = 20 };

static const char usage[] = "usage: ordain-traffic send INTERFACE COUNT [--rate PACKETS-A-SECOND]\n"
			    "                           [--action LETTER]\n"
			    "       ordain-traffic receive INTERFACE [--for SECONDS]\n"
			    "--action: what bpf/verdict.bpf.c of that letter drops.\n"
			    "Either ends early, and says how far it came, on Ctrl-C or SIGTERM.\n";

/* The signals that end it. They stay blocked, and are looked for where it suits. */
static sigset_t ending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

/* Waits until one comes or the time is over: true if one came. */
static bool ended_within(time_t seconds)
{
	const struct timespec time = { .tv_sec = seconds };
	const sigset_t set = ending();

	return sigtimedwait(&set, NULL, &time) > 0;
}

static int failed(const char *interface, int error)
{
	fprintf(stderr, "ordain-traffic: %s: %s\n", interface, strerror(-error));
	return EXIT_FAILURE;
}

/* "1 204 331"; two of them at the same time at most. */
static const char *grouped(uint64_t number)
{
	static char texts[2][32];
	static unsigned int turn;
	char *at = &texts[++turn % 2][31];
	unsigned int digits = 0;

	do {
		if (digits && digits % 3 == 0)
			*--at = ' ';
		*--at = (char)('0' + number % 10);
		number /= 10;
		digits++;
	} while (number);
	return at;
}

static int send_packets(const char *interface, uint64_t count, unsigned int rate, char action)
{
	uint64_t chunk = rate ? rate / CHUNKS_A_SECOND + 1 : 1000;
	struct sender sender;
	int error;

	error = sender_open(interface, &sender);
	if (error)
		return failed(interface, error);
	sender.rate = rate;
	sender.action = (uint8_t)action;
	while (!error && sender.sent < count && !ended_within(0)) {
		uint64_t left = count - sender.sent;

		error = sender_send(&sender, left < chunk ? left : chunk);
	}
	printf("sent %s packets\n", grouped(sender.sent));
	sender_close(&sender);
	return error ? failed(interface, error) : EXIT_SUCCESS;
}

static void print_receipt(const struct receipt *receipt)
{
	for (size_t i = 0; i < receipt->trace_count; i++)
		printf("trace '%s' %s packets\n", receipt->traces[i].letters,
		       grouped(receipt->traces[i].packets));
	printf("received %s packets, ", grouped(receipt->packets));
	printf("%s lost, %s twice\n", grouped(receipt->lost), grouped(receipt->duplicates));
}

static int receive_packets(const char *interface, time_t seconds)
{
	static struct receipt receipt;
	struct receiver *receiver;
	int error;

	error = receiver_open(interface, &receiver);
	if (error)
		return failed(interface, error);
	while (!ended_within(seconds ? seconds : 3600) && !seconds)
		;
	error = receiver_finish(receiver, &receipt);
	receiver_close(receiver);
	if (error)
		return failed(interface, error);
	print_receipt(&receipt);
	return EXIT_SUCCESS;
}

/* False: not a positive number. */
static bool read_number(const char *text, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *ret;
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "action", required_argument, NULL, 'a' },
		{ "for", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned long rate = 0, seconds = 0, count;
	const sigset_t set = ending();
	char action = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h')
			return fputs(usage, stdout) < 0;
		if (option == 'a' && strlen(optarg) == 1) {
			action = *optarg;
			continue;
		}
		if (option == '?' || option == 'a' ||
		    !read_number(optarg, option == 'r' ? &rate : &seconds))
			return wrong_usage();
	}
	argc -= optind;
	argv += optind;
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (argc == 3 && !strcmp(argv[0], "send") && !seconds && read_number(argv[2], &count))
		return send_packets(argv[1], count, (unsigned int)rate, action);
	if (argc == 2 && !strcmp(argv[0], "receive") && !rate && !action)
		return receive_packets(argv[1], (time_t)seconds);
	return wrong_usage();
}
