/* When a child that died is started again: a decision from times alone. */
/*
 * Owner:   whoever has the child; embedded, {0} to begin with.
 * Threads: none of its own. Pure, but for restart_policy_dice(): the caller has clock and dice.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RESTART_MIN_MS 100
/* Short: when the cause of its deaths is gone the mount is to work again within 3 s, and etcd alone
 * takes one or two to start. */
#define RESTART_MAX_MS 1000
#define RESTART_HEALTHY_MS 60000
#define RESTART_TELL_MS 60000

struct restart_policy {
	bool proven;	  /* some run of it was ready, or it is to be kept going all the same */
	bool ready;	  /* this run */
	int64_t ready_ms; /* since when */
	int failures;	  /* in a row */
	int64_t told_ms;  /* of the last death that was told */
};

enum {
	RESTART_E_GIVE_UP = 1, /* it died before it was ever ready: a failure to start */
};

void restart_policy_started(struct restart_policy *policy);
void restart_policy_ready(struct restart_policy *policy, int64_t now_ms);
/* From now on it is started again whether it was ever ready or not. */
void restart_policy_keep(struct restart_policy *policy);

/* It died. 0: start it again after *ret_delay_ms. @dice is any random number. */
int restart_policy_died(
	struct restart_policy *policy, int64_t now_ms, uint32_t dice, int *ret_delay_ms);

/* Is this death, after restart_policy_died(), to be logged? When it had been ready, and while the
 * delay grows; then once a minute, since what dies every second would fill a disk. */
bool restart_policy_tells(struct restart_policy *policy, int64_t now_ms);

/* A random number for it. */
uint32_t restart_policy_dice(void);
