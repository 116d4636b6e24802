#include "supervisor/tool/lock_command.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/base/mountinfo.h"
#include "supervisor/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOCK_OF_DIRECTORY ".etcd/lock"
#define KILL_MS 5000 /* from SIGTERM to SIGKILL */
#define HELD_MS 50
#define AGAIN_US 100000

/* --- The file ------------------------------------------------------------------------------ */

/* Whether it is on a mount of ours; it need not exist. */
static bool is_ours(const char *path)
{
	CLEANUP(free) char *copy = strdup(path), *real = copy ? realpath(path, NULL) : NULL;
	struct mountinfo mount;

	if (!real && copy)
		real = realpath(dirname(copy), NULL);
	return real && mountinfo_find_around(real, &mount) && !strcmp(mount.type, MOUNTINFO_ETCDFS);
}

static bool is_directory(const char *path)
{
	struct stat stat_;

	return stat(path, &stat_) == 0 && S_ISDIR(stat_.st_mode);
}

/* A file that does not exist is made. The lock of a directory is that of a file in it. */
static int lock_open(const char *path, int *ret, struct refusal *refusal)
{
	CLEANUP(free) char *below = NULL;
	bool is_dir = is_directory(path);

	if (!is_ours(path))
		return refuse(refusal, "'%s' is on no mount of etcdfs", path);
	if (asprintf(&below, "%s/" LOCK_OF_DIRECTORY, path) < 0)
		return -ENOMEM;
	*ret = open(is_dir ? below : path,
		(is_dir ? O_RDONLY : O_RDONLY | O_CREAT) | O_NOCTTY | O_CLOEXEC, 0666);
	return *ret < 0 ? refuse(refusal, "%s: %m", path) : 0;
}

/* --- The lock ------------------------------------------------------------------------------ */

static volatile sig_atomic_t is_over;

static void on_alarm(int signal)
{
	(void)signal;
	is_over = true;
}

/* The signal comes again and again, in case one comes just before the wait begins. */
static void set_timeout(int timeout_ms)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerval timer = {
		.it_value = {timeout_ms / 1000, timeout_ms % 1000 * 1000},
		.it_interval.tv_usec = AGAIN_US,
	};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_timeout(void)
{
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	signal(SIGALRM, SIG_DFL);
}

/* Returns 0 or an errno; ETIME: not within the time that was given. */
static int lock_take_by(int fd, const struct lock_options *lock)
{
	int operation = (lock->shared ? LOCK_SH : LOCK_EX) | (lock->nonblock ? LOCK_NB : 0);
	int error;

	if (lock->timeout_ms)
		set_timeout(lock->timeout_ms);
	do {
		error = flock(fd, operation) < 0 ? errno : 0;
	} while (error == EINTR && !is_over);
	if (lock->timeout_ms)
		end_timeout();
	return error == EINTR ? ETIME : error;
}

/* --- The command --------------------------------------------------------------------------- */

static int add_attribute(
	struct strv *environment, const char *variable, int fd, const char *attribute)
{
	char text[8192];
	ssize_t len = fgetxattr(fd, attribute, text, sizeof(text));

	return strv_add(environment, "%s=%.*s", variable, len > 0 ? (int)len : 0, text);
}

/* Returns 0, or the status that a shell gives for a command that cannot be run. */
static int command_spawn(int fd, char *const *argv, struct child *ret)
{
	CLEANUP(strv) struct strv environment = {0};
	struct child_spec spec = {.argv = argv, .death_signal = SIGTERM, .keep_descriptors = true};
	int error = add_attribute(&environment, "ETCD_LOCK_KEY", fd, "user.etcd.lock_key");

	if (!error)
		error = add_attribute(&environment, "ETCD_LOCK_REV", fd, "user.etcd.lock_revision");
	if (!error)
		error = strv_add_environment(&environment, environ);
	spec.envp = environment.items;
	if (!error)
		error = child_spawn(&spec, ret);
	if (!error)
		return 0;
	log_error("cannot run %s: %s", argv[0], strerror(-error));
	return error == -ENOENT ? 127 : 126;
}

