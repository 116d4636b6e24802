#include "fs/events/notifier.h"

#include "fs/api/protocol.h"
#include "fs/base/cleanup.h"
#include "fs/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTART_MIN_MS 10
#define RESTART_MAX_MS 1000

extern char **environ;

static void notifier_launch(struct notifier *notifier);

bool notifier_is(const struct notifier *notifier, pid_t pid)
{
	return pid != 0 && pid == notifier->pid;
}

/* Kills the process. notifier->pid is cleared before the process is reaped, because afterwards
 * another process may get the pid. */
static pid_t notifier_end(struct notifier *notifier)
{
	pid_t pid = notifier->pid;

	loop_forget(notifier->loop, &notifier->source);
	close(notifier->socket);
	notifier->socket = -1;
	notifier->pid = 0;
	kill(pid, SIGKILL);
	return pid;
}

/* Reaps notifiers that have ended; this process has no other children while it serves. A notifier
 * that a debugger holds is reaped by a later call, or by init. */
static void reap_ended(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void notifier_restart(struct notifier *notifier)
{
	loop_timer_set(notifier->loop, &notifier->restart, backoff_next_ms(&notifier->backoff, 0));
}

static void notifier_lost(struct notifier *notifier)
{
	log_warning("the process that makes inotify events has ended: starting another");
	notifier_end(notifier);
	notifier_restart(notifier);
}

static void notifier_read(void *arg, uint32_t epoll_events)
{
	struct notifier *notifier = arg;
	struct notifier_answer answer;
	ssize_t n = recv(notifier->socket, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)epoll_events;
	if (n == sizeof(answer)) {
		backoff_reset(&notifier->backoff);
		notifier->answered(notifier->arg, &answer);
	} else if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
		notifier_lost(notifier);
	}
}

/* Starts the process with no signals blocked, and with the socket as its standard input; all other
 * descriptors but stdout and stderr are closed on exec. */
static int notifier_spawn(struct notifier *notifier, int socket, pid_t *ret)
{
	char device[16];
	const char *argv[] = {"etcdfs", FS_NOTIFIER, notifier->mountpoint, device, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	snprintf(device, sizeof(device), "%u", notifier->device_minor);
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
	r = posix_spawn(ret, "/proc/self/exe", &actions, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -r;
}

static int notifier_try(struct notifier *notifier)
{
	CLEANUP(fd) int ours = -1;
	CLEANUP(fd) int its = -1;
	int sockets[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	ours = sockets[0];
	its = sockets[1];
	r = notifier_spawn(notifier, its, &pid);
	if (r == 0)
		r = loop_watch(
			notifier->loop, &notifier->source, ours, EPOLLIN, notifier_read, notifier);
	if (r < 0)
		return r;
	notifier->socket = STEAL_FD(ours);
	notifier->pid = pid;
	return 0;
}

static void notifier_launch(struct notifier *notifier)
{
	int r = notifier_try(notifier);

	if (r < 0) {
		log_warning(
			"no inotify events for now: cannot start their process: %s", strerror(-r));
		notifier_restart(notifier);
		return;
	}
	notifier->ready(notifier->arg);
}

static void restart_run(void *arg)
{
	reap_ended();
	notifier_launch(arg);
}

void notifier_start(struct notifier *notifier)
{
	notifier->socket = notifier->source.fd = -1;
	notifier->backoff = (struct backoff){.min_ms = RESTART_MIN_MS, .max_ms = RESTART_MAX_MS};
	notifier->restart = (struct timer){.run = restart_run, .arg = notifier};
	notifier_launch(notifier);
}

void notifier_stop(struct notifier *notifier)
{
	loop_timer_clear(notifier->loop, &notifier->restart);
	if (notifier->pid)
		waitpid(notifier_end(notifier), NULL, 0);
}

/* The end of a process that died while idle may be noticed here, before it is read from the
 * socket. */
bool notifier_send(struct notifier *notifier, const struct notifier_order *order)
{
	size_t size = offsetof(struct notifier_order, path) + strlen(order->path) + 1;

	if (notifier->socket < 0)
		return false;
	if (send(notifier->socket, order, size, MSG_NOSIGNAL) == (ssize_t)size)
		return true;
	notifier_lost(notifier);
	return false;
}
