/* The supervisor's reactions to signals. */
#include "supervisor/state.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_signal(void *arg, uint32_t epoll_events)
{
	struct supervisor *supervisor = arg;
	struct signalfd_siginfo info;

	(void)epoll_events;
	if (read(supervisor->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGUSR2) {
		upgrade_ask(supervisor);
		return;
	}
	/* The sender of the signal may have seen the mount work before its report has reached
	 * us. */
	filesystem_hear(&supervisor->filesystem);
	/* A signal from the terminal has reached the command already, because it goes to the whole
	 * group. */
	if (supervisor->state == STATE_SERVING && supervisor->command.child.pid) {
		if (info.ssi_code != SI_KERNEL)
			command_signal(&supervisor->command, info.ssi_signo);
		return;
	}
	if (info.ssi_signo == SIGHUP && supervisor->fs_config.is_heard) /* in the background */
		return;
	if (supervisor->state < STATE_SERVING ||
		(supervisor->options->command && !supervisor->synced))
		supervisor_fail(supervisor, "stopped by a signal before it was ready");
	else
		supervisor_finish(supervisor, 0);
}

int supervisor_watch_signals(struct supervisor *supervisor)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	return loop_watch(
		&supervisor->loop, &supervisor->signals, fd, EPOLLIN, on_signal, supervisor);
}
