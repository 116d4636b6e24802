#include "fs/etcd/call.h"

#include <string.h>

/* etcd lists its alarms among the errors, as text: "memberID:1 alarm:NOSPACE ". */
static bool has_alarm(const Etcd__StatusResponse *response, const char *alarm)
{
	for (size_t i = 0; i < response->n_errors; i++)
		if (strstr(response->errors[i], alarm))
			return true;
	return false;
}

static int status_read(struct answer *answer)
{
	const Etcd__StatusResponse *response = (const void *)answer->message;

	answer->reply.status = (struct etcd_status){
		.version = response->version,
		.db_size = response->db_size,
		.db_size_in_use = response->db_size_in_use,
		.leader = response->leader,
		.raft_term = response->raft_term,
		.is_learner = response->is_learner,
		.no_space = has_alarm(response, "alarm:NOSPACE"),
		.corrupt = has_alarm(response, "alarm:CORRUPT"),
		.errors = (const char *const *)response->errors,
		.n_errors = response->n_errors,
	};
	return 0;
}

static const struct method status_method = {
	.path = "/etcdserverpb.Maintenance/Status",
	.answer = &etcd__status_response__descriptor,
	.read = status_read,
};

int etcd_member_status(
	struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	Etcd__StatusRequest request = ETCD__STATUS_REQUEST__INIT;

	return call_start(etcd, &status_method, &request.base, false, timeout_ms, fn, arg, ret_id);
}
