/* Times that a node shows instead of those of its value: set by utimens(2), or by a write not yet
 * published. */
/*
 * Owner:   a member of struct node. The caller holds the mirror's lock around every call.
 * Time:    times set by utimens(2) hold until the value changes, or for a directory until a name
 *          comes or goes; never longer than the mount.
 *
 * Programs set a file's times while they have it open, and then close it, which publishes what they
 * have written. Such times are meant for the value that is published then (TIMES_PENDING).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum times_state {
	TIMES_OWN,     /* the node's own times are shown */
	TIMES_WRITTEN, /* the time of the last write that this mount has not published */
	TIMES_PENDING, /* set by utimens(2) after such a write, for the value that will be
			* published */
	TIMES_SET,     /* set by utimens(2) for the value at `revision`; 0 for a directory */
};

struct times {
	enum times_state state;
	int64_t revision;
	struct timespec accessed, modified, changed;
};

/* The arguments of utimens(2). */
struct times_wish {
	bool set_accessed, set_modified;
	struct timespec accessed, modified;
};

bool times_wish_any(const struct times_wish *wish);

/* Whether @times replace those of a value at @revision. */
bool times_hold(const struct times *times, int64_t revision);

/* Sets the times in @wish. The others stay as they are shown now, which is @own if @times do not
 * hold at @revision. */
void times_set(
	struct times *times, const struct times_wish *wish, struct timespec own, int64_t revision);

/* Notes a write that is not published yet. */
void times_write(struct times *times);

/* The unpublished writes were published as @revision. */
void times_publish(struct times *times, int64_t revision);

/* No unpublished writes are left. */
void times_settle(struct times *times);

/* The value at revision @from was put again at revision @to, with the same bytes, by a rename. */
void times_move(struct times *times, int64_t from, int64_t to);
