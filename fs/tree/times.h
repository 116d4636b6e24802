/* The times that a node shows instead of its own: those of utimens, or of a write not published. */
/*
 * Owner:   the node; part of it. The mirror's lock is held around every call.
 * Time:    what utimens has set holds as long as the value is the one that it was set for, or for a
 *          directory until a name comes or goes; never longer than the mount.
 *
 * Programs set a file's times while they still have it open, and close it then, which publishes
 * what they have written: the times are meant for that value (TIMES_PENDING).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum times_state {
	TIMES_OWN,     /* nothing is to be shown instead */
	TIMES_WRITTEN, /* when this mount has written what it has not published */
	TIMES_PENDING, /* set after such a write, for the value that will be published */
	TIMES_SET,     /* set for the value at `revision`; of a directory 0 */
};

struct times {
	enum times_state state;
	int64_t revision;
	struct timespec accessed, modified, changed;
};

/* What utimens asks for. */
struct times_wish {
	bool set_accessed, set_modified;
	struct timespec accessed, modified;
};

/* Whether they are shown for a value at @revision. */
bool times_hold(const struct times *times, int64_t revision);

/* What @wish leaves out stays as it is shown: @own, where @times do not hold at @revision. */
void times_set(
	struct times *times, const struct times_wish *wish, struct timespec own, int64_t revision);

/* Something was written that is not published. */
void times_write(struct times *times);

/* What was written is published as @revision. */
void times_publish(struct times *times, int64_t revision);

/* Nothing is unpublished any more. */
void times_settle(struct times *times);

/* The value at @from has come to be at @to, its bytes the same. */
void times_move(struct times *times, int64_t from, int64_t to);
