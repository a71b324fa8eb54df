/* SPDX-License-Identifier: GPL-2.0-only */
/* sd_notify(3)'s protocol: a datagram to NOTIFY_SOCKET. Without the variable, nothing happens. */
#ifndef ORDAIN_AGENT_SYSTEM_NOTIFY_H
#define ORDAIN_AGENT_SYSTEM_NOTIFY_H

/*
 * "READY=1", "STATUS=...", "STOPPING=1"; a leading '@' in the variable is an abstract socket. Waits
 * at most a second for a supervisor that does not read.
 */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
