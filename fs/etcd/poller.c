/*
 * The timer is only ever set to an earlier time, never to a later one. A timer that fires too early
 * costs one dispatch that finds nothing; moving it back would cost a system call for each call that
 * ends.
 */
#include "fs/etcd/poller.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

int poller_init(struct poller *poller)
{
	CLEANUP(fd) int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	CLEANUP(fd) int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	CLEANUP(fd) int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event timer = {.events = EPOLLIN, .data.fd = timer_fd};
	struct epoll_event wake = {.events = EPOLLIN, .data.fd = wake_fd};

	if (epoll_fd < 0 || timer_fd < 0 || wake_fd < 0)
		return -errno;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &timer) < 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &wake) < 0)
		return -errno;
	poller->epoll_fd = STEAL_FD(epoll_fd);
	poller->timer_fd = STEAL_FD(timer_fd);
	poller->wake_fd = STEAL_FD(wake_fd);
	poller->armed_ms = POLLER_NEVER;
	return 0;
}

void poller_fini(struct poller *poller)
{
	close(poller->wake_fd);
	close(poller->timer_fd);
	close(poller->epoll_fd);
}

void poller_wake(struct poller *poller)
{
	uint64_t one = 1;

	/* It fails only when the counter is at its maximum, and then the descriptor is readable
	 * already. */
	(void)!write(poller->wake_fd, &one, sizeof(one));
}

int poller_watch(struct poller *poller, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	if (!events) {
		/* Closing @fd may have removed it already. */
		epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	return epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void poller_arm(struct poller *poller, int64_t due_ms)
{
	struct itimerspec spec = {0};

	if (due_ms >= poller->armed_ms)
		return;
	if (due_ms < 1)
		due_ms = 1; /* 0 would disarm */
	spec.it_value.tv_sec = due_ms / 1000;
	spec.it_value.tv_nsec = due_ms % 1000 * 1000000;
	if (timerfd_settime(poller->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0)
		poller->armed_ms = due_ms;
}

unsigned poller_poll(struct poller *poller, struct epoll_event *ret_events, unsigned max)
{
	int n = epoll_wait(poller->epoll_fd, ret_events, (int)max, 0);
	unsigned n_sockets = 0;
	uint64_t count;

	for (int i = 0; i < n; i++) {
		int fd = ret_events[i].data.fd;

		if (fd == poller->timer_fd) {
			(void)!read(fd, &count, sizeof(count));
			poller->armed_ms = POLLER_NEVER;
		} else if (fd == poller->wake_fd) {
			(void)!read(fd, &count, sizeof(count));
		} else {
			ret_events[n_sockets++] = ret_events[i];
		}
	}
	return n_sockets;
}
