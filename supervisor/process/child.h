/* A child process: started, watched by a pidfd, signalled without races, and reaped. */
/*
 * Owner:   whoever embeds it. Nothing else may wait for the process.
 * Threads: one; the thread that starts a child must live as long as the daemon, because the kernel
 *          sends the death signal when that thread ends.
 * Knows:   nothing about what the child does.
 */
#pragma once

#include "fs/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child_spec {
	const char *path; /* of the program; NULL: the child looks argv[0] up, in its cwd */
	char *const *argv;
	char *const *envp;
	const char *cwd;  /* NULL: the supervisor's */
	int death_signal; /* the signal that it gets when the supervisor dies */
	bool no_core;	  /* no core file, because its memory has secrets */
	bool own_session; /* away from the terminal, so that it does not get the terminal's ^C */
	bool capture;	  /* stdin is /dev/null, stdout and stderr a pipe to the supervisor */
	int input;	  /* its stdin; 0: not given. Stays the caller's */
	bool set_umask;
	mode_t umask;
	bool keep_descriptors; /* inherit the descriptors that the supervisor was started with */
};

struct child {
	pid_t pid;  /* 0: there is none */
	int pidfd;  /* readable when it has ended, perhaps before it can be reaped; -1: none */
	int output; /* the pipe's end, nonblocking; -1: none. The owner may close it */
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

/* Returns 0, or the -errno of the call that has failed: pipe(), fork(), chdir() or execve(). */
int child_spawn(const struct child_spec *spec, struct child *ret);

/* Forks without a new program. In the parent returns 0 with *ret_child. In the child returns 0 with
 * ret_child->pid 0 and no descriptors but the standard ones and, as 3, @keep; @own_session is that
 * of struct child_spec. -errno: no child.
 * Only before the process has its first thread (with its first struct etcd), because a lock that
 * another thread holds during the fork would never be released in the child. */
int child_fork(int death_signal, bool own_session, int keep, struct child *ret_child);

/* Takes a child that this process had before it has executed another program: @output as in struct
 * child. Returns 0 or -errno. */
int child_take(pid_t pid, int output, int64_t started_ms, struct child *ret);

/* Whether the process is a child that is not yet reaped or given up (child_fini()). */
bool child_is_ours(pid_t pid);

/* Sends a signal; does nothing if the child has ended. */
void child_signal(const struct child *child, int signal);

/* The same for its process group; only for a child with own_session that is not yet reaped. */
void child_signal_group(const struct child *child, int signal);

/* Waits at most @timeout_ms (-1: for ever) for its end, and does not reap it. */
bool child_is_over(const struct child *child, int timeout_ms);

/* Whether it has ended, and no debugger holds it any more. Does not wait. */
bool child_can_be_reaped(const struct child *child);

/* Reaps it if it can be reaped: returns true, and child->pid is 0. Does not wait. */
bool child_reap(struct child *child, struct child_end *ret);

/* Waits at most @timeout_ms (-1: for ever) for its end, and reaps it; for use outside of the
 * loop. */
bool child_wait(struct child *child, int timeout_ms, struct child_end *ret);

/* Closes its descriptors; the process itself is not touched. */
void child_fini(struct child *child);

static inline void child_cleanup(struct child *child)
{
	child_fini(child);
}

/* Writes "killed by signal 9 (Killed) after 3.2 s" into @text. */
void child_ending(const struct child_end *end, char *text, size_t size);

/* Writes "killed by signal 9 (Killed) after 3.2 s, it had been ready" into @text, for the log. */
void child_obituary(const struct child_end *end, bool was_ready, char *text, size_t size);

/* The status a shell would give: the exit status, or 128 + the signal. */
int child_end_status(const struct child_end *end);
