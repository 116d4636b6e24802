#include "supervisor/mount/lingering.h"

#include "fs/base/log.h"

#include <signal.h>

static void on_end(void *arg)
{
	struct lingering *lingering = arg;
	struct child_end end;
	char ending[120];

	if (!child_reap(&lingering->child, &end))
		return;
	child_ending(&end, ending, sizeof(ending));
	log_info("the filesystem process %s; it was held until now", ending);
}

void lingering_init(struct lingering *lingering, struct loop *loop)
{
	lingering->child = (struct child)CHILD_NONE;
	child_exit_init(&lingering->exit, loop, &lingering->child, on_end, lingering);
}

void lingering_fini(struct lingering *lingering)
{
	child_exit_forget(&lingering->exit);
	child_fini(&lingering->child);
}

bool lingering_is_there(const struct lingering *lingering)
{
	return lingering->child.pid;
}

void lingering_take(struct lingering *lingering, struct child *child)
{
	lingering->child = *child;
	*child = (struct child)CHILD_NONE;
	child_signal(&lingering->child, SIGKILL);
	child_exit_await(&lingering->exit);
}

bool lingering_give_back(struct lingering *lingering, struct child *child)
{
	if (!lingering_is_there(lingering))
		return false;
	child_exit_forget(&lingering->exit);
	*child = lingering->child;
	lingering->child = (struct child)CHILD_NONE;
	return true;
}
