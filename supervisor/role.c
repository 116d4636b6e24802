#include "supervisor/role.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define ELECTION_MAX_MS 50000 /* etcd refuses more */
#define ELECTED_MS 5	      /* between two questions, until who was elected says its term */

bool role_serves(const struct fs_role_update *update)
{
	return update->role != FS_ROLE_OFFLINE && update->role != FS_ROLE_LEARNER &&
	       update->leader_id;
}

void role_of_status(const struct etcd_header *header, const struct etcd_status *status,
	uint64_t past_term, struct fs_role_update *ret)
{
	*ret = (struct fs_role_update){
		.role = FS_ROLE_FOLLOWER,
		.term = status->raft_term,
		.cluster_id = header->cluster_id,
		.member_id = header->member_id,
		.leader_id = status->leader,
		.db_size = status->db_size,
		.db_size_in_use = status->db_size_in_use,
		.no_space = status->no_space,
		.corrupt = status->corrupt,
	};
	snprintf(ret->version, sizeof(ret->version), "%s", status->version ? status->version : "");
	if (status->is_learner)
		ret->role = FS_ROLE_LEARNER;
	else if (!status->leader)
		ret->role = FS_ROLE_CANDIDATE;
	else if (status->leader == header->member_id && status->raft_term > past_term)
		ret->role = FS_ROLE_LEADER;
	else if (status->leader == header->member_id)
		ret->role = FS_ROLE_CANDIDATE;
	if (ret->role == FS_ROLE_CANDIDATE)
		ret->leader_id = 0;
}

void role_of_client(struct fs_role_update *update)
{
	bool serves = update->role == FS_ROLE_LEADER || update->role == FS_ROLE_FOLLOWER;

	update->role = serves ? FS_ROLE_FOLLOWER : FS_ROLE_CANDIDATE;
	if (!serves)
		update->leader_id = 0;
}

static bool is_same(const struct fs_role_update *a, const struct fs_role_update *b)
{
	return a->role == b->role && a->term == b->term && a->member_id == b->member_id &&
	       a->leader_id == b->leader_id && a->db_size == b->db_size &&
	       a->no_space == b->no_space && a->corrupt == b->corrupt;
}

static void tell(struct role *role, const struct fs_role_update *update)
{
	int64_t now = clock_now_ms();

	/* A leader's is told each time, since it is valid for as long as it was proven then. */
	if (update->role != FS_ROLE_LEADER && is_same(&role->current, update) &&
		now - role->told_ms < role->valid_ms / 3)
		return;
	if (role->current.role != update->role)
		log_debug("role: %s, term %llu", fs_role_name(update->role),
			(unsigned long long)update->term);
	role->current = *update;
	role->told_ms = now;
	role->on_update(role->arg, &role->current);
}

/* A leader's word, as long as it holds; then it is one that nobody follows. */
static void limit_claim(struct role *role, struct fs_role_update *update)
{
	int64_t left_ms = claim_left_ms(&role->claim, clock_now_ms());

	if (left_ms) {
		loop_timer_set(role->loop, &role->expiry, left_ms);
		/* Where we do not come to say so, the filesystem lets it go by itself. */
		update->valid_ms = (int)left_ms + role->interval_ms / 2;
	} else {
		update->role = FS_ROLE_CANDIDATE;
		update->leader_id = 0;
	}
}

/* Tells what the last Status said, as far as it still holds. */
static void show(struct role *role)
{
	struct fs_role_update update = role->word;

	loop_timer_clear(role->loop, &role->expiry);
	if (update.role == FS_ROLE_LEADER && !role->is_alone)
		limit_claim(role, &update);
	tell(role, &update);
}

/* What is known of the database stays, for df. */
static void fall_silent(struct role *role)
{
	role->word = role->current;
	role->word.role = FS_ROLE_OFFLINE;
	role->word.leader_id = 0;
	role->word.valid_ms = 0;
	role->led_term = 0;
	show(role);
}

/* The member does not lead now: when it does, it will be in a later term. */
static void pass_term(struct role *role)
{
	if (role->word.term > role->past_term)
		role->past_term = role->word.term;
}

