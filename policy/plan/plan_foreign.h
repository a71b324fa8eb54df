/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of other people's programs, wherever a plan speaks of one. Part of plan.c. */
#ifndef ORDAIN_POLICY_PLAN_PLAN_FOREIGN_H
#define ORDAIN_POLICY_PLAN_PLAN_FOREIGN_H

#include "policy/plan/observed.h"

/* "id 66 'cil_in'"; "id 66" where nobody knows its name; "another program" for NULL. */
const char *foreign_words(struct arena *arena, const struct observed_program *program);

/* "attached by link 12, pinned at /sys/fs/bpf/x, held by food (pid 12)", as far as it is known. */
const char *foreign_whose(struct arena *arena, const struct observed_program *program);

#endif
