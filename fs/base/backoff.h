/* How long to wait before the next try: steps that double, each shortened by a random part. */
/*
 * Owner:   the struct that embeds it. Pure: the caller passes the random number.
 */
#pragma once

#include <stdint.h>

struct backoff {
	unsigned min_ms;
	unsigned max_ms;
	unsigned step_ms; /* the next step; 0: min_ms */
};

/* The next wait, between half the step (@chance UINT32_MAX) and the whole step (@chance 0). Then
 * doubles the step, up to max_ms. */
unsigned backoff_next_ms(struct backoff *backoff, uint32_t chance);

/* After a success: the next wait begins with min_ms again. */
void backoff_reset(struct backoff *backoff);

/* A random number for backoff_next_ms(). */
uint32_t backoff_chance(void);
