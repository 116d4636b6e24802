#include "fs/session.h"

#include "fs/base/clock.h"
#include "fs/base/connection.h"
#include "fs/base/log.h"
#include "fs/base/mountflags.h"
#include "fs/base/unmount.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum {
	REQUESTS_MAX = 64,	/* before the loop looks whether it is to end */
	LAST_REQUESTS_MS = 100, /* for those that have come before the end */
};

static void session_init(void *userdata, struct fuse_conn_info *connection)
{
	struct fs *fs = userdata;

	/* Values are small and read whole, so splice gains nothing. */
	connection->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	connection->max_background = 1024;
	connection->congestion_threshold = 1024;
	connection->time_gran = 1;
	if (!fs->config->inherited.init.length) /* else the kernel is told something first */
		supervisor_link_report_mounted(&fs->supervisor);
}

static int session_add_flags(unsigned long flags, char **options)
{
	if ((flags & MS_NOEXEC && fuse_opt_add_opt(options, "noexec") < 0) ||
		(flags & MS_SYNCHRONOUS && fuse_opt_add_opt(options, "sync") < 0))
		return -ENOMEM;
	return 0;
}

/*
 * Without allow_other the kernel admits only the user who mounts, and who owns everything here.
 * With it the kernel checks the modes. For that it asks for the attributes of each directory on the
 * way, which costs a barrier each, so default_permissions is set only where it is of use.
 */
static int session_args(const struct fs_config *config, struct fuse_args *args)
{
	CLEANUP(free) char *options = NULL;
	CLEANUP(buf) struct buf name = {0};

	/* A member's name may contain characters that end an option, so it is escaped. */
	if (buf_printf(&name, "fsname=%s", config->source) < 0 ||
		buf_append_byte(&name, '\0') < 0 ||
		fuse_opt_add_opt_escaped(&options, (char *)name.data) < 0 ||
		fuse_opt_add_opt(&options, "subtype=etcdfs,nosuid,nodev,noatime") < 0)
		return -ENOMEM;
	if (config->allow_other &&
		fuse_opt_add_opt(&options, "allow_other,default_permissions") < 0)
		return -ENOMEM;
	if (session_add_flags(config->flags, &options) < 0)
		return -ENOMEM;
	if (fuse_opt_add_arg(args, "etcdfs") < 0 || fuse_opt_add_arg(args, "-o") < 0 ||
		fuse_opt_add_arg(args, options) < 0)
		return -ENOMEM;
	if (config->log_level == LOG_LEVEL_DEBUG && fuse_opt_add_arg(args, "-d") < 0)
		return -ENOMEM;
	return 0;
}

static void session_clear(const struct fs *fs)
{
	const struct fs_config *config = fs->config;
	int r = config->dead_minor ? unmount_etcdfs(config->mountpoint, config->dead_minor) : 0;

	if (r < 0)
		log_error(
			"mountpoint %s: cannot be unmounted: %s", config->mountpoint, strerror(-r));
}

/* We refuse changes ourselves, in each copy of the mount. The flag makes mount(8) show that, and
 * lets it take it back. Only root can set it. */
static void session_show_read_only(const struct fs *fs)
{
	if (fs->config->read_only)
		mountflags_change(fs->config->mountpoint, MS_RDONLY, 0);
}

static int mount_anew(struct fs *fs)
{
	session_clear(fs);
	if (fuse_session_mount(fs->session, fs->config->mountpoint) < 0)
		return errno ? -errno : -EIO;
	fcntl(fuse_session_fd(fs->session), F_SETFL, O_NONBLOCK | O_RDWR);
	mountinfo_find(fs->config->mountpoint, &fs->mount);
	session_show_read_only(fs);
	return 0;
}

static int mount_given(struct fs *fs)
{
	int r = takeover_attach(fs);

	if (r == 0)
		mountinfo_find(fs->config->mountpoint, &fs->mount);
	return r;
}

static int mount_somehow(struct fs *fs)
{
	if (fs->config->inherited.init.length)
		return takeover_begin(fs);
	return fs->config->is_given ? mount_given(fs) : mount_anew(fs);
}

/* Linux ends the connection of a filesystem that answers later than these sysctls say. */
static void warn_of_limit(const char *name)
{
	CLEANUP(buf) struct buf path = {0};
	unsigned seconds = 0;
	FILE *file = NULL;

	if (buf_printf(&path, "/proc/sys/fs/fuse/%s", name) == 0 &&
		buf_append_byte(&path, '\0') == 0)
		file = fopen((char *)path.data, "re");
	if (!file)
		return;
	if (fscanf(file, "%u", &seconds) == 1 && seconds)
		log_warning("the sysctl fs.fuse.%s is %u: Linux will end the mount when somebody "
			    "waits longer than that for a lock",
			name, seconds);
	fclose(file);
}

