/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diagnostics: what is wrong with what somebody wrote. A bad configuration is a value, not an
 * error of the program; everything found goes into one list, which the caller then asks.
 */
#ifndef ORDAIN_POLICY_DIAG_DIAG_H
#define ORDAIN_POLICY_DIAG_DIAG_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/text.h"
#include "policy/diag/source.h"

/* Stable: scripts and manuals refer to these. */
#define DIAG_CODES(X)                                                                              \
	X(YAML_SYNTAX, "yaml-syntax")                                                              \
	X(YAML_UNSUPPORTED, "yaml-unsupported")                                                    \
	X(TOO_LARGE, "too-large")                                                                  \
	X(FORMAT_VERSION, "format-version")                                                        \
	X(UNKNOWN_KEY, "unknown-key")                                                              \
	X(DUPLICATE_KEY, "duplicate-key")                                                          \
	X(MISSING_KEY, "missing-key")                                                              \
	X(WRONG_TYPE, "wrong-type")                                                                \
	X(BAD_VALUE, "bad-value")                                                                  \
	X(DUPLICATE_PROGRAM, "duplicate-program")                                                  \
	X(UNKNOWN_PROGRAM, "unknown-program")                                                      \
	X(DUPLICATE_LABEL, "duplicate-label")                                                      \
	X(UNKNOWN_LABEL, "unknown-label")                                                          \
	X(UNUSED_LABEL, "unused-label")                                                            \
	X(VARIABLE, "variable")                                                                    \
	X(OVERRIDE_CONFLICT, "override-conflict")                                                  \
	X(PROCEED_ON_DROP, "proceed-on-drop")                                                      \
	X(NOT_ENFORCED, "not-enforced")                                                            \
	X(NOT_YET, "not-supported-yet")                                                            \
	X(POLICY_MISSING, "policy-missing")                                                        \
	X(POLICY_UNREADABLE, "policy-unreadable")                                                  \
	X(UNSAFE_FILE, "unsafe-file")                                                              \
	X(POLICY_HELD, "policy-held")                                                              \
	X(ON_TRIAL, "on-trial")                                                                    \
	X(TAKEN_BACK, "taken-back")                                                                \
	X(ORDER_CYCLE, "order-cycle")                                                              \
	X(EXCLUSIVE_VIOLATED, "exclusive-violated")                                                \
	X(BOND_AND_PORT, "bond-and-port")                                                          \
	X(TOO_MANY_PROGRAMS, "too-many-programs")                                                  \
	X(INTERFACE_ABSENT, "interface-absent")                                                    \
	X(MONITOR_BLIND, "monitor-blind")                                                          \
	X(OBSERVER_DROPS, "observer-drops")                                                        \
	X(HINT_UNUSED, "hint-unused")                                                              \
	X(READONLY_REFUTED, "readonly-refuted")                                                    \
	X(READONLY_UNPROVEN, "readonly-unproven")                                                  \
	X(SHADOW_REDIRECTS, "shadow-redirects")                                                    \
	X(MODIFIED_INPUT, "modified-input")                                                        \
	X(OBJECT_MISSING, "object-missing")                                                        \
	X(OBJECT_INVALID, "object-invalid")                                                        \
	X(MAPS, "maps")                                                                            \
	X(OBJECT_HELD, "object-held")                                                              \
	X(OBJECT_CHANGED, "object-changed")                                                        \
	X(FUNCTION_MISSING, "function-missing")                                                    \
	X(FUNCTION_AMBIGUOUS, "function-ambiguous")                                                \
	X(PROGRAM_TYPE, "program-type")                                                            \
	X(NOT_LINKABLE, "not-linkable")                                                            \
	X(VERIFIER, "verifier")                                                                    \
	X(KERNEL_LIMIT, "kernel-limit")                                                            \
	X(KERNEL_TOO_OLD, "kernel-too-old")                                                        \
	X(HOOK_TAKEN, "hook-taken")                                                                \
	X(XDP_MODE, "xdp-mode")                                                                    \
	X(NEEDS_GAP, "needs-gap")                                                                  \
	X(ATTACHED_AMBIGUOUS, "attached-ambiguous")                                                \
	X(ATTACHED_ABSENT, "attached-absent")                                                      \
	X(FOREIGN_REFUSED, "foreign-refused")                                                      \
	X(DOOR, "door")                                                                            \
	X(ABSORBED, "absorbed")                                                                    \
	X(DETACHED, "detached")                                                                    \
	X(VERIFY_ONLY, "verify-only")                                                              \
	X(STEP_FAILED, "step-failed")

enum diag_code {
#define DIAG_ENUM(symbol, name) DIAG_##symbol,
	DIAG_CODES(DIAG_ENUM)
#undef DIAG_ENUM
		DIAG_CODE_COUNT
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

const char *diag_code_name(enum diag_code code);
const char *severity_name(enum severity severity);

struct place {
	struct span span;
	const char *label; /* what stands there or what it says; may be NULL */
};

struct diag {
	enum severity severity;
	enum diag_code code;
	const char *summary; /* one line, no final full stop */
	const char *program; /* the program it is about; NULL if none */
	const char *detail; /* further lines, shown indented; NULL if none */
	const char *help; /* what to do; NULL if obvious */
	struct place *places;
	size_t place_count;
};

struct diags {
	struct arena *arena; /* where every string and place is kept; set by the creator */
	struct diag *items;
	size_t count;
};

#define DIAGS(arena_) ((struct diags){ .arena = (arena_) })

/*
 * Appends a diagnostic; a zero span gives it no place. The result is valid until the next diag_add
 * on the same list: add places, help and detail at once.
 */
struct diag *diag_add(struct diags *diags, enum severity severity, enum diag_code code,
		      struct span span, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#define diag_error(diags, code, span, ...) diag_add(diags, SEVERITY_ERROR, code, span, __VA_ARGS__)
#define diag_warn(diags, code, span, ...) diag_add(diags, SEVERITY_WARNING, code, span, __VA_ARGS__)
#define diag_note(diags, code, span, ...) diag_add(diags, SEVERITY_NOTE, code, span, __VA_ARGS__)

/* The words beside the caret of the first place. */
void diag_label(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* One more place, with its label. */
void diag_place(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diag_detail(struct diags *diags, struct diag *diag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Copies every item of `from` to the end of `to`; strings stay where they are. */
void diags_append(struct diags *to, const struct diags *from);

/* The same without those that say what is said there already, at the same place. */
void diags_append_new(struct diags *to, const struct diags *from);

/* Removes every item of that code. */
void diags_drop(struct diags *diags, enum diag_code code);

bool diags_have_errors(const struct diags *diags);

/* The same for what was added since the list had `count` items. */
bool diags_errors_since(const struct diags *diags, size_t count);

/* By file, line, column and code; those without a place last. Stable. */
void diags_sort(struct diags *diags);

/*
 * As people read them. One place: `file:line:col: error[code]: summary`, the line and a caret with
 * the label. Several: the summary, then a line for each with its label, its place and the text
 * there. The excerpts come from the sources' bytes in memory.
 */
void diags_render(const struct diags *diags, struct text *out, bool colour);

/*
 * As editors and CI read them: `file:line:column: severity[code]: summary`, one line for each, at
 * its first place. What is about a whole file stands in its line 1, what is about none in `nowhere`.
 */
void diags_render_lines(const struct diags *diags, struct text *out, const char *nowhere);

#endif
