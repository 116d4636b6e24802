/*
 * What a deletion frees, first the history holds, then the file: etcd counts the file's size. So
 * from the back: the file is well below the quota: take the alarm back. Else it would be if it had
 * no holes: defragment. Else, and something was deleted since: give up the history. Each is looked
 * at anew with the next Status. A member whose file is still large raises the alarm again, and does
 * its part then.
 */
#include "supervisor/space.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_TIMEOUT_MS 60000 /* a large file takes its time */
#define PAUSE_MS 200	      /* between two steps: etcd's numbers follow after 100 ms */
#define PAUSE_FAILED_MS 5000

uint64_t space_alarm_member(const char *error)
{
	const char *member = strstr(error, "memberID:");

	if (!member || !strstr(error, "NOSPACE"))
		return 0;
	return strtoull(member + strlen("memberID:"), NULL, 10);
}

static bool is_full(const struct etcd_status *status)
{
	size_t i;

	for (i = 0; i < status->n_errors; i++)
		if (space_alarm_member(status->errors[i]))
			return true;
	return false;
}

enum space_step space_step(const struct space *space, const struct etcd_header *header,
	const struct etcd_status *status)
{
	int64_t little = space->quota - space->quota / 5;
	bool leads = status->leader && status->leader == header->member_id;

	if (!space->quota || !is_full(status))
		return SPACE_NOTHING;
	if (status->db_size < little)
		return leads ? SPACE_DISARM : SPACE_NOTHING;
	if (status->db_size_in_use < little)
		return SPACE_DEFRAGMENT;
	return leads && header->revision > space->compacted ? SPACE_COMPACT : SPACE_NOTHING;
}

static void on_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct space *space = arg;

	space->busy = false;
	space->again_ms = clock_now_ms() + (error ? PAUSE_FAILED_MS : PAUSE_MS);
	if (error && error != -ECANCELED)
		log_debug("making room in etcd's database: %s", reply->message);
}

static int start_step(struct space *space, enum space_step step, const struct etcd_reply *reply)
{
	const struct etcd_status *status = &reply->status;
	uint64_t member = 0;
	size_t i;

	switch (step) {
	case SPACE_COMPACT:
		space->compacted = reply->header.revision;
		return etcd_compact(space->etcd, space->compacted, STEP_TIMEOUT_MS, on_done, space);
	case SPACE_DEFRAGMENT:
		return etcd_defragment(space->etcd, STEP_TIMEOUT_MS, on_done, space);
	case SPACE_DISARM:
		for (i = 0; i < status->n_errors && !member; i++)
			member = space_alarm_member(status->errors[i]);
		return etcd_alarm_disarm(space->etcd, member, STEP_TIMEOUT_MS, on_done, space);
	case SPACE_NOTHING:
		break;
	}
	return -EINVAL;
}

static void log_change(struct space *space, bool full)
{
	if (full == space->full)
		return;
	space->full = full;
	if (full)
		log_error("etcd's database has reached its quota (%lld bytes): nothing can be "
			  "written until something is deleted",
			(long long)space->quota);
	else
		log_info("etcd's database has room again; the history of its keys is gone");
}

void space_take(struct space *space, const struct etcd_reply *reply)
{
	enum space_step step = space_step(space, &reply->header, &reply->status);

	log_change(space, is_full(&reply->status));
	if (step == SPACE_NOTHING || space->busy || clock_now_ms() < space->again_ms)
		return;
	space->busy = start_step(space, step, reply) == 0;
}
