/* Many timers, the earliest first. */
/*
 * Owner:   a set belongs to one loop or client; each timer is embedded in what it times, which must
 * not go while the timer is set. Threads: none of its own: one thread uses a set.
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
	RB_HEAD(timer_tree, timer) tree; /* zero is empty */
};

/* Sets it, or sets it anew. @due_ms is of clock_now_ms(). */
void timer_set(struct timers *timers, struct timer *timer, int64_t due_ms);
void timer_clear(struct timers *timers, struct timer *timer);

/* When the earliest is due; INT64_MAX when none is set. */
int64_t timers_due_ms(struct timers *timers);

/* Clears and runs each that is due; a timer may set, clear and free any, itself included. Whether
 * there was one. One that is set for the present again and again is run no longer than until the
 * clock has left @now_ms. */
bool timers_run(struct timers *timers, int64_t now_ms);
