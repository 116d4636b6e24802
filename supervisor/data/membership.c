/*
 * With a removed member's data etcd would end at each start, with a message that helps nobody. And
 * with any data etcd ignores what its command line says about the cluster, so a join with data that
 * have never joined would start another cluster than the one that was named.
 */
#include "supervisor/data/membership.h"

#include "fs/base/cleanup.h"
#include "supervisor/data/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int make_file(const char *dir, const char *name)
{
	CLEANUP(fd) int fd = file_open_in(dir, name, O_WRONLY | O_CREAT);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

/* etcd makes its log in another directory and renames that, so a log that exists is complete. */
bool membership_has_data(const struct config *config, const char *data_dir)
{
	const char *wal = config_etcd(config, "wal-dir");

	return wal && *wal ? access(wal, F_OK) == 0 : file_is_in(data_dir, "member/wal");
}

int membership_check(const struct config *config, const char *data_dir, struct refusal *refusal)
{
	if (file_is_in(data_dir, PATHS_REMOVED))
		return refuse(refusal,
			"the data directory %s is of a member that was removed from its cluster: "
			"to join it again, move the directory away and start with --join URL",
			data_dir);
	if (config_forces_new_cluster(config) && !membership_has_data(config, data_dir))
		return refuse_key(refusal, "etcd", "force-new-cluster",
			"the data directory %s has no member's data that a new cluster could begin "
			"with",
			data_dir);
	if (!config_etcd(config, "join") || !membership_has_data(config, data_dir) ||
		file_is_in(data_dir, PATHS_JOINED))
		return 0;
	return refuse(refusal,
		"the data directory %s has the data of a cluster of its own: to join another one, "
		"move the directory away, or name a new one with -e data-dir=DIR",
		data_dir);
}

int membership_note_joined(const char *data_dir)
{
	return make_file(data_dir, PATHS_JOINED);
}

int membership_note_removed(const char *data_dir)
{
	return make_file(data_dir, PATHS_REMOVED);
}
