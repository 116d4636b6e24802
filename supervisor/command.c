#include "supervisor/command.h"

#include "fs/base/log.h"
#include "supervisor/strv.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

void command_init(struct command *command)
{
	command->child = (struct child)CHILD_NONE;
	command->end.fd = -1;
}

void command_fini(struct command *command)
{
	loop_forget(command->loop, &command->end);
	child_fini(&command->child);
}

static void on_end(void *arg, uint32_t epoll_events)
{
	struct command *command = arg;
	struct child_end end;

	(void)epoll_events;
	loop_forget(command->loop, &command->end);
	if (child_reap(&command->child, &end))
		command->on_end(command->arg, child_end_status(&end));
}

int command_start(struct command *command, char *const *argv, const char *mountpoint,
	const char *cwd, mode_t umask)
{
	CLEANUP(strv) struct strv environment = {0};
	struct child_spec spec = {.argv = argv,
		.cwd = cwd,
		.death_signal = SIGTERM,
		.set_umask = true,
		.umask = umask,
		.keep_descriptors = true};
	int error = strv_add(&environment, "ETCDFS_MOUNT=%s", mountpoint);

	if (!error)
		error = strv_add_environment(&environment, environ);
	spec.envp = environment.items;
	if (!error)
		error = child_spawn(&spec, &command->child);
	if (!error)
		error = loop_watch(command->loop, &command->end, command->child.pidfd, EPOLLIN,
			on_end, command);
	if (!error)
		return 0;
	log_error("cannot run %s: %s", argv[0], strerror(-error));
	return error == -ENOENT ? 127 : 126;
}

bool command_signal(struct command *command, int signal)
{
	child_signal(&command->child, signal);
	return command->child.pid;
}
