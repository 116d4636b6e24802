#include "supervisor/process/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READS 4	 /* of up to LINES_MAX bytes each, in one call */
#define TIMES 64 /* enough to empty a pipe of the usual size, however short the reads are */

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

/* Passes on the whole lines; if the buffer is full without a newline, it is passed on as a line. */
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
	int reads;

	for (reads = 0; reads < READS; reads++) {
		size_t room = sizeof(lines->raw) - 1 - lines->length;
		ssize_t got = read(fd, lines->raw + lines->length, room);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return true;
		if (got <= 0) {
			hand_on_rest(lines);
			return false;
		}
		lines->length += got;
		hand_on_lines(lines);
	}
	return true;
}

/* Another process may still have the pipe open and write to it, so this does not wait for the
 * end. */
void lines_finish(struct lines *lines, int fd)
{
	int times;

	for (times = 0; times < TIMES && lines_drain(lines, fd); times++)
		;
	hand_on_rest(lines);
}
