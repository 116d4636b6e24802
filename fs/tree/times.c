#include "fs/tree/times.h"

bool times_wish_any(const struct times_wish *wish)
{
	return wish->set_accessed || wish->set_modified;
}

bool times_hold(const struct times *times, int64_t revision)
{
	if (times->state == TIMES_SET)
		return times->revision == revision;
	return times->state != TIMES_OWN;
}

void times_set(
	struct times *times, const struct times_wish *wish, struct timespec own, int64_t revision)
{
	if (!times_hold(times, revision))
		*times = (struct times){.accessed = own, .modified = own};
	times->state = times->state == TIMES_WRITTEN || times->state == TIMES_PENDING
			       ? TIMES_PENDING
			       : TIMES_SET;
	times->revision = revision;
	if (wish->set_accessed)
		times->accessed = wish->accessed;
	if (wish->set_modified)
		times->modified = wish->modified;
	clock_gettime(CLOCK_REALTIME, &times->changed);
}

void times_write(struct times *times)
{
	times->state = TIMES_WRITTEN;
	clock_gettime(CLOCK_REALTIME, &times->modified);
	times->accessed = times->changed = times->modified;
}

void times_publish(struct times *times, int64_t revision)
{
	if (times->state == TIMES_PENDING) {
		times->state = TIMES_SET;
		times->revision = revision;
	}
}

void times_settle(struct times *times)
{
	if (times->state != TIMES_SET)
		times->state = TIMES_OWN;
}

void times_move(struct times *times, int64_t from, int64_t to)
{
	if (times->revision == from)
		times->revision = to;
}
