/* etcdfs: starts etcd and mounts its keyspace as a tree of files. */
#include "fs/api/protocol.h"
#include "fs/base/log.h"
#include "fs/etcd/etcd.h"
#include "fs/fs.h"
#include "supervisor/config/help.h"
#include "supervisor/config/options.h"
#include "supervisor/service.h"
#include "supervisor/setup.h"
#include "supervisor/supervisor.h"
#include "supervisor/tool/key_path.h"
#include "supervisor/tool/leave.h"
#include "supervisor/tool/unmount_dead.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int report(int error, const struct refusal *refusal)
{
	log_error("%s", error == REFUSED ? refusal->text : strerror(-error));
	return 1;
}

static int run(const struct options *options, mode_t user_umask, struct daemon *daemon)
{
	struct refusal refusal = {0};
	struct setup setup;
	int error, status;

	error = setup_init(&setup, options, &refusal);
	if (error)
		status = report(error, &refusal);
	else
		status = supervisor_run(options, &setup, user_umask, daemon);
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
	int error;

	if (options->leave)
		error = leave_run(options, &refusal);
	else if (options->unmount_dead)
		error = unmount_dead_run(options, &refusal);
	else if (options->path)
		error = key_path_write_key(options, &refusal);
	else if (options->key)
		error = key_path_write_path(options, &refusal);
	else
		return false;
	*ret_status = error ? report(error, &refusal) : 0;
	return true;
}

static int start(const struct options *options)
{
	struct daemon daemon = {.pipe = -1};
	mode_t user_umask = umask(077);
	int error;

	/* If our parent ignores SIGCHLD we inherit that, and could not learn how a child of ours
	 * has ended. */
	signal(SIGCHLD, SIG_DFL);
	/* In the background no service manager waits; and COMMAND reports for itself. */
	service_take(options->foreground && !options->command);
	if (options->debug)
		log_set_level(LOG_LEVEL_DEBUG);
	if (!options->foreground && !options->command) {
		error = daemon_start(&daemon);
		if (error)
			return report(error, NULL);
	}
	return run(options, user_umask, &daemon);
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

int main(int argc, char **argv)
{
	struct refusal refusal = {0};
	struct options options;
	int error, status;

	if (argc > 1 && !strcmp(argv[1], FS_NOTIFIER))
		return fs_notifier(argc - 2, argv + 2);
	keep_secrets();
	if (argc > 1 && !strcmp(argv[1], FS_PROCESS))
		etcd_exit(fs_process());
	fill_standard_descriptors();
	error = options_parse(argc, argv, &options, &refusal);
	if (error >= OPTIONS_E_HELP)
		status = show(error);
	else if (error)
		status = report(error, &refusal) + 1; /* 2: wrong usage */
	else if (!run_other(&options, &status))
		status = start(&options);
	options_fini(&options);
	etcd_exit(status);
}
