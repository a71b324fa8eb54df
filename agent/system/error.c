/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, int result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return result;
}

int error_errno(struct error *error, int result, const char *format, ...)
{
	va_list args;
	size_t used;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	used = strlen(error->text);
	snprintf(error->text + used, sizeof(error->text) - used, ": %s", strerror(-result));
	return result;
}
