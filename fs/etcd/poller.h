/* One epoll descriptor for all that the client waits for: sockets, the next timer, a wake-up. */
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
	int64_t armed_ms; /* what the timer is set to, or POLLER_NEVER */
};

/* 0 or -errno. */
int poller_init(struct poller *poller);
void poller_fini(struct poller *poller);

/* Makes the descriptor readable. */
void poller_wake(struct poller *poller);

/* Waits for EPOLLIN, EPOLLOUT of a socket from now on; 0: for nothing any more. 0 or -errno. */
int poller_watch(struct poller *poller, int fd, uint32_t events);

/* Makes the descriptor readable at @due_ms (of clock_now_ms()) at the latest. */
void poller_arm(struct poller *poller, int64_t due_ms);

/* What has happened to sockets, without waiting; swallows timer and wake-up. */
unsigned poller_poll(struct poller *poller, struct epoll_event *ret_events, unsigned max);
