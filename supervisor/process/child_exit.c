#include "supervisor/process/child_exit.h"

#define AGAIN_MS 50

static void look(void *arg)
{
	struct ending *ending = arg;

	if (child_can_be_reaped(ending->child))
		ending->run(ending->arg);
	else
		loop_timer_set(ending->loop, &ending->again, AGAIN_MS);
}

/* From here on its pidfd would wake us for ever. */
static void on_pidfd(void *arg, uint32_t epoll_events)
{
	struct ending *ending = arg;

	(void)epoll_events;
	loop_forget(ending->loop, &ending->source);
	look(ending);
}

void ending_init(struct ending *ending, struct loop *loop, const struct child *child,
	void (*run)(void *arg), void *arg)
{
	*ending = (struct ending){
		.loop = loop,
		.child = child,
		.run = run,
		.arg = arg,
		.source.fd = -1,
		.again = {.run = look, .arg = ending},
	};
}

int ending_await(struct ending *ending)
{
	return loop_watch(
		ending->loop, &ending->source, ending->child->pidfd, EPOLLIN, on_pidfd, ending);
}

void ending_forget(struct ending *ending)
{
	loop_forget(ending->loop, &ending->source);
	loop_timer_clear(ending->loop, &ending->again);
}
