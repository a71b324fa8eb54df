/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel takes of a chain at most: foretold, or its own words made plain. Part of link.c. */
#ifndef ORDAIN_AGENT_LINK_LINK_LIMITS_H
#define ORDAIN_AGENT_LINK_LINK_LIMITS_H

#include "agent/link/link_code.h"

/* An error about an element, or with DISPATCHER about the whole chain. */
struct diag *link_error(struct diags *diags, enum diag_code code,
			const struct link_request *request, size_t element, const char *summary);

/* An error for what the kernel would answer with a bare E2BIG, or would not say at all. */
void link_check_limits(const struct link_request *request, const struct link_code *code,
		       struct diags *diags);

/* True if the verifier's last words are about a limit that the chain exceeds: an error says so. */
bool link_report_limit(const struct link_request *request, size_t element, const char *reason,
		       struct diags *diags);

/* Are the verifier's last words about the stack of nested calls? */
bool link_is_about_stack(const char *reason);

#endif
