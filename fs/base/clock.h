/* The monotonic clocks. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC, for deadlines and ages. It stands still while the machine sleeps. */
int64_t clock_now_ms(void);
int64_t clock_now_us(void); /* the same, for how long something took */

/* CLOCK_BOOTTIME, which goes on while the machine sleeps: for what must expire meanwhile. All
 * processes see the same time. */
int64_t clock_boot_ms(void);
