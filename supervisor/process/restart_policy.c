#include "supervisor/process/restart_policy.h"

#include <sys/random.h>

void policy_started(struct policy *policy)
{
	policy->ready = false;
}

void policy_ready(struct policy *policy, int64_t now_ms)
{
	if (policy->ready)
		return;
	policy->ready = policy->proven = true;
	policy->ready_ms = now_ms;
}

void policy_keep(struct policy *policy)
{
	policy->proven = true;
}

static int backoff(int failures)
{
	int delay = POLICY_BACKOFF_MIN_MS;

	while (failures-- > 0 && delay < POLICY_BACKOFF_MAX_MS)
		delay *= 2;
	return delay < POLICY_BACKOFF_MAX_MS ? delay : POLICY_BACKOFF_MAX_MS;
}

int policy_died(struct policy *policy, int64_t now_ms, uint32_t dice, int *ret_delay_ms)
{
	int delay;

	if (!policy->proven)
		return POLICY_E_GIVE_UP;
	if (policy->ready && now_ms - policy->ready_ms >= POLICY_HEALTHY_MS)
		policy->failures = 0;
	/* Between three quarters and all of it, so that members do not restart in step. */
	delay = backoff(policy->failures);
	*ret_delay_ms = delay - dice % (delay / 4 + 1);
	if (policy->failures < 16)
		policy->failures++;
	return 0;
}

bool policy_tells(struct policy *policy, int64_t now_ms)
{
	bool grows = backoff(policy->failures - 1) < POLICY_BACKOFF_MAX_MS;

	if (!grows && !policy->ready && now_ms - policy->told_ms < POLICY_TELL_MS)
		return false;
	policy->told_ms = now_ms;
	return true;
}

uint32_t policy_dice(void)
{
	uint32_t number = 0;

	/* Without one the delay just has no jitter. */
	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}