/* The lock is watched by an epoll, which asks the filesystem once, and then only when it is told of
 * something: poll(2) would ask each time, and wait for one that stands still. */
struct watch {
	const char *path;
	struct child child;
	int epoll, signals, lock;
	bool lost;
	int64_t kill_ms; /* when the command is killed; 0: it is not to end */
};

static int watch_add(struct watch *watch, int fd, unsigned events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int watch_init(struct watch *watch, const char *path, int lock)
{
	int error;

	*watch = (struct watch){.path = path, .child = CHILD_NONE, .lock = lock};
	watch->signals = signals_open();
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	error = watch->signals < 0 || watch->epoll < 0 ? -errno : 0;
	if (!error)
		error = watch_add(watch, watch->signals, EPOLLIN);
	return error ? error : watch_add(watch, lock, EPOLLPRI);
}

static void watch_cleanup(struct watch *watch)
{
	child_fini(&watch->child);
	close(watch->signals);
	close(watch->epoll);
}

/* What a terminal sends, the command gets from there as well. */
static void hand_on(struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof(info)) == sizeof(info) && info.ssi_code != SI_KERNEL)
		child_signal(&watch->child, (int)info.ssi_signo);
}

/* Without EPOLLERR nobody knows yet whether it is lost. */
static void on_lost(struct watch *watch, unsigned events)
{
	log_error(events & EPOLLERR ? "%s: the lock is lost, so the command is ended"
				    : "%s: etcd does not confirm the lock, so the command is ended",
		watch->path);
	watch->lost = true;
	watch->kill_ms = clock_now_ms() + KILL_MS;
	epoll_ctl(watch->epoll, EPOLL_CTL_DEL, watch->lock, NULL);
	child_signal(&watch->child, SIGTERM);
}

/* A debugger may hold a command that has ended; nothing tells when it lets go. */
static void on_end(struct watch *watch)
{
	if (!child_can_be_reaped(&watch->child))
		poll(NULL, 0, HELD_MS);
}

/* How long to wait at most; -1: for ever. */
static int time_left(const struct watch *watch)
{
	int64_t left = watch->kill_ms - clock_now_ms();

	if (!watch->kill_ms)
		return -1;
	return left > 0 ? (int)left : 0;
}

static void watch_wait(struct watch *watch)
{
	struct epoll_event event = {0};

	if (epoll_wait(watch->epoll, &event, 1, time_left(watch)) == 0) {
		child_signal(&watch->child, SIGKILL);
		watch->kill_ms = 0;
	} else if (event.data.fd == watch->signals) {
		hand_on(watch);
	} else if (event.data.fd == watch->lock) {
		on_lost(watch, event.events);
	} else if (event.data.fd == watch->child.pidfd) {
		on_end(watch);
	}
}

static int run_locked(const struct options *options, int lock)
{
	CLEANUP(watch) struct watch watch;
	struct child_end end;
	int error = watch_init(&watch, options->lock.path, lock);
	int status = error ? 0 : command_spawn(lock, options->command, &watch.child);

	if (status)
		return status;
	if (!error)
		error = watch_add(&watch, watch.child.pidfd, EPOLLIN);
	if (error) {
		log_error("%s: cannot watch the lock: %s", watch.path, strerror(-error));
		return 1;
	}
	while (!child_reap(&watch.child, &end))
		watch_wait(&watch);
	return watch.lost ? LOCK_COMMAND_LOST : child_end_status(&end);
}

int lock_command_run(const struct options *options, int *ret_status, struct refusal *refusal)
{
	const struct lock_options *lock = &options->lock;
	int fd = -1, error = lock_open(lock->path, &fd, refusal);

	if (error)
		return error;
	error = lock_take_by(fd, lock);
	if (error == EWOULDBLOCK || error == ETIME) {
		log_error("%s: another holds the lock", lock->path);
		*ret_status = lock->conflict_status;
	} else if (error) {
		refuse(refusal, "%s: cannot lock it: %s", lock->path, strerror(error));
	} else {
		*ret_status = run_locked(options, fd);
		flock(fd, LOCK_UN);
	}
	close(fd);
	return error && error != EWOULDBLOCK && error != ETIME ? REFUSED : 0;
}
