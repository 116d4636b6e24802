#include "fs/base/backoff.h"

#include <sys/random.h>

unsigned backoff_next_ms(struct backoff *backoff, uint32_t chance)
{
	unsigned step = backoff->step_ms ? backoff->step_ms : backoff->min_ms;
	unsigned half = step / 2;

	backoff->step_ms = step > backoff->max_ms / 2 ? backoff->max_ms : step * 2;
	return step - (unsigned)((uint64_t)half * chance / UINT32_MAX);
}

void backoff_reset(struct backoff *backoff)
{
	backoff->step_ms = 0;
}

uint32_t backoff_chance(void)
{
	uint32_t chance = 0;

	/* Without randomness the wait is the whole step, which is valid as well. */
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		return 0;
	return chance;
}
