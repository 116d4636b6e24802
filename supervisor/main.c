/* etcdfs: starts etcd and mounts its keyspace as a tree of files. */
#include "fs/api/protocol.h"
#include "fs/base/cleanup.h"
#include "fs/base/log.h"
#include "fs/base/mountinfo.h"
#include "fs/etcd/etcd.h"
#include "fs/fs.h"
#include "supervisor/check.h"
#include "supervisor/config/help.h"
#include "supervisor/config/mount_helper.h"
#include "supervisor/config/options.h"
#include "supervisor/mount/mount_namespace.h"
#include "supervisor/mount/remount.h"
#include "supervisor/service.h"
#include "supervisor/setup.h"
#include "supervisor/supervisor.h"
#include "supervisor/tool/key_path.h"
#include "supervisor/tool/leave.h"
#include "supervisor/tool/lock_command.h"
#include "supervisor/tool/unmount_dead.h"
#include "supervisor/upgrade.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int report(const struct options *options, int error, const struct refusal *refusal)
{
	log_error("%s", error == REFUSED ? refusal->text : strerror(-error));
	if (!options->call.is_helper)
		return 1;
	return error == REFUSED ? MOUNT_HELPER_FAILED : MOUNT_HELPER_SYSTEM;
}

static int report_usage(const struct options *options, int error, const struct refusal *refusal)
{
	int status = report(options, error, refusal);

	if (!options->call.is_helper)
		return 2;
	return status == MOUNT_HELPER_FAILED ? MOUNT_HELPER_USAGE : status;
}

static int run(const struct options *options, mode_t user_umask, struct daemon *daemon,
	const struct relay *relay)
{
	struct refusal refusal = {0};
	struct setup setup;
	int error, status;

	if (relay)
		error = setup_resume(&setup, options, relay, false, &refusal);
	else
		error = setup_init(&setup, options, &refusal);
	if (error)
		status = report(options, error, &refusal);
	else
		status = supervisor_run(options, &setup, user_umask, daemon, relay);
	if (status == 1)
		status = daemon->killed_status;
	setup_fini(&setup);
	return status;
}

/* Keeps values and passwords out of core files, and from other processes of the same user. An
 * execve() ends this, so COMMAND and hooks are not affected. */
