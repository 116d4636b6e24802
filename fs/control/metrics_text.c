#include "fs/control/metrics_text.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fuse.h>
#include <stdio.h>

/* The kernel's names of its requests. */
static const char *const operations[COUNTER_OPCODES] = {
	[FUSE_LOOKUP] = "lookup",
	[FUSE_FORGET] = "forget",
	[FUSE_BATCH_FORGET] = "batch_forget",
	[FUSE_GETATTR] = "getattr",
	[FUSE_SETATTR] = "setattr",
	[FUSE_ACCESS] = "access",
	[FUSE_STATFS] = "statfs",
	[FUSE_OPENDIR] = "opendir",
	[FUSE_READDIR] = "readdir",
	[FUSE_READDIRPLUS] = "readdirplus",
	[FUSE_RELEASEDIR] = "releasedir",
	[FUSE_MKDIR] = "mkdir",
	[FUSE_RMDIR] = "rmdir",
	[FUSE_UNLINK] = "unlink",
	[FUSE_RENAME] = "rename",
	[FUSE_RENAME2] = "rename2",
	[FUSE_CREATE] = "create",
	[FUSE_OPEN] = "open",
	[FUSE_READ] = "read",
	[FUSE_WRITE] = "write",
	[FUSE_FLUSH] = "flush",
	[FUSE_FSYNC] = "fsync",
	[FUSE_RELEASE] = "release",
	[FUSE_GETXATTR] = "getxattr",
	[FUSE_LISTXATTR] = "listxattr",
	[FUSE_SETXATTR] = "setxattr",
	[FUSE_POLL] = "poll",
	[FUSE_INTERRUPT] = "interrupt",
};

static const struct {
	const char *name;
	const char *help;
} totals[COUNTERS_] = {
	[COUNTER_BARRIERS] = {"barriers", "Times that etcd was asked for its revision, for all the "
					  "reads that were waiting."},
	[COUNTER_TRANSACTIONS] = {"transactions", "Transactions sent to etcd."},
	[COUNTER_CONFLICTS] = {"conflicts", "Transactions refused because of a change elsewhere, "
					    "and tried again on top of it."},
	[COUNTER_UNKNOWN] = {"unknown_endings",
		"Transactions sent that had no answer: they may have happened."},
	[COUNTER_TIMEOUTS] = {"timeouts", "Operations that ended with ETIMEDOUT."},
	[COUNTER_LISTS] = {"lists", "Times that the whole keyspace was read."},
	[COUNTER_TOUCHES] = {"touches", "Steps with which inotify events were made."},
	[COUNTER_TOUCHES_DUE] = {"events",
		"Changes made elsewhere that were due as inotify events."},
	[COUNTER_TOUCHES_MERGED] = {"events_merged",
		"Of these: merged into an event of the same name that had not been made yet."},
};

struct gauge {
	const char *name;
	const char *type;
	const char *help;
	int64_t value;
};

static int render_head(struct buf *ret, const char *name, const char *type, const char *help)
{
	return buf_printf(
		ret, "# HELP etcdfs_%s %s\n# TYPE etcdfs_%s %s\n", name, help, name, type);
}

static int render_operations(const struct counters *counters, struct buf *ret)
{
	int r = render_head(ret, "operations_total", "counter", "Requests of the kernel, by kind.");

	for (size_t i = 0; r == 0 && i < COUNTER_OPCODES; i++)
		if (operations[i])
			r = buf_printf(ret,
				"etcdfs_operations_total{kind=\"%s\"} %" PRIuFAST64 "\n",
				operations[i], atomic_load(&counters->opcodes[i]));
	return r;
}

static int render_counter(const struct counters *counters, enum counter counter, struct buf *ret)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), "%s_total", totals[counter].name);
	r = render_head(ret, name, "counter", totals[counter].help);
	return r < 0 ? r
		     : buf_printf(ret, "etcdfs_%s %" PRIuFAST64 "\n", name,
			       atomic_load(&counters->counts[counter]));
}

static int render_gauge(const struct gauge *gauge, struct buf *ret)
{
	int r = render_head(ret, gauge->name, gauge->type, gauge->help);

	return r < 0 ? r : buf_printf(ret, "etcdfs_%s %" PRId64 "\n", gauge->name, gauge->value);
}

static int render_gauges(const struct counters *counters, struct supervisor_link *link,
	struct mirror *mirror, struct buf *ret)
{
	struct fs_role_update role = supervisor_link_role(link);
	struct mirror_memory memory;
	struct fs_child_update child;
	int r = 0;

	supervisor_link_child(link, &child);
	mirror_memory(mirror, &memory);
	const struct gauge gauges[] = {
		{"start_time_seconds", "gauge", "When this mount began, since the epoch.",
			counters->started_s},
		{"keys", "gauge", "Keys shown by the mount.", mirror_count(mirror)},
		{"mirror_bytes", "gauge", "What the keys take in the mount's memory.",
			(int64_t)memory.n_bytes},
		{"mirror_value_bytes", "gauge", "Of this: the bytes of values.",
			(int64_t)memory.n_value_bytes},
		{"revision", "gauge", "The revision that the mount shows.",
			mirror_revision(mirror)},
		{"term", "gauge", "The raft term.", role.term},
		{"is_leader", "gauge", "Whether this member leads.", role.role == FS_ROLE_LEADER},
		{"has_leader", "gauge", "Whether a leader is known.", role.leader_id != 0},
		{"db_size_bytes", "gauge", "The size of etcd's database.", role.db_size},
		{"db_in_use_bytes", "gauge", "What of it is in use.", role.db_size_in_use},
		{"etcd_restarts_total", "counter", "Times that etcd was started again.",
			child.restarts},
	};
	for (size_t i = 0; r == 0 && i < sizeof(gauges) / sizeof(*gauges); i++)
		r = render_gauge(&gauges[i], ret);
	return r;
}

int metrics_render(const struct counters *counters, struct supervisor_link *link,
	struct mirror *mirror, struct buf *ret)
{
	int r = render_operations(counters, ret);

	for (int counter = 0; r == 0 && counter < COUNTERS_; counter++)
		r = render_counter(counters, counter, ret);
	return r < 0 ? r : render_gauges(counters, link, mirror, ret);
}
