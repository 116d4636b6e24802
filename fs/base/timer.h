/* A set of timers, ordered by the time at which they are due. */
/*
 * Owner:   a set belongs to one loop or client. Each timer is embedded in the caller's struct,
 *          which must not be freed while the timer is set.
 * Threads: no lock; one thread uses a set.
 */
#pragma once

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	void (*run)(void *arg);
	void *arg;
	int64_t due_ms;
	bool is_set;
	RB_ENTRY(timer) entry;
};

struct timers {
	RB_HEAD(timer_tree, timer) tree; /* a zeroed struct is an empty set */
};

/* Sets the timer, or moves it if it is set. @due_ms is a time of clock_now_ms(). */
void timer_set(struct timers *timers, struct timer *timer, int64_t due_ms);
void timer_clear(struct timers *timers, struct timer *timer);

/* When the earliest timer is due; INT64_MAX if none is set. */
int64_t timers_due_ms(struct timers *timers);

/* Clears and runs each timer that is due at @now_ms, and says whether there was one. A timer may
 * set, clear and free any timer, itself included. A timer that sets itself for the present again
 * and again runs until the clock has passed @now_ms, and no longer. */
bool timers_run(struct timers *timers, int64_t now_ms);
