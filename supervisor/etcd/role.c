#include "supervisor/etcd/role.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define DOUBT_ELECTIONS 10    /* in intervals: two election timeouts */
#define ELECTION_MAX_MS 50000 /* etcd refuses more */
#define ELECTED_MS 5	      /* between two Status, until an elected member shows its term */
#define QUESTIONS 8	      /* sent to a majority during one lease */
#define QUESTION_MIN_MS 10
#define QUESTIONS_BY_LOG 3 /* one of this many may go through etcd's log */

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

	if (is_same(&role->current, update) && now - role->told_ms < role->valid_ms / 3 &&
		update->leads_until_ms - role->current.leads_until_ms < role->question_ms / 2)
		return;
	if (role->current.role != update->role)
		log_debug("role: %s, term %llu", fs_role_name(update->role),
			(unsigned long long)update->term);
	role->current = *update;
	role->told_ms = now;
	role->on_update(role->arg, &role->current);
}

/* A leader is shown as long as its lease holds, and as a candidate after that. If we hang, the
 * filesystem ends the lease by itself. */
static void limit_claim(struct role *role, struct fs_role_update *update)
{
	int64_t left_ms = leader_claim_left_ms(&role->claim, update->term, clock_boot_ms());

	if (left_ms) {
		loop_timer_set(role->loop, &role->expiry, left_ms);
		update->leads_until_ms = leader_claim_end_ms(&role->claim, update->term);
	} else {
		update->role = FS_ROLE_CANDIDATE;
		update->leader_id = 0;
	}
}

/* Reports the last Status, as far as it still holds. */
static void show(struct role *role)
{
	struct fs_role_update update = role->word;

	loop_timer_clear(role->loop, &role->expiry);
	if (update.role != FS_ROLE_LEADER)
		loop_timer_clear(role->loop, &role->next_question);
	else if (!role->is_alone)
		limit_claim(role, &update);
	tell(role, &update);
}

/* The database's size stays, for df. */
static void fall_silent(struct role *role)
{
	role->word = role->current;
	role->word.role = FS_ROLE_OFFLINE;
	role->word.leader_id = 0;
	role->word.valid_ms = 0;
	role->word.leads_until_ms = 0;
	show(role);
}

/* The member does not lead now, so if it leads later, it is in a later term. */
static void pass_term(struct role *role)
{
	if (role->word.term > role->past_term)
		role->past_term = role->word.term;
}

void role_lost(struct role *role)
{
	pass_term(role);
	fall_silent(role);
}

void role_retire(struct role *role)
{
	role->is_retired = true;
	fall_silent(role);
}

/* An etcd that does not answer its Status either is not cut off, but hangs. */
static void on_expiry(void *arg)
{
	struct role *role = arg;

	if (role->asking && clock_boot_ms() - role->asked_ms > role->claim.limit_ms / 2)
		fall_silent(role);
	else
		show(role);
}

/* A question to a majority that is under way. */
struct question {
	struct role *role;
	struct role_question asked;
};

/* The answer came from the leader of @term. If that is not the term of the question, the Status
 * that named it is out of date. */
static void hear_answer(struct role *role, const struct role_question *asked, uint64_t term)
{
	if (leader_claim_prove(&role->claim, asked->term, term, asked->sent_ms))
		show(role);
	else
		role_ask(role);
}

/* A user who may not read is refused only after a majority has answered, but the refusal does not
 * say in which term. A Status that is asked for from now on, and says that the member leads in the
 * question's term, proves it: it has applied everything that the leader who answered has committed,
 * and so nothing of a later term. */
static void hear_refusal(struct role *role, const struct role_question *asked)
{
	role->refused = *asked;
	role_ask(role);
}

static void on_answer(void *arg, int error, const struct etcd_reply *reply)
{
	CLEANUP(free) struct question *question = arg;
	struct role *role = question->role;

	if (role->is_retired)
		return;
	if (!error)
		hear_answer(role, &question->asked, reply->header.raft_term);
	else if (error == -EACCES || error == -EINVAL)
		hear_refusal(role, &question->asked);
}

/* Sent without waiting for the previous one, because on a busy machine an answer may take most of
 * the lease. Only some go through the log if etcd has lost its reads, because the log keeps each of
 * them. */
static int question_send(struct role *role, struct question *question)
{
	int timeout_ms = (int)role->claim.limit_ms;

	if (role->n_questions++ % QUESTIONS_BY_LOG)
		return etcd_revision_once(role->etcd, timeout_ms, on_answer, question);
	return etcd_revision(role->etcd, timeout_ms, on_answer, question);
}

static void on_next_question(void *arg)
{
	struct role *role = arg;
	struct question *question = malloc(sizeof(*question));

	loop_timer_set(role->loop, &role->next_question, role->question_ms);
	if (!question)
		return;
	role->question_term = role->word.term;
	*question = (struct question){role, {role->word.term, clock_boot_ms()}};
	if (question_send(role, question))
		free(question);
}

/* An entry of its term is committed soon. If the term stays the same, the data are others, restored
 * from a backup for example, whose terms count anew: then past_term is dropped. (A majority is
 * asked all the same.) */
static void doubt_past_term(struct role *role, bool waits)
{
	int64_t now_ms = clock_now_ms();

	if (!waits)
		role->elected_ms = 0;
	else if (!role->elected_ms)
		role->elected_ms = now_ms;
	else if (now_ms - role->elected_ms >= DOUBT_ELECTIONS * role->interval_ms)
		role->past_term = 0;
}

/* A member that was just elected is not asked for a read yet: before the first entry of its term is
 * committed, etcd 3.4 drops the question, and with it those of all other readers. */
static void hear_word(struct role *role, bool is_elected)
{
	bool leads = role->word.role == FS_ROLE_LEADER;

	doubt_past_term(role, is_elected && !leads);
	if (!is_elected)
		pass_term(role);
	else if (!leads)
		loop_timer_set(role->loop, &role->timer, ELECTED_MS);
	if (!leads || role->is_alone)
		return;
	leader_claim_prove(
		&role->claim, role->settled.term, role->word.term, role->settled.sent_ms);
	if (!role->next_question.is_set || role->question_term != role->word.term) {
		role->n_questions = 0;
		on_next_question(role);
	}
}

static void on_status(void *arg, int error, const struct etcd_reply *reply)
{
	struct role *role = arg;

	role->asking = false;
	if (role->is_retired)
		return;
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

	if (role->asking || role->is_retired)
		return;
	role->asked_ms = clock_boot_ms();
	role->settled = role->refused;
	role->refused.term = 0;
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

int role_init(
	struct role *role, const struct etcd_config *config, int64_t election_ms, int64_t tick_ms)
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
	role->next_question = (struct timer){.run = on_next_question, .arg = role};
	leader_claim_init(&role->claim, election_ms, tick_ms);
	role->question_ms =
		clamp(role->claim.limit_ms / QUESTIONS, QUESTION_MIN_MS, ELECTION_MAX_MS);
	return etcd_new(&own, &role->etcd);
}

/* etcd_free() makes the client's last callbacks: they need the timer, and must report to nobody. */
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
	loop_timer_clear(role->loop, &role->next_question);
	loop_timer_clear(role->loop, &role->expiry);
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
