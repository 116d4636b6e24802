/*
 * A lock of a file is found by the file's key, a lock of a directory by looking at each of them,
 * since there are few. A lock of a file that this mount has renamed guards the name that was
 * locked: the name is what others lock.
 *
 * A change that was refused is tried again. If the lock that has guarded the first try is lost by
 * then, the change must not be made, even if the owner has given up the lock meanwhile, and nothing
 * fences the file any more. So a change keeps the locks of its last try.
 */
#include "fs/request/fence.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <stdlib.h>

/* Several processes may share the lock of a file: each has its own. */
static int by_name_compare(struct fenced *a, struct fenced *b)
{
	int r = bytes_compare(a->place.name, b->place.name);

	if (r != 0)
		return r;
	if (a->create_revision != b->create_revision)
		return a->create_revision < b->create_revision ? -1 : 1;
	return (a > b) - (a < b);
}

RB_GENERATE_INTERNAL(fenced_names, fenced, by_name, by_name_compare, __attribute__((unused)) static)

void fence_init(struct fence *fence, struct bytes prefix)
{
	*fence = (struct fence){.prefix = prefix};
	RB_INIT(&fence->files);
	TAILQ_INIT(&fence->dirs);
}

static void fenced_unref(struct fenced *fenced)
{
	if (--fenced->refs)
		return;
	free((void *)fenced->place.name.data);
	free((void *)fenced->lock_key.data);
	free(fenced);
}

static void fenced_insert(struct fence *fence, struct fenced *fenced)
{
	if (fenced->place.below)
		TAILQ_INSERT_TAIL(&fence->dirs, fenced, entry);
	else
		RB_INSERT(fenced_names, &fence->files, fenced);
}

struct fenced *fence_add(struct fence *fence, const struct fence_place *place,
	struct bytes lock_key, int64_t create_revision)
{
	struct fenced *fenced = calloc(1, sizeof(*fenced));

	if (!fenced)
		return NULL;
	fenced->refs = 1;
	fenced->fence = fence;
	fenced->place = *place;
	fenced->place.name.data = bytes_dup(place->name);
	fenced->lock_key = (struct bytes){bytes_dup(lock_key), lock_key.len};
	fenced->create_revision = create_revision;
	if (!fenced->place.name.data || !fenced->lock_key.data) {
		fenced_unref(fenced);
		return NULL;
	}
	fenced_insert(fence, fenced);
	return fenced;
}

static bool is_lost(const struct fenced *fenced)
{
	return fenced->state == FENCE_LOST;
}

void fence_lose(struct fenced *fenced)
{
	if (!is_lost(fenced) && !fenced->ended)
		fenced->fence->n_lost++;
	fenced->state = FENCE_LOST;
}

void fence_doubt(struct fenced *fenced, bool doubted)
{
	fenced->state = doubted ? FENCE_DOUBTED : FENCE_HELD;
}

void fence_end(struct fenced *fenced)
{
	struct fence *fence;

	if (!fenced)
		return;
	fence = fenced->fence;
	fenced->ended = true;
	if (is_lost(fenced))
		fence->n_lost--;
	if (fenced->place.below)
		TAILQ_REMOVE(&fence->dirs, fenced, entry);
	else
		RB_REMOVE(fenced_names, &fence->files, fenced);
	fenced_unref(fenced);
}

bool fence_place_has(const struct fence_place *place, struct bytes key)
{
	return place->below ? bytes_has_prefix(key, place->name) : bytes_equal(key, place->name);
}

static struct fenced *fence_after(struct fence *fence, struct fenced *at)
{
	if (at && at->place.below)
		return TAILQ_NEXT(at, entry);
	at = at ? RB_NEXT(fenced_names, &fence->files, at) : RB_MIN(fenced_names, &fence->files);
	return at ? at : TAILQ_FIRST(&fence->dirs);
}

struct fenced *fence_next_in(struct fence *fence, enum fence_state state, struct fenced *at)
{
	do {
		at = fence_after(fence, at);
	} while (at && at->state != state);
	return at;
}

enum fence_state fence_state_of(struct fence *fence, uint64_t dir)
{
	enum fence_state worst = FENCE_HELD;
	struct fenced *fenced;

	TAILQ_FOREACH (fenced, &fence->dirs, entry)
		if (fenced->place.id == dir && fenced->state > worst)
			worst = fenced->state;
	return worst;
}

/* --- Which locks are about a change -------------------------------------------------------- */

/* A range of keys; without @end the one key @from. */
struct range {
	struct bytes from, end;
};

/* Whether it is one of etcdfs' own keys. No lock is about these: a lost one must be given up. */
static bool is_own(const struct fence *fence, struct bytes key)
{
	return key_is_own(bytes_slice(key, fence->prefix.len, SIZE_MAX));
}

static bool range_has(const struct range *range, struct bytes key)
{
	if (!range->end.len)
		return bytes_equal(key, range->from);
	return bytes_compare(key, range->from) >= 0 && bytes_compare(key, range->end) < 0;
}

