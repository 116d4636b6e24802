/* One epoll descriptor for all that the client waits for: sockets, the next timer, and wake-ups. */
/*
 * Owner:   struct etcd.
 * Threads: poller_wake() any; everything else the dispatching thread.
 */
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

#define POLLER_NEVER INT64_MAX

struct poller {
	int epoll_fd;
	int timer_fd;
	int wake_fd;
	int64_t armed_ms; /* the time that the timer is set to, or POLLER_NEVER */
};

/* 0 or -errno. */
int poller_init(struct poller *poller);
void poller_fini(struct poller *poller);

/* Makes the epoll descriptor readable. */
void poller_wake(struct poller *poller);

/* Watches @fd for @events (EPOLLIN, EPOLLOUT) from now on; 0: no longer. 0 or -errno. */
int poller_watch(struct poller *poller, int fd, uint32_t events);

/* Makes the epoll descriptor readable at @due_ms (a time of clock_now_ms()) at the latest. */
void poller_arm(struct poller *poller, int64_t due_ms);

/* The events of sockets, at most @max of them, and their number, without waiting. Clears the timer
 * and wake-ups. */
unsigned poller_poll(struct poller *poller, struct epoll_event *ret_events, unsigned max);
