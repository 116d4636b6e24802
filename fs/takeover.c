/*
 * The supervisor holds /dev/fuse as well, so the connection lives on when this process dies, and
 * callers wait. Its successor gets the device and the bytes of the kernel's INIT, by which libfuse
 * learns what the kernel can. libfuse takes a device that is mounted already as "/dev/fd/N". Its
 * answer to INIT is one more than the kernel wants, which refuses it (ENOENT), and that is no
 * error.
 *
 * The kernel is then told to forget which names it knows, since it knows them by numbers of the
 * predecessor, and to send what was under way once more.
 */
#include "fs/takeover.h"

#include "fs/base/log.h"
#include "fs/ops/mount.h"
#include "fs/request/predecessor.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Linux 6.9 and 6.16; the headers of Debian 12 do not have them. */
enum {
	HAS_RESEND = 1 << 7, /* of flags2; FUSE_HAS_RESEND */
	NOTIFY_RESEND = 7,
	NOTIFY_INC_EPOCH = 8,
	MINOR_OF_EPOCH = 44,
};

_Static_assert(FS_INCARNATIONS_MAX <= PAST_FIRST_ID >> INCARNATION_SHIFT,
	"each incarnation needs a part of the node numbers");
_Static_assert(FS_INCARNATIONS_MAX <= 1ULL << (64 - FILE_SHIFT),
	"an open file of an earlier incarnation must not be taken for one of ours");

struct init {
	struct fuse_in_header header;
	struct fuse_init_in in;
};

/* Without the epoch the kernel would go on with the names that it keeps in consistency=cached. */
static bool kernel_can(const struct fuse_init_in *in, bool cached)
{
	return in->flags & FUSE_INIT_EXT && in->flags2 & HAS_RESEND &&
	       (!cached || in->minor >= MINOR_OF_EPOCH);
}

void takeover_note_init(struct fs *fs, struct bytes request)
{
	const struct init *init = (const void *)request.data;
	struct fs_init kept = {.length = request.len};

	if (request.len < sizeof(*init) || request.len > sizeof(kept.bytes) ||
		init->header.opcode != FUSE_INIT || !kernel_can(&init->in, fs->config->cached))
		return;
	memcpy(kept.bytes, request.data, request.len);
	fs_report_device(fs->config->control, fuse_session_fd(fs->session), &kept);
}

static void note_poller(struct fs *fs, enum fs_report_kind kind, const struct fs_poller *poller)
{
	struct fs_report report = {.kind = kind, .poller = *poller};
	bool is_new = kind == FS_REPORT_POLLED ? fs_pollers_add(&fs->pollers, poller)
					       : fs_pollers_remove(&fs->pollers, poller->file);

	if (is_new && !fs_report_try(fs->config->control, &report))
		fs_pollers_remove(&fs->pollers, poller->file);
}

/* Files of keys can always be read and written; what is waited for is that a lock is lost. */
static bool is_awaited(const struct fuse_in_header *header, const struct fuse_poll_in *poll)
{
	return header->nodeid == ROLE_FILE_ID || header->nodeid >= CTLDIR_FIRST_ID ||
	       !(poll->events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM));
}

void takeover_note_poll(struct fs *fs, struct bytes request)
{
	const struct fuse_in_header *header = (const void *)request.data;
	const struct fuse_poll_in *poll = (const void *)(header + 1);
	const struct fuse_release_in *release = (const void *)(header + 1);

	if (request.len < sizeof(*header))
		return;
	if (header->opcode == FUSE_POLL && poll->flags & FUSE_POLL_SCHEDULE_NOTIFY &&
		is_awaited(header, poll))
		note_poller(fs, FS_REPORT_POLLED, &(struct fs_poller){poll->fh, poll->kh});
	else if (header->opcode == FUSE_RELEASE)
		note_poller(fs, FS_REPORT_RELEASED, &(struct fs_poller){.file = release->fh});
}

/* Writes what has no payload. */
static int device_write(const struct fs *fs, uint64_t unique, int error)
{
	struct fuse_out_header out = {.len = sizeof(out), .error = error, .unique = unique};

	return write(fuse_session_fd(fs->session), &out, sizeof(out)) < 0 ? -errno : 0;
}

/* A kernel that has just ended the connection says ENODEV; the loop finds that out. */
static int notify(const struct fs *fs, int code)
{
	int r = device_write(fs, 0, code);

	return r == -ENODEV ? 0 : r;
}

/* Whoever polls an open file of the predecessor asks again, and learns that it is gone. */
static void wake(const struct fs *fs, uint64_t handle)
{
	struct {
		struct fuse_out_header header;
		struct fuse_notify_poll_wakeup_out out;
	} wakeup = {
		.header = {.len = sizeof(wakeup), .error = FUSE_NOTIFY_POLL},
		.out.kh = handle,
	};

	if (write(fuse_session_fd(fs->session), &wakeup, sizeof(wakeup)) < 0)
		log_debug("/dev/fuse: poll: %s", strerror(errno));
}

