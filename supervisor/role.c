#include "supervisor/role.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <string.h>
#include <sys/epoll.h>

bool role_serves(const struct fs_role_update *update)
{
	return update->role != FS_ROLE_OFFLINE && update->leader_id;
}

void role_of_status(const struct etcd_header *header, const struct etcd_status *status,
	struct fs_role_update *ret)
{
	*ret = (struct fs_role_update){
		.role = FS_ROLE_FOLLOWER,
		.term = status->raft_term,
		.member_id = header->member_id,
		.leader_id = status->leader,
		.db_size = status->db_size,
	};
	if (status->is_learner)
		ret->role = FS_ROLE_LEARNER;
	else if (!status->leader)
		ret->role = FS_ROLE_CANDIDATE;
	else if (status->leader == header->member_id)
		ret->role = FS_ROLE_LEADER;
}

static bool is_same(const struct fs_role_update *a, const struct fs_role_update *b)
{
	return a->role == b->role && a->term == b->term && a->member_id == b->member_id &&
	       a->leader_id == b->leader_id && a->db_size == b->db_size;
}

static void tell(struct role *role, const struct fs_role_update *update)
{
	int64_t now = clock_now_ms();

	if (is_same(&role->current, update) && now - role->told_ms < role->valid_ms / 3)
		return;
	if (role->current.role != update->role)
		log_debug("role: %s, term %llu", fs_role_name(update->role),
			(unsigned long long)update->term);
	role->current = *update;
	role->told_ms = now;
	role->on_update(role->arg, &role->current);
}

/* What is known of the database stays, for df. */
void role_lost(struct role *role)
{
	struct fs_role_update update = role->current;

	update.role = FS_ROLE_OFFLINE;
	update.leader_id = 0;
	update.valid_ms = 0;
	tell(role, &update);
}

static void on_status(void *arg, int error, const struct etcd_reply *reply)
{
	struct role *role = arg;
	struct fs_role_update update;

	role->asking = false;
	loop_timer_set(role->loop, &role->timer, role->hurry ? 0 : role->interval_ms);
	role->hurry = false;
	if (error) {
		role_lost(role);
		return;
	}
	role_of_status(&reply->header, &reply->status, &update);
	update.valid_ms = role->valid_ms;
	tell(role, &update);
}

static void on_timer(void *arg)
{
	struct role *role = arg;

	if (role->asking)
		return;
	if (etcd_member_status(role->etcd, role->timeout_ms, on_status, role, NULL) == 0)
		role->asking = true;
	else
		loop_timer_set(role->loop, &role->timer, role->interval_ms);
}

static void on_etcd(void *arg, uint32_t epoll_events)
{
	struct role *role = arg;

	(void)epoll_events;
	etcd_dispatch(role->etcd);
}

static int64_t clamp(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

int role_init(struct role *role, const char *endpoint, int64_t election_ms)
{
	struct etcd_config config = {.endpoint = endpoint};

	role->interval_ms = clamp(election_ms / 5, 20, 500);
	role->timeout_ms = clamp(election_ms, 1000, 5000);
	role->valid_ms = role->timeout_ms + 2 * role->interval_ms;
	role->source.fd = -1;
	role->timer = (struct timer){.run = on_timer, .arg = role};
	return etcd_new(&config, &role->etcd);
}

/* The client's last callbacks come from etcd_free(): they must find the timer, and tell nobody. */
static void tell_nobody(void *arg, const struct fs_role_update *update)
{
	(void)arg;
	(void)update;
}

void role_fini(struct role *role)
{
	role->on_update = tell_nobody;
	loop_forget(role->loop, &role->source);
	etcd_free(STEAL(role->etcd));
	loop_timer_clear(role->loop, &role->timer);
}

void role_start(struct role *role)
{
	loop_watch(role->loop, &role->source, etcd_fd(role->etcd), EPOLLIN, on_etcd, role);
	role_ask(role);
}

void role_ask(struct role *role)
{
	if (role->asking)
		role->hurry = true;
	else
		loop_timer_set(role->loop, &role->timer, 0);
}
