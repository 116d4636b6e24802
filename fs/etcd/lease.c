#include "fs/etcd/call.h"

static int lease_read(struct answer *answer)
{
	const Etcd__LeaseResponse *response = (const void *)answer->message;

	answer->reply.ttl_s = response->ttl > 0 ? response->ttl : 0;
	answer->reply.granted_ttl_s = response->granted_ttl;
	return 0;
}

static int grant_read(struct answer *answer)
{
	const Etcd__LeaseGrantResponse *response = (const void *)answer->message;

	answer->reply.ttl_s = answer->reply.granted_ttl_s = response->ttl;
	return 0;
}

static const struct method grant_method = {
	.path = "/etcdserverpb.Lease/LeaseGrant",
	.answer = &etcd__lease_grant_response__descriptor,
	.read = grant_read,
};

static const struct method revoke_method = {
	.path = "/etcdserverpb.Lease/LeaseRevoke",
	.answer = &etcd__done_response__descriptor,
};

/* etcd answers each request on the stream, and ends it with OK where the requests end. So a stream
 * of one request is a call. */
static const struct method keep_alive_method = {
	.path = "/etcdserverpb.Lease/LeaseKeepAlive",
	.answer = &etcd__lease_response__descriptor,
	.read = lease_read,
};

static const struct method time_to_live_method = {
	.path = "/etcdserverpb.Lease/LeaseTimeToLive",
	.answer = &etcd__lease_response__descriptor,
	.read = lease_read,
};

int etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	Etcd__LeaseGrantRequest request = ETCD__LEASE_GRANT_REQUEST__INIT;

	request.id = id;
	request.ttl = ttl_s;
	return call_start(etcd, &grant_method, &request.base, true, timeout_ms, fn, arg, NULL);
}

static int lease_ask(struct etcd *etcd, const struct method *method, bool is_change, int64_t id,
	int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	Etcd__LeaseRequest request = ETCD__LEASE_REQUEST__INIT;

	request.id = id;
	return call_start(etcd, method, &request.base, is_change, timeout_ms, fn, arg, NULL);
}

int etcd_lease_revoke(struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	return lease_ask(etcd, &revoke_method, true, id, timeout_ms, fn, arg);
}

int etcd_lease_keep_alive(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	return lease_ask(etcd, &keep_alive_method, false, id, timeout_ms, fn, arg);
}

int etcd_lease_time_to_live(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	return lease_ask(etcd, &time_to_live_method, false, id, timeout_ms, fn, arg);
}