static void find_mount(struct fs *fs, const struct fs_inheritance *inherited)
{
	if (mountinfo_find_whole(inherited->device_minor, inherited->mount_id, &fs->mount))
		return;
	fs->mount.device_minor = inherited->device_minor;
	fs->mount.id = inherited->mount_id;
}

/* Names first: what is looked up from now on is the successor's. */
static int tell_kernel(struct fs *fs, const struct fuse_init_in *in)
{
	int r = in->minor >= MINOR_OF_EPOCH ? notify(fs, NOTIFY_INC_EPOCH) : 0;

	fuse_lowlevel_notify_inval_inode(fs->session, ROOT_ID, -1, 0);
	return r < 0 ? r : notify(fs, NOTIFY_RESEND);
}

int takeover_attach(struct fs *fs)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/fd/%d", fs->config->inherited.device);
	if (fuse_session_mount(fs->session, path) < 0)
		return -EBADF;
	fcntl(fuse_session_fd(fs->session), F_SETFL, O_NONBLOCK | O_RDWR);
	return 0;
}

int takeover_begin(struct fs *fs)
{
	const struct fs_inheritance *inherited = &fs->config->inherited;
	struct fuse_buf init = {
		.size = inherited->init.length,
		.mem = (void *)inherited->init.bytes,
	};
	int r = takeover_attach(fs);

	if (r < 0)
		return r;
	find_mount(fs, inherited);
	if (inherited->notifier)
		fs->dead_notifier = syscall(SYS_pidfd_open, inherited->notifier, 0);
	for (size_t i = 0; i < inherited->pollers.n; i++)
		wake(fs, inherited->pollers.list[i].handle);
	fuse_session_process_buf(fs->session, &init);
	r = tell_kernel(fs, &((const struct init *)init.mem)->in);
	if (r == 0)
		supervisor_link_report_mounted(&fs->supervisor);
	return r;
}

void takeover_end(struct fs *fs)
{
	if (fs->dead_notifier >= 0)
		close(fs->dead_notifier);
	fs->dead_notifier = -1;
}

/* The predecessor's notifier is dying, but may be in the middle of a touch. That is no change by a
 * user: nothing of it may be done. */
static bool is_of_dead_notifier(struct fs *fs, const struct fuse_in_header *header)
{
	struct pollfd poller = {.fd = fs->dead_notifier, .events = POLLIN};

	if (fs->dead_notifier < 0 || header->pid != (uint32_t)fs->config->inherited.notifier ||
		header->opcode == FUSE_FORGET || header->opcode == FUSE_BATCH_FORGET)
		return false;
	if (poll(&poller, 1, 0) == 0)
		return true;
	takeover_end(fs);
	return false;
}

/* Whether and which locks of the predecessor's end with the request. */
static void tell_orphans(struct fs *fs, const struct fuse_in_header *header)
{
	const union {
		struct fuse_release_in release;
		struct fuse_flush_in flush;
		struct fuse_lk_in lock;
	} *argument = (const void *)(header + 1);
	struct orphan_news news = {.file.node = header->nodeid, .file.file = argument->release.fh};

	switch (header->opcode) {
	case FUSE_RELEASE:
		news.what = ORPHAN_CLOSED;
		break;
	case FUSE_FLUSH:
		news.what = ORPHAN_FLUSHED;
		news.owner = argument->flush.lock_owner;
		break;
	case FUSE_SETLK:
	case FUSE_SETLKW:
		if (argument->lock.lk.type != F_UNLCK)
			return;
		news.what = ORPHAN_UNLOCKED;
		news.owner = argument->lock.owner;
		news.kind = argument->lock.lk_flags & FUSE_LK_FLOCK ? LOCK_FLOCK : LOCK_FCNTL;
		break;
	default:
		return;
	}
	orphans_hear(&fs->orphans, &news);
}

bool takeover_answers(struct fs *fs, struct bytes request)
{
	const struct fuse_in_header *header = (const void *)request.data;
	int error, r;

	if (!fs->config->inherited.init.length || request.len < sizeof(*header))
		return false;
	error = predecessor_error(fs->config->inherited.incarnation, request);
	if (error == PREDECESSOR_NONE && is_of_dead_notifier(fs, header))
		error = EIO;
	if (error == PREDECESSOR_NONE)
		return false;
	tell_orphans(fs, header);
	r = device_write(fs, header->unique, -error);
	if (r < 0 && r != -ENOENT)
		log_debug("/dev/fuse: %s", strerror(-r));
	return true;
}
