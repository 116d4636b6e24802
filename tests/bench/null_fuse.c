/* The floor of any FUSE filesystem: answers the same requests as etcdfs does, at once, from memory.
 */
/*
 * null_fuse MOUNTPOINT [kept]
 *	until SIGTERM, SIGINT or umount. As in etcdfs the kernel caches nothing, files use direct
 *I/O, one thread reads the requests, and files that were opened to read are not flushed. Nodes are
 *never freed: a mount lives for one row of the bench. With "kept" the kernel keeps all that it has
 *read, as it does of etcdfs' past.
 */
#include <bsd/sys/tree.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

enum {
	KEEP_S = 24 * 3600,
};

struct node {
	RB_ENTRY(node) by_name;
	TAILQ_ENTRY(node) sibling;
	TAILQ_HEAD(, node) children;
	struct node *parent;
	char *name;
	mode_t mode;
	char *data;
	size_t size, room;
};

static int compare(struct node *a, struct node *b)
{
	if (a->parent != b->parent)
		return (uintptr_t)a->parent < (uintptr_t)b->parent ? -1 : 1;
	return strcmp(a->name, b->name);
}

RB_HEAD(names, node);
/* clang-format off */
RB_GENERATE_INTERNAL(names, node, by_name, compare, static __attribute__((unused)))
/* clang-format on */

static struct names names = RB_INITIALIZER(&names);
static double keep_s; /* how long the kernel keeps what it has read */
static struct node root = {
	.mode = S_IFDIR | 0755, .children = TAILQ_HEAD_INITIALIZER(root.children)};

/* --- Nodes --- */

static struct node *node_of(fuse_ino_t id)
{
	return id == FUSE_ROOT_ID ? &root : (void *)(uintptr_t)id;
}

static fuse_ino_t id_of(struct node *node)
{
	return node == &root ? FUSE_ROOT_ID : (uintptr_t)node;
}

static struct node *node_find(fuse_ino_t dir, const char *name)
{
	struct node wanted = {.parent = node_of(dir), .name = (char *)(uintptr_t)name};

	return RB_FIND(names, &names, &wanted);
}

static void node_place(struct node *node, fuse_ino_t dir, const char *name)
{
	node->parent = node_of(dir);
	node->name = strdup(name);
	if (!node->name)
		errx(1, "no memory");
	RB_INSERT(names, &names, node);
	TAILQ_INSERT_TAIL(&node->parent->children, node, sibling);
}

/* The name is not freed: who lists the directory may stand at it. */
static void node_displace(struct node *node)
{
	RB_REMOVE(names, &names, node);
	TAILQ_REMOVE(&node->parent->children, node, sibling);
}

static struct node *node_new(fuse_ino_t dir, const char *name, mode_t mode)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		errx(1, "no memory");
	node->mode = mode;
	TAILQ_INIT(&node->children);
	node_place(node, dir, name);
	return node;
}

static void node_grow(struct node *node, size_t size)
{
	if (size > node->room) {
		node->room = size * 2;
		node->data = realloc(node->data, node->room);
		if (!node->data)
			errx(1, "no memory");
	}
	if (size > node->size)
		memset(node->data + node->size, 0, size - node->size);
	node->size = size;
}

static struct stat node_status(struct node *node)
{
	return (struct stat){.st_ino = id_of(node),
		.st_mode = node->mode,
		.st_nlink = 1,
		.st_uid = getuid(),
		.st_gid = getgid(),
		.st_size = (off_t)node->size,
		.st_blksize = 4096};
}

static struct fuse_entry_param node_entry(struct node *node)
{
	return (struct fuse_entry_param){.ino = id_of(node),
		.attr = node_status(node),
		.attr_timeout = keep_s,
		.entry_timeout = keep_s};
}

/* --- Names --- */

static void null_init(void *userdata, struct fuse_conn_info *connection)
{
	(void)userdata;
	connection->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	connection->max_background = 1024;
	connection->congestion_threshold = 1024;
	connection->time_gran = 1;
}

static void reply_node(fuse_req_t request, struct node *node)
{
	struct fuse_entry_param entry = node_entry(node);

	fuse_reply_entry(request, &entry);
}

static void null_lookup(fuse_req_t request, fuse_ino_t dir, const char *name)
{
	struct node *node = node_find(dir, name);

	if (node)
		reply_node(request, node);
	else
		fuse_reply_err(request, ENOENT);
}

static void null_mkdir(fuse_req_t request, fuse_ino_t dir, const char *name, mode_t mode)
{
	reply_node(request, node_new(dir, name, S_IFDIR | mode));
}

static void null_unlink(fuse_req_t request, fuse_ino_t dir, const char *name)
{
	struct node *node = node_find(dir, name);

	if (node)
		node_displace(node);
	fuse_reply_err(request, node ? 0 : ENOENT);
}

static void null_rename(fuse_req_t request, fuse_ino_t dir, const char *name, fuse_ino_t to,
	const char *new_name, unsigned flags)
{
	struct node *node = node_find(dir, name), *old = node_find(to, new_name);

	(void)flags;
	if (node && node != old) {
		if (old)
			node_displace(old);
		node_displace(node);
		node_place(node, to, new_name);
	}
	fuse_reply_err(request, node ? 0 : ENOENT);
}

/* --- Attributes --- */

static void null_getattr(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
	struct stat status = node_status(node_of(id));

	(void)file;
	fuse_reply_attr(request, &status, keep_s);
}