static void keep_secrets(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

/* Runs what is asked for instead of a mount. Returns false if a mount is asked for. */
static bool run_other(const struct options *options, int *ret_status)
{
	struct refusal refusal = {0};
	int error, status = 0;

	if (options->check) {
		*ret_status = check_run(options);
		return true;
	}
	if (options->call.remounts)
		error = remount_run(options, &refusal);
	else if (options->leave)
		error = leave_run(options, &refusal);
	else if (options->unmount_dead)
		error = unmount_dead_run(options, &refusal);
	else if (options->path)
		error = key_path_write_key(options, &refusal);
	else if (options->key)
		error = key_path_write_path(options, &refusal);
	else if (options->lock.path)
		error = lock_command_run(options, &status, &refusal);
	else
		return false;
	*ret_status = error ? report(options, error, &refusal) : status;
	return true;
}

static int start(const struct options *options)
{
	bool is_helper = options->call.is_helper;
	/* It is checked when it is taken. */
	int device = options->fuse_fd ? atoi(options->fuse_fd) : 0;
	struct daemon daemon = {.kept = device,
		.pipe = -1,
		.killed_status = is_helper ? MOUNT_HELPER_FAILED : 1,
		.interrupted_status = is_helper ? MOUNT_HELPER_INTERRUPTED : 0,
		.keeps_group = mountinfo_is_automounter(options->mountpoint)};
	mode_t user_umask = umask(077);
	int error;

	/* In the background no service manager waits; and COMMAND reports for itself. */
	service_take(options->foreground && !options->command);
	log_set_level(options->config.log_level);
	if (!options->foreground && !options->command) {
		error = daemon_start(&daemon);
		if (error)
			return report(options, error, NULL);
	}
	return run(options, user_umask, &daemon, NULL);
}

/* --- A program that goes on with the mount of the one before --- */

static int try_to_go_on(const struct options *options, const struct relay *relay)
{
	struct refusal refusal = {0};
	struct setup setup;
	int error = setup_resume(&setup, options, relay, true, &refusal);

	setup_fini(&setup);
	if (error)
		return report(options, error, &refusal);
	upgrade_tell_trial();
	return 0;
}

static int go_on(const struct options *options, const struct relay *relay)
{
	struct daemon daemon = {.pipe = -1, .killed_status = 1};

	relay_set_cloexec(relay, true);
	umask(077);
	service_take(options->foreground && !options->command);
	log_set_level(options->config.log_level);
	if (relay->is_background)
		daemon_resume(&daemon);
	return run(options, relay->umask, &daemon, relay);
}

/* Returns false if this is no such program. */
static bool went_on(const struct options *options, bool is_trial, int *ret_status)
{
	const char *number = getenv(RELAY_VARIABLE);
	CLEANUP(fd) int file = number && !is_trial ? atoi(number) : -1;
	struct refusal refusal = {0};
	struct relay relay;
	int error;

	if (!is_trial && !number)
		return false;
	unsetenv(RELAY_VARIABLE);
	error = relay_read(is_trial ? STDIN_FILENO : file, &relay, &refusal);
	if (error)
		*ret_status = report(options, error, &refusal);
	else
		*ret_status = is_trial ? try_to_go_on(options, &relay) : go_on(options, &relay);
	return true;
}

/* Does what mount(8) has called us for, or the user. */
static int act(const struct options *options, bool is_trial)
{
	const struct mount_call *call = &options->call;
	struct refusal refusal = {0};
	int error, status;

	if (went_on(options, is_trial, &status))
		return status;
	if (call->is_verbose)
		log_info("%s on %s", call->spec, options->mountpoint);
	if (call->is_fake)
		return 0;
	error = call->namespace ? mount_namespace_enter(call->namespace, &refusal) : 0;
	if (error)
		return report(options, error, &refusal);
	return run_other(options, &status) ? status : start(options);
}

static int show(int what)
{
	if (what == OPTIONS_E_HELP)
		help_write(stdout);
	else if (what == OPTIONS_E_HELP_ALL)
		help_write_all(stdout);
	else
		puts("etcdfs " ETCDFS_VERSION);
	return fflush(stdout) == EOF;
}

/* If a standard descriptor is closed, a file of ours would take its number. */
static void fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* A later version may take the place of the file, and of its name's directory entry. */
static const char *find_program(void)
{
	static char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length < 0 ? 0 : length] = '\0';
	return path;
}

/* Parsing takes words out of the list and changes their order. */
static char **copy_words(int argc, char **argv)
{
	char **copy = calloc(argc + 1, sizeof(*copy));

	if (copy)
		memcpy(copy, argv, argc * sizeof(*copy));
	return copy;
}

int main(int argc, char **argv)
{
	CLEANUP(free) char **words = NULL;
	struct refusal refusal = {0};
	struct options options;
	bool is_trial;
	int error, status;

	log_init();
	if (argc > 1 && !strcmp(argv[1], FS_NOTIFIER))
		return fs_notifier(argc - 2, argv + 2);
	keep_secrets();
	if (argc > 1 && !strcmp(argv[1], FS_PROCESS))
		etcd_exit(fs_process());
	fill_standard_descriptors();
	/* If our parent ignores SIGCHLD we inherit that, and could not learn how a child of ours
	 * has ended. */
	signal(SIGCHLD, SIG_DFL);
	is_trial = argc > 2 && !strcmp(argv[1], RELAY_TRIAL);
	argc -= 2 * is_trial;
	argv += 2 * is_trial;
	words = copy_words(argc, argv);
	error = options_parse(argc, argv, &options, &refusal);
	options.program = find_program();
	options.argv = words;
	if (error >= OPTIONS_E_HELP)
		status = show(error);
	else if (error)
		status = report_usage(&options, error, &refusal);
	else
		status = act(&options, is_trial);
	options_fini(&options);
	etcd_exit(status);
}
