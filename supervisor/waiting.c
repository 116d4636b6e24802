#include "supervisor/waiting.h"

#include "fs/base/log.h"

#define PATIENCE_MS 8000 /* below the limits of state.c, the shortest of which is 10 s */

static void waiting_tell(void *arg)
{
	struct waiting *waiting = arg;
	const char *why = "";
	const char *what = waiting->what(waiting->arg, &why);

	if (what)
		log_info("waiting for %s%s%s", what, *why ? ": " : "", why);
}

void waiting_init(struct waiting *waiting, struct loop *loop,
	const char *(*what)(void *arg, const char **ret_why), void *arg)
{
	*waiting = (struct waiting){
		.loop = loop,
		.what = what,
		.arg = arg,
		.timer = {.run = waiting_tell, .arg = waiting},
	};
}

void waiting_begin(struct waiting *waiting)
{
	loop_timer_set(waiting->loop, &waiting->timer, PATIENCE_MS);
}

void waiting_end(struct waiting *waiting)
{
	loop_timer_clear(waiting->loop, &waiting->timer);
}
