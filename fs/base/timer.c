#include "fs/base/timer.h"

static int timer_order(const struct timer *a, const struct timer *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms ? -1 : 1;
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

RB_GENERATE_INTERNAL(timer_tree, timer, entry, timer_order, __attribute__((unused)) static)

void timer_set(struct timers *timers, struct timer *timer, int64_t due_ms)
{
	timer_clear(timers, timer);
	timer->due_ms = due_ms;
	timer->is_set = true;
	RB_INSERT(timer_tree, &timers->tree, timer);
}

void timer_clear(struct timers *timers, struct timer *timer)
{
	if (!timer->is_set)
		return;
	RB_REMOVE(timer_tree, &timers->tree, timer);
	timer->is_set = false;
}

int64_t timers_due_ms(struct timers *timers)
{
	struct timer *timer = RB_MIN(timer_tree, &timers->tree);

	return timer ? timer->due_ms : INT64_MAX;
}

bool timers_run(struct timers *timers, int64_t now_ms)
{
	struct timer *timer;
	bool any = false;

	while ((timer = RB_MIN(timer_tree, &timers->tree)) && timer->due_ms <= now_ms) {
		timer_clear(timers, timer);
		timer->run(timer->arg);
		any = true;
	}
	return any;
}
