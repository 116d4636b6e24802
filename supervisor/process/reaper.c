/*
 * Our own children (child.h) are left to their owners. waitid() shows one ended process at a time,
 * and the same one again until it is reaped. So while it shows a child of ours, we try again a
 * moment later.
 */
#include "supervisor/process/reaper.h"

#include "supervisor/process/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGAIN_MS 50

static bool has_orphans(void)
{
	int is_subreaper = 0;

	return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) == 0 && is_subreaper);
}

static void reap(void *arg)
{
	struct reaper *reaper = arg;
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
			return;
		if (child_is_ours(info.si_pid))
			break;
		waitpid(info.si_pid, NULL, WNOHANG);
	}
	loop_timer_set(reaper->loop, &reaper->again, AGAIN_MS);
}

static void on_signal(void *arg, uint32_t epoll_events)
{
	struct reaper *reaper = arg;
	struct signalfd_siginfo info;

	(void)epoll_events;
	if (read(reaper->source.fd, &info, sizeof(info)) == sizeof(info))
		reap(reaper);
}

int reaper_init(struct reaper *reaper, struct loop *loop)
{
	sigset_t set;
	int fd;

	*reaper = (struct reaper){.loop = loop, .source.fd = -1};
	reaper->again = (struct timer){.run = reap, .arg = reaper};
	if (!has_orphans())
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	/* For processes that have ended before no signal will come. */
	loop_timer_set(loop, &reaper->again, 0);
	return loop_watch(loop, &reaper->source, fd, EPOLLIN, on_signal, reaper);
}

void reaper_fini(struct reaper *reaper)
{
	int fd = reaper->source.fd;

	if (!reaper->loop)
		return;
	loop_forget(reaper->loop, &reaper->source);
	loop_timer_clear(reaper->loop, &reaper->again);
	if (fd >= 0)
		close(fd);
}
