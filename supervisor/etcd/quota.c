/*
 * Deleting frees nothing at once: compaction must drop the history, then defragmentation shrinks
 * the file, whose size is what etcd counts against the quota. So the last step is tried first: if
 * the file is well below the quota, the alarm is disarmed. Else, if it would be without its holes,
 * it is defragmented. Else, if something was deleted since, the history is compacted. The next
 * Status is looked at in the same way. A member whose file is still large raises the alarm again,
 * and does its part then.
 *
 * etcd 3.4 counts the holes that a compaction has made when it writes the next time; while its
 * space is used up that may be never. What it still writes is an alarm: so that is taken back and
 * raised again. A read that was under way keeps what is free for once more, so it is done a few
 * times.
 */
#include "supervisor/etcd/quota.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_TIMEOUT_MS 60000 /* a large file takes its time */
#define PAUSE_MS 200	      /* between two steps: etcd's numbers follow after 100 ms */
#define PAUSE_FAILED_MS 5000
#define COUNTS 5

uint64_t space_alarm_member(const char *error)
{
	const char *member = strstr(error, "memberID:");

	if (!member || !strstr(error, "NOSPACE"))
		return 0;
	return strtoull(member + strlen("memberID:"), NULL, 10);
}

/* The first that has raised the alarm; 0: none has. */
static uint64_t alarm_member(const struct etcd_status *status)
{
	uint64_t member = 0;

	for (size_t i = 0; i < status->n_errors && !member; i++)
		member = space_alarm_member(status->errors[i]);
	return member;
}

enum space_step space_step(const struct space *space, const struct etcd_header *header,
	const struct etcd_status *status)
{
	int64_t little = space->quota - space->quota / 5;
	bool leads = status->leader && status->leader == header->member_id;

	if (!space->quota || !alarm_member(status))
		return SPACE_NOTHING;
	if (status->db_size < little)
		return leads ? SPACE_DISARM : SPACE_NOTHING;
	if (status->db_size_in_use < little)
		return SPACE_DEFRAGMENT;
	if (leads && header->revision > space->compacted)
		return SPACE_COMPACT;
	return leads && space->counts < COUNTS ? SPACE_COUNT : SPACE_NOTHING;
}

static void step_took_place(struct space *space)
{
	if (space->step == SPACE_COUNT) {
		space->counts++;
	} else if (space->step == SPACE_COMPACT) {
		space->compacted = space->revision;
		space->counts = 0;
	}
}

static void on_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct space *space = arg;

	if (error == ETCD_E_COMPACTED)
		error = 0; /* another leader has done it */
	if (error == 0)
		step_took_place(space);
	else if (error != -ECANCELED)
		log_debug("making room in etcd's database: %s", reply->message);
	space->step = SPACE_NOTHING;
	space->again_ms = clock_now_ms() + (error ? PAUSE_FAILED_MS : PAUSE_MS);
}

static void on_disarmed(void *arg, int error, const struct etcd_reply *reply)
{
	struct space *space = arg;

	if (error == 0)
		error = etcd_alarm(space->etcd, ETCD_ALARM_RAISE, space->member, STEP_TIMEOUT_MS,
			on_done, space);
	if (error)
		on_done(space, error, reply);
}

static int start_step(struct space *space)
{
	struct etcd *etcd = space->etcd;

	switch (space->step) {
	case SPACE_COMPACT:
		return etcd_compact(etcd, space->revision, STEP_TIMEOUT_MS, on_done, space);
	case SPACE_COUNT:
		return etcd_alarm(etcd, ETCD_ALARM_DISARM, space->member, STEP_TIMEOUT_MS,
			on_disarmed, space);
	case SPACE_DEFRAGMENT:
		return etcd_defragment(etcd, STEP_TIMEOUT_MS, on_done, space);
	case SPACE_DISARM:
		return etcd_alarm(
			etcd, ETCD_ALARM_DISARM, space->member, STEP_TIMEOUT_MS, on_done, space);
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
	if (space->step != SPACE_NOTHING)
		return;
	space->member = alarm_member(&reply->status);
	log_change(space, space->member);
	if (clock_now_ms() < space->again_ms)
		return;
	space->step = space_step(space, &reply->header, &reply->status);
	space->revision = reply->header.revision;
	if (space->step != SPACE_NOTHING && start_step(space) < 0)
		space->step = SPACE_NOTHING;
}
