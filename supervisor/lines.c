#include "supervisor/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void hand_on(struct lines *lines, const char *line)
{
	if (*line)
		lines->on_line(lines->arg, line);
}

static void hand_on_rest(struct lines *lines)
{
	lines->raw[lines->length] = '\0';
	lines->length = 0;
	hand_on(lines, lines->raw);
}

/* The whole lines; a buffer full without a line's end is cut there. */
static void hand_on_lines(struct lines *lines)
{
	char *start = lines->raw, *end;

	while ((end = memchr(start, '\n', lines->length - (start - lines->raw)))) {
		*end = '\0';
		hand_on(lines, start);
		start = end + 1;
	}
	lines->length -= start - lines->raw;
	memmove(lines->raw, start, lines->length);
	if (lines->length == sizeof(lines->raw) - 1)
		hand_on_rest(lines);
}

bool lines_drain(struct lines *lines, int fd)
{
	for (;;) {
		size_t room = sizeof(lines->raw) - 1 - lines->length;
		ssize_t got = read(fd, lines->raw + lines->length, room);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return true;
		if (got <= 0)
			break;
		lines->length += got;
		hand_on_lines(lines);
	}
	hand_on_rest(lines);
	return false;
}
