/*
 * Deleting frees nothing at once: compaction must drop the history, then defragmentation shrinks
 * the file, whose size is what etcd counts against the quota. So each Status is checked for the
 * last step first: if the file is well below the quota, the alarm is disarmed. Else, if the file
 * would be without its free pages, it is defragmented. Else, if anything was written since the last
 * compaction, the history is compacted. A member whose file is still large raises the alarm again,
 * and does its part then.
 *
 * etcd 3.4 counts the pages that a compaction has freed only at its next write, which may never
 * come while its space is used up. Alarms are still written: so QUOTA_COUNT disarms the alarm and
 * raises it again. A read that was under way delays the count by one write, so this is done a few
 * times.
 */
#include "supervisor/etcd/quota.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_TIMEOUT_MS 60000 /* a large file takes long */
#define PAUSE_MS 200	      /* between two steps: etcd's numbers follow after 100 ms */
#define PAUSE_FAILED_MS 5000
#define COUNTS 5

uint64_t quota_alarm_member(const char *error)
{
	const char *member = strstr(error, "memberID:");

	if (!member || !strstr(error, "NOSPACE"))
		return 0;
	return strtoull(member + strlen("memberID:"), NULL, 10);
}

/* The first member that has raised the alarm; 0: none has. */
static uint64_t alarm_member(const struct etcd_status *status)
{
	uint64_t member = 0;

	for (size_t i = 0; i < status->n_errors && !member; i++)
		member = quota_alarm_member(status->errors[i]);
	return member;
}

enum quota_step quota_step(const struct quota *quota, const struct etcd_header *header,
	const struct etcd_status *status)
{
	int64_t little = quota->limit - quota->limit / 5;
	bool leads = status->leader && status->leader == header->member_id;

	if (!quota->limit || !alarm_member(status))
		return QUOTA_NOTHING;
	if (status->db_size < little)
		return leads ? QUOTA_DISARM : QUOTA_NOTHING;
	if (status->db_size_in_use < little)
		return QUOTA_DEFRAGMENT;
	if (leads && header->revision > quota->compacted)
		return QUOTA_COMPACT;
	return leads && quota->counts < COUNTS ? QUOTA_COUNT : QUOTA_NOTHING;
}

static void step_took_place(struct quota *quota)
{
	if (quota->step == QUOTA_COUNT) {
		quota->counts++;
	} else if (quota->step == QUOTA_COMPACT) {
		quota->compacted = quota->revision;
		quota->counts = 0;
	}
}

static void on_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct quota *quota = arg;

	if (error == ETCD_E_COMPACTED)
		error = 0; /* another leader has done it */
	if (error == 0)
		step_took_place(quota);
	else if (error != -ECANCELED)
		log_debug("making room in etcd's database: %s", reply->message);
	quota->step = QUOTA_NOTHING;
	quota->again_ms = clock_now_ms() + (error ? PAUSE_FAILED_MS : PAUSE_MS);
}

static void on_disarmed(void *arg, int error, const struct etcd_reply *reply)
{
	struct quota *quota = arg;

	if (error == 0)
		error = etcd_alarm(quota->etcd, ETCD_ALARM_RAISE, quota->member, STEP_TIMEOUT_MS,
			on_done, quota);
	if (error)
		on_done(quota, error, reply);
}

static int start_step(struct quota *quota)
{
	struct etcd *etcd = quota->etcd;

	switch (quota->step) {
	case QUOTA_COMPACT:
		return etcd_compact(etcd, quota->revision, STEP_TIMEOUT_MS, on_done, quota);
	case QUOTA_COUNT:
		return etcd_alarm(etcd, ETCD_ALARM_DISARM, quota->member, STEP_TIMEOUT_MS,
			on_disarmed, quota);
	case QUOTA_DEFRAGMENT:
		return etcd_defragment(etcd, STEP_TIMEOUT_MS, on_done, quota);
	case QUOTA_DISARM:
		return etcd_alarm(
			etcd, ETCD_ALARM_DISARM, quota->member, STEP_TIMEOUT_MS, on_done, quota);
	case QUOTA_NOTHING:
		break;
	}
	return -EINVAL;
}

static void log_change(struct quota *quota, bool full)
{
	if (full == quota->full)
		return;
	quota->full = full;
	if (full)
		log_error("etcd's database has reached its quota (%lld bytes): nothing can be "
			  "written until something is deleted",
			(long long)quota->limit);
	else
		log_info("etcd's database has room again; the history of its keys is gone");
}

void quota_take(struct quota *quota, const struct etcd_reply *reply)
{
	if (quota->step != QUOTA_NOTHING)
		return;
	quota->member = alarm_member(&reply->status);
	log_change(quota, quota->member);
	if (clock_now_ms() < quota->again_ms)
		return;
	quota->step = quota_step(quota, &reply->header, &reply->status);
	quota->revision = reply->header.revision;
	if (quota->step != QUOTA_NOTHING && start_step(quota) < 0)
		quota->step = QUOTA_NOTHING;
}