void role_lost(struct role *role)
{
	claim_prove(&role->claim, clock_now_ms());
	pass_term(role);
	fall_silent(role);
}

/* An etcd that does not answer its Status either is not cut off, but stands still. */
static void on_expiry(void *arg)
{
	struct role *role = arg;

	if (role->asking && clock_now_ms() - role->asked_ms > role->claim.limit_ms / 2)
		fall_silent(role);
	else
		show(role);
}

static void on_read(void *arg, int error, const struct etcd_reply *reply)
{
	struct role *role = arg;

	(void)reply;
	role->proving = false;
	/* To whom reading is not permitted, this is said after the majority has answered. */
	if (error && error != -EACCES && error != -EINVAL)
		return;
	claim_prove(&role->claim, role->prove_ms);
	show(role);
}

static void prove(struct role *role)
{
	if (role->proving)
		return;
	role->prove_ms = clock_now_ms();
	if (etcd_revision(role->etcd, (int)role->claim.limit_ms, on_read, role) == 0)
		role->proving = true;
}

/* Who has just been elected is asked for no read yet: before the first entry of its term is
 * committed etcd 3.4 drops the question, and with it those of all other readers. */
static void hear_word(struct role *role, bool is_elected)
{
	bool leads = role->word.role == FS_ROLE_LEADER;

	if (!is_elected) {
		claim_prove(&role->claim, role->asked_ms);
		pass_term(role);
	} else if (!leads) {
		loop_timer_set(role->loop, &role->timer, ELECTED_MS);
	} else if (!role->is_alone && role->word.term == role->led_term) {
		prove(role);
	}
	role->led_term = leads ? role->word.term : 0;
}

static void on_status(void *arg, int error, const struct etcd_reply *reply)
{
	struct role *role = arg;

	role->asking = false;
	loop_timer_set(role->loop, &role->timer, role->hurry ? 0 : role->interval_ms);
	role->hurry = false;
	snprintf(role->problem, sizeof(role->problem), "%s", error ? reply->message : "");
	if (error) {
		fall_silent(role);
		return;
	}
	role_of_status(&reply->header, &reply->status, role->past_term, &role->word);
	role->word.valid_ms = role->valid_ms;
	if (role->is_client)
		role_of_client(&role->word);
	else
		hear_word(role, reply->status.leader == reply->header.member_id);
	show(role);
	role->on_status(role->arg, reply);
}

static void on_timer(void *arg)
{
	struct role *role = arg;

	if (role->asking)
		return;
	role->asked_ms = clock_now_ms();
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

static void on_refused(void *arg, const char *reason)
{
	struct role *role = arg;

	if (role->on_refused)
		role->on_refused(role->arg, reason);
}

int role_init(struct role *role, const struct etcd_config *config, int64_t election_ms)
{
	struct etcd_config own = *config;

	own.on_refused = on_refused;
	own.arg = role;
	election_ms = clamp(election_ms, 1, ELECTION_MAX_MS);
	role->interval_ms = clamp(election_ms / 5, 20, 500);
	role->timeout_ms = clamp(election_ms, 1000, 5000);
	role->valid_ms = role->timeout_ms + 2 * role->interval_ms;
	role->source.fd = -1;
	role->timer = (struct timer){.run = on_timer, .arg = role};
	role->expiry = (struct timer){.run = on_expiry, .arg = role};
	claim_init(&role->claim, election_ms);
	return etcd_new(&own, &role->etcd);
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
	role->on_refused = NULL;
	loop_forget(role->loop, &role->source);
	etcd_free(STEAL(role->etcd));
	loop_timer_clear(role->loop, &role->expiry);
	loop_timer_clear(role->loop, &role->timer);
}

void role_start(struct role *role)
{
	loop_watch(role->loop, &role->source, etcd_fd(role->etcd), EPOLLIN, on_etcd, role);
	claim_prove(&role->claim, clock_now_ms()); /* etcd has just begun */
	role_ask(role);
}

void role_ask(struct role *role)
{
	if (role->asking)
		role->hurry = true;
	else
		loop_timer_set(role->loop, &role->timer, 0);
}
