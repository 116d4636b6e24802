/* The COMMAND of "etcdfs MOUNTPOINT -- COMMAND": run while the mount is there. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 */
#pragma once

#include "supervisor/process/child_exit.h"

struct command {
	struct loop *loop;
	void (*on_end)(void *arg, int status); /* what a shell would give as its status */
	void *arg;

	struct child child;
	struct child_exit exit;
};

void command_init(struct command *command);
void command_fini(struct command *command);

/* 0, or the status a shell gives for a command that cannot be run, 126 or 127; it is logged. */
int command_start(struct command *command, char *const *argv, const char *mountpoint,
	const char *cwd, mode_t umask);

/* Hands a signal on. False: it does not run. */
bool command_signal(struct command *command, int signal);
