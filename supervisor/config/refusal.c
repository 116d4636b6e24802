#include "supervisor/config/refusal.h"

#include <stdarg.h>
#include <stdio.h>

int refuse(struct refusal *refusal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
	refusal->section = refusal->key = NULL;
	return REFUSED;
}

int refuse_key(
	struct refusal *refusal, const char *section, const char *key, const char *format, ...)
{
	char *text = refusal->text;
	size_t size = sizeof(refusal->text);
	va_list args;
	size_t used = snprintf(text, size, "[%s] %.200s: ", section, key);

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
	refusal->section = section;
	refusal->key = key;
	return REFUSED;
}
