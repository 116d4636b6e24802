/*
 * The order: first checks that change nothing (the device, etcd, the mountpoint), so that a refusal
 * leaves no trace; then the data directory and its lock, which decides who may go on; then the run
 * directory; then the remains of an earlier run are removed.
 */
#include "supervisor/setup.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"
#include "supervisor/config/config_blame.h"
#include "supervisor/data/membership.h"
#include "supervisor/mount/given_device.h"
#include "supervisor/mount/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define GOING_MS 5000 /* how long an earlier run may take to unmount */
#define TAKEN_AWAY_MAX 100
#define PERHAPS_MS 2000 /* the same, when it is not known whether it is ending */

static int check_device(struct refusal *refusal)
{
	CLEANUP(fd) int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return refuse(refusal,
			"there is no /dev/fuse: load the kernel module (modprobe fuse), "
			"or give the container the device");
	return refuse(refusal, "/dev/fuse: %m");
}

int setup_choose_paths(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	struct paths_user user;

	paths_user_init(&user, setup->cwd);
	return paths_init(&setup->paths, &options->config, &user, refusal);
}

static int refuse_inside(
	const struct setup *setup, const char *what, const char *dir, struct refusal *refusal)
{
	CLEANUP(free) char *resolved = path_resolve(dir);

	if (!resolved)
		return -ENOMEM;
	if (!path_is_below(resolved, setup->mountpoint))
		return 0;
	return refuse(refusal, "mountpoint %s: the %s %s is inside of it", setup->mountpoint, what,
		resolved);
}

int setup_check_inside(const struct setup *setup, struct refusal *refusal)
{
	int error;

	if (!setup->starts_etcd)
		return 0;
	error = refuse_inside(setup, "data directory", setup->paths.data_dir, refusal);
	if (!error)
		error = refuse_inside(setup, "run directory", setup->paths.run_dir, refusal);
	return error;
}

/* An etcdfs that was killed, or was told to end, may still be unmounting. Without a data directory
 * nothing records that. */
static int check_mounted(struct setup *setup, const char *path, enum mountpoint_state *state,
	struct refusal *refusal)
{
	struct datalock_record record;
	int error = 0;

	if (!setup->starts_etcd)
		error = mountpoint_wait(path, PERHAPS_MS, state, refusal);
	else if (datalock_is_going(setup->paths.data_dir, &record) &&
		 !strcmp(record.mountpoint, setup->mountpoint))
		error = mountpoint_wait(path, GOING_MS, state, refusal);
	if (!error && *state == MOUNTPOINT_MOUNTED)
		return refuse(refusal, "mountpoint %s: an etcdfs is mounted there already",
			setup->mountpoint);
	return error;
}

static int check_mountpoint(struct setup *setup, const char *path, enum mountpoint_state *ret_state,
	struct refusal *refusal)
{
	int error = mountpoint_check(path, ret_state, setup->mountpoint, refusal);

	if (!error && *ret_state == MOUNTPOINT_MOUNTED)
		error = check_mounted(setup, path, ret_state, refusal);
	return error;
}

/* An etcdfs that was killed several times may have left several dead mounts on top of each
 * other. */
static int clear_mountpoint(
	struct setup *setup, enum mountpoint_state state, struct refusal *refusal)
{
	int error = 0;

	while (!error && state == MOUNTPOINT_DEAD) {
		error = mountpoint_clear(setup->mountpoint, refusal);
		if (!error)
			error = check_mountpoint(setup, setup->mountpoint, &state, refusal);
	}
	return error;
}

/* A first start that fails removes the directory that it has made, perhaps while we wait for its
 * lock. */
static int take_directory(struct setup *setup, struct datalock *lock, const char *what,
	const char *dir, int (*make)(struct paths *paths, struct refusal *refusal),
	struct refusal *refusal)
{
	int tries, error = -ENOENT;

	for (tries = 0; error == -ENOENT && tries < TAKEN_AWAY_MAX; tries++) {
		error = make(&setup->paths, refusal);
		if (!error)
			error = datalock_take(lock, what, dir, setup->mountpoint, refusal);
	}
	if (error == -ENOENT)
		return refuse(refusal, "cannot make the %s %s: %s", what, dir, strerror(ENOENT));
	return error;
}

static int take_directories(struct setup *setup, struct refusal *refusal)
{
	struct paths *paths = &setup->paths;
	int error;

	if (!setup->starts_etcd)
		return 0;
	error = take_directory(setup, &setup->data_lock, "data directory", paths->data_dir,
		paths_make_data_dir, refusal);
	if (!error)
		error = take_directory(setup, &setup->run_lock, "run directory", paths->run_dir,
			paths_make_run_dir, refusal);
	return error;
}

/* etcd's working directory is another than the one that its program's name is relative to. */
int setup_find_etcd(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	const char *binary = config_etcd(&options->config, "binary");
	int error = etcd_version_ask(binary ? binary : "etcd", &setup->version, refusal);
	char *path;

	if (error)
		return error;
	path = path_absolute(setup->cwd, setup->version.path);
	if (!path)
		return -ENOMEM;
	free(setup->version.path);
	setup->version.path = path;
	return 0;
}

static int check_record(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	const char *given = config_etcd(&options->config, "wal-dir");
	CLEANUP(free) char *wal_dir = NULL;
	int error;

	if (given && *given) {
		wal_dir = path_absolute(setup->cwd, given);
		if (!wal_dir)
			return -ENOMEM;
	}
	error = data_record_init(&setup->record, setup->paths.data_dir, wal_dir);
	if (error)
		return error;
	/* A node that joins is a new member, whatever has run there before. */
	if (config_etcd(&options->config, "join"))
		return 0;
	return data_record_check(
		&setup->record, setup->paths.data_dir, setup->cmd.has_many_members, refusal);
}