static bool dir_has(const struct fenced *dir, const struct range *range)
{
	return bytes_has_prefix(range->from, dir->place.name) ||
	       (range->end.len && range_has(range, dir->place.name));
}

/* The next lock, after @at, that is about a key of @range; NULL: it was the last. The first for
 * @at NULL. */
static struct fenced *fence_next(struct fence *fence, const struct range *range, struct fenced *at)
{
	struct fenced first = {.place.name = range->from};

	if (!at || !at->place.below) {
		at = at ? RB_NEXT(fenced_names, &fence->files, at)
			: RB_NFIND(fenced_names, &fence->files, &first);
		if (at && range_has(range, at->place.name))
			return at;
		at = TAILQ_FIRST(&fence->dirs);
	} else {
		at = TAILQ_NEXT(at, entry);
	}
	while (at && !dir_has(at, range))
		at = TAILQ_NEXT(at, entry);
	return at;
}

/* Whether this mount has a lock of the same place that came later, and still holds it. */
static bool has_newer(struct fence *fence, const struct fenced *lost, const struct range *range)
{
	struct fenced *other = NULL;

	while ((other = fence_next(fence, range, other)))
		if (!is_lost(other) && other->create_revision > lost->create_revision &&
			other->place.below == lost->place.below &&
			bytes_equal(other->place.name, lost->place.name))
			return true;
	return false;
}

static int range_check(struct fence *fence, const struct range *range)
{
	struct fenced *fenced = NULL;

	if (!fence->n_lost || is_own(fence, range->from))
		return 0;
	while ((fenced = fence_next(fence, range, fenced)))
		if (is_lost(fenced) && !has_newer(fence, fenced, range))
			return -EIO;
	return 0;
}

int fence_check(struct fence *fence, struct bytes key)
{
	return range_check(fence, &(struct range){.from = key});
}

/* --- A change ------------------------------------------------------------------------------ */

static bool guard_has(const struct fence_guard *guard, const struct fenced *fenced)
{
	for (size_t i = 0; i < guard->n; i++)
		if (guard->locks[i] == fenced)
			return true;
	return false;
}

static int guard_add(struct fence_guard *guard, struct txn *txn, struct fenced *fenced)
{
	struct fenced **locks = reallocarray(guard->locks, guard->n + 1, sizeof(*guard->locks));

	if (!locks)
		return -ENOMEM;
	guard->locks = locks;
	guard->locks[guard->n++] = fenced;
	fenced->refs++;
	txn_expect(txn, fenced->lock_key, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL,
		fenced->create_revision);
	return 0;
}

static int range_guard(
	struct fence *fence, const struct range *range, struct txn *txn, struct fence_guard *guard)
{
	struct fenced *fenced = NULL;
	int r = range_check(fence, range);

	if (is_own(fence, range->from))
		return 0;
	while (r == 0 && (fenced = fence_next(fence, range, fenced)))
		if (!is_lost(fenced) && !guard_has(guard, fenced))
			r = guard_add(guard, txn, fenced);
	return r;
}

/* Whether a lock that has guarded the change is lost. */
static bool guard_is_lost(const struct fence_guard *guard)
{
	for (size_t i = 0; i < guard->n; i++)
		if (is_lost(guard->locks[i]))
			return true;
	return false;
}

void fence_leave(struct fence_guard *guard)
{
	for (size_t i = 0; i < guard->n; i++)
		fenced_unref(guard->locks[i]);
	free(guard->locks);
	*guard = (struct fence_guard){0};
}

/* What is kept for a key is a part of its file. *@ret is @key, or, of kept metadata, the key that
 * it belongs to, in @scratch. 0 or -ENOMEM. */
static int key_guarded(
	const struct fence *fence, struct bytes key, struct buf *scratch, struct bytes *ret)
{
	struct bytes rest = bytes_slice(key, fence->prefix.len, SIZE_MAX), meta;
	int r;

	*ret = key;
	if (!key_is_meta(rest, &meta))
		return 0;
	buf_clear(scratch);
	r = buf_append_bytes(scratch, fence->prefix);
	if (r == 0)
		r = buf_append_bytes(scratch, meta);
	*ret = buf_bytes(scratch);
	return r;
}

int fence_guard(struct fence *fence, struct txn *txn, struct fence_guard *guard)
{
	CLEANUP(buf) struct buf scratch = {0};
	int r = guard_is_lost(guard) ? -EIO : 0;

	if (r == 0)
		fence_leave(guard);
	if (RB_EMPTY(&fence->files) && TAILQ_EMPTY(&fence->dirs))
		return r;
	for (size_t i = 0; i < txn->n_ops && r == 0; i++) {
		struct range range = {.end = txn->ops[i].range_end};

		r = key_guarded(fence, txn->ops[i].key, &scratch, &range.from);
		if (r == 0)
			r = range_guard(fence, &range, txn, guard);
	}
	return r;
}
