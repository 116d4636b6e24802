/*
 * A path is walked in two parts. Above the mount there may be links, so it is resolved name by name
 * until a mount of ours is reached. On the mount there are none: from there on the names alone say
 * where it leads, and nothing is looked up. So a name that does not exist (yet) has a key too, and
 * an etcd that is down is not waited for.
 *
 * Where only a part of a mount is mounted (mount --bind), mountinfo says which part it is, and the
 * prefix is the key of its root without the key of that part.
 */
#include "supervisor/tool/key_path.h"

#include "fs/base/mountinfo.h"
#include "fs/fs.h"
#include "supervisor/data/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define GONE "//deleted" /* at the end of a mount's root */
#define KEY_XATTR "user.etcd.key"

struct place {
	struct mountinfo mount;
	struct buf path;   /* absolute and without links; a NUL follows it */
	struct buf prefix; /* of the keys of the whole mount */
	struct buf part;   /* the path of the mounted part: empty, or with a '/' at its end */
};

static void place_cleanup(struct place *place)
{
	buf_fini(&place->path);
	buf_fini(&place->prefix);
	buf_fini(&place->part);
}

/* --- Where a path leads ---------------------------------------------------------------------- */

static bool is_ours(const struct mountinfo *mount)
{
	return strcmp(mount->type, MOUNTINFO_ETCDFS) == 0;
}

static int path_set(struct buf *path, const char *text)
{
	int error;

	buf_clear(path);
	error = buf_append(path, text, strlen(text) + 1);
	path->len -= error ? 0 : 1;
	return error;
}

static int path_enter(struct buf *path, const char *name, size_t len)
{
	CLEANUP(free) char *longer = NULL;
	char *slash;

	if (len == 1 && name[0] == '.')
		return 0;
	if (len == 2 && !memcmp(name, "..", 2)) {
		slash = strrchr((char *)path->data, '/');
		*(slash ? slash : (char *)path->data) = '\0';
		path->len = strlen((char *)path->data);
		return 0;
	}
	if (asprintf(&longer, "%s/%.*s", (char *)path->data, (int)len, name) < 0)
		return -ENOMEM;
	return path_set(path, longer);
}

/* Finds the mount at the path; on a mount that is not ours, resolves a link. */
static int place_look(struct place *place)
{
	const char *path = place->path.len ? (char *)place->path.data : "/";
	CLEANUP(free) char *real = NULL;

	if (mountinfo_find_around(path, &place->mount) && is_ours(&place->mount))
		return 0;
	real = realpath(path, NULL);
	if (!real)
		return errno == ENOMEM ? -ENOMEM : 0;
	mountinfo_find_around(real, &place->mount);
	return path_set(&place->path, strcmp(real, "/") ? real : "");
}

static int place_walk(struct place *place, const char *path)
{
	int error = path_set(&place->path, "");

	while (*path && !error) {
		size_t len = strcspn(path, "/");
		if (len)
			error = path_enter(&place->path, path, len);
		if (len && !error)
			error = place_look(place);
		path += len + strspn(path + len, "/");
	}
	return error;
}

/* --- Which keys are there -------------------------------------------------------------------- */

/* The root of a mount without a prefix has no such attribute. */
static int read_key(const char *mountpoint, struct buf *ret, struct refusal *refusal)
{
	ssize_t len = getxattr(mountpoint, KEY_XATTR, NULL, 0);
	int error;

	if (len < 0 && errno == ENODATA)
		return 0;
	if (len < 0)
		return refuse(refusal, "mountpoint %s: %m", mountpoint);
	error = buf_resize(ret, len);
	if (!error && len && getxattr(mountpoint, KEY_XATTR, ret->data, len) != len)
		return refuse(refusal, "mountpoint %s: another one is mounted now", mountpoint);
	return error;
}

/* Whether the kernel shows the root as removed; no name contains a slash, so no other root looks
 * so. */
static bool is_gone(const char *root)
{
	size_t length = strlen(root), tail = strlen(GONE);

	return length >= tail && strcmp(root + length - tail, GONE) == 0;
}

static int place_read_prefix(struct place *place, struct refusal *refusal)
{
	CLEANUP(buf) struct buf path = {0}, key = {0};
	const char *part = place->mount.root + 1, *mountpoint = place->mount.mountpoint;
	int error;

	if (is_gone(place->mount.root))
		return refuse(
			refusal, "mountpoint %s: what is mounted there was removed", mountpoint);
	error = read_key(mountpoint, &place->prefix, refusal);
	if (error)
		return error;
	if (*part)
		error = buf_printf(&place->part, "%s/", part);
	if (!error)
		error = buf_printf(&path, "%s%s%%empty", part, *part ? "/" : "");
	if (!error)
		error = fs_key_of_path(buf_bytes(&path), &key);
	if (error == -ENOMEM)
		return error;
	if (error || key.len > place->prefix.len)
		return refuse(refusal, "mountpoint %s: no key is of this part", mountpoint);
	place->prefix.len -= key.len;
	return 0;
}

static int place_find(struct place *place, const char *path, struct refusal *refusal)
{
	CLEANUP(free) char *absolute = NULL;
	CLEANUP(free) char *cwd = getcwd(NULL, 0);
	int error;

	if (!cwd)
		return refuse(refusal, "the current directory: %m");
	absolute = path_absolute(cwd, path);
	error = absolute ? place_walk(place, absolute) : -ENOMEM;
	if (error)
		return error;
	if (!is_ours(&place->mount))
		return refuse(refusal, "'%s' is on no mount of etcdfs", path);
	return place_read_prefix(place, refusal);
}

