/* Shows a file as who waits for it in the manner of sysfs sees it: a line now and after each
 * wake-up. */
/*
 * role_poll FILE poll|epoll|edge
 *
 * One descriptor is kept open, waited on for POLLPRI, and read again from 0. Each line is what the
 * wait said and what was read. Ends when it is killed.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void show(int fd, unsigned events)
{
	char word[64];
	ssize_t length = pread(fd, word, sizeof(word) - 1, 0);

	if (length < 0)
		err(1, "read");
	word[length] = '\0';
	printf("%s%s%s %s", events & POLLPRI ? "PRI" : "", events & POLLERR ? "ERR" : "",
		events ? "" : "first", word);
	fflush(stdout);
}

static unsigned wait_in_poll(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLPRI};

	if (poll(&pollfd, 1, -1) != 1)
		err(1, "poll");
	return (unsigned)pollfd.revents;
}

static unsigned wait_in_epoll(int epoll)
{
	struct epoll_event event;

	if (epoll_wait(epoll, &event, 1, -1) != 1)
		err(1, "epoll_wait");
	return event.events;
}

static int epoll_with(int fd, bool edge)
{
	struct epoll_event event = {.events = EPOLLPRI | (edge ? EPOLLET : 0)};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "epoll");
	return epoll;
}

int main(int argc, char **argv)
{
	int fd, epoll = -1;

	if (argc != 3)
		errx(2, "usage: role_poll FILE poll|epoll|edge");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", argv[1]);
	show(fd, 0);
	if (strcmp(argv[2], "poll"))
		epoll = epoll_with(fd, !strcmp(argv[2], "edge"));
	for (;;)
		show(fd, epoll < 0 ? wait_in_poll(fd) : wait_in_epoll(epoll));
}
