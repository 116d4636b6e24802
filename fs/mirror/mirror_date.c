/*
 * etcd does not say when a value was written, but the order of writes is known: values that were
 * listed get times in the order of their revisions, so that make(1) sees correctly which of two
 * files is newer. Each is dated a microsecond back for each revision since the list. etcd never
 * makes revisions so fast, so the date is later than the true one.
 */
#include "fs/mirror/mirror_private.h"

/* A microsecond for each revision between the two. Safe for any values of all. */
static int64_t distance_ns(int64_t from, int64_t to, int64_t max_ns)
{
	int64_t revisions = from > to ? from - to : to - from;

	return revisions < max_ns / 1000 ? revisions * 1000 : max_ns;
}

int64_t mirror_date_of(struct mirror_date date, int64_t revision)
{
	if (revision > date.revision)
		return date.ns + distance_ns(date.revision, revision, INT64_MAX - date.ns);
	return date.ns - distance_ns(date.revision, revision, date.ns);
}

int64_t mirror_date_ns(struct mirror *mirror, int64_t revision)
{
	struct mirror_date date;

	lock_take(&mirror->lock);
	date = mirror->date;
	lock_drop(&mirror->lock);
	return mirror_date_of(date, revision);
}

void mirror_date_like(struct mirror *mirror, struct mirror *other)
{
	struct mirror_date date;

	lock_take(&other->lock);
	date = other->date;
	lock_drop(&other->lock);
	lock_take(&mirror->lock);
	mirror->date = date;
	lock_drop(&mirror->lock);
}
