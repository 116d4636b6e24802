#include "fs/request/share.h"

#include "fs/api/config.h"

#include <errno.h>

enum {
	UNDER_WAY_MAX = 2,  /* transactions, by which more may be sent */
	UNDER_WAY_MS = 300, /* how long a request's transactions count as under way */
	MEMBERS_MAX = 100,  /* with the compares of one below 128, etcd's default max-txn-ops */
	SIZE_MAX_ALL = 256 << 10, /* bytes of a request, roughly */
	SIZE_MAX_ONE =
		32 << 10,  /* bytes of a transaction; the others would wait for a larger one */
	COMPARES_MAX = 16, /* of a transaction; etcd counts them with the members of its request */
	FRAMING = 32,	   /* bytes around the fields of a compare or an operation, at most */
};

/* One request under way. */
struct shared {
	struct share *share;
	struct timer timer;
	bool awaited; /* its members count as under way */
	struct share_list members;
	size_t n_members;
	size_t size;
	struct etcd_txn txns[MEMBERS_MAX];
};

static void pump_run(void *arg);

void share_init(struct share *share)
{
	TAILQ_INIT(&share->waiting);
	share->pump = (struct task){.run = pump_run, .arg = share};
	share->n_max = MEMBERS_MAX;
	share->size_max = share->config->max_value;
	if (share->size_max > SIZE_MAX_ALL)
		share->size_max = SIZE_MAX_ALL;
}

/* --- Which transactions may share a request --- */

static size_t txn_size(const struct txn *txn)
{
	size_t size = 2 * (FRAMING + txn->ops[0].key.len) + txn->ops[0].value.len;

	for (size_t i = 0; i < txn->n_compares; i++)
		size += FRAMING + txn->compares[i].key.len + txn->compares[i].range_end.len;
	return size;
}

bool share_takes(const struct share *share, const struct txn *txn)
{
	return !share->config->etcd.user && !share->config->etcd.cert && txn->n_ops == 1 &&
	       txn->ops[0].type == ETCD_OP_PUT && !txn->ops[0].lease &&
	       txn->n_compares <= COMPARES_MAX && txn_size(txn) <= SIZE_MAX_ONE;
}

/* Without @end the range is the key @from; the end "\0" is behind all keys. */
static bool range_has(struct bytes from, struct bytes end, struct bytes key)
{
	if (!end.len)
		return bytes_equal(from, key);
	return bytes_compare(key, from) >= 0 &&
	       (bytes_equal(end, BYTES_LITERAL("\0")) || bytes_compare(key, end) < 0);
}

static bool txn_heeds(const struct txn *txn, struct bytes key)
{
	if (bytes_equal(txn->ops[0].key, key))
		return true;
	for (size_t i = 0; i < txn->n_compares; i++)
		if (range_has(txn->compares[i].key, txn->compares[i].range_end, key))
			return true;
	return false;
}

static bool shared_has_room(const struct shared *shared, const struct txn *txn)
{
	const struct share *share = shared->share;
	const struct share_member *other;

	if (shared->n_members >= share->n_max || shared->size + txn_size(txn) > share->size_max)
		return false;
	TAILQ_FOREACH (other, &shared->members, entry)
		if (txn_heeds(other->txn, txn->ops[0].key) ||
			txn_heeds(txn, other->txn->ops[0].key))
			return false;
	return true;
}

static void shared_add(struct shared *shared, struct share_member *member)
{
	TAILQ_INSERT_TAIL(&shared->members, member, entry);
	shared->share->n_under_way++;
	shared->txns[shared->n_members++] = txn_request(member->txn);
	shared->size += txn_size(member->txn);
}

/* --- A request --- */

static void member_end(struct share_member *member, int error)
{
	member->fn(member->op, error, &(struct etcd_reply){.message = ""});
}

static void shared_yield(struct shared *shared)
{
	if (shared->awaited)
		shared->share->n_under_way -= shared->n_members;
	shared->awaited = false;
}

/* What waits is sent when the tasks that are queued now have run, since these may bring more. */
static void share_pump(struct share *share)
{
	if (!TAILQ_EMPTY(&share->waiting))
		loop_post(share->loop, &share->pump);
}

static void timer_run(void *arg)
{
	struct shared *shared = arg;

	shared_yield(shared);
	share_pump(shared->share);
}

