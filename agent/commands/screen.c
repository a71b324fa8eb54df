/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/screen.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct screen screen_get(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return (struct screen){ 0 };
	return (struct screen){ size.ws_row, size.ws_col };
}

void screen_show(const struct text *text, bool first)
{
	static const char home[] = "\033[H", clear_all[] = "\033[2J", clear_rest[] = "\033[J",
			  clear_line[] = "\033[K";

	fputs(home, stdout);
	if (first)
		fputs(clear_all, stdout);
	for (const char *at = text_string(text); *at; at++) {
		if (*at == '\n')
			fputs(clear_line, stdout);
		putchar(*at);
	}
	fputs(clear_rest, stdout);
	fflush(stdout);
}

static sigset_t ends(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

void screen_hold_signals(void)
{
	const sigset_t set = ends();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool screen_wait(void)
{
	const struct timespec second = { .tv_sec = 1 };
	const sigset_t set = ends();

	if (sigtimedwait(&set, NULL, &second) < 0)
		return true;
	/* The terminal has written ^C where the text ended. */
	if (isatty(STDOUT_FILENO))
		putchar('\n');
	return false;
}
