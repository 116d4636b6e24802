/* How long to wait before the next try: doubling steps, each shortened by chance. */
/*
 * Owner:   whoever embeds it. Pure: the caller brings the chance.
 */
#pragma once

#include <stdint.h>

struct backoff {
	unsigned min_ms;
	unsigned max_ms;
	unsigned step_ms; /* the next step; 0: min_ms */
};

/* The next wait: from half the step to the whole of it. The step then doubles, up to max_ms. */
unsigned backoff_next_ms(struct backoff *backoff, uint32_t chance);

/* The last try went well: begin again with min_ms. */
void backoff_reset(struct backoff *backoff);

/* A chance for backoff_next_ms(). */
uint32_t backoff_chance(void);
