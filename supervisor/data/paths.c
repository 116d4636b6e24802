#include "supervisor/data/paths.h"

#include "fs/base/cleanup.h"
#include "supervisor/data/datalock.h"
#include "supervisor/data/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_PATH_MAX sizeof(((struct sockaddr_un *)0)->sun_path)

char *path_absolute(const char *cwd, const char *path)
{
	char *joined;

	if (path[0] == '/')
		return strdup(path);
	return asprintf(&joined, "%s/%s", strcmp(cwd, "/") ? cwd : "", path) < 0 ? NULL : joined;
}

/* realpath() resolves the part that exists; the rest is appended again. */
char *path_resolve(const char *path)
{
	CLEANUP(free) char *head = strdup(path);
	CLEANUP(free) char *real = NULL;
	char *joined;
	size_t length;

	if (!head)
		return NULL;
	length = strlen(head);
	while (!(real = realpath(head, NULL)) && length > 1) {
		while (length > 1 && head[length - 1] == '/')
			length--;
		while (length > 1 && head[length - 1] != '/')
			length--;
		head[length] = '\0';
	}
	if (!real)
		return strdup(path);
	path += length;
	path += strspn(path, "/");
	if (!*path)
		return STEAL(real);
	if (asprintf(&joined, "%s/%s", strcmp(real, "/") ? real : "", path) < 0)
		return NULL;
	return joined;
}

bool path_is_below(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	if (!strcmp(dir, "/"))
		return true;
	return !strncmp(path, dir, length) && (path[length] == '/' || !path[length]);
}

/* In the initial user namespace all ids are mapped to themselves. */
static bool is_in_namespace(void)
{
	unsigned int inside, outside, count;
	FILE *file = fopen("/proc/self/uid_map", "re");
	bool is_map = file && fscanf(file, "%u %u %u", &inside, &outside, &count) == 3;

	if (file)
		fclose(file);
	return is_map && (inside || outside || count != UINT32_MAX);
}

void paths_user_init(struct paths_user *user, const char *cwd)
{
	*user = (struct paths_user){
		.is_root = geteuid() == 0,
		.in_namespace = is_in_namespace(),
		.uid = geteuid(),
		.cwd = cwd,
		.home = getenv("HOME"),
		.state_home = getenv("XDG_STATE_HOME"),
		.runtime_dir = getenv("XDG_RUNTIME_DIR"),
	};
}

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

/* Root has the system's directories. The root of a user namespace may be an ordinary user, who
 * cannot write there; then XDG_RUNTIME_DIR is set, as it is for every user who has logged in. */
static bool has_system_run_dir(const struct paths_user *user)
{
	return user->is_root && !(user->in_namespace && is_absolute(user->runtime_dir));
}

static bool has_system_data_dir(const struct paths_user *user)
{
	return has_system_run_dir(user) && !(user->in_namespace && is_absolute(user->state_home));
}

static int choose_data_dir(struct paths *paths, const struct config *config,
	const struct paths_user *user, struct refusal *refusal)
{
	const char *given = config_etcd(config, "data-dir"), *name = config_name(config);
	int length;

	if (given && !*given)
		return refuse_key(refusal, "etcd", "data-dir", "the value is empty");
	if (given) {
		paths->data_dir = path_absolute(user->cwd, given);
		return paths->data_dir ? 0 : -ENOMEM;
	}
	if (has_system_data_dir(user))
		length = asprintf(&paths->data_dir, "/var/lib/etcdfs/%s", name);
	else if (is_absolute(user->state_home))
		length = asprintf(&paths->data_dir, "%s/etcdfs/%s", user->state_home, name);
	else if (is_absolute(user->home))
		length = asprintf(&paths->data_dir, "%s/.local/state/etcdfs/%s", user->home, name);
	else
		return refuse(refusal, "no place for the data: neither HOME nor XDG_STATE_HOME is "
				       "set; give one with -e data-dir=DIR");
	return length < 0 ? -ENOMEM : 0;
}

char *paths_run_base(const struct paths_user *user)
{
	char *base;
	int length;

	if (has_system_run_dir(user))
		return strdup("/run/etcdfs");
	if (is_absolute(user->runtime_dir))
		length = asprintf(&base, "%s/etcdfs", user->runtime_dir);
	else
		length = asprintf(&base, "/run/user/%u/etcdfs", user->uid);
	return length < 0 ? NULL : base;
}

static int name_run_dir(
	struct paths *paths, const struct config *config, const struct paths_user *user)
{
	const char *given = config_etcd(config, "run-dir");
	CLEANUP(free) char *base = NULL;

	paths->keeps_parent = given;
	if (given) {
		paths->run_dir = path_absolute(user->cwd, given);
		return paths->run_dir ? 0 : -ENOMEM;
	}
	base = paths_run_base(user);
	if (!base || asprintf(&paths->run_dir, "%s/%s", base, config_name(config)) < 0)
		return -ENOMEM;
	return 0;
}

static int choose_run_dir(struct paths *paths, const struct config *config,
	const struct paths_user *user, struct refusal *refusal)
{
	int error = name_run_dir(paths, config, user);

	if (error)
		return error;
	if (asprintf(&paths->endpoint, "unix://%s/" PATHS_CLIENT, paths->run_dir) < 0)
		return -ENOMEM;
	if (strlen(paths->run_dir) + sizeof("/" PATHS_CLIENT) > SOCKET_PATH_MAX)
		return refuse(refusal,
			"the socket's path %s/" PATHS_CLIENT " is too long: at most %zu bytes",
			paths->run_dir, SOCKET_PATH_MAX - 1);
	return 0;
}

