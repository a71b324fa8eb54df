/* SPDX-License-Identifier: GPL-2.0-only */
/* Says whether anything in some directories of bpffs was touched: one read(2) instead of many
 * stat(2). inotify works there; what cannot be watched counts as touched. */
#ifndef ORDAIN_AGENT_KERNEL_PIN_WATCH_H
#define ORDAIN_AGENT_KERNEL_PIN_WATCH_H

#include <stdbool.h>

struct pin_watch;

/* NULL if the kernel has no more inotify instances. */
struct pin_watch *pin_watch_open(void);

/* NULL is fine. */
void pin_watch_close(struct pin_watch *watch);

/* Watches a directory's entries; again is fine. NULL is fine. */
void pin_watch_add(struct pin_watch *watch, const char *directory);

/* Was anything touched, or could something not be watched, since the last call? NULL: always. */
bool pin_watch_touched(struct pin_watch *watch);

#endif
