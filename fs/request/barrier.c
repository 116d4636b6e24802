#include "fs/request/barrier.h"

#include "fs/base/clock.h"
#include "fs/etcd/etcd.h"

#include <errno.h>

#define AGAIN_FIRST_MS 20 /* most events come faster than that */
#define AGAIN_MS 200

static void barrier_ask(struct barrier *barrier);
static void turn_run(void *arg);
static void patience_ends(void *arg);

/* An op waits, and no event has come: asks etcd for its state again. */
static void again_run(void *arg)
{
	struct barrier *barrier = arg;
	if (TAILQ_EMPTY(&barrier->behind))
		return;
	if (clock_now_ms() - barrier->advanced_ms > barrier->config->timeout_ms / 2) {
		barrier->advanced_ms = clock_now_ms();
		feed_lost(barrier->feed, "the keys are not those that it tells of");
	}
	loop_timer_set(barrier->loop, &barrier->again, AGAIN_MS);
	if (!barrier->asking)
		barrier_ask(barrier);
}

void barrier_init(struct barrier *barrier)
{
	barrier->again = (struct timer){.run = again_run, .arg = barrier};
	barrier->patience = (struct timer){.run = patience_ends, .arg = barrier};
	barrier->turn = (struct task){.run = turn_run, .arg = barrier};
	TAILQ_INIT(&barrier->asked);
	TAILQ_INIT(&barrier->next);
	TAILQ_INIT(&barrier->behind);
}

bool barrier_is_needless(const struct barrier *barrier)
{
	return barrier->config->cached && mirror_revision(barrier->mirror) > 0;
}

static void passed(struct op *op, int error)
{
	op->fresh = error == 0;
	op_next(op, error);
}

/* The mirror stays behind the revision that etcd has answered: the watch may be lost unnoticed. */
static void behind_next(struct op *op, int error)
{
	struct barrier *barrier = op->arg;

	if (error == -ETIMEDOUT && !op->hurried)
		feed_doubt(barrier->feed);
	op_next(op, error);
}

void barrier_await(struct barrier *barrier, struct op *op, int64_t revision, op_fn *next)
{
	struct op *before;

	op->revision = revision;
	op_then(op, next, NULL);
	if (feed_is_proven(barrier->feed) && mirror_revision(barrier->mirror) >= revision) {
		op_next(op, 0);
		return;
	}
	if (barrier->feed->limited && TAILQ_EMPTY(&barrier->behind)) {
		barrier->advanced_ms = clock_now_ms();
		loop_timer_set(barrier->loop, &barrier->again, AGAIN_FIRST_MS);
	}
	TAILQ_FOREACH_REVERSE (before, &barrier->behind, op_list, entry)
		if (before->revision <= revision)
			break;
	op_then(op, behind_next, barrier);
	op->waiting = &barrier->behind;
	if (before)
		TAILQ_INSERT_AFTER(&barrier->behind, before, op, entry);
	else
		TAILQ_INSERT_HEAD(&barrier->behind, op, entry);
}

/* Whether the mirror shows the state of etcd's last answer. */
static bool goal_reached(struct barrier *barrier)
{
	return barrier->goal.connection == barrier->feed->proven &&
	       mirror_reach(barrier->mirror, barrier->goal.revision, barrier->goal.newest,
		       barrier->goal.count);
}

void barrier_advance(struct barrier *barrier)
{
	struct mirror *mirror = barrier->mirror;
	int64_t revision;
	struct op *op;

	if (!feed_is_proven(barrier->feed))
		return;
	if (barrier->feed->limited) {
		goal_reached(barrier);
		barrier->advanced_ms = clock_now_ms();
	}
	revision = mirror_revision(mirror);
	while ((op = TAILQ_FIRST(&barrier->behind)) && op->revision <= revision)
		op_resume(op, 0);
}

static void goal_set(struct barrier *barrier, const struct etcd_reply *reply)
{
	barrier->goal.revision = reply->header.revision;
	barrier->goal.newest = reply->n_kvs ? reply->kvs[0].mod_revision : 0;
	barrier->goal.count = reply->count;
	barrier->goal.connection = reply->header.connection;
	if (goal_reached(barrier))
		barrier_advance(barrier);
}

/* Ops that were posted before this answer came join before turn_run(). */
static void barrier_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct barrier *barrier = arg;

	histogram_observe(&barrier->counters->barriers, clock_now_us() - barrier->asked_us);
	barrier->answer.is_new = true;
	barrier->answer.error = error;
	barrier->answer.revision = error ? 0 : reply->header.revision;
	if (error == -EACCES)
		feed_denied(barrier->feed);
	else if (error == 0 && barrier->feed->limited)
		goal_set(barrier, reply);
	if (error == 0) {
		atomic_store_explicit(&barrier->counters->etcd_revision, barrier->answer.revision,
			memory_order_relaxed);
		barrier->answered(barrier->arg);
	}
	loop_post(barrier->loop, &barrier->turn);
}

