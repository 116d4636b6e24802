/* The queues of locks by name and by node, and which lock excludes which. */
#include "fs/lock/lease.h"
#include "fs/lock/lock_name.h"
#include "fs/lock/lock_private.h"

#include "fs/base/log.h"

#include <errno.h>

static int queue_order(const struct lock_queue *a, const struct lock_queue *b)
{
	return bytes_compare(buf_bytes(&a->name), buf_bytes(&b->name));
}

static int id_order(const struct lock_request *a, const struct lock_request *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->serial < b->serial ? -1 : a->serial > b->serial;
}

static int owner_order(const struct lock_request *a, const struct lock_request *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->range.owner < b->range.owner ? -1 : a->range.owner > b->range.owner;
}

RB_GENERATE_INTERNAL(lock_names, lock_queue, by_name, queue_order, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(lock_ids, lock_request, by_id, id_order, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
	lock_holders, lock_request, by_owner, owner_order, __attribute__((unused)) static)

/* --- Queues --- */

static void queue_free(struct lock_queue *queue)
{
	buf_fini(&queue->key);
	buf_fini(&queue->name);
	for (size_t kind = 0; kind < LOCK_KINDS; kind++)
		ranges_fini(&queue->ranges[kind]);
	free(queue);
}
CLEANUP_POINTER(struct lock_queue, queue_free)

struct lock_queue *lock_queue_find(struct locks *locks, struct bytes name)
{
	struct lock_queue key = {.name = {.data = (uint8_t *)name.data, .len = name.len}};

	return RB_FIND(lock_names, &locks->queues, &key);
}

int lock_queue_get(struct locks *locks, struct bytes key, struct lock_queue **ret)
{
	CLEANUP(queue_free) struct lock_queue *queue = calloc(1, sizeof(*queue));
	struct lock_queue *there;

	if (!queue || buf_append_bytes(&queue->key, key) < 0 ||
		lock_queue_name(key, &queue->name) < 0)
		return -ENOMEM;
	there = RB_INSERT(lock_names, &locks->queues, queue);
	if (!there) {
		TAILQ_INIT(&queue->requests);
		queue->locks = locks;
		there = STEAL(queue);
	}
	there->n_users++;
	*ret = there;
	return 0;
}

void lock_queue_put(struct lock_queue *queue)
{
	struct locks *locks = queue->locks;

	queue->n_users--;
	if (queue->n_users || !TAILQ_EMPTY(&queue->requests))
		return;
	if (queue->changed)
		TAILQ_REMOVE(&locks->changed, queue, change);
	RB_REMOVE(lock_names, &locks->queues, queue);
	queue_free(queue);
}

void lock_queue_changed(struct lock_queue *queue)
{
	struct locks *locks = queue->locks;

	if (queue->changed)
		return;
	queue->changed = true;
	TAILQ_INSERT_TAIL(&locks->changed, queue, change);
	loop_post(locks->requests->loop, &locks->look);
}

/* --- Requests --- */

struct lock_request *lock_request_new(struct lock_queue *queue, enum lock_kind kind, uint64_t id)
{
	struct lock_request *request = calloc(1, sizeof(*request));
	struct locks *locks = queue->locks;

	if (!request)
		return NULL;
	request->queue = queue;
	request->kind = kind;
	request->id = id;
	request->serial = ++locks->last_serial;
	request->slot = HELD_NONE;
	TAILQ_INIT(&request->turn);
	TAILQ_INIT(&request->goers);
	TAILQ_INSERT_TAIL(&queue->requests, request, entry);
	RB_INSERT(lock_ids, &locks->ids, request);
	locks->n_requests++;
	locks->n_in[request->state]++;
	return request;
}

static bool is_held(enum lock_state state)
{
	return state == LOCK_GRANTED || state == LOCK_LOST;
}

void lock_request_become(struct lock_request *request, enum lock_state state)
{
	struct locks *locks = request->queue->locks;

	if (is_held(request->state) && !is_held(state))
		RB_REMOVE(lock_holders, &locks->holders, request);
	if (!is_held(request->state) && is_held(state))
		RB_INSERT(lock_holders, &locks->holders, request);
	locks->n_in[request->state]--;
	locks->n_in[state]++;
	request->state = state;
}

void lock_request_free(struct lock_request *request)
{
	struct lock_queue *queue = request->queue;
	struct locks *locks = queue->locks;

	lock_request_become(request, LOCK_GOING);
	queue->n_users++;
	lock_request_idle(request);
	lock_request_gone(request, 0);
	TAILQ_REMOVE(&queue->requests, request, entry);
	RB_REMOVE(lock_ids, &locks->ids, request);
	locks->n_requests--;
	locks->n_in[request->state]--;
	free(request);
	lock_queue_changed(queue);
	lock_queue_put(queue);
}

struct lock_request *lock_request_find(struct lock_queue *queue, int64_t lease, uint64_t number)
{
	struct lock_request *request;

	TAILQ_FOREACH (request, &queue->requests, entry)
		if (request->lease == lease && request->number == number)
			return request;
	return NULL;
}

struct lock_request *lock_request_first(struct locks *locks, uint64_t id)
{
	struct lock_request first = {.id = id};

	return RB_NFIND(lock_ids, &locks->ids, &first);
}

struct lock_request *lock_request_next(struct lock_request *request)
{
	return RB_NEXT(lock_ids, &request->queue->locks->ids, request);
}

struct lock_request *locks_holder(
	struct locks *locks, enum lock_kind kind, uint64_t id, uint64_t owner)
{
	struct lock_request wanted = {.kind = kind, .id = id, .range.owner = owner};

	return RB_FIND(lock_holders, &locks->holders, &wanted);
}

struct lock_request *lock_holder_of(const struct lock_request *request)
{
	return locks_holder(
		request->queue->locks, request->kind, request->id, request->range.owner);
}

bool lock_covers(const struct lock_request *holder, const struct lock_request *request)
{
	return holder && (holder->exclusive || !request->range.exclusive);
}

const struct lock_request *locks_of_process(struct locks *locks, uint64_t id, pid_t pid)
{
	struct lock_request first = {.id = id};
	struct lock_request *request = RB_NFIND(lock_ids, &locks->ids, &first), *last = NULL;

	for (; request && request->id == id; request = RB_NEXT(lock_ids, &locks->ids, request))
		if (request->state == LOCK_GRANTED && pid && request->range.pid == pid)
			last = request;
	return last;
}

bool locks_any(const struct locks *locks)
{
	return locks->n_requests > 0;
}

int lock_request_key(const struct lock_request *request, struct buf *ret)
{
	CLEANUP(buf) struct buf name = {0};
	const struct lock_queue *queue = request->queue;
	int r = lock_name(buf_bytes(&queue->name), request->lease, request->number, &name);

	return r < 0 ? r : mirror_own_key(queue->locks->mirror, buf_bytes(&name), ret);
}

/* --- Which excludes which --- */

struct others_walk {
	struct locks *locks;
	struct lock_others others;
};

/* An empty value is etcdctl's; of any other that cannot be read somebody should hear. */
static bool is_exclusive(struct locks *locks, const struct own_key *key)
{
	struct lock_holder holder;

	if (lock_value_parse(key->value, &holder))
		return !holder.shared;
	if (key->value.len && !locks->unreadable) {
		locks->unreadable = true;
		log_warning("lock '%.*s': its value cannot be read, so it is taken for exclusive",
			(int)key->name.len, (const char *)key->name.data);
	}
	return true;
}

static bool others_see(void *arg, const struct own_key *key)
{
	struct others_walk *walk = arg;
	struct lock_others *others = &walk->others;
	uint64_t number;
	int64_t lease;

	if (lock_name_parse(key->name, &lease, &number) && lease == lease_id(walk->locks->lease) &&
		lease == key->lease)
		return true;
	if (key->create_revision < others->first)
		others->first = key->create_revision;
	if (key->create_revision < others->first_exclusive && is_exclusive(walk->locks, key))
		others->first_exclusive = key->create_revision;
	return true;
}

struct lock_others lock_others(struct lock_queue *queue)
{
	struct others_walk walk = {queue->locks, {INT64_MAX, INT64_MAX}};

	mirror_own_walk(queue->locks->mirror, buf_bytes(&queue->name), others_see, &walk);
	return walk.others;
}

/* Where the request stands; at the end while its key is not there. */
static int64_t place_of(const struct lock_request *request)
{
	return request->create_revision ? request->create_revision : INT64_MAX;
}

bool lock_fits_others(const struct lock_request *request, const struct lock_others *others)
{
	bool exclusive = request->exclusive || request->range.exclusive;

	return (exclusive ? others->first : others->first_exclusive) >= place_of(request);
}

bool lock_fits_holders(const struct lock_request *request)
{
	return !ranges_conflict(&request->queue->ranges[request->kind], &request->range);
}

/* Whether @other, of the same mount, waits for what excludes @request. */
static bool excludes(const struct lock_request *other, const struct lock_request *request)
{
	return (other->state == LOCK_WAITING || other->state == LOCK_ASKED) &&
	       other->kind == request->kind && range_conflicts(&other->range, &request->range);
}

/* Whether it stands before @request. */
static bool is_before(const struct lock_request *other, const struct lock_request *request)
{
	return !other->keyless && other->create_revision &&
	       other->create_revision < place_of(request) && excludes(other, request);
}

bool lock_is_beside(const struct lock_request *request)
{
	const struct lock_request *other;

	if (is_held(request->state))
		return true;
	TAILQ_FOREACH (other, &request->queue->requests, entry)
		if ((other->serial < request->serial || other->create_revision) &&
			excludes(other, request))
			return false;
	return lock_fits_holders(request);
}

bool lock_fits_here(const struct lock_request *request)
{
	const struct lock_request *other;

	if (!lock_fits_holders(request))
		return false;
	TAILQ_FOREACH (other, &request->queue->requests, entry)
		if (other != request && is_before(other, request))
			return false;
	return true;
}
