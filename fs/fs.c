/*
 * Two threads: the one that called fs_run() reads requests from the kernel, the RPC thread asks
 * etcd, keeps the mirror and replies to what could not be replied at once. With consistency=cached
 * a third makes the kernel forget. docs/architecture.md has the rest.
 *
 * The end comes from the kernel (unmounted: the device ends), from a signal, or from the
 * supervisor's socket. Then no more requests are read; those under way are replied, each within the
 * mount's timeout; then the mount goes.
 */
#include "fs/fs.h"

#include "fs/base/log.h"
#include "fs/fs_private.h"
#include "fs/key.h"
#include "fs/ops.h"
#include "fs/session.h"

#include <errno.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>

/* --- The RPC thread --- */

static void etcd_run(void *arg, uint32_t epoll_events)
{
	struct fs *fs = arg;

	(void)epoll_events;
	etcd_dispatch(fs->etcd);
}

static void *rpc_thread(void *arg)
{
	struct fs *fs = arg;

	feed_start(&fs->feed);
	if (fs->config->inotify)
		touches_start(&fs->touches);
	loop_run(&fs->loop);
	return NULL;
}

static void on_connection(void *arg, bool connected, const char *reason)
{
	struct fs *fs = arg;

	(void)reason;
	if (connected)
		control_set_refusal(&fs->control, "");
}

static void on_refused(void *arg, const char *reason)
{
	struct fs *fs = arg;

	control_set_refusal(&fs->control, reason);
}

/* What cannot fail, and comes first, so that rpc_fini() finds all of it however far a start came.
 */
static void rpc_init(struct fs *fs)
{
	TAILQ_INIT(&fs->releasing);
	TAILQ_INIT(&fs->turns);
	TAILQ_INIT(&fs->streams);
	secrets_init(fs);
	opened_init(&fs->opened);
	opened_init(&fs->files);
	special_init(&fs->specials);
	barrier_init(&fs->barrier, fs);
	feed_init(&fs->feed, fs);
	own_init(&fs->own, fs);
	invalidate_init(&fs->invalidate, fs);
	touches_init(&fs->touches, fs);
	control_init(&fs->control, fs);
	fs->counters.started_s = time(NULL);
	walks_init(&fs->walks, fs->config->allow_other, fs->config->cached);
}

static int rpc_open(struct fs *fs)
{
	struct etcd_config config = fs->config->etcd;
	int r = mirror_new(fs->config->prefix, &fs->mirror);

	if (r < 0)
		return r;
	config.on_connection = on_connection;
	config.on_refused = on_refused;
	config.arg = fs;
	hidden_init(&fs->hidden, fs->mirror);
	r = etcd_new(&config, &fs->etcd);
	if (r == 0)
		r = loop_watch(
			&fs->loop, &fs->etcd_source, etcd_fd(fs->etcd), EPOLLIN, etcd_run, fs);
	return r < 0 ? r : control_open(&fs->control);
}

static void rpc_fini(struct fs *fs)
{
	etcd_free(fs->etcd);
	streams_free(fs);
	secrets_fini(fs);
	hidden_fini(&fs->hidden);
	feed_fini(&fs->feed);
	own_fini(&fs->own);
	invalidate_fini(&fs->invalidate);
	touches_fini(&fs->touches);
	opened_fini(&fs->opened);
	opened_fini(&fs->files);
	special_fini(&fs->specials);
	walks_fini(&fs->walks);
	mirror_free(fs->mirror);
	control_fini(&fs->control);
}

/* --- The session --- */

static void session_init(void *userdata, struct fuse_conn_info *connection)
{
	struct fs *fs = userdata;

	/* Values are small and read whole: nothing to splice. A close must be seen in its order. */
	connection->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	connection->max_background = 1024;
	connection->congestion_threshold = 1024;
	connection->time_gran = 1;
	control_report_mounted(&fs->control);
}

static const struct fuse_lowlevel_ops operations = {
	.init = session_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.getattr = ops_getattr,
	.setattr = ops_setattr,
	.access = ops_access,
	.statfs = ops_statfs,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.readdirplus = ops_readdirplus,
	.releasedir = ops_releasedir,
	.mkdir = ops_mkdir,
	.unlink = ops_unlink,
	.rmdir = ops_rmdir,
	.rename = ops_rename,
	.mknod = ops_mknod,
	.symlink = ops_symlink,
	.link = ops_link,
	.open = ops_open,
	.create = ops_create,
	.read = ops_read,
	.write = ops_write,
	.fallocate = ops_fallocate,
	.flush = ops_flush,
	.fsync = ops_fsync,
	.release = ops_release,
	.poll = ops_poll,
	.getxattr = ops_getxattr,
	.listxattr = ops_listxattr,
	.setxattr = ops_setxattr,
	.removexattr = ops_removexattr,
	.flock = ops_flock,
	.getlk = ops_getlk,
	.setlk = ops_setlk,
};

/*
 * Without allow_other the kernel lets in nobody but the user who mounts, who owns everything here;
 * with it the modes decide, and the kernel checks them. To check, it asks for the attributes of
 * each directory on the way, a barrier each: not where it is of no use.
 */
