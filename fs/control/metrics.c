#include "fs/control/metrics.h"

#include "fs/api/config.h"
#include "fs/control/supervisor_link.h"
#include "fs/file/open_set.h"
#include "fs/lock/lease.h"
#include "fs/lock/locks.h"
#include "fs/mirror/mirror.h"

#include <string.h>

static void take_mount(const struct metrics_sources *sources, struct metrics *ret)
{
	struct mirror_memory memory;

	mirror_memory(sources->mirror, &memory);
	ret->mountpoint = sources->config->mountpoint;
	ret->counters = sources->counters;
	ret->start_time = sources->counters->started_s;
	ret->keys = mirror_count(sources->mirror);
	ret->open_files = open_set_count(sources->files);
	ret->mirror_bytes = memory.n_bytes;
	ret->mirror_value_bytes = memory.n_value_bytes;
	ret->etcd_revision = atomic_load(&sources->counters->etcd_revision);
	ret->revision = mirror_revision(sources->mirror);
}

static void take_role(const struct fs_role_update *role, struct metrics *ret)
{
	memcpy(ret->etcd_version, role->version, sizeof(ret->etcd_version));
	ret->term = role->term;
	ret->is_leader = role->role == FS_ROLE_LEADER;
	ret->has_leader = role->leader_id && role->role != FS_ROLE_OFFLINE;
	ret->db_size = role->db_size;
	ret->db_in_use = role->db_size_in_use;
	ret->no_space = role->no_space;
	ret->corrupt = role->corrupt;
}

static void take_locks(const struct metrics_sources *sources, struct metrics *ret)
{
	struct lock_numbers numbers;
	int64_t lease;

	lease_show(sources->lease, &lease, &ret->lease_left_s);
	locks_show(sources->locks, &numbers);
	ret->locks_held = (int64_t)numbers.held;
	ret->locks_waiting = (int64_t)numbers.waiting;
}

void metrics_take(const struct metrics_sources *sources, struct metrics *ret)
{
	struct fs_role_update role = supervisor_link_role(sources->link);
	struct fs_child_update child;

	supervisor_link_child(sources->link, &child);
	*ret = (struct metrics){
		.version = ETCDFS_VERSION,
		.db_quota = sources->config->quota,
		.etcd_restarts = child.restarts,
	};
	take_locks(sources, ret);
	take_mount(sources, ret);
	take_role(&role, ret);
}
