#include "supervisor/process/child_output.h"

#include <signal.h>

static void on_readable(void *arg, uint32_t epoll_events)
{
	struct child_output *output = arg;

	(void)epoll_events;
	if (!lines_drain(&output->lines, output->child->output))
		child_output_close(output);
}

void child_output_init(struct child_output *output, struct loop *loop, struct child *child,
	void (*on_line)(void *arg, const char *line), void *arg)
{
	*output = (struct child_output){
		.loop = loop,
		.child = child,
		.source.fd = -1,
		.lines = {.on_line = on_line, .arg = arg},
	};
}

void child_output_watch(struct child_output *output)
{
	if (output->child->output >= 0 &&
		loop_watch(output->loop, &output->source, output->child->output, EPOLLIN,
			on_readable, output) < 0)
		child_signal(output->child, SIGKILL);
}

void child_output_finish(struct child_output *output)
{
	if (output->child->output >= 0)
		lines_finish(&output->lines, output->child->output);
	child_output_close(output);
}

void child_output_close(struct child_output *output)
{
	loop_forget(output->loop, &output->source);
	if (output->child->output >= 0)
		close(STEAL_FD(output->child->output));
}