static int session_args(const struct fs_config *config, struct fuse_args *args)
{
	CLEANUP(free) char *options = NULL;
	CLEANUP(buf) struct buf name = {0};

	/* A member's name may have in it what ends an option, or makes the next a part of it. */
	if (buf_printf(&name, "fsname=%s", config->source) < 0 ||
		buf_append_byte(&name, '\0') < 0 ||
		fuse_opt_add_opt_escaped(&options, (char *)name.data) < 0 ||
		fuse_opt_add_opt(&options, "subtype=etcdfs,nosuid,nodev,noatime") < 0)
		return -ENOMEM;
	if (config->allow_other &&
		fuse_opt_add_opt(&options, "allow_other,default_permissions") < 0)
		return -ENOMEM;
	if (fuse_opt_add_arg(args, "etcdfs") < 0 || fuse_opt_add_arg(args, "-o") < 0 ||
		fuse_opt_add_arg(args, options) < 0)
		return -ENOMEM;
	if (config->debug && fuse_opt_add_arg(args, "-d") < 0)
		return -ENOMEM;
	return 0;
}

static int session_mount(struct fs *fs)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int r = session_args(fs->config, &args);

	if (r == 0) {
		fs->session = fuse_session_new(&args, &operations, sizeof(operations), fs);
		r = fs->session ? 0 : -EINVAL;
	}
	fuse_opt_free_args(&args);
	if (r < 0)
		return r;
	session_clear(fs);
	if (fuse_session_mount(fs->session, fs->config->mountpoint) < 0) {
		r = errno ? -errno : -EIO;
		fuse_session_destroy(STEAL(fs->session));
		return r;
	}
	mountinfo_find(fs->config->mountpoint, &fs->mount);
	return 0;
}

static void request_begins(struct fs *fs, struct bytes request)
{
	const struct fuse_in_header *header = (const void *)request.data;

	if (request.len < sizeof(*header))
		return;
	counter_add_request(&fs->counters, header->opcode);
	walks_step(&fs->walks, header->pid, header->opcode, header->nodeid);
}

/* Reads requests until the mount is gone or @stop is readable. */
static void session_loop(struct fs *fs, int stop_fd)
{
	struct fuse_buf buf = {0};
	struct pollfd fds[] = {
		{.fd = fuse_session_fd(fs->session), .events = POLLIN},
		{.fd = stop_fd, .events = POLLIN},
		{.fd = fs->end_fd, .events = POLLIN},
	};

	while (!fuse_session_exited(fs->session)) {
		int r = poll(fds, 3, -1);
		if (r > 0 && (fds[1].revents || fds[2].revents))
			break;
		r = r > 0 ? fuse_session_receive_buf(fs->session, &buf) : -EINTR;
		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r <= 0)
			break;
		request_begins(fs, (struct bytes){buf.mem, r});
		fuse_session_process_buf(fs->session, &buf);
	}
	free(buf.mem);
}

/* --- Its life --- */

void fs_end(struct fs *fs)
{
	uint64_t one = 1;

	if (write(fs->end_fd, &one, sizeof(one)) < 0)
		log_debug("end: %s", strerror(errno));
}

void fs_fail(struct fs *fs, int error, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fs_report_failed(fs->config->control, "%s", text);
	fs->failure = error;
	fs_end(fs);
}

/* Replies to what is under way, each within the timeout. */
static void drain_check(void *arg)
{
	struct fs *fs = arg;

	if (fs->n_ops == 0)
		loop_stop(&fs->loop);
	else
		loop_timer_set(&fs->loop, &fs->drain, 10);
}

static void drain_start(void *arg)
{
	struct fs *fs = arg;

	fs->ending = true;
	streams_end(fs);
	secrets_end(fs);
	drain_check(fs);
}

static int stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
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
	r = stop_fd < 0 ? -errno : invalidate_start(&fs->invalidate);
	if (r == 0)
		r = -pthread_create(&thread, NULL, rpc_thread, fs);
	if (r == 0) {
		session_loop(fs, stop_fd);
		loop_post(&fs->loop, &fs->drain_task);
		pthread_join(thread, NULL);
	}
	stopped = invalidate_stop(&fs->invalidate);
	return r < 0 ? r : stopped;
}

static int fs_init(struct fs *fs)
{
	int r = loop_init(&fs->loop);

	rpc_init(fs);
	fs->drain = (struct timer){.run = drain_check, .arg = fs};
	fs->drain_task = (struct task){.run = drain_start, .arg = fs};
	if (r < 0)
		return r;
	fs->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return fs->end_fd < 0 ? -errno : rpc_open(fs);
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

int fs_run(const struct fs_config *config)
{
	static const struct rlimit no_core = {0};
	struct fs fs = {.config = config, .end_fd = -1};
	int r;

	setrlimit(RLIMIT_CORE, &no_core); /* values are in memory */
	r = fs_init(&fs);
	if (r < 0)
		fs_report_failed(config->control, "cannot start: %s", strerror(-r));
	else
		r = fs_mount_and_serve(&fs);
	rpc_fini(&fs);
	if (fs.end_fd >= 0)
		close(fs.end_fd);
	loop_fini(&fs.loop);
	return r < 0;
}

int fs_path_of_key(struct bytes key, struct buf *ret_path)
{
	return key_to_path(key, ret_path);
}

int fs_key_of_path(struct bytes path, struct buf *ret_key)
{
	return key_from_path(path, ret_key);
}
