/* The locks of a mount: what the mirror tells of their keys, who asks without taking, and the end.
 */
#include "fs/lock/locks.h"

#include "fs/base/log.h"
#include "fs/lock/lease.h"
#include "fs/lock/lock_name.h"
#include "fs/lock/lock_private.h"

#include <errno.h>
#include <unistd.h>

static void look_run(void *arg)
{
	locks_advance(arg);
}

void locks_init(struct locks *locks)
{
	RB_INIT(&locks->queues);
	RB_INIT(&locks->ids);
	RB_INIT(&locks->holders);
	TAILQ_INIT(&locks->changed);
	TAILQ_INIT(&locks->waiters);
	TAILQ_INIT(&locks->retrying);
	locks->retry = (struct timer){.run = locks_retry_run, .arg = locks};
	locks->look = (struct task){.run = look_run, .arg = locks};
	gethostname(locks->host, sizeof(locks->host) - 1);
}

void locks_end(struct locks *locks)
{
	struct op *op;

	locks->ending = true;
	while ((op = TAILQ_FIRST(&locks->waiters)))
		op_resume(op, -ENOTCONN);
	locks_retry_run(locks);
}

/* No op is left: the keys go with the lease. */
void locks_fini(struct locks *locks)
{
	struct lock_request *request;

	while ((request = RB_ROOT(&locks->ids))) {
		fence_end(STEAL(request->fenced));
		lock_request_free(request);
	}
}

void locks_denied(struct locks *locks)
{
	struct bytes prefix = locks->config->prefix;

	if (locks->denied)
		return;
	locks->denied = true;
	log_warning("etcd permits no locks: they need the right to read and write the keys that "
		    "begin with '%.*s.etcd/'",
		(int)prefix.len, (const char *)prefix.data);
}

void locks_show(const struct locks *locks, struct lock_numbers *ret)
{
	*ret = (struct lock_numbers){
		.held = locks->n_in[LOCK_GRANTED],
		.waiting = locks->n_in[LOCK_ASKED] + locks->n_in[LOCK_WAITING],
		.lost = locks->requests->counters->counts[COUNTER_LOCKS_LOST],
	};
}

/* --- What the mirror tells --- */

/* A put of a lock that was given up, whose outcome was unknown, has happened after its key was
 * deleted. Without memory the key stays as long as the lease. */
static void hear_late(struct locks *locks, struct bytes name, int64_t lease, uint64_t number)
{
	CLEANUP(buf) struct buf key = {0};
	struct lock_request *request;
	struct lock_queue *queue;

	if (lock_queue_key(name, &key) < 0 || lock_queue_get(locks, buf_bytes(&key), &queue) < 0)
		return;
	request = lock_request_new(queue, LOCK_FLOCK, 0);
	if (request) {
		request->lease = lease;
		request->number = number;
		request->put = true;
		lock_request_go(request);
	}
	lock_queue_put(queue);
}

static void hear_own(struct lock_request *request, const struct own_key *key, bool there)
{
	if (there && !request->create_revision)
		request->create_revision = key->create_revision;
	if (!there || request->create_revision != key->create_revision)
		request->gone = true;
}

void locks_hear(void *arg, const struct own_key *key, bool there)
{
	struct bytes name = lock_queue_of(key->name);
	struct locks *locks = arg;
	struct lock_request *request;
	struct lock_queue *queue;
	uint64_t number;
	int64_t lease;

	if (!name.len)
		return;
	queue = lock_queue_find(locks, name);
	if (queue)
		lock_queue_changed(queue);
	if (!lock_name_parse(key->name, &lease, &number))
		return;
	request = queue ? lock_request_find(queue, lease, number) : NULL;
	if (request)
		hear_own(request, key, there);
	else if (there && lease == lease_id(locks->lease) && lease == key->lease && !locks->ending)
		hear_late(locks, key->name, lease, number);
}

void locks_advance(struct locks *locks)
{
	struct lock_queue *queue;

	while ((queue = TAILQ_FIRST(&locks->changed)))
		lock_queue_look(queue);
}

/* --- What the lease tells --- */

/* Whether it is on the lease, and not in the state that is due. */
static bool changes(const struct lock_request *request, bool doubted)
{
	return request->state == LOCK_GRANTED &&
	       request->lease == lease_id(request->queue->locks->lease) &&
	       request->fenced->state == (doubted ? FENCE_HELD : FENCE_DOUBTED);
}

void locks_doubt(struct locks *locks, bool doubted)
{
	struct lock_request *request = lock_request_first(locks, 0);
	size_t n = 0;

	for (; request; request = lock_request_next(request)) {
		if (!changes(request, doubted))
			continue;
		n++;
		if (doubted)
			locks->doubted(locks->arg, request->fenced);
		else
			fence_doubt(request->fenced, false);
	}
	if (!doubted)
		locks->trusted(locks->arg);
	if (n)
		log_warning(doubted ? "locks in doubt, as etcd has not renewed their lease: %zu"
				    : "locks not in doubt any more: %zu",
			n);
}

/* --- F_GETLK --- */

static bool test_others(const struct lock_others *others, bool exclusive, struct range *ret)
{
	if ((exclusive ? others->first : others->first_exclusive) == INT64_MAX)
		return false;
	*ret = (struct range){.last = RANGE_END, .exclusive = others->first_exclusive != INT64_MAX};
	return true;
}

bool locks_test(
	struct locks *locks, struct op *op, struct bytes key, struct range *ret, int *ret_error)
{
	const struct op_lock *wish = &op->lock;
	struct range range = {wish->owner, wish->first, wish->last, wish->exclusive, 0};
	struct lock_request *holder = locks_holder(locks, wish->kind, op->id, wish->owner);
	const struct range *conflict;
	struct lock_others others;
	struct lock_queue *queue;

	if (lock_queue_get(locks, holder ? buf_bytes(&holder->queue->key) : key, &queue) < 0) {
		*ret_error = -ENOMEM;
		return false;
	}
	conflict = ranges_conflict(&queue->ranges[wish->kind], &range);
	if (conflict)
		*ret = *conflict;
	others = lock_others(queue);
	lock_queue_put(queue);
	*ret_error = 0;
	if (conflict || (holder && (holder->exclusive || !range.exclusive)))
		return conflict;
	return test_others(&others, range.exclusive, ret);
}
