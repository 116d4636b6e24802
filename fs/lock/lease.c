#include "fs/lock/lease.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/lock/lease_ask.h"

#include <errno.h>

enum {
	LOOK_MS = 1000, /* how often the clock is looked at, which no timer goes by */
	END_MS = 1000,	/* for the revocation when the mount ends */
};

static void ask_again(struct lease *lease)
{
	loop_timer_set(
		lease->loop, &lease->again, backoff_next_ms(&lease->backoff, backoff_chance()));
}

/* --- Renewed ------------------------------------------------------------------------------ */

static void look_set(struct lease *lease)
{
	int64_t left_ms = LOOK_MS, now_ms = clock_boot_ms();

	if (!lease->renewing && lease->renew_ms - now_ms < left_ms)
		left_ms = lease->renew_ms - now_ms;
	if (!lease->is_doubted && lease->ends_ms - now_ms < left_ms)
		left_ms = lease->ends_ms - now_ms;
	loop_timer_set(lease->loop, &lease->look, left_ms > 0 ? left_ms : 0);
}

static void renewal_set(struct lease *lease, int64_t due_ms)
{
	lease->renew_ms = due_ms;
	look_set(lease);
}

static void trust(struct lease *lease)
{
	if (!lease->is_doubted)
		return;
	lease->is_doubted = false;
	lease->doubted(lease->arg, false);
}

/* The lease has its whole time from when that was asked for, if not longer. */
static void is_renewed(struct lease *lease)
{
	int64_t ttl_ms = 1000 * lease->ttl_s;

	backoff_reset(&lease->renewal_backoff);
	lease->ends_ms = lease->sent_ms + ttl_ms;
	lease->shown_id = lease->id;
	if (lease->ends_ms > clock_boot_ms())
		trust(lease);
	renewal_set(lease, lease->sent_ms + ttl_ms / 3);
}

static void renew_soon(struct lease *lease)
{
	renewal_set(lease,
		clock_boot_ms() + backoff_next_ms(&lease->renewal_backoff, backoff_chance()));
}

static int renewal_limit_ms(const struct lease *lease)
{
	int third_ms = (int)(1000 * lease->ttl_s / 3);

	return third_ms < lease->config->timeout_ms ? third_ms : lease->config->timeout_ms;
}

/* Whether the answer is about a lease that is still ours. */
static bool renewal_is_due(struct lease *lease)
{
	int64_t id = lease->renewing;

	lease->renewing = 0;
	return lease->is_held && id == lease->id && !lease->is_ending;
}

static void on_confirmed(void *arg, int error, const struct etcd_reply *reply)
{
	struct lease *lease = arg;

	if (!renewal_is_due(lease))
		return;
	if (error)
		renew_soon(lease);
	else if (!reply->ttl_s)
		lease_gone(lease, lease->id);
	else
		is_renewed(lease);
}

/* A renewal's answer is no proof (etcd.h), so that the lease is asked for as well. */
static void on_renewed(void *arg, int error, const struct etcd_reply *reply)
{
	struct lease *lease = arg;

	if (!renewal_is_due(lease))
		return;
	if (!error && !reply->ttl_s)
		lease_gone(lease, lease->id);
	else if (!error && etcd_lease_time_to_live(lease->etcd, lease->id, renewal_limit_ms(lease),
				   on_confirmed, lease) == 0)
		lease->renewing = lease->id;
	else
		renew_soon(lease);
}

static void renew(struct lease *lease)
{
	if (etcd_lease_keep_alive(
		    lease->etcd, lease->id, renewal_limit_ms(lease), on_renewed, lease) < 0) {
		renew_soon(lease);
		return;
	}
	lease->renewing = lease->id;
	lease->sent_ms = clock_boot_ms();
}

/* The lease is in doubt at the end of its time, not a moment later: others may have its locks. */
static void on_look(void *arg)
{
	struct lease *lease = arg;

	if (!lease->is_held || lease->is_ending)
		return;
	if (clock_boot_ms() >= lease->ends_ms) {
		lease->is_doubted = true;
		lease->doubted(lease->arg, true);
	}
	if (!lease->renewing && clock_boot_ms() >= lease->renew_ms)
		renew(lease);
	look_set(lease);
}

/* --- Granted ------------------------------------------------------------------------------ */

static void pursue(struct lease *lease);

static void resume_all(struct lease *lease, int error)
{
	struct op *last = TAILQ_LAST(&lease->takers, op_list), *op = NULL;

	while (last && op != last) {
		op = TAILQ_FIRST(&lease->takers);
		op_resume(op, error);
	}
}

static void is_granted(struct lease *lease, const struct etcd_reply *reply)
{
	lease->ttl_s = reply->ttl_s ? reply->ttl_s : lease->config->lock_ttl_s;
	lease->is_held = true;
	backoff_reset(&lease->backoff);
	is_renewed(lease);
	log_debug("lease %llx: granted for %lld s", (unsigned long long)lease->id,
		(long long)lease->ttl_s);
	resume_all(lease, 0);
}

