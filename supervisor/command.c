#include "supervisor/command.h"

#include "fs/base/log.h"
#include "supervisor/service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static void on_end(void *arg)
{
	struct command *command = arg;
	struct child_end end;

	if (child_reap(&command->child, &end))
		command->on_end(command->arg, child_end_status(&end));
}

void command_init(struct command *command)
{
	command->child = (struct child)CHILD_NONE;
	child_exit_init(&command->exit, command->loop, &command->child, on_end, command);
}

void command_fini(struct command *command)
{
	child_exit_forget(&command->exit);
	child_fini(&command->child);
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

	/* COMMAND is the service that matters to the service manager, and knows best when it is
	 * ready. */
	if (!error)
		error = service_give(&environment);
	if (!error)
		error = strv_add_environment(&environment, environ);
	spec.envp = environment.items;
	if (!error)
		error = child_spawn(&spec, &command->child);
	if (!error) {
		child_exit_await(&command->exit);
		return 0;
	}
	log_error("cannot run %s: %s", argv[0], strerror(-error));
	return error == -ENOENT ? 127 : 126;
}

void command_take(struct command *command, const struct child *child)
{
	command->child = *child;
	child_exit_await(&command->exit);
}

bool command_signal(struct command *command, int signal)
{
	child_signal(&command->child, signal);
	return command->child.pid;
}
