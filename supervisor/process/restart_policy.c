#include "supervisor/process/restart_policy.h"

#include <sys/random.h>

void restart_policy_started(struct restart_policy *policy)
{
	policy->ready = false;
}

void restart_policy_ready(struct restart_policy *policy, int64_t now_ms)
{
	if (policy->ready)
		return;
	policy->ready = policy->proven = true;
	policy->ready_ms = now_ms;
}

void restart_policy_keep(struct restart_policy *policy)
{
	policy->proven = true;
}

static int backoff(int failures)
{
	int delay = RESTART_MIN_MS;

	while (failures-- > 0 && delay < RESTART_MAX_MS)
		delay *= 2;
	return delay < RESTART_MAX_MS ? delay : RESTART_MAX_MS;
}

int restart_policy_died(
	struct restart_policy *policy, int64_t now_ms, uint32_t dice, int *ret_delay_ms)
{
	int delay;

	if (!policy->proven)
		return RESTART_E_GIVE_UP;
	if (policy->ready && now_ms - policy->ready_ms >= RESTART_HEALTHY_MS)
		policy->failures = 0;
	/* Three quarters to all of the delay, so that members do not restart at the same time. */
	delay = backoff(policy->failures);
	*ret_delay_ms = delay - dice % (delay / 4 + 1);
	if (policy->failures < 16)
		policy->failures++;
	return 0;
}

bool restart_policy_is_first(const struct restart_policy *policy)
{
	return policy->failures == 1;
}

bool restart_policy_tells(struct restart_policy *policy, int64_t now_ms)
{
	bool grows = backoff(policy->failures - 1) < RESTART_MAX_MS;

	if (!grows && !policy->ready && now_ms - policy->told_ms < RESTART_TELL_MS)
		return false;
	policy->told_ms = now_ms;
	return true;
}

uint32_t restart_policy_dice(void)
{
	uint32_t number = 0;

	/* On failure the delay just has no jitter. */
	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}