static void null_setattr(fuse_req_t request, fuse_ino_t id, struct stat *wanted, int set,
	struct fuse_file_info *file)
{
	if (set & FUSE_SET_ATTR_SIZE)
		node_grow(node_of(id), (size_t)wanted->st_size);
	null_getattr(request, id, file);
}

static void null_getxattr(fuse_req_t request, fuse_ino_t id, const char *name, size_t size)
{
	(void)id, (void)name, (void)size;
	fuse_reply_err(request, EOPNOTSUPP);
}

static void null_listxattr(fuse_req_t request, fuse_ino_t id, size_t size)
{
	(void)id;
	if (size)
		fuse_reply_buf(request, NULL, 0);
	else
		fuse_reply_xattr(request, 0);
}

/* --- Directories --- */

static size_t add_entry(
	fuse_req_t request, char *buffer, size_t room, struct node *child, bool with_attributes)
{
	struct fuse_entry_param entry = node_entry(child);
	off_t at = (off_t)(uintptr_t)child;

	if (with_attributes)
		return fuse_add_direntry_plus(request, buffer, room, child->name, &entry, at);
	return fuse_add_direntry(request, buffer, room, child->name, &entry.attr, at);
}

/* @offset is the child that was listed last. */
static void list(
	fuse_req_t request, fuse_ino_t dir, size_t size, off_t offset, bool with_attributes)
{
	struct node *last = (void *)(uintptr_t)offset;
	struct node *child =
		last ? TAILQ_NEXT(last, sibling) : TAILQ_FIRST(&node_of(dir)->children);
	char *buffer = malloc(size);
	size_t used = 0, more;

	if (!buffer)
		errx(1, "no memory");
	for (; child; child = TAILQ_NEXT(child, sibling)) {
		more = add_entry(request, buffer + used, size - used, child, with_attributes);
		if (more > size - used)
			break;
		used += more;
	}
	fuse_reply_buf(request, buffer, used);
	free(buffer);
}

static void null_readdir(
	fuse_req_t request, fuse_ino_t dir, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)file;
	list(request, dir, size, offset, false);
}

static void null_readdirplus(
	fuse_req_t request, fuse_ino_t dir, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)file;
	list(request, dir, size, offset, true);
}

/* --- Files --- */

static void prepare_open(struct node *node, struct fuse_file_info *file)
{
	if (file->flags & O_TRUNC)
		node->size = 0;
	file->direct_io = keep_s == 0;
	file->keep_cache = file->cache_readdir = keep_s > 0;
	file->noflush = (file->flags & O_ACCMODE) == O_RDONLY;
}

static void null_open(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
	prepare_open(node_of(id), file);
	fuse_reply_open(request, file);
}

static void null_create(fuse_req_t request, fuse_ino_t dir, const char *name, mode_t mode,
	struct fuse_file_info *file)
{
	struct node *node = node_find(dir, name);
	struct fuse_entry_param entry;

	if (!node)
		node = node_new(dir, name, S_IFREG | mode);
	prepare_open(node, file);
	entry = node_entry(node);
	fuse_reply_create(request, &entry, file);
}

static void null_read(
	fuse_req_t request, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	struct node *node = node_of(id);
	size_t from = (size_t)offset < node->size ? (size_t)offset : node->size;

	(void)file;
	fuse_reply_buf(request, node->data ? node->data + from : NULL,
		size < node->size - from ? size : node->size - from);
}

static void null_write(fuse_req_t request, fuse_ino_t id, const char *data, size_t size,
	off_t offset, struct fuse_file_info *file)
{
	struct node *node = node_of(id);
	size_t end = (size_t)offset + size;

	(void)file;
	node_grow(node, end > node->size ? end : node->size);
	memcpy(node->data + offset, data, size);
	fuse_reply_write(request, size);
}

/* Of flush, release and releasedir. */
static void null_done(fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id, (void)file;
	fuse_reply_err(request, 0);
}

static void null_fsync(fuse_req_t request, fuse_ino_t id, int datasync, struct fuse_file_info *file)
{
	(void)datasync;
	null_done(request, id, file);
}

static void null_flock(
	fuse_req_t request, fuse_ino_t id, struct fuse_file_info *file, int operation)
{
	(void)operation;
	null_done(request, id, file);
}

static const struct fuse_lowlevel_ops operations = {
	.init = null_init,
	.lookup = null_lookup,
	.getattr = null_getattr,
	.setattr = null_setattr,
	.mkdir = null_mkdir,
	.unlink = null_unlink,
	.rmdir = null_unlink,
	.rename = null_rename,
	.open = null_open,
	.create = null_create,
	.read = null_read,
	.write = null_write,
	.flush = null_done,
	.fsync = null_fsync,
	.flock = null_flock,
	.release = null_done,
	.opendir = null_open,
	.readdir = null_readdir,
	.readdirplus = null_readdirplus,
	.releasedir = null_done,
	.getxattr = null_getxattr,
	.listxattr = null_listxattr,
};

int main(int argc, char **argv)
{
	char mount_options[] = "fsname=null,subtype=null,nosuid,nodev,noatime";
	char *options[] = {argv[0], (char[]){"-o"}, mount_options};
	struct fuse_args args = FUSE_ARGS_INIT(3, options);
	struct fuse_session *session;

	keep_s = argc == 3 && strcmp(argv[2], "kept") == 0 ? KEEP_S : 0;
	if (argc != 2 && !keep_s)
		errx(2, "usage: null_fuse MOUNTPOINT [kept]");
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session || fuse_set_signal_handlers(session) < 0 ||
		fuse_session_mount(session, argv[1]) < 0)
		errx(1, "%s: no mount", argv[1]);
	fuse_session_loop(session);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
	return 0;
}
