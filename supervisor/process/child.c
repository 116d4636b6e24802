/*
 * Between fork() and execve() only async-signal-safe calls are made. An error there is reported
 * through a pipe that execve() closes, so that child_spawn() returns at once, and with the exact
 * reason if the program does not run.
 */
#include "supervisor/process/child.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Done by hand, not by posix_spawn(), because PDEATHSIG must be set between fork() and execve(). */
static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;
	int signal;

	for (signal = 1; signal < NSIG; signal++)
		sigaction(signal, &action, NULL); /* refused for a few: those need no reset */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* If the parent has died before the prctl(), no signal will come. */
static void die_with_parent(int signal, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, signal);
	if (getppid() != parent)
		_exit(1);
}

static void redirect(int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
}

static int pipe_open(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

static void pipe_close(int ends[2])
{
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
	ends[0] = ends[1] = -1;
}

/* --- Which processes are our children: few at a time --- */

static pid_t ours[32];

static bool ours_replace(pid_t from, pid_t to)
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (ours[i] != from)
			continue;
		ours[i] = to;
		return true;
	}
	return false;
}

bool child_is_ours(pid_t pid)
{
	return pid && ours_replace(pid, pid);
}

/* --- A start -------------------------------------------------------------------------------- */

/* Fills @ret for a process that runs; without a pidfd the process is ended again. */
static int child_adopt(struct child *ret, pid_t pid, int output[2])
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int error;

	if (pidfd < 0 || !ours_replace(0, pid)) {
		error = pidfd < 0 ? -errno : -EAGAIN;
		if (pidfd >= 0)
			close(pidfd);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error;
	}
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	*ret = (struct child){.pid = pid,
		.pidfd = pidfd,
		.output = STEAL_FD(output[0]),
		.started_ms = clock_now_ms()};
	if (ret->output >= 0)
		fcntl(ret->output, F_SETFL, O_NONBLOCK);
	return 0;
}

static _Noreturn void child_exec(
	const struct child_spec *spec, pid_t parent, int output, int report)
{
	const struct rlimit no_core = {0, 0};
	int error;

	reset_signals();
	die_with_parent(spec->death_signal, parent);
	if (spec->own_session)
		setsid();
	if (spec->no_core)
		setrlimit(RLIMIT_CORE, &no_core);
	if (output >= 0)
		redirect(output);
	if (spec->input)
		dup2(spec->input, STDIN_FILENO);
	if (!spec->keep_descriptors)
		close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (spec->set_umask)
		umask(spec->umask);
	if (!spec->cwd || chdir(spec->cwd) == 0) {
		if (spec->path)
			execve(spec->path, spec->argv, spec->envp);
		else
			execvpe(spec->argv[0], spec->argv, spec->envp);
	}
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Returns 0 when the program runs, or the -errno for which it does not. */
static int read_report(int report)
{
	int error;
	ssize_t length;

	do {
		length = read(report, &error, sizeof(error));
	} while (length < 0 && errno == EINTR);
	return length == sizeof(error) ? -error : 0;
}

static int spawn_with(
	const struct child_spec *spec, int output[2], int report[2], struct child *ret)
{
	pid_t parent = getpid(), pid;
	struct child child = CHILD_NONE;
	int error;

	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		child_exec(spec, parent, output[1], report[1]);
	close(STEAL_FD(report[1]));
	error = read_report(report[0]);
	if (error) {
		waitpid(pid, NULL, 0);
		return error;
	}
	error = child_adopt(&child, pid, output);
	if (!error)
		*ret = child;
	return error;
}

int child_spawn(const struct child_spec *spec, struct child *ret)
{
	int output[2] = {-1, -1}, report[2] = {-1, -1};
	int error;

	error = pipe_open(report);
	if (!error && spec->capture)
		error = pipe_open(output);
	if (!error)
		error = spawn_with(spec, output, report, ret);
	pipe_close(output);
	pipe_close(report);
	return error;
}

/* Moves @keep to 3 and closes all descriptors above it. */
static void close_but(int keep)
{
	if (keep >= 0 && keep != 3)
		dup3(keep, 3, O_CLOEXEC);
	close_range(keep >= 0 ? 4 : 3, ~0U, 0);
}

int child_fork(int death_signal, bool own_session, int keep, struct child *ret_child)
{
	int output[2] = {-1, -1};
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid)
		return child_adopt(ret_child, pid, output);
	reset_signals();
	die_with_parent(death_signal, parent);
	if (own_session)
		setsid();
	close_but(keep);
	*ret_child = (struct child)CHILD_NONE;
	return 0;
}

