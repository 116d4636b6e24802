#include "fs/barrier.h"

#include "fs/etcd/etcd.h"
#include "fs/fs_private.h"

#include <errno.h>

static void barrier_ask(struct barrier *barrier);

void barrier_init(struct barrier *barrier, struct fs *fs)
{
	barrier->fs = fs;
	TAILQ_INIT(&barrier->asked);
	TAILQ_INIT(&barrier->next);
	TAILQ_INIT(&barrier->behind);
}

bool barrier_is_needless(struct fs *fs)
{
	return fs->config->cached && mirror_revision(fs->mirror) > 0;
}

static void passed(struct op *op, int error)
{
	op->fresh = error == 0;
	op->after(op, error);
}

/* The mirror stays behind what etcd has said: the watch may be lost without knowing. */
static void behind_next(struct op *op, int error)
{
	if (error == -ETIMEDOUT)
		feed_doubt(&op->fs->feed);
	op->reached(op, error);
}

void barrier_await(struct op *op, int64_t revision, op_fn *next)
{
	struct barrier *barrier = &op->fs->barrier;
	struct op *before;

	if (mirror_revision(op->fs->mirror) >= revision) {
		next(op, 0);
		return;
	}
	op->reached = next;
	op->revision = revision;
	TAILQ_FOREACH_REVERSE (before, &barrier->behind, op_list, entry)
		if (before->revision <= revision)
			break;
	op->next = behind_next;
	op->waiting = &barrier->behind;
	if (before)
		TAILQ_INSERT_AFTER(&barrier->behind, before, op, entry);
	else
		TAILQ_INSERT_HEAD(&barrier->behind, op, entry);
}

void barrier_advance(struct barrier *barrier)
{
	int64_t revision = mirror_revision(barrier->fs->mirror);
	struct op *op;

	while ((op = TAILQ_FIRST(&barrier->behind)) && op->revision <= revision)
		op_resume(op, 0);
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
	while ((op = TAILQ_FIRST(&asked))) {
		TAILQ_REMOVE(&asked, op, entry);
		op->waiting = NULL;
		if (error)
			passed(op, error);
		else
			barrier_await(op, reply->header.revision, passed);
	}
}

static void barrier_ask(struct barrier *barrier)
{
	struct fs *fs = barrier->fs;
	int r;

	barrier->asking = true;
	metrics_count(&fs->metrics, METRIC_BARRIERS);
	TAILQ_CONCAT(&barrier->asked, &barrier->next, entry);
	for (struct op *op = TAILQ_FIRST(&barrier->asked); op; op = TAILQ_NEXT(op, entry))
		op->waiting = &barrier->asked;
	r = etcd_revision(fs->etcd, fs->config->timeout_ms, barrier_answered, barrier);
	if (r < 0)
		barrier_answered(barrier, r, NULL);
}

void barrier_join(struct op *op, op_fn *next)
{
	struct barrier *barrier = &op->fs->barrier;

	op->after = next;
	op_wait(op, &barrier->next, passed);
	if (!barrier->asking)
		barrier_ask(barrier);
}
