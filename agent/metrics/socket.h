/* SPDX-License-Identifier: GPL-2.0-only */
/* A listening socket at a path of the file system, in a place that a process before may have left. */
#ifndef ORDAIN_AGENT_METRICS_SOCKET_H
#define ORDAIN_AGENT_METRICS_SOCKET_H

#include <sys/stat.h>

#include "agent/system/error.h"

/*
 * Listens there and waits for nobody; the directory is made. A socket that nobody listens on is
 * replaced. -EADDRINUSE: somebody does; -EEXIST: it is something else. *ret_file says which file it
 * is. The caller closes. Who may connect: the owner and the group of this process (0660).
 */
int socket_listen(const char *path, struct stat *ret_file, struct error *ret_error);

/* Removes it, unless another one is there meanwhile. */
void socket_remove(const char *path, const struct stat *file);

#endif
