/* Decides when a child that died is started again, from times alone. */
/*
 * Owner:   whoever has the child; embedded, {0} at first.
 * Threads: none of its own. Pure, except restart_policy_dice(): the caller passes time and dice.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESTART_MIN_MS 100
/* Short, because the mount must work again within 3 s after the cause of the deaths is gone, and
 * etcd alone takes one or two seconds to start. */
#define RESTART_MAX_MS 1000
#define RESTART_HEALTHY_MS 60000
#define RESTART_TELL_MS 60000

struct restart_policy {
	bool proven;	  /* some run was ready, or restart_policy_keep() was called */
	bool ready;	  /* the present run is ready */
	int64_t ready_ms; /* since when */
	int failures;	  /* deaths in a row */
	int64_t told_ms;  /* when a death was last logged */
};

enum {
	RESTART_E_GIVE_UP = 1, /* it died before any run was ready: a failure to start */
};

void restart_policy_started(struct restart_policy *policy);
void restart_policy_ready(struct restart_policy *policy, int64_t now_ms);
/* From now on it is started again even if no run was ever ready. */
void restart_policy_keep(struct restart_policy *policy);

/* It died. Returns 0: start it again after *ret_delay_ms. @dice is any random number. */
int restart_policy_died(
	struct restart_policy *policy, int64_t now_ms, uint32_t dice, int *ret_delay_ms);

/* Whether this death, after restart_policy_died(), is the first in a row. */
bool restart_policy_is_first(const struct restart_policy *policy);

/* Whether this death, after restart_policy_died(), must be logged: if the run was ready, and while
 * the delay grows; then once a minute, because a line every second would fill a disk. */
bool restart_policy_tells(struct restart_policy *policy, int64_t now_ms);

/* A random number for @dice. */
uint32_t restart_policy_dice(void);