int child_take(pid_t pid, int output, int64_t started_ms, struct child *ret)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0 || !ours_replace(0, pid))
		return pidfd < 0 ? -errno : -EAGAIN;
	*ret = (struct child){
		.pid = pid, .pidfd = pidfd, .output = output, .started_ms = started_ms};
	return 0;
}

/* --- Its life ------------------------------------------------------------------------------- */

void child_signal(const struct child *child, int signal)
{
	if (child->pid)
		syscall(SYS_pidfd_send_signal, child->pidfd, signal, NULL, 0);
}

void child_signal_group(const struct child *child, int signal)
{
	if (child->pid)
		kill(-child->pid, signal);
}

static bool has_ended(const struct child *child, int options, siginfo_t *ret)
{
	*ret = (siginfo_t){0};
	return child->pid && waitid(P_PIDFD, child->pidfd, ret, WEXITED | WNOHANG | options) == 0 &&
	       ret->si_pid;
}

bool child_can_be_reaped(const struct child *child)
{
	siginfo_t info;

	return has_ended(child, WNOWAIT, &info);
}

bool child_reap(struct child *child, struct child_end *ret)
{
	siginfo_t info;

	if (!has_ended(child, 0, &info))
		return false;
	*ret = (struct child_end){
		.code = info.si_status,
		.signalled = info.si_code != CLD_EXITED,
		.dumped = info.si_code == CLD_DUMPED,
		.age_ms = clock_now_ms() - child->started_ms,
	};
	ours_replace(child->pid, 0);
	child->pid = 0;
	close(STEAL_FD(child->pidfd));
	return true;
}

bool child_is_over(const struct child *child, int timeout_ms)
{
	struct pollfd poller = {.fd = child->pidfd, .events = POLLIN};
	int64_t end = clock_now_ms() + timeout_ms;
	int left = timeout_ms, r;

	while ((r = poll(&poller, 1, left)) < 0 && errno == EINTR)
		if (timeout_ms >= 0)
			left = end > clock_now_ms() ? end - clock_now_ms() : 0;
	return r > 0;
}

bool child_wait(struct child *child, int timeout_ms, struct child_end *ret)
{
	return child_is_over(child, timeout_ms) && child_reap(child, ret);
}

void child_fini(struct child *child)
{
	if (child->pid)
		ours_replace(child->pid, 0);
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->output >= 0)
		close(child->output);
	*child = (struct child)CHILD_NONE;
}

void child_ending(const struct child_end *end, char *text, size_t size)
{
	int64_t tenths = end->age_ms / 100;
	char how[80];

	if (end->signalled)
		snprintf(how, sizeof(how), "killed by signal %d (%s%s)", end->code,
			strsignal(end->code), end->dumped ? ", core dumped" : "");
	else
		snprintf(how, sizeof(how), "ended with status %d", end->code);
	snprintf(text, size, "%s after %lld.%lld s", how, (long long)tenths / 10,
		(long long)tenths % 10);
}

void child_obituary(const struct child_end *end, bool was_ready, char *text, size_t size)
{
	char how[120];

	child_ending(end, how, sizeof(how));
	snprintf(text, size, "%s, %s", how, was_ready ? "it had been ready" : "it was never ready");
}

int child_end_status(const struct child_end *end)
{
	return end->signalled ? 128 + end->code : end->code;
}