/* Asks about the prefix only, as barrier.h explains. */
static int barrier_send_limited(struct barrier *barrier)
{
	CLEANUP(buf) struct buf end = {0};
	struct etcd_range range = {
		.key = barrier->config->prefix,
		.limit = 1,
		.newest_first = true,
		.keys_only = true,
	};
	int r = etcd_prefix_end(barrier->config->prefix, &end);

	if (r < 0)
		return r;
	range.range_end = buf_bytes(&end);
	return etcd_range(barrier->etcd, &range, barrier->config->timeout_ms, barrier_answered,
		barrier, NULL);
}

static int barrier_send(struct barrier *barrier)
{
	if (barrier->feed->limited)
		return barrier_send_limited(barrier);
	return etcd_revision(barrier->etcd, barrier->config->timeout_ms, barrier_answered, barrier);
}

static void patience_ends(void *arg)
{
	struct barrier *barrier = arg;

	barrier->hold.is_due = true;
	loop_set_enough(barrier->loop, 0);
	loop_post(barrier->loop, &barrier->turn);
}

/* Goes on with a hold while others join. */
static void hold_look(struct barrier *barrier)
{
	barrier->hold.is_due = false;
	if (barrier->asking)
		return;
	if (barrier->n_joined > barrier->hold.n_seen && clock_now_ms() < barrier->hold.end_ms)
		loop_timer_set(barrier->loop, &barrier->patience, BARRIER_HOLD_MS);
	else
		barrier->crowd = 0;
	barrier->hold.n_seen = barrier->n_joined;
}

static void barrier_ask(struct barrier *barrier)
{
	int r;

	barrier->asking = true;
	barrier->asked_us = clock_now_us();
	barrier->n_asked = barrier->n_joined;
	barrier->n_joined = barrier->crowd = 0;
	counter_add(barrier->counters, COUNTER_BARRIERS);
	TAILQ_CONCAT(&barrier->asked, &barrier->next, entry);
	for (struct op *op = TAILQ_FIRST(&barrier->asked); op; op = TAILQ_NEXT(op, entry))
		op->waiting = &barrier->asked;
	loop_set_enough(barrier->loop, SIZE_MAX);
	loop_timer_at(
		barrier->loop, &barrier->patience, barrier->asked_us / 1000 + BARRIER_LOOK_MS);
	r = barrier_send(barrier);
	if (r < 0)
		barrier_answered(barrier, r, NULL);
}

/* Asks, unless more are expected to join. */
static void barrier_ask_or_hold(struct barrier *barrier)
{
	if (barrier->asking)
		return;
	if (barrier->n_joined < barrier->crowd)
		loop_set_enough(barrier->loop, barrier->crowd - barrier->n_joined);
	else if (barrier->feed->told && !TAILQ_EMPTY(&barrier->next))
		barrier_ask(barrier);
}

/* The crowd is whoever had the answer or came meanwhile. */
static void barrier_expect(struct barrier *barrier)
{
	loop_set_enough(barrier->loop, 0);
	barrier->crowd = barrier->n_asked + barrier->n_joined;
	if (barrier->crowd < BARRIER_CROWD)
		barrier->crowd = 0;
	if (!barrier->crowd) {
		loop_timer_clear(barrier->loop, &barrier->patience);
		return;
	}
	barrier->hold.n_seen = barrier->n_joined;
	barrier->hold.end_ms = clock_now_ms() + BARRIER_HOLD_MAX_MS;
	loop_timer_set(barrier->loop, &barrier->patience, BARRIER_HOLD_MS);
}

/* The answer counts for whoever had joined before its question, and for nobody else. */
static void turn_run(void *arg)
{
	struct op_list asked = TAILQ_HEAD_INITIALIZER(asked);
	struct barrier *barrier = arg;
	int64_t revision = barrier->answer.revision;
	int error = barrier->answer.error;
	struct op *op;

	if (barrier->answer.is_new) {
		barrier->answer.is_new = barrier->asking = false;
		TAILQ_CONCAT(&asked, &barrier->asked, entry);
		barrier_expect(barrier);
	} else if (barrier->hold.is_due) {
		hold_look(barrier);
	}
	barrier_ask_or_hold(barrier);
	while ((op = TAILQ_FIRST(&asked))) {
		TAILQ_REMOVE(&asked, op, entry);
		op->waiting = NULL;
		if (error)
			op_next(op, error);
		else
			barrier_await(barrier, op, revision, NULL);
	}
}

void barrier_join(struct barrier *barrier, struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_wait(op, &barrier->next, passed);
	barrier->n_joined++;
	if (!barrier->asking)
		loop_post(barrier->loop, &barrier->turn);
}

void barrier_open(struct barrier *barrier)
{
	loop_post(barrier->loop, &barrier->turn);
}

static void start_begin(struct op *op, int error)
{
	(void)error;
	barrier_join(op->arg, op, NULL);
}

void barrier_start(struct barrier *barrier, struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_then(op, start_begin, barrier);
	op_start_patiently(op, NULL);
}

static void start_read_begin(struct op *op, int error)
{
	(void)error;
	op->fresh = op->walk.current;
	if (op->fresh || barrier_is_needless(op->arg))
		op_next(op, 0);
	else
		barrier_join(op->arg, op, NULL);
}

void barrier_start_read(struct barrier *barrier, struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_then(op, start_read_begin, barrier);
	if (op->walk.current || barrier_is_needless(barrier))
		op_start(op, NULL);
	else
		op_start_patiently(op, NULL);
}
