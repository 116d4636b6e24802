/*
 * Finds a revision that includes everything acknowledged before, in one of two ways.
 *
 * The first is a linearizable Range: the leader confirms with a majority that it still leads, and
 * nothing is written. But etcd 3.4 may lose that question right after an election, and then that
 * member answers no linearizable read for some seven seconds.
 *
 * The second is tried when the first has no answer in time. A proposal without effect goes through
 * the Raft log, and is answered when this member has applied it. By then this member has applied
 * everything acknowledged before, so that a serializable Range gives the revision. The proposal is
 * the revocation of lease 0, which cannot exist; it costs a line in etcd's log. It may be lost too,
 * if it goes to a leader that has just died.
 *
 * So the two ways take turns until the deadline. A question that was given up has no effect.
 *
 * Through a proxy there is only the first way: two questions may go to two members, and the proxy
 * may answer a serializable Range from its cache.
 */
#include "fs/base/clock.h"
#include "fs/etcd/call.h"

#include <errno.h>
#include <stdlib.h>

enum { PATIENCE_MS = 300, TURNS_MIN = 3 };

struct revision {
	struct etcd *etcd;
	etcd_reply_fn *fn;
	void *arg;
	int64_t deadline_ms;
	int patience_ms; /* the time limit of each turn */
	int turns; /* turns left; limited, so that a server that fails at once is not asked in a
		    * tight loop */
};

static int left_ms(const struct revision *revision)
{
	int64_t left = revision->deadline_ms - clock_now_ms();

	return left > 0 ? (int)left : 0;
}

static int turn_ms(const struct revision *revision)
{
	int left = left_ms(revision);

	return left < revision->patience_ms ? left : revision->patience_ms;
}

static void end(struct revision *revision, int error, const struct etcd_reply *reply)
{
	static const struct etcd_reply none = {.message = ""};

	revision->fn(revision->arg, error, reply ? reply : &none);
	free(revision);
}

static int range(struct etcd *etcd, bool serializable, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	struct etcd_range nothing = {
		.key = {(const uint8_t *)"\0", 1},
		.count_only = true,
		.serializable = serializable,
	};

	return etcd_range(etcd, &nothing, timeout_ms, fn, arg, NULL);
}

static int ask(struct revision *revision, bool serializable, etcd_reply_fn *fn)
{
	int timeout_ms = serializable ? left_ms(revision) : turn_ms(revision);

	return range(revision->etcd, serializable, timeout_ms, fn, revision);
}

static void on_applied(void *arg, int error, const struct etcd_reply *reply)
{
	end(arg, error, reply);
}

static int propose(struct revision *revision, etcd_reply_fn *fn)
{
	return etcd_lease_revoke(revision->etcd, 0, turn_ms(revision), fn, revision);
}

static void on_first(void *arg, int error, const struct etcd_reply *reply);

static void on_proposed(void *arg, int error, const struct etcd_reply *reply)
{
	struct revision *revision = arg;
	bool is_lost = error == ETCD_E_UNKNOWN || error == -ETIMEDOUT;
	bool is_applied = !error || error == ETCD_E_NO_LEASE || error == -ENOENT;

	if (is_lost && (!left_ms(revision) || !revision->turns--))
		end(revision, -ETIMEDOUT, reply);
	else if (!is_lost && !is_applied)
		end(revision, error, reply);
	else if ((error = ask(revision, !is_lost, is_lost ? on_first : on_applied)))
		end(revision, error, NULL);
}

static void on_first(void *arg, int error, const struct etcd_reply *reply)
{
	struct revision *revision = arg;

	if (error != -ETIMEDOUT || !left_ms(revision)) {
		end(revision, error, reply);
		return;
	}
	if (revision->etcd->channel.streams.is_proxied)
		error = revision->turns-- ? ask(revision, false, on_first) : -ETIMEDOUT;
	else
		error = propose(revision, on_proposed);
	if (error)
		end(revision, error, NULL);
}

int etcd_revision(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	struct revision *revision = malloc(sizeof(*revision));
	int patience_ms = timeout_ms / TURNS_MIN, error;

	if (patience_ms < 1)
		patience_ms = 1;
	if (patience_ms > PATIENCE_MS)
		patience_ms = PATIENCE_MS;
	if (!revision)
		return -ENOMEM;
	*revision = (struct revision){.etcd = etcd,
		.fn = fn,
		.arg = arg,
		.deadline_ms = clock_now_ms() + timeout_ms,
		.patience_ms = patience_ms,
		.turns = timeout_ms / patience_ms};
	error = ask(revision, false, on_first);
	if (error)
		free(revision);
	return error;
}

int etcd_revision_once(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	return range(etcd, false, timeout_ms, fn, arg);
}