/* --- etcdfs --key, etcdfs --path ------------------------------------------------------------- */

static int write_line(struct bytes head, struct bytes tail, struct refusal *refusal)
{
	fwrite(head.data, 1, head.len, stdout);
	fwrite(tail.data, 1, tail.len, stdout);
	fputc('\n', stdout);
	return fflush(stdout) == EOF ? refuse(refusal, "the standard output: %m") : 0;
}

/* A path with a slash at its end is a directory's, and its key is the common beginning of the keys
 * in it, which is the key of its marker. The mountpoint is such a path too. */
static int place_key(struct place *place, bool is_dir, struct buf *ret)
{
	CLEANUP(buf) struct buf path = {0};
	const char *below = (char *)place->path.data + strlen(place->mount.mountpoint);
	int error = buf_append_bytes(&path, buf_bytes(&place->part));

	below += strspn(below, "/");
	if (!error)
		error = buf_printf(&path, "%s", below);
	if (!error && (is_dir || !*below))
		error = buf_printf(&path, "%s%%empty", *below ? "/" : "");
	return error ? error : fs_key_of_path(buf_bytes(&path), ret);
}

int key_path_write_key(const struct options *options, struct refusal *refusal)
{
	CLEANUP(place) struct place place = {0};
	CLEANUP(buf) struct buf key = {0};
	const char *path = options->path;
	int error = place_find(&place, path, refusal);

	if (error)
		return error;
	error = place_key(&place, *path && path[strlen(path) - 1] == '/', &key);
	if (error == -EINVAL)
		return refuse(refusal, "'%s' is the path of no key", path);
	if (error == -ENAMETOOLONG)
		return refuse(refusal, "'%s': a name has 255 bytes at most", path);
	return error ? error : write_line(buf_bytes(&place.prefix), buf_bytes(&key), refusal);
}

/* Takes the argument, or for "-" the standard input without the newline at its end. */
static int read_argument(const char *argument, struct buf *ret, struct refusal *refusal)
{
	int byte;

	if (strcmp(argument, "-"))
		return buf_append_bytes(ret, bytes_of(argument));
	while ((byte = getchar()) != EOF)
		if (buf_append_byte(ret, byte) < 0)
			return -ENOMEM;
	if (ferror(stdin))
		return refuse(refusal, "the standard input: %m");
	ret->len -= ret->len && ret->data[ret->len - 1] == '\n';
	return 0;
}

/* The path below the mountpoint. */
static int place_path(
	const struct place *place, struct bytes key, struct buf *ret, struct refusal *refusal)
{
	struct bytes prefix = buf_bytes(&place->prefix), part = buf_bytes(&place->part);
	int error;

	if (!key.len)
		return refuse(refusal, "the key is empty: etcd has none that is");
	if (!bytes_has_prefix(key, prefix))
		return refuse(refusal, "the key does not begin with '%.*s', as those of %s do",
			(int)prefix.len, (char *)prefix.data, place->mount.mountpoint);
	key = (struct bytes){key.data + prefix.len, key.len - prefix.len};
	error = fs_path_of_key(key, ret);
	if (error == -EINVAL)
		return refuse(refusal, "the key is etcdfs' own, and no file of %s",
			place->mount.mountpoint);
	if (!error && !bytes_has_prefix(buf_bytes(ret), part))
		return refuse(refusal, "the key is not in the part of a mount that is on %s",
			place->mount.mountpoint);
	if (!error)
		buf_consume(ret, part.len);
	return error;
}

/* If a directory has the name, the value has a name inside it. */
static int value_suffix(
	const char *mountpoint, const struct buf *path, const char **ret, struct refusal *refusal)
{
	CLEANUP(free) char *full = NULL;
	struct stat stat;
	int r;

	*ret = "";
	if (asprintf(&full, "%s/%.*s", mountpoint, (int)path->len, path->data) < 0)
		return -ENOMEM;
	r = lstat(full, &stat);
	if (r < 0 && errno == ETIMEDOUT)
		return refuse(refusal, "mountpoint %s: %m", mountpoint);
	if (r == 0 && S_ISDIR(stat.st_mode))
		*ret = "/%value";
	return 0;
}

int key_path_write_path(const struct options *options, struct refusal *refusal)
{
	CLEANUP(place) struct place place = {0};
	CLEANUP(buf) struct buf key = {0}, path = {0}, line = {0};
	const char *mountpoint = options->mountpoint ? options->mountpoint : ".", *suffix = "";
	int error = place_find(&place, mountpoint, refusal);

	if (!error)
		error = read_argument(options->key, &key, refusal);
	if (!error)
		error = place_path(&place, buf_bytes(&key), &path, refusal);
	if (!error)
		error = value_suffix(place.mount.mountpoint, &path, &suffix, refusal);
	if (!error)
		error = buf_printf(&line, "%s/", place.mount.mountpoint);
	if (!error)
		error = buf_append_bytes(&line, buf_bytes(&path));
	return error ? error : write_line(buf_bytes(&line), bytes_of(suffix), refusal);
}
