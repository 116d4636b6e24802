#include "supervisor/etcd/etcd_log.h"

#include "fs/base/cleanup.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

CLEANUP_POINTER(cJSON, cJSON_Delete)

static enum etcd_log_level level_of_name(const char *name)
{
	if (!name)
		return ETCD_LOG_PLAIN;
	if (!strcmp(name, "debug") || !strcmp(name, "info"))
		return ETCD_LOG_INFO;
	return strcmp(name, "warn") ? ETCD_LOG_ERROR : ETCD_LOG_WARNING;
}

static const char *member(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static enum etcd_log_level parse_zap(const cJSON *object, char *text, size_t size)
{
	const char *message = member(object, "msg"), *error = member(object, "error");

	snprintf(text, size, "%s%s%s", message ? message : "", message && error ? ": " : "",
		error ? error : "");
	return level_of_name(member(object, "level"));
}

/* Parses "2026-01-31 12:00:00.123456 W | etcdserver: text". */
static bool parse_capnslog(
	const char *line, enum etcd_log_level *ret_level, char *text, size_t size)
{
	const char *bar = strstr(line, " | ");

	if (!bar || bar - line < 20 || bar - line > 32 || line[4] != '-' || bar[-2] != ' ')
		return false;
	switch (bar[-1]) {
	case 'W':
		*ret_level = ETCD_LOG_WARNING;
		break;
	case 'E':
	case 'C':
		*ret_level = ETCD_LOG_ERROR;
		break;
	default:
		*ret_level = ETCD_LOG_INFO;
	}
	snprintf(text, size, "%s", bar + 3);
	return true;
}

enum etcd_log_level etcd_log_parse(const char *line, char *text, size_t size)
{
	CLEANUP(cJSON_Delete) cJSON *object = NULL;
	enum etcd_log_level level;

	if (line[0] == '{')
		object = cJSON_Parse(line);
	if (cJSON_IsObject(object))
		return parse_zap(object, text, size);
	if (parse_capnslog(line, &level, text, size))
		return level;
	snprintf(text, size, "%s", line);
	return ETCD_LOG_PLAIN;
}

void etcd_log_reset(struct etcd_log *log)
{
	log->count = 0;
	log->first[0] = '\0';
}

enum etcd_log_level etcd_log_add(struct etcd_log *log, const char *line, const char **ret_text)
{
	unsigned int slot = log->count++ % ETCD_LOG_KEPT;

	log->kept[slot].level = etcd_log_parse(line, log->kept[slot].text, ETCD_LOG_LINE);
	*ret_text = log->kept[slot].text;
	if (log->kept[slot].level == ETCD_LOG_PLAIN && !log->first[0])
		snprintf(log->first, sizeof(log->first), "%s", *ret_text);
	return log->kept[slot].level;
}

/* Finds up to three of the last lines of @level, the oldest first. */
static size_t collect(
	const struct etcd_log *log, enum etcd_log_level level, const char *ret_lines[3])
{
	unsigned int first = log->count > ETCD_LOG_KEPT ? log->count - ETCD_LOG_KEPT : 0;
	unsigned int i, found = 0, skip;

	for (i = first; i < log->count; i++)
		found += log->kept[i % ETCD_LOG_KEPT].level == level;
	skip = found > 3 ? found - 3 : 0;
	for (i = first, found = 0; i < log->count; i++)
		if (log->kept[i % ETCD_LOG_KEPT].level == level && found++ >= skip)
			ret_lines[found - skip - 1] = log->kept[i % ETCD_LOG_KEPT].text;
	return found - skip;
}

void etcd_log_last_words(const struct etcd_log *log, char *text, size_t size)
{
	const char *lines[3];
	size_t i, count, used = 0;

	text[0] = '\0';
	count = collect(log, ETCD_LOG_ERROR, lines);
	if (!count && log->first[0]) {
		snprintf(text, size, "%s", log->first);
		return;
	}
	if (!count)
		count = collect(log, ETCD_LOG_WARNING, lines);
	for (i = 0; i < count && used < size; i++)
		used += snprintf(text + used, size - used, "%s%s", i ? "; " : "", lines[i]);
}

bool etcd_log_is_hint(const char *text)
{
	static const char *const words[] = {"became ", "elected leader", "lost leader",
		"changed leader", "switched to configuration", "ready to serve client requests",
		"serving client"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

bool etcd_log_is_clock(const char *text)
{
	static const char *const words[] = {
		"prober found high clock drift", "rafthttp: the clock difference against peer"};
	size_t i;

	/* What follows them may be the words of a client. */
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	return false;
}
