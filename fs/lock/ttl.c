#include "fs/lock/ttl.h"

#include "fs/base/clock.h"
#include "fs/lock/lease_ask.h"

#include <errno.h>

enum {
	SHARED_MS = 1000,
	SHARED_S = 1,
};

struct ttl_lease {
	struct ttl_leases *leases;
	TAILQ_ENTRY(ttl_lease) entry;
	int64_t seconds;
	int64_t id;
	int64_t began_ms; /* when it was asked for first; of clock_boot_ms() */
	bool is_granted;
	struct op_list takers;
	struct timer timer; /* asks again; of a granted one: the end of its being shared */
	struct backoff backoff;
};

static void lease_free(struct ttl_lease *lease)
{
	TAILQ_REMOVE(&lease->leases->list, lease, entry);
	loop_timer_clear(lease->leases->loop, &lease->timer);
	free(lease);
}

static bool is_shared(const struct ttl_lease *lease)
{
	return clock_boot_ms() - lease->began_ms < SHARED_MS;
}

/* Hands the lease to who waits, or the error. */
static void answer_takers(struct ttl_lease *lease, int error)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&lease->takers))) {
		op->lease = lease->id;
		op_resume(op, error);
	}
}

static void ask(struct ttl_lease *lease);

/* Nobody waits for it: whether etcd has granted it is not known, so it is taken back. */
static void on_taken_back(void *arg, int error, const struct etcd_reply *reply)
{
	(void)arg, (void)error, (void)reply;
}

static void on_timer(void *arg)
{
	struct ttl_lease *lease = arg;
	struct ttl_leases *leases = lease->leases;

	if (!lease->is_granted && !TAILQ_EMPTY(&lease->takers)) {
		ask(lease);
		return;
	}
	if (!lease->is_granted)
		etcd_lease_revoke(
			leases->etcd, lease->id, leases->config->timeout_ms, on_taken_back, NULL);
	lease_free(lease);
}

/* Of an earlier question it is not known when etcd has granted it: at its first at the earliest. */
static void on_granted(void *arg, int error, const struct etcd_reply *reply)
{
	struct ttl_lease *lease = arg;

	(void)reply;
	if (error == -ECANCELED) /* the client ends; so do the takers */
		return;
	if (lease_is_away(error)) {
		loop_timer_set(lease->leases->loop, &lease->timer,
			backoff_next_ms(&lease->backoff, backoff_chance()));
	} else if (error && error != -EEXIST) {
		answer_takers(lease, error);
		lease_free(lease);
	} else {
		lease->is_granted = true;
		loop_timer_set(lease->leases->loop, &lease->timer, SHARED_MS);
		answer_takers(lease, 0);
	}
}

static void ask(struct ttl_lease *lease)
{
	struct ttl_leases *leases = lease->leases;
	int r = etcd_lease_grant(leases->etcd, lease->id, lease->seconds + SHARED_S,
		leases->config->timeout_ms, on_granted, lease);

	if (r < 0)
		loop_timer_set(leases->loop, &lease->timer, lease->backoff.min_ms);
}

static struct ttl_lease *lease_find(struct ttl_leases *leases, int64_t seconds)
{
	struct ttl_lease *lease;

	TAILQ_FOREACH (lease, &leases->list, entry)
		if (lease->seconds == seconds && is_shared(lease))
			return lease;
	return NULL;
}

static struct ttl_lease *lease_new(struct ttl_leases *leases, int64_t seconds)
{
	struct ttl_lease *lease = calloc(1, sizeof(*lease));

	if (!lease)
		return NULL;
	lease->leases = leases;
	lease->seconds = seconds;
	lease->id = lease_new_id();
	lease->began_ms = clock_boot_ms();
	lease->timer = (struct timer){.run = on_timer, .arg = lease};
	lease->backoff = lease_backoff();
	TAILQ_INIT(&lease->takers);
	TAILQ_INSERT_TAIL(&leases->list, lease, entry);
	return lease;
}

void ttl_take(struct ttl_leases *leases, struct op *op, int64_t seconds, op_fn *next)
{
	struct ttl_lease *lease = lease_find(leases, seconds);
	bool is_new = !lease;

	if (is_new)
		lease = lease_new(leases, seconds);
	if (lease && !lease->is_granted) {
		op_wait(op, &lease->takers, next);
		if (is_new)
			ask(lease);
		return;
	}
	op->lease = lease ? lease->id : 0;
	op_then(op, next, NULL);
	op_next(op, lease ? 0 : -ENOMEM);
}

void ttl_gone(struct ttl_leases *leases, int64_t id)
{
	struct ttl_lease *lease;

	TAILQ_FOREACH (lease, &leases->list, entry)
		if (lease->id == id)
			lease->began_ms -= SHARED_MS;
}

void ttl_init(struct ttl_leases *leases)
{
	TAILQ_INIT(&leases->list);
}

void ttl_fini(struct ttl_leases *leases)
{
	struct ttl_lease *lease;

	while ((lease = TAILQ_FIRST(&leases->list)))
		lease_free(lease);
}