int paths_init(struct paths *paths, const struct config *config, const struct paths_user *user,
	struct refusal *refusal)
{
	int error;

	*paths = (struct paths){0};
	error = choose_data_dir(paths, config, user, refusal);
	if (!error)
		error = choose_run_dir(paths, config, user, refusal);
	return error;
}

void paths_fini(struct paths *paths)
{
	free(paths->data_dir);
	free(paths->run_dir);
	free(paths->endpoint);
	*paths = (struct paths){0};
}

/* Makes the directories above @path. */
static int make_parents(const char *path)
{
	CLEANUP(free) char *copy = strdup(path);
	char *slash;

	if (!copy)
		return -ENOMEM;
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int refuse_dir(struct refusal *refusal, const char *path, int error)
{
	return refuse(refusal, "cannot make the directory %s: %s", path, strerror(-error));
}

/* Another etcdfs that is ending may remove the parent between our two steps. */
static int make_with_parents(const char *path, bool *ret_made)
{
	int tries, error = 0;

	for (tries = 0; tries < 100; tries++) {
		error = make_parents(path);
		if (error && error != -ENOENT)
			return error;
		if (!error && mkdir(path, 0700) == 0) {
			*ret_made = true;
			return 0;
		}
		if (!error && errno == EEXIST)
			return 0;
		error = error ? error : -errno;
		if (error != -ENOENT)
			return error;
	}
	return error;
}

/* Whether nobody else has anything in it, or an etcdfs or an etcd has used it. */
static bool is_ours(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool alone = dir, used = false;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		used |= !strcmp(name, DATALOCK_FILE) || !strcmp(name, "member");
		alone &= !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "lost+found");
	}
	if (dir)
		closedir(dir);
	return alone || used;
}

/* Whether it can be used. *ret is its stat. One that is open to others is closed to them, so it
 * must not be theirs as well, as /tmp is. */
static int check_dir(const char *path, struct stat *ret, struct refusal *refusal)
{
	if (stat(path, ret) < 0)
		return errno == ENOENT ? -ENOENT : refuse_dir(refusal, path, -errno);
	if (!S_ISDIR(ret->st_mode))
		return refuse(refusal, "%s is no directory", path);
	if (ret->st_uid != geteuid())
		return refuse(refusal, "the directory %s belongs to somebody else (uid %u)", path,
			ret->st_uid);
	if (ret->st_mode & 077 && !is_ours(path))
		return refuse(refusal,
			"the directory %s is not etcdfs's alone: it has other files, and others "
			"may enter it",
			path);
	return 0;
}

/* Whether a directory that does not exist can be made: where the path ends that does exist. */
static int check_parents(const char *path, struct refusal *refusal)
{
	CLEANUP(free) char *parent = strdup(path);
	char *slash;

	if (!parent)
		return -ENOMEM;
	while ((slash = strrchr(parent, '/')) && slash > parent) {
		*slash = '\0';
		if (access(parent, W_OK | X_OK) == 0)
			break;
		if (errno != ENOENT)
			return refuse_dir(refusal, path, -errno);
	}
	return 0;
}

static int make_dir(const char *path, bool *ret_made, struct refusal *refusal)
{
	struct stat st;
	int error = make_with_parents(path, ret_made);

	if (error)
		return refuse_dir(refusal, path, error);
	error = check_dir(path, &st, refusal);
	if (error)
		return error;
	if (st.st_mode & 077 && chmod(path, 0700) < 0)
		return refuse_dir(refusal, path, -errno);
	return 0;
}

int paths_check_dir(const char *path, struct refusal *refusal)
{
	struct stat st;
	int error = check_dir(path, &st, refusal);

	return error == -ENOENT ? check_parents(path, refusal) : error;
}

int paths_make_data_dir(struct paths *paths, struct refusal *refusal)
{
	return make_dir(paths->data_dir, &paths->made_data_dir, refusal);
}

int paths_make_run_dir(struct paths *paths, struct refusal *refusal)
{
	bool made = false;
	int error = make_dir(paths->run_dir, &made, refusal);

	paths->keeps_run_dir = paths->keeps_parent && !made;
	return error;
}

void paths_clear_sockets(const struct paths *paths)
{
	file_remove_in(paths->run_dir, PATHS_CLIENT);
	file_remove_in(paths->run_dir, PATHS_PEER);
}

bool paths_is_leaving(const struct paths *paths)
{
	return file_is_in(paths->run_dir, PATHS_LEAVING);
}

/* Removes the directory that all members share, if this was the last one. */
static void remove_parent(const char *dir)
{
	CLEANUP(free) char *parent = strdup(dir);
	char *slash = parent ? strrchr(parent, '/') : NULL;

	if (!slash)
		return;
	*slash = '\0';
	rmdir(parent);
}

void paths_remove_run_dir(const struct paths *paths)
{
	paths_clear_sockets(paths);
	file_remove_in(paths->run_dir, PATHS_LEAVING);
	file_remove_in(paths->run_dir, DATALOCK_FILE);
	if (!paths->keeps_run_dir && rmdir(paths->run_dir) == 0 && !paths->keeps_parent)
		remove_parent(paths->run_dir);
}

void paths_remove_new_data_dir(const struct paths *paths)
{
	if (!paths->made_data_dir || file_is_in(paths->data_dir, "member"))
		return;
	file_remove_in(paths->data_dir, PATHS_JOINED);
	file_remove_in(paths->data_dir, DATALOCK_FILE);
	rmdir(paths->data_dir);
}
