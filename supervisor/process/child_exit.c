#include "supervisor/process/child_exit.h"

#define AGAIN_MS 50

static void look(void *arg)
{
	struct child_exit *child_exit = arg;

	if (child_can_be_reaped(child_exit->child))
		child_exit->run(child_exit->arg);
	else
		loop_timer_set(child_exit->loop, &child_exit->again, AGAIN_MS);
}

/* The pidfd stays readable from here on, so it is no longer watched. */
static void on_pidfd(void *arg, uint32_t epoll_events)
{
	struct child_exit *child_exit = arg;

	(void)epoll_events;
	loop_forget(child_exit->loop, &child_exit->source);
	look(child_exit);
}

void child_exit_init(struct child_exit *child_exit, struct loop *loop, const struct child *child,
	void (*run)(void *arg), void *arg)
{
	*child_exit = (struct child_exit){
		.loop = loop,
		.child = child,
		.run = run,
		.arg = arg,
		.source.fd = -1,
		.again = {.run = look, .arg = child_exit},
	};
}

void child_exit_await(struct child_exit *child_exit)
{
	if (loop_watch(child_exit->loop, &child_exit->source, child_exit->child->pidfd, EPOLLIN,
		    on_pidfd, child_exit) < 0)
		loop_timer_set(child_exit->loop, &child_exit->again, AGAIN_MS);
}

void child_exit_forget(struct child_exit *child_exit)
{
	loop_forget(child_exit->loop, &child_exit->source);
	loop_timer_clear(child_exit->loop, &child_exit->again);
}
