#include "supervisor/process/daemon.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static pid_t waited_for;
static volatile sig_atomic_t interrupted;

/* The child then ends, and leaves nothing behind. */
static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = true;
	kill(waited_for, SIGTERM);
}

static void catch_interrupts(pid_t child)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	size_t i;

	waited_for = child;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signal(signals[i], on_interrupt) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

/* If the pipe ends without a byte, the child has ended, and has logged why. */
static _Noreturn void wait_for(pid_t child, int pipe, const struct daemon *daemon)
{
	char word;
	ssize_t length;
	int status = 0;

	do {
		length = read(pipe, &word, 1);
	} while (length < 0 && errno == EINTR);
	if (length == 1 && !interrupted)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (interrupted)
		_exit(daemon->interrupted_status);
	if (WIFSIGNALED(status))
		log_error("killed by signal %d before it was ready", WTERMSIG(status));
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status)
						       : daemon->killed_status);
}

/* Closes descriptors inherited from the shell, which would otherwise stay open for days. */
static void close_inherited(int kept)
{
	unsigned first = kept < 3 ? 3 : kept + 1U;

	if (kept > 3)
		close_range(3, kept - 1, 0);
	close_range(first, ~0U, 0);
}

int daemon_start(struct daemon *daemon)
{
	int ends[2];
	pid_t pid;

	close_inherited(daemon->kept);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork(); /* no other thread exists yet */
	if (pid < 0)
		return -errno;
	close(ends[pid ? 1 : 0]);
	if (pid && daemon->interrupted_status)
		catch_interrupts(pid);
	if (pid)
		wait_for(pid, ends[0], daemon);
	if (!daemon->keeps_group)
		setsid();
	daemon->pipe = ends[1];
	daemon->is_background = true;
	return 0;
}

void daemon_resume(struct daemon *daemon)
{
	daemon->is_background = true;
	log_use_syslog("etcdfs");
}

void daemon_ready(struct daemon *daemon)
{
	int null;

	if (daemon->pipe < 0)
		return;
	log_use_syslog("etcdfs");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	/* If the parent has gone already, that is no reason to end now. */
	(void)!write(daemon->pipe, "r", 1);
	close(STEAL_FD(daemon->pipe));
}
