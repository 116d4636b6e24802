#include "fs/etcd/call.h"

#include <errno.h>

static void member_read(const Etcd__Member *from, struct etcd_member *ret)
{
	*ret = (struct etcd_member){
		.id = from->id,
		.name = from->name,
		.peer_urls = (const char *const *)from->peer_urls,
		.n_peer_urls = from->n_peer_urls,
		.client_urls = (const char *const *)from->client_urls,
		.n_client_urls = from->n_client_urls,
		.is_learner = from->is_learner,
	};
}

static int members_copy(struct answer *answer, Etcd__Member *const *from, size_t n_members)
{
	struct etcd_member *members;

	if (!n_members)
		return 0;
	answer->items = members = calloc(n_members, sizeof(*members));
	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < n_members; i++)
		member_read(from[i], &members[i]);
	answer->reply.members = members;
	answer->reply.n_members = n_members;
	return 0;
}

static int members_read(struct answer *answer)
{
	const Etcd__MembersResponse *response = (const void *)answer->message;

	return members_copy(answer, response->members, response->n_members);
}

static int add_read(struct answer *answer)
{
	const Etcd__MemberAddResponse *response = (const void *)answer->message;

	if (!response->member)
		return -EIO;
	answer->reply.member_id = response->member->id;
	return members_copy(answer, response->members, response->n_members);
}

static const struct method list_method = {
	.path = "/etcdserverpb.Cluster/MemberList",
	.answer = &etcd__members_response__descriptor,
	.read = members_read,
};

static const struct method add_method = {
	.path = "/etcdserverpb.Cluster/MemberAdd",
	.answer = &etcd__member_add_response__descriptor,
	.read = add_read,
};

static const struct method remove_method = {
	.path = "/etcdserverpb.Cluster/MemberRemove",
	.answer = &etcd__members_response__descriptor,
	.read = members_read,
};

static const struct method promote_method = {
	.path = "/etcdserverpb.Cluster/MemberPromote",
	.answer = &etcd__members_response__descriptor,
	.read = members_read,
};

int etcd_member_list(
	struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	Etcd__MemberListRequest request = ETCD__MEMBER_LIST_REQUEST__INIT;

	request.linearizable = true;
	return call_start(etcd, &list_method, &request.base, false, timeout_ms, fn, arg, ret_id);
}

int etcd_member_add(struct etcd *etcd, const char *const *peer_urls, size_t n_peer_urls,
	bool is_learner, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	Etcd__MemberAddRequest request = ETCD__MEMBER_ADD_REQUEST__INIT;

	request.peer_urls = (char **)(uintptr_t)peer_urls;
	request.n_peer_urls = n_peer_urls;
	request.is_learner = is_learner;
	return call_start(etcd, &add_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}

int etcd_member_remove(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	Etcd__MemberRemoveRequest request = ETCD__MEMBER_REMOVE_REQUEST__INIT;

	request.id = member;
	return call_start(etcd, &remove_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}

int etcd_member_promote(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	Etcd__MemberPromoteRequest request = ETCD__MEMBER_PROMOTE_REQUEST__INIT;

	request.id = member;
	return call_start(etcd, &promote_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}
