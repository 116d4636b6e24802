#include "fs/etcd/call.h"

static int grant_read(struct answer *answer)
{
	const Etcd__LeaseGrantResponse *response = (const void *)answer->message;

	answer->reply.lease_id = response->id;
	answer->reply.lease_ttl = response->ttl;
	answer_read_header(answer, response->header);
	return 0;
}

static int revoke_read(struct answer *answer)
{
	answer_read_header(answer, ((const Etcd__LeaseRevokeResponse *)answer->message)->header);
	return 0;
}

static int keepalive_read(struct answer *answer)
{
	const Etcd__LeaseKeepAliveResponse *response = (const void *)answer->message;

	answer->reply.lease_id = response->id;
	answer->reply.lease_ttl = response->ttl;
	answer_read_header(answer, response->header);
	return 0;
}

static const struct method grant_method = {
	.path = "/etcdserverpb.Lease/LeaseGrant",
	.answer = &etcd__lease_grant_response__descriptor,
	.read = grant_read,
};

static const struct method revoke_method = {
	.path = "/etcdserverpb.Lease/LeaseRevoke",
	.answer = &etcd__lease_revoke_response__descriptor,
	.read = revoke_read,
};

/* A stream in both directions; with one request, ended, etcd answers it and ends as well. */
static const struct method keepalive_method = {
	.path = "/etcdserverpb.Lease/LeaseKeepAlive",
	.answer = &etcd__lease_keep_alive_response__descriptor,
	.read = keepalive_read,
};

int etcd_lease_grant(struct etcd *etcd, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg,
	uint64_t *ret_id)
{
	Etcd__LeaseGrantRequest request = ETCD__LEASE_GRANT_REQUEST__INIT;

	request.ttl = ttl_s;
	return call_start(etcd, &grant_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}

int etcd_lease_revoke(struct etcd *etcd, int64_t lease, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	Etcd__LeaseRevokeRequest request = ETCD__LEASE_REVOKE_REQUEST__INIT;

	request.id = lease;
	return call_start(etcd, &revoke_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}

/* Counts as a read: asking again does no harm. */
int etcd_lease_keepalive(struct etcd *etcd, int64_t lease, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	Etcd__LeaseKeepAliveRequest request = ETCD__LEASE_KEEP_ALIVE_REQUEST__INIT;

	request.id = lease;
	return call_start(
		etcd, &keepalive_method, &request.base, false, timeout_ms, fn, arg, ret_id);
}
