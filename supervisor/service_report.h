/* Tells the service manager how the start, the mount and the end get on. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    what is told is made from the supervisor's state each time, and only what is new of it
 *          is sent. So what the service manager had no room for is sent the next time.
 */
#pragma once

#include "fs/base/loop.h"

#include <stdint.h>

struct supervisor;

/* What the service manager knows, or is to know. */
struct service_state {
	int phase;	     /* it starts, is ready, or stops */
	int64_t deadline_ms; /* of the supervisor's state; 0: it has none */
	char status[600];    /* the status line */
};

struct service_report {
	struct timer look;     /* for a new status line */
	struct timer watchdog; /* for the next sign of life */
	struct service_state told;
};

/* Nothing is told without a service manager that we report to. */
void service_report_begin(struct supervisor *supervisor);
void service_report_end(struct supervisor *supervisor);

/* Another program is to go on, or the attempt is over. (One that has succeeded is over when that
 * program tells that it is ready.) */
void service_report_reloading(struct supervisor *supervisor);
void service_report_reloaded(struct supervisor *supervisor);

/* The supervisor's state, or its deadline, has changed. */
void service_report(struct supervisor *supervisor);
