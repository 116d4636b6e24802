#include "fs/request/barrier.h"

#include "fs/base/clock.h"
#include "fs/etcd/etcd.h"

#include <errno.h>

#define AGAIN_FIRST_MS 20 /* most events come faster than that */
#define AGAIN_MS 200

static void barrier_ask(struct barrier *barrier);

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
	if (barrier->feed->limited)
		goal_reached(barrier);
	revision = mirror_revision(mirror);
	barrier->advanced_ms = clock_now_ms();
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

static void barrier_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct barrier *barrier = arg;
	struct op_list asked = TAILQ_HEAD_INITIALIZER(asked);
	struct op *op;

	barrier->asking = false;
	TAILQ_CONCAT(&asked, &barrier->asked, entry);
	if (!TAILQ_EMPTY(&barrier->next))
		barrier_ask(barrier);
	if (error == -EACCES)
		feed_denied(barrier->feed);
	else if (error == 0 && barrier->feed->limited)
		goal_set(barrier, reply);
	if (error == 0)
		barrier->answered(barrier->arg);
	while ((op = TAILQ_FIRST(&asked))) {
		TAILQ_REMOVE(&asked, op, entry);
		op->waiting = NULL;
		if (error)
			op_next(op, error);
		else
			barrier_await(barrier, op, reply->header.revision, NULL);
	}
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

static void barrier_ask(struct barrier *barrier)
{
	int r;

	barrier->asking = true;
	counter_add(barrier->counters, COUNTER_BARRIERS);
	TAILQ_CONCAT(&barrier->asked, &barrier->next, entry);
	for (struct op *op = TAILQ_FIRST(&barrier->asked); op; op = TAILQ_NEXT(op, entry))
		op->waiting = &barrier->asked;
	r = barrier_send(barrier);
	if (r < 0)
		barrier_answered(barrier, r, NULL);
}

void barrier_join(struct barrier *barrier, struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_wait(op, &barrier->next, passed);
	if (!barrier->asking && barrier->feed->told)
		barrier_ask(barrier);
}

void barrier_open(struct barrier *barrier)
{
	if (!barrier->asking && !TAILQ_EMPTY(&barrier->next))
		barrier_ask(barrier);
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
	op_start(op, NULL);
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
	op_start(op, NULL);
}
