/* The mount's lease: the keys of its locks and of its ephemeral files are on it, and end with it.
 */
/*
 * Owner:   the mount.
 * Threads: RPC thread only, but for lease_show().
 *
 * There is one lease of `lock-ttl` seconds, granted when it is needed first. It is renewed at a
 * third of its time, by a clock that goes on while the machine sleeps. A mount that stood still for
 * longer finds it gone; whoever needs a lease next gets a new one. No safety rests on that clock,
 * nor on the answer to a renewal: what must not happen without the lease compares a key on it. But
 * who does something else while it has a lock must stop when others may have that lock: when the
 * time of the lease is over by that clock, the lease is in doubt until etcd says what it is.
 *
 *   state      is                                        becomes
 *   none       nobody has needed a lease                 granting
 *   granting   asked for; asked again while etcd is      held; none if etcd refuses
 *              away and somebody waits
 *   held       granted, and renewed                      none if etcd says that it is gone
 *   ended      the mount ends: it is being revoked
 *
 * The supervisor hears of the id before etcd does, and gives it to the next filesystem process,
 * which revokes it before it takes a lease of its own (`dead`): the open files, with their locks,
 * have ended with the process that had them.
 */
#pragma once

#include "fs/base/backoff.h"
#include "fs/request/op.h"

#include <stdatomic.h>

/* The fields up to `arg` are the caller's. */
struct lease {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct counters *counters;
	void (*chosen)(void *arg, int64_t id); /* a lease with this id is about to be granted */
	/* Its time is over, and it was not renewed: told every second. Or that is over. */
	void (*doubted)(void *arg, bool doubted);
	void *arg;

	int64_t id;   /* chosen, and perhaps granted; 0: none */
	int64_t dead; /* of an earlier process, to be revoked; 0: none */
	atomic_bool is_held;
	int64_t ttl_s;	  /* as etcd has granted it */
	int64_t asked_ms; /* when this id was asked for first; of clock_boot_ms() */
	int64_t sent_ms;  /* when what is under way was sent; likewise */
	int64_t renewing; /* the id whose renewal is under way; 0: none */
	bool is_asking;	  /* a grant, or a revocation of `dead`, is under way */
	bool is_ending, has_ended;
	struct op_list takers;
	struct timer again; /* the next try of a grant, or of that revocation */
	struct timer look;  /* at the clock, while it is held */
	struct backoff backoff, renewal_backoff;
	int64_t renew_ms; /* when to renew; of clock_boot_ms() */
	bool is_doubted;
	/* For lease_show(). */
	atomic_int_fast64_t shown_id;
	atomic_int_fast64_t ends_ms; /* unless it is renewed; of clock_boot_ms() */
};

void lease_init(struct lease *lease);
void lease_start(
	struct lease *lease);	      /* revokes the lease of an earlier process, if there is one */
void lease_fini(struct lease *lease); /* after the client was freed */

/* Runs @next with 0 when lease_id() is a granted lease, or with the error: of etcd, or of the wait
 * (op.h). A patient op waits while the cluster is away. */
void lease_take(struct lease *lease, struct op *op, op_fn *next);

int64_t lease_id(const struct lease *lease); /* 0: none is held */

/* etcd has said that there is no lease @id (ETCD_E_NO_LEASE): the next taker gets another one. */
void lease_gone(struct lease *lease, int64_t id);

/* The mount ends: revokes the lease, once no op is left. Returns whether that is over; else the
 * caller asks again. It is over within a second, whether etcd answers or not. */
bool lease_end(struct lease *lease);

/* The lease that is held, and the seconds that are left of it, at least; 0 and 0: none. Any
 * thread. */
void lease_show(const struct lease *lease, int64_t *ret_id, int64_t *ret_left_s);
