/*
 * There are two threads: the one that called fs_run() reads the kernel's requests; the RPC thread
 * asks etcd, keeps the mirror, and replies to requests that could not be answered at once. With
 * consistency=cached a third thread sends invalidations. docs/architecture.md has the rest.
 *
 * The end comes from the kernel (unmounted: the device ends), from a signal, or from the
 * supervisor's socket. Then only the requests that wait already are read; those under way are
 * replied, each within the mount's timeout; then the mount is removed.
 */
#include "fs/fs.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/mirror/mirror_meta.h"
#include "fs/ops/mount.h"
#include "fs/parts.h"
#include "fs/session.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>

/* How long the last answers may take before another process goes on with the mount: a change whose
 * outcome is unknown by then is ETIMEDOUT. */
#define LEAVE_MS 500

#define FS_LEFT 3 /* the exit status of a process that has left its mount to another */

/* --- The RPC thread --- */

static void etcd_run(void *arg, uint32_t epoll_events)
{
	struct fs *fs = arg;

	(void)epoll_events;
	etcd_dispatch(fs->etcd);
	etcd_attend(fs->etcd); /* until the turn ends */
}

static void rpc_turn_begins(void *arg)
{
	struct fs *fs = arg;

	etcd_attend(fs->etcd);
}

static void rpc_turn_ends(void *arg)
{
	struct fs *fs = arg;

	etcd_dispatch_requests(fs->etcd);
}

static void *rpc_thread(void *arg)
{
	struct fs *fs = arg;

	fs->loop.begin = rpc_turn_begins;
	fs->loop.end = rpc_turn_ends;
	fs->loop.arg = fs;

	feed_start(&fs->feed);
	lease_start(&fs->lease);
	if (fs->config->inotify)
		touch_queue_start(&fs->touches, fs->mount.device_minor);
	loop_run(&fs->loop);
	return NULL;
}

static void on_connection(void *arg, bool connected, const char *reason)
{
	struct fs *fs = arg;

	(void)reason;
	if (connected)
		supervisor_link_set_refusal(&fs->supervisor, "");
}

static void on_refused(void *arg, const char *reason)
{
	struct fs *fs = arg;

	supervisor_link_set_refusal(&fs->supervisor, reason);
}

static int parts_open(struct fs *fs)
{
	int r = loop_watch(&fs->loop, &fs->etcd_source, etcd_fd(fs->etcd), EPOLLIN, etcd_run, fs);

	return r < 0 ? r : supervisor_link_open(&fs->supervisor);
}

/* --- Its life --- */

/* Waits until the ops under way are answered, each within its timeout. The lease is for them, so it
 * is revoked after them. */
static void drain_check(void *arg)
{
	struct fs *fs = arg;

	if ((fs->requests.n_ops == 0 && lease_end(&fs->lease)) || clock_now_ms() > fs->drain_end_ms)
		loop_stop(&fs->loop);
	else
		loop_timer_set(&fs->loop, &fs->drain, 10);
}

static void drain_start(void *arg)
{
	struct fs *fs = arg;

	fs->drain_end_ms = INT64_MAX;
	feed_end(&fs->feed);
	streams_end(&fs->streams);
	past_end(&fs->past);
	locks_end(&fs->locks);
	secrets_end(&fs->secrets);
	ephemerals_end(&fs->ephemerals);
	drain_check(fs);
}

/* Another process is to go on with the mount (SIGUSR2). It also answers those who wait for news,
 * and, as after our death, what we have not answered soon. */
static bool is_replaced(void)
{
	const struct timespec now = {0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &now) == SIGUSR2;
}

static void leave_start(void *arg)
{
	struct fs *fs = arg;

	fs->drain_end_ms = clock_now_ms() + LEAVE_MS;
	feed_end(&fs->feed);
	secrets_end(&fs->secrets);
	drain_check(fs);
}

static int stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
	sigaddset(ret, SIGUSR2);
	return pthread_sigmask(SIG_BLOCK, ret, NULL) ? -errno : 0;
}

static int fs_serve(struct fs *fs)
{
	CLEANUP(fd) int stop_fd = -1;
	pthread_t thread;
	sigset_t stop;
	int r, stopped;

	stop_signals(&stop);
	stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
	r = stop_fd < 0 ? -errno : invalidate_start(&fs->invalidate, fs->session, &fs->mount);
	if (r == 0)
		r = -pthread_create(&thread, NULL, rpc_thread, fs);
	if (r == 0) {
		session_loop(fs, stop_fd);
		if (is_replaced())
			fs->drain_task.run = leave_start;
		loop_post(&fs->loop, &fs->drain_task);
		pthread_join(thread, NULL);
	}
	if (r == 0 && fs->drain_task.run == leave_start)
		_exit(FS_LEFT);
	stopped = invalidate_stop(&fs->invalidate);
	return r < 0 ? r : stopped;
}

/* Creates what the parts need: the loop, the mirror and the client. */
static int fs_open(struct fs *fs)
{
	struct etcd_config config = fs->config->etcd;
	int r = loop_init(&fs->loop);

	fs->drain = (struct timer){.run = drain_check, .arg = fs};
	fs->drain_task = (struct task){.run = drain_start, .arg = fs};
	if (r < 0)
		return r;
	fs->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fs->end_fd < 0)
		return -errno;
	config.on_connection = on_connection;
	config.on_refused = on_refused;
	config.arg = fs;
	r = mirror_new(fs->config->prefix, &fs->mirror);
	if (r < 0)
		return r;
	if (!fs->config->metadata)
		mirror_ignore_meta(fs->mirror);
	mirror_set_incarnation(fs->mirror, fs->config->inherited.incarnation);
	return etcd_new(&config, &fs->etcd);
}

static void fs_close(struct fs *fs)
{
	etcd_free(fs->etcd);
	mirror_free(fs->mirror);
	if (fs->end_fd >= 0)
		close(fs->end_fd);
	loop_fini(&fs->loop);
}

static int fs_mount_and_serve(struct fs *fs)
{
	int r = session_mount(fs);

	if (r < 0) {
		fs_report_failed(fs->config->control, "cannot mount on %s: %s",
			fs->config->mountpoint, strerror(-r));
		return r;
	}
	r = fs_serve(fs);
	if (r == 0)
		r = fs->failure;
	session_unmount(fs);
	return r;
}

static int fs_run_parts(struct fs *fs)
{
	int r;

	parts_init(fs);
	r = orphans_take_over(&fs->orphans);
	if (r == 0)
		r = parts_open(fs);
	if (r < 0)
		fs_report_failed(fs->config->control, "cannot start: %s", strerror(-r));
	else
		r = fs_mount_and_serve(fs);
	parts_fini(fs);
	return r;
}

int fs_run(const struct fs_config *config)
{
	static const struct rlimit no_core = {0};
	struct fs fs = {.config = config, .end_fd = -1, .dead_notifier = -1};
	int r;

	setrlimit(RLIMIT_CORE, &no_core); /* a core file would have values in it */
	r = fs_open(&fs);
	if (r < 0)
		fs_report_failed(config->control, "cannot start: %s", strerror(-r));
	else
		r = fs_run_parts(&fs);
	fs_close(&fs);
	return r < 0;
}

int fs_path_of_key(struct bytes key, struct buf *ret_path)
{
	return key_is_own(key) ? -EINVAL : key_to_path(key, ret_path);
}

int fs_key_of_path(struct bytes path, struct buf *ret_key)
{
	return key_from_path(path, ret_key);
}
