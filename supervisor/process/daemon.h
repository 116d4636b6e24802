/* Goes into the background: the process that was started waits until its child is ready. */
/*
 * Owner:   main(). Call daemon_start() before any child, thread or descriptor of ours exists.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>

struct daemon {
	int kept;	    /* a descriptor that is inherited, and stays open; 0: none */
	bool is_background; /* the log goes to syslog once we are ready */
	int pipe;	    /* to the waiting process; -1 in the foreground, and once it was told */
	int killed_status;  /* what the waiting process exits with if its child was killed */
	int interrupted_status; /* or if a signal interrupts the start; 0: the signal ends it */
	bool keeps_group;	/* the child stays in the process group that we were started in */
};

/* Forks and returns in the child, which has a session of its own unless it keeps the group. The
 * parent does not return: it exits with 0 when the child is ready, or with the child's status if
 * the child ends before. Returns 0 or -errno. */
int daemon_start(struct daemon *daemon);

/* Another program was in the background, and we go on in its process. */
void daemon_resume(struct daemon *daemon);

/* We are ready: the parent exits, the standard descriptors become /dev/null, and the log goes to
 * syslog. Does nothing in the foreground. */
void daemon_ready(struct daemon *daemon);
