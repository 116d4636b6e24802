#include "supervisor/config/strv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strv_fini(struct strv *strv)
{
	size_t i;

	for (i = 0; i < strv->count; i++)
		free(strv->items[i]);
	free(strv->items);
	*strv = (struct strv){0};
}

int strv_add(struct strv *strv, const char *format, ...)
{
	char **items, *text;
	va_list args;
	int length;

	items = realloc(strv->items, (strv->count + 2) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	strv->items = items;
	items[strv->count] = NULL;
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return -ENOMEM;
	items[strv->count++] = text;
	items[strv->count] = NULL;
	return 0;
}

static int has_variable(const struct strv *strv, const char *variable)
{
	size_t i, length = strcspn(variable, "=") + 1;

	for (i = 0; i < strv->count; i++)
		if (!strncmp(strv->items[i], variable, length))
			return 1;
	return 0;
}

int strv_add_environment(struct strv *strv, char *const *from)
{
	int error = 0;

	for (; *from && !error; from++)
		if (!has_variable(strv, *from))
			error = strv_add(strv, "%s", *from);
	return error;
}
