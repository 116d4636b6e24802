#include "fs/base/log.h"

#include "fs/base/utf8.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *prefix; /* for people, who read errors and news without being told so */
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", "etcdfs: ", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"warning", "etcdfs: warning: ", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"info", "etcdfs: ", LOG_INFO},
	[LOG_LEVEL_DEBUG] = {"debug", "etcdfs: debug: ", LOG_DEBUG},
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

enum form {
	FOR_PEOPLE, /* "etcdfs: warning: text" */
	PRIORITIES, /* "<4>text" */
	SYSLOG,
};

static atomic_int max_level = LOG_LEVEL_INFO;
static atomic_int form = FOR_PEOPLE;

bool log_level_find(const char *name, enum log_level *ret)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++)
		if (!strcmp(name, levels[i].name)) {
			*ret = i;
			return true;
		}
	return false;
}

void log_set_level(enum log_level level)
{
	max_level = level;
}

/* JOURNAL_STREAM is also inherited by those whose stderr is something else by now. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	int end = 0;

	return stream && sscanf(stream, "%llu:%llu%n", &device, &inode, &end) == 2 &&
	       !stream[end] && fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(void)
{
	if (is_journal(STDERR_FILENO))
		form = PRIORITIES;
}

void log_use_priorities(void)
{
	form = PRIORITIES;
}

void log_use_syslog(const char *ident)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	form = SYSLOG;
}

/* --- What may be shown ---------------------------------------------------------------------- */

/* Control characters but the tab, of ASCII and of C1; separators of lines and paragraphs; and what
 * makes a terminal show a line in another order than it has. */
static bool is_hidden(uint32_t character)
{
	if (character < 0x20)
		return character != '\t';
	return (character >= 0x7f && character <= 0x9f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

/* Writes the character at *@at, as it is or escaped, and moves *@at behind it. Returns the length
 * of what was written. */
static size_t show(const unsigned char **at, char ret[4 * sizeof("\\xff")])
{
	uint32_t character;
	size_t length, left, used = 0;
	bool hides;

	if (**at == '\n') {
		(*at)++;
		return sprintf(ret, "\\n");
	}
	length = utf8_decode(*at, SIZE_MAX, &character);
	hides = !length || is_hidden(character);
	for (left = length ? length : 1; left; left--, (*at)++)
		used += sprintf(ret + used, hides ? "\\x%02x" : "%c", **at);
	return used;
}

size_t log_escape(const char *text, char *ret, size_t size)
{
	static const char more[] = "...";
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0, end = 0; /* end: the last place at which "..." fits */

	while (*at) {
		char shown[4 * sizeof("\\xff")];
		size_t length = show(&at, shown);

		if (used + sizeof(more) <= size)
			end = used;
		if (used + length >= size) {
			memcpy(ret + end, more, sizeof(more));
			return end + strlen(more);
		}
		memcpy(ret + used, shown, length);
		used += length;
	}
	ret[used] = '\0';
	return used;
}

/* --- Lines ---------------------------------------------------------------------------------- */

static void write_line(enum log_level level, const char *text)
{
	char line[LOG_LINE_MAX];
	size_t used;

	if (form == SYSLOG) {
		log_escape(text, line, sizeof(line));
		syslog(levels[level].priority, "%s", line);
		return;
	}
	if (form == PRIORITIES)
		used = snprintf(line, sizeof(line), "<%d>", levels[level].priority);
	else
		used = snprintf(line, sizeof(line), "%s", levels[level].prefix);
	used += log_escape(text, line + used, sizeof(line) - used);
	line[used] = '\n';
	/* One write() for each line, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, used + 1) < 0)
		return;
}

/* What vsnprintf() cuts off would be cut off by log_escape(), which also says so. */
__attribute__((format(printf, 2, 0))) static void log_line(
	enum log_level level, const char *format, va_list args)
{
	char text[LOG_LINE_MAX + 1];

	if ((int)level <= max_level && vsnprintf(text, sizeof(text), format, args) >= 0)
		write_line(level, text);
}

#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		log_line(level, format, args);                                                     \
		va_end(args);                                                                      \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void log_at(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(level, format, args);
	va_end(args);
}

void log_pass_on(const char *line)
{
	size_t i;

	for (i = 0; i < N_LEVELS && line[0] == '<'; i++)
		if (line[1] == '0' + levels[i].priority && line[2] == '>') {
			log_at(i, "%s", line + 3);
			return;
		}
	log_warning("%s", line);
}
