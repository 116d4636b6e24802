/* A child process: started, watched by a pidfd, signalled without races, and its obituary. */
/*
 * Owner:   whoever embeds it. Nothing else may wait for the process.
 * Threads: one; the thread that starts a child must live as long as the daemon, since the kernel
 *          sends the death signal when that thread ends.
 * Knows:   nothing of what the child is.
 */
#pragma once

#include "fs/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child_spec {
	const char *path; /* of the program; NULL: argv[0] is looked up by the child, in its cwd */
	char *const *argv;
	char *const *envp;
	const char *cwd;  /* NULL: the supervisor's */
	int death_signal; /* what it gets when the supervisor dies */
	bool no_core;	  /* what it has in memory is not to be in a file */
	bool own_session; /* away from the terminal: it does not get the terminal's ^C */
	bool capture;	  /* stdin is /dev/null, stdout and stderr a pipe to the supervisor */
	int input;	  /* what it has as its stdin; 0: not given. The caller's */
	bool set_umask;
	mode_t umask;
	bool keep_descriptors; /* hand on what the supervisor itself was started with */
};

struct child {
	pid_t pid;  /* 0 while there is none */
	int pidfd;  /* readable when it has ended, which may be before it can be reaped; -1 */
	int output; /* the pipe's end, not blocking; -1 if there is none. The owner may close it */
	int64_t started_ms;
};

#define CHILD_NONE                                                                                 \
	{                                                                                          \
		.pidfd = -1, .output = -1                                                          \
	}

struct child_end {
	int code; /* CLD_EXITED: exit status, else the signal */
	bool signalled;
	bool dumped;
	int64_t age_ms;
};

/* 0; -errno of what kept it from running: of pipe(), fork(), chdir() or execve(). */
int child_spawn(const struct child_spec *spec, struct child *ret);

/* Forks without a new program: 0 with *ret_child in the parent. In the child, it returns with
 * ret_child->pid 0 and no descriptors but the standard ones and @keep, as 3. -errno: no child.
 * Only before the process has its first thread (with its first struct etcd): what locks another
 * thread holds in this moment nobody drops in the child. */
int child_fork(int death_signal, int keep, struct child *ret_child);

/* Whether the process is a child that is not reaped or given up (child_fini()) yet. */
bool child_is_ours(pid_t pid);

/* Sends a signal; nothing happens when it is over. */
void child_signal(const struct child *child, int signal);

/* The same for its whole group; for one with a session of its own that is not reaped yet. */
void child_signal_group(const struct child *child, int signal);

/* Waits for its end at most @timeout_ms (-1: for ever) and leaves it to be reaped. */
bool child_is_over(const struct child *child, int timeout_ms);

/* It has ended, and no debugger holds it any more. Does not wait. */
bool child_can_be_reaped(const struct child *child);

/* True if that is so: then it is reaped, and child->pid is 0. Does not wait. */
bool child_reap(struct child *child, struct child_end *ret);

/* Waits for its end at most @timeout_ms (-1: for ever), for use outside of the loop. */
bool child_wait(struct child *child, int timeout_ms, struct child_end *ret);

/* Closes what is open; the process itself is left alone. */
void child_fini(struct child *child);

static inline void child_cleanup(struct child *child)
{
	child_fini(child);
}

/* "killed by signal 9 (Killed) after 3.2 s": into @text. */
void child_ending(const struct child_end *end, char *text, size_t size);

/* "killed by signal 9 (Killed) after 3.2 s, it had been ready": into @text, for the log. */
void child_obituary(const struct child_end *end, bool was_ready, char *text, size_t size);

/* The status a shell would give: the exit status, or 128 + the signal. */
int child_end_status(const struct child_end *end);