static void shared_end(struct shared *shared, int error, const struct etcd_reply *reply)
{
	struct share *share = shared->share;
	struct etcd_reply own = *reply;
	struct share_member *member;

	for (size_t i = 0; (member = TAILQ_FIRST(&shared->members)); i++) {
		TAILQ_REMOVE(&shared->members, member, entry);
		if (!error && shared->n_members > 1)
			own.succeeded = reply->branches[i];
		member->fn(member->op, error, &own);
	}
	loop_timer_clear(share->loop, &shared->timer);
	shared_yield(shared);
	free(shared);
	share_pump(share);
}

static void shared_send(struct shared *shared);

static struct shared *shared_new(struct share *share, struct share_member *member)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	if (!shared)
		return NULL;
	shared->share = share;
	TAILQ_INIT(&shared->members);
	shared_add(shared, member);
	shared->awaited = true;
	shared->timer = (struct timer){.run = timer_run, .arg = shared};
	loop_timer_set(share->loop, &shared->timer, UNDER_WAY_MS);
	return shared;
}

/* Sends each member by itself. */
static void shared_split(struct shared *shared, int error)
{
	struct share *share = shared->share;
	struct share_member *member;

	if (error == -EFBIG && shared->size / 2 < share->size_max)
		share->size_max = shared->size / 2;
	if ((error == -EXDEV || error == -EINVAL) && shared->n_members / 2 < share->n_max)
		share->n_max = shared->n_members / 2;
	while ((member = TAILQ_FIRST(&shared->members))) {
		struct shared *alone;
		TAILQ_REMOVE(&shared->members, member, entry);
		alone = shared_new(share, member);
		if (alone)
			shared_send(alone);
		else
			member_end(member, -ENOMEM);
	}
	shared_end(shared, 0, &(struct etcd_reply){.message = ""});
}

/* Whether etcd has refused the whole request, so that nothing of it has happened. After -ETIMEDOUT
 * and -ECANCELED there is no time left to send it again. */
static bool is_refused(const struct shared *shared, int error)
{
	return shared->n_members > 1 && error < 0 && error != -ENOSPC && error != -ETIMEDOUT &&
	       error != -ECANCELED;
}

static void shared_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct shared *shared = arg;
	bool misses = shared->n_members > 1 && reply->n_branches != shared->n_members;

	if (is_refused(shared, error))
		shared_split(shared, error);
	else
		shared_end(shared, !error && misses ? ETCD_E_UNKNOWN : error, reply);
}

static int shared_remaining_ms(const struct shared *shared)
{
	const struct share_member *member;
	int most = 0;

	TAILQ_FOREACH (member, &shared->members, entry) {
		int remaining = op_remaining_ms(member->op);
		if (remaining > most)
			most = remaining;
	}
	return most;
}

static void shared_send(struct shared *shared)
{
	struct etcd *etcd = shared->share->etcd;
	int remaining_ms = shared_remaining_ms(shared);
	int r;

	if (shared->n_members > 1)
		r = etcd_txns(etcd, shared->txns, shared->n_members, remaining_ms, shared_answered,
			shared, NULL);
	else
		r = etcd_txn(etcd, shared->txns, remaining_ms, shared_answered, shared, NULL);
	if (r < 0)
		shared_end(shared, r, &(struct etcd_reply){.message = ""});
}

/* --- The transactions that wait --- */

static void shared_gather(struct shared *shared)
{
	struct share_list *waiting = &shared->share->waiting;
	struct share_member *member, *next;

	for (member = TAILQ_FIRST(waiting); member; member = next) {
		next = TAILQ_NEXT(member, entry);
		if (member->op->given_up || !shared_has_room(shared, member->txn))
			continue;
		TAILQ_REMOVE(waiting, member, entry);
		shared_add(shared, member);
	}
}

static void share_start(struct share *share, struct share_member *first)
{
	struct shared *shared = NULL;

	TAILQ_REMOVE(&share->waiting, first, entry);
	if (!first->op->given_up)
		shared = shared_new(share, first);
	if (shared) {
		shared_gather(shared);
		shared_send(shared);
	} else {
		member_end(first, first->op->given_up ? -ETIMEDOUT : -ENOMEM);
	}
}

static void pump_run(void *arg)
{
	struct share *share = arg;
	struct share_member *first;

	while (share->n_under_way < UNDER_WAY_MAX && (first = TAILQ_FIRST(&share->waiting)))
		share_start(share, first);
}

void share_send(struct share *share, struct share_member *member, struct op *op,
	const struct txn *txn, etcd_reply_fn *fn)
{
	*member = (struct share_member){.op = op, .txn = txn, .fn = fn};
	TAILQ_INSERT_TAIL(&share->waiting, member, entry);
	share_pump(share);
}
