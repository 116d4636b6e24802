#include "fs/etcd/call.h"

static const struct method compact_method = {
	.path = "/etcdserverpb.KV/Compact",
	.answer = &etcd__done_response__descriptor,
};

static const struct method defragment_method = {
	.path = "/etcdserverpb.Maintenance/Defragment",
	.answer = &etcd__done_response__descriptor,
};

static const struct method alarm_method = {
	.path = "/etcdserverpb.Maintenance/Alarm",
	.answer = &etcd__done_response__descriptor,
};

int etcd_compact(struct etcd *etcd, int64_t revision, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	Etcd__CompactionRequest request = ETCD__COMPACTION_REQUEST__INIT;

	request.revision = revision;
	request.physical = true;
	return call_start(etcd, &compact_method, &request.base, true, timeout_ms, fn, arg, NULL);
}

int etcd_defragment(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	Etcd__DefragmentRequest request = ETCD__DEFRAGMENT_REQUEST__INIT;

	return call_start(etcd, &defragment_method, &request.base, true, timeout_ms, fn, arg, NULL);
}

int etcd_alarm(struct etcd *etcd, enum etcd_alarm_action action, uint64_t member_id, int timeout_ms,
	etcd_reply_fn *fn, void *arg)
{
	Etcd__AlarmRequest request = ETCD__ALARM_REQUEST__INIT;

	request.action = action;
	request.member_id = member_id;
	request.alarm = 1; /* NOSPACE */
	return call_start(etcd, &alarm_method, &request.base, true, timeout_ms, fn, arg, NULL);
}
