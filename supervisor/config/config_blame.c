#include "supervisor/config/config_blame.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Finds @part as a whole word in @text. */
static const char *find_whole(const char *text, const char *part, size_t length)
{
	const char *at = text;

	for (at = text; length && (at = memmem(at, strlen(at), part, length)); at++)
		if ((at == text || !is_of_word(at[-1])) && !is_of_word(at[length]))
			return at;
	return NULL;
}

/* Finds "-name" or "--name". */
static const char *find_name(const char *words, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	for (at = words; (at = strstr(at, name)); at++)
		if (at > words && at[-1] == '-' && !is_of_word(at[length]))
			return at;
	return NULL;
}

/* The flag that is named first in the words. */
static const struct config_flag *find_by_name(const struct config *config, const char *words)
{
	const struct config_flag *found = NULL;
	const char *first = NULL;
	size_t i;

	for (i = 0; i < config->n_flags; i++) {
		const char *at = find_name(words, config->flags[i].name);

		if (!at || (first && at > first))
			continue;
		first = at;
		found = &config->flags[i];
	}
	return found;
}

/* Whether the words contain @part in a form that is no coincidence: an address, a path, or
 * quoted. */
static bool is_telling(const char *words, const char *part, size_t length)
{
	const char *at = find_whole(words, part, length);

	if (!at)
		return false;
	if (at > words && at[-1] == '"' && at[length] == '"')
		return true;
	return length > 3 && (memchr(part, '/', length) || memchr(part, ':', length));
}

/* @part is one element of a list: "NAME=URL", a URL or anything. Looks for it as it is, and for a
 * URL's "HOST:PORT". */
static bool has_part(const char *words, const char *part, size_t length)
{
	const char *slashes = memmem(part, length, "://", 3);
	size_t skip;

	if (is_telling(words, part, length))
		return true;
	if (!slashes)
		return false;
	skip = slashes + 3 - part;
	return is_telling(words, slashes + 3, length - skip);
}

static bool has_value(const char *words, const char *value)
{
	while (*value) {
		size_t length = strcspn(value, ",");

		if (has_part(words, value, length))
			return true;
		value += length;
		value += *value == ',';
	}
	return false;
}

static const struct config_flag *find_by_value(
	const struct config *config, const char *words, bool listeners)
{
	size_t i;

	for (i = 0; i < config->n_flags; i++) {
		const struct config_flag *flag = &config->flags[i];

		if (!strncmp(flag->name, "listen-", 7) == listeners &&
			has_value(words, flag->value))
			return flag;
	}
	return NULL;
}

const struct config_flag *config_blame_find(const struct config *config, const char *words)
{
	const struct config_flag *flag = find_by_name(config, words);

	if (!flag)
		flag = find_by_value(config, words, true);
	return flag ? flag : find_by_value(config, words, false);
}

void config_blame_where(
	const struct config *config, const struct config_flag *flag, char *text, size_t size)
{
	size_t used = 0;

	if (flag->line)
		used = snprintf(text, size, "%s, line %d: ", config->file, flag->line);
	if (used < size)
		snprintf(text + used, size - used, "[etcd] %s: ", flag->name);
}
