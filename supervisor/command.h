/* The COMMAND of "etcdfs MOUNTPOINT -- COMMAND", which runs while the mount exists. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 */
#pragma once

#include "supervisor/process/child_exit.h"

struct command {
	struct loop *loop;
	void (*on_end)(void *arg, int status); /* the status that a shell would give */
	void *arg;

	struct child child;
	struct child_exit exit;
};

void command_init(struct command *command);
void command_fini(struct command *command);

/* Returns 0, or the status that a shell gives for a command that cannot be run (126 or 127); it
 * logs why. */
int command_start(struct command *command, char *const *argv, const char *mountpoint,
	const char *cwd, mode_t umask);

/* In place of a start: goes on with one that runs. */
void command_take(struct command *command, const struct child *child);

/* Forwards a signal. Returns false if the command does not run. */
bool command_signal(struct command *command, int signal);
