#include "fs/control/role_file.h"

#include "fs/request/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static int role_render(struct role_files *files, struct buf *ret)
{
	return buf_printf(ret, "%s\n", fs_role_name(supervisor_link_role(files->link).role));
}

static struct timespec role_time(struct role_files *files)
{
	struct timespec changed;

	lock_take(&files->lock);
	changed = files->changed;
	lock_drop(&files->lock);
	return changed;
}

int role_file_attr(struct role_files *files, struct stat *ret)
{
	CLEANUP(buf) struct buf content = {0};
	int r = role_render(files, &content);

	if (r == 0)
		attr_of_file(files->config, ROLE_FILE_ID, 0444, content.len, role_time(files), ret);
	return r;
}

/* An open file: its content is that of the open, or of the last read at offset 0. */
struct role_open {
	struct open_entry opened;
	struct role_files *files;
	struct buf content; /* FUSE thread */
	/* Under the lock of the files. */
	TAILQ_ENTRY(role_open) entry;
	uint64_t changes; /* the count of changes when the content was rendered */
	uint64_t told;	  /* the count of changes when its poller was last woken */
	struct fuse_pollhandle *poll;
};

static void poll_drop(struct fuse_pollhandle *poll)
{
	if (poll)
		fuse_pollhandle_destroy(poll);
}

static void file_free(void *arg)
{
	struct role_open *file = arg;

	lock_take(&file->files->lock);
	TAILQ_REMOVE(&file->files->list, file, entry);
	lock_drop(&file->files->lock);
	poll_drop(file->poll);
	buf_fini(&file->content);
	free(file);
}

void role_file_init(struct role_files *files, const struct fs_config *config,
	struct supervisor_link *link, struct open_set *opened)
{
	*files = (struct role_files){.config = config, .link = link, .opened = opened};
	lock_init(&files->lock);
	TAILQ_INIT(&files->list);
	clock_gettime(CLOCK_REALTIME, &files->changed);
}

void role_file_fini(struct role_files *files)
{
	lock_fini(&files->lock);
}

/* Takes the poll handle of one file, which is then no longer polled; NULL: none is left. Each file
 * is woken once for a change, because a process that polls again at once would keep us here for
 * ever. */
static struct fuse_pollhandle *poll_take(struct role_files *files)
{
	struct fuse_pollhandle *poll = NULL;
	struct role_open *file;

	lock_take(&files->lock);
	TAILQ_FOREACH (file, &files->list, entry) {
		if (poll || file->told == files->changes)
			continue;
		file->told = files->changes;
		poll = STEAL(file->poll);
	}
	lock_drop(&files->lock);
	return poll;
}

void role_file_changed(struct role_files *files)
{
	struct fuse_pollhandle *poll;

	lock_take(&files->lock);
	files->changes++;
	clock_gettime(CLOCK_REALTIME, &files->changed);
	lock_drop(&files->lock);
	while ((poll = poll_take(files))) {
		fuse_lowlevel_notify_poll(poll);
		fuse_pollhandle_destroy(poll);
	}
}

/* Renders the present content. The count is read first, so that a later change is reported as
 * new. */
static int file_render(struct role_open *file)
{
	lock_take(&file->files->lock);
	file->changes = file->files->changes;
	lock_drop(&file->files->lock);
	buf_clear(&file->content);
	return role_render(file->files, &file->content);
}

static void file_close(struct role_open *file)
{
	open_set_remove(file->files->opened, &file->opened);
	file_free(file);
}

static int file_new(struct role_files *files, struct role_open **ret)
{
	struct role_open *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return -ENOMEM;
	file->files = files;
	lock_take(&file->files->lock);
	file->told = file->files->changes;
	TAILQ_INSERT_TAIL(&file->files->list, file, entry);
	lock_drop(&file->files->lock);
	r = file_render(file);
	if (r < 0) {
		file_free(file);
		return r;
	}
	open_set_add(files->opened, &file->opened, file_free, file);
	*ret = file;
	return 0;
}

void role_file_open(struct role_files *files, fuse_req_t req, struct fuse_file_info *info)
{
	struct role_open *file;
	int r = (info->flags & O_ACCMODE) == O_RDONLY ? file_new(files, &file) : -EACCES;

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	info->fh = ids_file(file, files->config->inherited.incarnation);
	info->direct_io = 1;
	info->noflush = 1;
	if (fuse_reply_open(req, info) < 0)
		file_close(file);
}

void role_file_read(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct role_open *file = ids_file_of(info->fh);
	struct bytes part;

	(void)id;
	if (offset == 0 && file_render(file) < 0) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	part = bytes_slice(buf_bytes(&file->content), offset, size);
	fuse_reply_buf(req, (const char *)part.data, part.len);
}

void role_file_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *info)
{
	(void)id;
	file_close(ids_file_of(info->fh));
	fuse_reply_err(req, 0);
}

void role_file_poll(
	fuse_req_t req, fuse_ino_t id, struct fuse_file_info *info, struct fuse_pollhandle *poll)
{
	struct role_open *file = ids_file_of(info->fh);
	unsigned events = POLLIN | POLLRDNORM;

	(void)id;
	lock_take(&file->files->lock);
	if (file->changes != file->files->changes)
		events |= POLLPRI | POLLERR;
	if (poll) {
		struct fuse_pollhandle *old = file->poll;
		file->poll = poll;
		poll = old;
	}
	lock_drop(&file->files->lock);
	poll_drop(poll);
	fuse_reply_poll(req, events);
}
