#include "fs/api/config.h"
#include "fs/base/mountinfo.h"
#include "supervisor/mount/filesystem.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the locks of another mount nothing is known. */
static int prepare_held(struct filesystem *filesystem)
{
	int file;

	if (filesystem->orphaned && filesystem->held)
		return 0;
	file = memfd_create("etcdfs-locks", MFD_CLOEXEC);
	if (file < 0)
		return -errno;
	if (filesystem->held)
		close(filesystem->held);
	filesystem->held = file;
	return 0;
}

/* The config says which mount the process goes on with, or which dead one it must remove. */
static int send_config(struct filesystem *filesystem, int control)
{
	struct fs_config config = *filesystem->config;
	int error = prepare_held(filesystem);

	if (error)
		return error;
	config.held = filesystem->held;
	config.dead_lease = filesystem->lease;
	if (filesystem->orphaned)
		handover_next(&filesystem->handover, &filesystem->mounted, &config.inherited);
	else if (filesystem->device >= 0)
		config.inherited.device = filesystem->device;
	else if (filesystem->dead)
		config.dead_minor = filesystem->mounted.info.device_minor;
	return fs_config_send(control, &config);
}

/* /proc/self/exe is our program, wherever its file is now. It gets SIGTERM when we die, and
 * unmounts. */
static int spawn(struct filesystem *filesystem, int socket)
{
	const char *const argv[] = {"etcdfs", FS_PROCESS, filesystem->config->mountpoint, NULL};
	struct child_spec spec = {.path = "/proc/self/exe",
		.argv = (char *const *)argv,
		.envp = environ,
		.death_signal = SIGTERM,
		.no_core = true,
		.own_session = !mountinfo_is_automounter(filesystem->config->mountpoint),
		.capture = filesystem->config->is_heard,
		.input = socket};

	return child_spawn(&spec, &filesystem->child);
}

int filesystem_spawn(struct filesystem *filesystem, int control, int socket)
{
	int error = send_config(filesystem, control);

	if (filesystem->device >= 0) /* as long as we hold it the mount does not end */
		close(STEAL_FD(filesystem->device));
	return error ? error : spawn(filesystem, socket);
}