int session_mount(struct fs *fs)
{
	struct fuse_lowlevel_ops operations = ops_all;
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int r = session_args(fs->config, &args);

	operations.init = session_init;
	warn_of_limit("default_request_timeout");
	warn_of_limit("max_request_timeout");
	if (r == 0) {
		fs->session = fuse_session_new(&args, &operations, sizeof(operations), fs);
		r = fs->session ? 0 : -EINVAL;
	}
	fuse_opt_free_args(&args);
	if (r < 0)
		return r;
	r = mount_somehow(fs);
	if (r < 0)
		fuse_session_destroy(STEAL(fs->session));
	return r;
}

static void request_begins(struct fs *fs, struct bytes request)
{
	const struct fuse_in_header *header = (const void *)request.data;

	if (request.len < sizeof(*header))
		return;
	counter_add_request(&fs->counters, header->opcode);
	fs->requests.opcode = header->opcode;
	walks_step(&fs->requests.walks, header->pid, header->opcode, header->nodeid);
}

/* Counts how long the request took, unless it has become an op, which counts that itself. Returns
 * the time. */
static int64_t request_ends(struct fs *fs, int64_t began_us)
{
	int64_t now_us = clock_now_us();

	if (fs->requests.opcode)
		counter_add_reply(&fs->counters, fs->requests.opcode, now_us - began_us);
	fs->requests.opcode = 0;
	return now_us;
}

/* Serves requests until there is none, but so many at most. Returns whether there may be more. */
static bool serve(struct fs *fs, struct fuse_buf *buf)
{
	int64_t began_us = clock_now_us();
	struct bytes request;

	for (int n = 0; n < REQUESTS_MAX && !fuse_session_exited(fs->session); n++) {
		int r = fuse_session_receive_buf(fs->session, buf);
		if (r == -EINTR || r == -EAGAIN)
			return true;
		if (r <= 0)
			return false;
		request = (struct bytes){buf->mem, r};
		if (takeover_answers(fs, request))
			continue;
		request_begins(fs, request);
		takeover_note_poll(fs, request);
		fuse_session_process_buf(fs->session, buf);
		takeover_note_init(fs, request);
		began_us = request_ends(fs, began_us);
	}
	return !fuse_session_exited(fs->session);
}

/* When the end comes, the RELEASE of a file that was closed before may still wait in the kernel,
 * and nobody else would publish that file. So what waits is served, but for a moment only, because
 * others go on asking. */
void session_loop(struct fs *fs, int stop_fd)
{
	struct fuse_buf buf = {0};
	struct pollfd fds[] = {
		{.fd = fuse_session_fd(fs->session), .events = POLLIN},
		{.fd = stop_fd, .events = POLLIN},
		{.fd = fs->end_fd, .events = POLLIN},
	};
	int64_t end_ms = INT64_MAX;
	bool more = !fuse_session_exited(fs->session);

	while (more && (end_ms == INT64_MAX || clock_now_ms() < end_ms)) {
		int r = poll(fds, 3, -1);
		bool ends = r > 0 && (fds[1].revents || fds[2].revents);
		if (ends && end_ms == INT64_MAX)
			end_ms = clock_now_ms() + LAST_REQUESTS_MS;
		if (r > 0 && fds[0].revents)
			more = serve(fs, &buf);
		else
			more = !ends;
	}
	free(buf.mem);
}

/* Ends the connection by closing our end, and replaces it by a pipe without a reader, which libfuse
 * takes for a connection that the kernel has ended. */
static void session_cut(const struct fs *fs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	dup3(ends[1], fuse_session_fd(fs->session), O_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
}

/* Unmounts where the mount is by now; copies of it elsewhere are dead from then on. libfuse would
 * unmount whatever is mounted at the first mountpoint, unless the connection is over; so it is
 * called only if the connection is over, or if /proc does not say where the mount is. */
void session_unmount(struct fs *fs)
{
	const struct mountinfo *mount = &fs->mount;
	int device = fuse_session_fd(fs->session);
	bool is_ours = mount->device_minor && !connection_is_over(device);

	if (is_ours) {
		session_cut(fs);
		if (!fs->config->is_given)
			unmount_whole(mount->device_minor, mount->id);
	}
	if (!mount->device_minor || connection_is_over(device))
		fuse_session_unmount(fs->session);
	fuse_session_destroy(fs->session);
	takeover_end(fs);
}
