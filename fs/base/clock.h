/* The clocks that only go forward, in milliseconds. */
#pragma once

#include <stdint.h>

/* Deadlines and ages are counted in it. It stands still while the machine sleeps. */
int64_t clock_now_ms(void);

/* CLOCK_BOOTTIME, which does not: for what must not outlive a sleep. The same in all processes. */
int64_t clock_boot_ms(void);