int setup_make_command(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	int error = etcd_cmd_init(
		&setup->cmd, &options->config, &setup->paths, &setup->version, setup->cwd, refusal);

	if (!error)
		error = check_record(setup, options, refusal);
	if (!error)
		error = etcd_cmd_environment(environ, &setup->environment);
	return error;
}

int setup_choose_etcd(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	int error = remote_cluster_check(&options->config, refusal);

	if (error)
		return error;
	setup->starts_etcd = !remote_cluster_is_given(&options->config);
	if (remote_cluster_address(&options->config))
		error = remote_cluster_init(&setup->cluster, &options->config, setup->cwd, refusal);
	if (!error && setup->starts_etcd)
		error = setup_choose_paths(setup, options, refusal);
	if (setup->starts_etcd)
		setup->etcd.endpoints = setup->paths.endpoint;
	else
		setup->etcd = setup->cluster.etcd;
	return error;
}

static int look_at_mount(struct setup *setup, const struct options *options,
	enum mountpoint_state *ret_state, struct refusal *refusal)
{
	int error;

	*ret_state = MOUNTPOINT_FREE;
	if (options->fuse_fd)
		return given_device_take(options->fuse_fd, options->mountpoint, setup->mountpoint,
			&setup->device, refusal);
	error = check_mountpoint(setup, options->mountpoint, ret_state, refusal);
	return error ? error : check_device(refusal);
}

static int look(struct setup *setup, const struct options *options,
	enum mountpoint_state *ret_state, struct refusal *refusal)
{
	int error;

	error = setup_choose_etcd(setup, options, refusal);
	if (!error)
		error = look_at_mount(setup, options, ret_state, refusal);
	if (!error && setup->starts_etcd)
		error = setup_find_etcd(setup, options, refusal);
	if (!error && setup->starts_etcd)
		error = setup_make_command(setup, options, refusal);
	return error;
}

int setup_begin(struct setup *setup, struct refusal *refusal)
{
	*setup = (struct setup){.data_lock.fd = -1, .run_lock.fd = -1, .device = -1};
	if (!getcwd(setup->cwd, sizeof(setup->cwd)))
		return refuse(refusal, "the current directory: %m");
	return 0;
}

int setup_init(struct setup *setup, const struct options *options, struct refusal *refusal)
{
	enum mountpoint_state state;
	int error = setup_begin(setup, refusal);

	if (!error)
		error = look(setup, options, &state, refusal);
	if (!error)
		error = clear_mountpoint(setup, state, refusal);
	if (!error)
		error = setup_check_inside(setup, refusal);
	if (!error)
		error = take_directories(setup, refusal);
	if (!error)
		error = membership_check(&options->config, setup->paths.data_dir, refusal);
	if (!error && config_forces_new_cluster(&options->config))
		log_warning("force-new-cluster: this member becomes a cluster of its own; never "
			    "start one of the others with the data that it has");
	/* From here on our working directory keeps no mount busy that somebody may want to
	 * unmount. */
	if (!error && chdir("/") < 0)
		error = refuse(refusal, "/: %m");
	return error;
}

/* We remove only what we have locked; the lock goes last. */
void setup_fini(struct setup *setup)
{
	if (setup->run_lock.fd >= 0)
		paths_remove_run_dir(&setup->paths);
	if (setup->data_lock.fd >= 0)
		paths_remove_new_data_dir(&setup->paths);
	datalock_drop(&setup->run_lock);
	datalock_drop(&setup->data_lock);
	strv_fini(&setup->environment);
	etcd_cmd_fini(&setup->cmd);
	etcd_version_fini(&setup->version);
	data_record_fini(&setup->record);
	paths_fini(&setup->paths);
	remote_cluster_fini(&setup->cluster);
}

/* The locks record the mountpoint, for a start that is refused because of them, and for leave.c. */
void setup_move(struct setup *setup, const char *mountpoint)
{
	snprintf(setup->mountpoint, sizeof(setup->mountpoint), "%s", mountpoint);
	if (setup->ends) {
		setup_end(setup);
		return;
	}
	datalock_note(&setup->data_lock, mountpoint);
	datalock_note(&setup->run_lock, mountpoint);
}

void setup_end(struct setup *setup)
{
	setup->ends = true;
	datalock_end(&setup->data_lock, setup->mountpoint);
	datalock_end(&setup->run_lock, setup->mountpoint);
}

/* The initial-cluster that etcd was started with; NULL if it uses a discovery service. */
static const char *initial_cluster_of(const struct etcd_cmd *cmd)
{
	static const char flag[] = "--initial-cluster=";
	size_t i;

	for (i = 0; i < cmd->argv.count; i++)
		if (!strncmp(cmd->argv.items[i], flag, strlen(flag)))
			return cmd->argv.items[i] + strlen(flag);
	return NULL;
}

void setup_remember(const struct setup *setup, const struct config *config)
{
	const struct config_flag *given = config_blame_find(config, "--initial-cluster");
	char where[PATH_MAX + 160];

	if (!data_record_note(&setup->record, initial_cluster_of(&setup->cmd)) || !given)
		return;
	config_blame_where(config, given, where, sizeof(where));
	log_warning("%snot that of the run before, and ignored: etcd goes by the members that the "
		    "data directory %s remembers",
		where, setup->paths.data_dir);
}
