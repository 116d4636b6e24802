/* Into the background: the process that was started waits until the other one is ready. */
/*
 * Owner:   main(). daemon_start() comes before any child, thread or descriptor of ours.
 * Threads: one.
 */
#pragma once

struct daemon {
	int pipe; /* to the waiting process; -1 in the foreground, and once it was told */
};

/* Forks and returns in the child, which has a session of its own. The parent does not return: it
 * exits with 0 when the child is ready, or with the child's status when that ends before. 0 or
 * -errno. */
int daemon_start(struct daemon *daemon);

/* Ready: the parent exits, the standard descriptors become /dev/null and the log goes to syslog.
 * Does nothing in the foreground. */
void daemon_ready(struct daemon *daemon);