/* An earlier question without an answer may have made the lease: then some of its time is gone. */
static void is_granted_before(struct lease *lease, const struct etcd_reply *reply)
{
	lease->sent_ms = lease->asked_ms;
	is_granted(lease, reply);
	renewal_set(lease, lease->sent_ms);
}

static void on_granted(void *arg, int error, const struct etcd_reply *reply)
{
	struct lease *lease = arg;

	lease->is_asking = false;
	if (lease->is_ending)
		return;
	if (!error) {
		is_granted(lease, reply);
	} else if (error == -EEXIST) {
		is_granted_before(lease, reply);
	} else if (lease_is_away(error)) {
		ask_again(lease);
	} else {
		lease->id = 0;
		resume_all(lease, error);
	}
}

static int grant(struct lease *lease)
{
	lease->sent_ms = clock_boot_ms();
	if (!lease->id) {
		lease->id = lease_new_id();
		lease->asked_ms = lease->sent_ms;
		lease->chosen(lease->arg, lease->id);
	}
	return etcd_lease_grant(lease->etcd, lease->id, lease->config->lock_ttl_s,
		lease->config->timeout_ms, on_granted, lease);
}

/* --- The lease of an earlier process ------------------------------------------------------ */

static void on_dead_revoked(void *arg, int error, const struct etcd_reply *reply)
{
	struct lease *lease = arg;

	lease->is_asking = false;
	if (lease->is_ending)
		return;
	if (lease_is_away(error)) {
		ask_again(lease);
		return;
	}
	if (error && error != ETCD_E_NO_LEASE)
		log_warning("lease %llx of the filesystem process that has died: not revoked, "
			    "so that its locks end with its time: %s",
			(unsigned long long)lease->dead, reply->message);
	lease->dead = 0;
	backoff_reset(&lease->backoff);
	pursue(lease);
}

/* Asks etcd for what is to be done next. */
static void pursue(struct lease *lease)
{
	int r = 0;

	if (lease->is_asking || lease->is_ending)
		return;
	loop_timer_clear(lease->loop, &lease->again);
	if (lease->dead)
		r = etcd_lease_revoke(lease->etcd, lease->dead, lease->config->timeout_ms,
			on_dead_revoked, lease);
	else if (!lease->is_held && !TAILQ_EMPTY(&lease->takers))
		r = grant(lease);
	else
		return;
	lease->is_asking = r == 0;
	if (r < 0)
		ask_again(lease);
}

static void on_again(void *arg)
{
	pursue(arg);
}

/* --- The interface ------------------------------------------------------------------------ */

void lease_init(struct lease *lease)
{
	TAILQ_INIT(&lease->takers);
	lease->dead = lease->config->dead_lease;
	lease->again = (struct timer){.run = on_again, .arg = lease};
	lease->look = (struct timer){.run = on_look, .arg = lease};
	lease->backoff = lease_backoff();
	lease->renewal_backoff = lease->backoff;
}

void lease_start(struct lease *lease)
{
	pursue(lease);
}

void lease_fini(struct lease *lease)
{
	loop_timer_clear(lease->loop, &lease->again);
	loop_timer_clear(lease->loop, &lease->look);
}

void lease_take(struct lease *lease, struct op *op, op_fn *next)
{
	if (lease->is_held) {
		op_then(op, next, NULL);
		op_next(op, 0);
		return;
	}
	op_wait(op, &lease->takers, next);
	pursue(lease);
}

int64_t lease_id(const struct lease *lease)
{
	return lease->is_held ? lease->id : 0;
}

void lease_gone(struct lease *lease, int64_t id)
{
	if (!lease->is_held || lease->id != id)
		return;
	log_warning("lease %llx of this mount is gone: the locks and the ephemeral files that "
		    "were on it are lost",
		(unsigned long long)id);
	counter_add(lease->counters, COUNTER_LEASES_LOST);
	lease->is_held = false;
	lease->id = 0;
	lease->shown_id = 0;
	loop_timer_clear(lease->loop, &lease->look);
	trust(lease);
}

static void on_revoked(void *arg, int error, const struct etcd_reply *reply)
{
	struct lease *lease = arg;

	(void)reply;
	if (error && error != ETCD_E_NO_LEASE)
		log_debug("lease %llx: not revoked, so it ends with its time",
			(unsigned long long)lease->id);
	lease->has_ended = true;
}

bool lease_end(struct lease *lease)
{
	int limit_ms = lease->config->timeout_ms < END_MS ? lease->config->timeout_ms : END_MS;

	if (lease->is_ending)
		return lease->has_ended;
	lease->is_ending = true;
	lease->shown_id = 0;
	loop_timer_clear(lease->loop, &lease->again);
	loop_timer_clear(lease->loop, &lease->look);
	lease->has_ended = !lease->id || etcd_lease_revoke(lease->etcd, lease->id, limit_ms,
						 on_revoked, lease) < 0;
	return lease->has_ended;
}

void lease_show(const struct lease *lease, int64_t *ret_id, int64_t *ret_left_s)
{
	int64_t id = lease->shown_id, left_ms = lease->ends_ms - clock_boot_ms();

	*ret_id = id;
	*ret_left_s = id && left_ms > 0 ? left_ms / 1000 : 0;
}
