#include "fs/control/metrics_table.h"

#include "fs/control/metrics.h"

#include <linux/fuse.h>

#define VALUE(field) METRIC_VALUE, offsetof(struct metrics, field)
#define LABEL(field) METRIC_LABEL, offsetof(struct metrics, field)
#define COUNT(counter) METRIC_COUNT, offsetof(struct counters, counts[counter])
#define DURATION(field) METRIC_DURATION, offsetof(struct counters, field)

const struct metric metrics_table[] = {
	{"build_info", METRIC_GAUGE, LABEL(version), "Which etcdfs this is; the value is 1.",
		"version"},
	{"etcd_info", METRIC_GAUGE, LABEL(etcd_version), "Which etcd it uses; the value is 1.",
		"version"},
	{"start_time_seconds", METRIC_GAUGE, VALUE(start_time),
		"When this mount's process began, since the epoch. All counts begin with it."},
	{"healthy", METRIC_GAUGE, VALUE(healthy), "Whether the health in .etcd/status is ok."},

	{"operations_total", METRIC_COUNTER, METRIC_COUNTS, offsetof(struct counters, opcodes),
		"Requests of the kernel.", "kind"},
	{"operation_duration_seconds", METRIC_HISTOGRAM, METRIC_DURATIONS,
		offsetof(struct counters, operations),
		"From a request of the kernel to its reply, but for reads of a stream.", "kind"},
	{"timeouts_total", METRIC_COUNTER, COUNT(COUNTER_TIMEOUTS),
		"Operations that ended with ETIMEDOUT."},
	{"interrupted_total", METRIC_COUNTER, COUNT(COUNTER_INTERRUPTED),
		"Operations that ended with EINTR, because of a signal."},
	{"open_files", METRIC_GAUGE, VALUE(open_files),
		"Keys that are open now, once for each open(2)."},

	{"barriers_total", METRIC_COUNTER, COUNT(COUNTER_BARRIERS),
		"Times that etcd was asked for its revision, for all the reads that were waiting."},
	{"barrier_duration_seconds", METRIC_HISTOGRAM, DURATION(barriers),
		"From such a question to its answer."},
	{"transactions_total", METRIC_COUNTER, COUNT(COUNTER_TRANSACTIONS),
		"Transactions sent to etcd."},
	{"conflicts_total", METRIC_COUNTER, COUNT(COUNTER_CONFLICTS),
		"Transactions refused because of a change elsewhere, and tried again on top of "
		"it."},
	{"unknown_endings_total", METRIC_COUNTER, COUNT(COUNTER_UNKNOWN),
		"Transactions sent that had no answer: they may have happened."},
	{"publish_duration_seconds", METRIC_HISTOGRAM, DURATION(publishes),
		"From the moment at which a file's writes may go to etcd until the mount shows "
		"them; closes that are published together count once."},
	{"lists_total", METRIC_COUNTER, COUNT(COUNTER_LISTS),
		"Times that the whole keyspace was read."},

	{"events_total", METRIC_COUNTER, COUNT(COUNTER_TOUCHES_DUE),
		"Changes made elsewhere that were due as inotify events."},
	{"events_merged_total", METRIC_COUNTER, COUNT(COUNTER_TOUCHES_MERGED),
		"Of these: merged into an event of the same name that had not been made yet."},
	{"touches_total", METRIC_COUNTER, COUNT(COUNTER_TOUCHES),
		"Steps with which inotify events were made."},
	{"event_delay_seconds", METRIC_HISTOGRAM, DURATION(events),
		"From the arrival of a change, or of the first that was merged with it, to the end "
		"of the step that made its inotify event."},

	{"keys", METRIC_GAUGE, VALUE(keys),
		"Keys below the prefix: files, markers, and etcdfs' own."},
	{"mirror_bytes", METRIC_GAUGE, VALUE(mirror_bytes),
		"What the keys take in the mount's memory."},
	{"mirror_value_bytes", METRIC_GAUGE, VALUE(mirror_value_bytes),
		"Of this: the bytes of values."},
	{"revision", METRIC_GAUGE, VALUE(revision), "The revision that the mount shows."},
	{"etcd_revision", METRIC_GAUGE, VALUE(etcd_revision),
		"The revision that etcd answered last when it was asked for it."},

	{"term", METRIC_GAUGE, VALUE(term), "The raft term."},
	{"is_leader", METRIC_GAUGE, VALUE(is_leader), "Whether this member leads."},
	{"has_leader", METRIC_GAUGE, VALUE(has_leader), "Whether a leader is known."},
	{"db_size_bytes", METRIC_GAUGE, VALUE(db_size), "The size of etcd's database."},
	{"db_in_use_bytes", METRIC_GAUGE, VALUE(db_in_use), "What of it is in use."},
	{"db_quota_bytes", METRIC_GAUGE, VALUE(db_quota),
		"The quota of etcd's database; 0: not known, or none."},
	{"alarm_no_space", METRIC_GAUGE, VALUE(no_space), "Whether etcd's alarm NOSPACE is on."},
	{"alarm_corrupt", METRIC_GAUGE, VALUE(corrupt), "Whether etcd's alarm CORRUPT is on."},
	{"lease_ttl_seconds", METRIC_GAUGE, VALUE(lease_left_s),
		"What is left, at least, of the lease with the mount's locks and ephemeral files "
		"until it is renewed; 0: the mount has none."},
	{"leases_lost_total", METRIC_COUNTER, COUNT(COUNTER_LEASES_LOST),
		"Times that this lease was gone, although the mount had not ended it."},
	{"locks_held", METRIC_GAUGE, VALUE(locks_held), "Locks that processes have by this mount."},
	{"locks_waiting", METRIC_GAUGE, VALUE(locks_waiting), "Calls that wait for a lock."},
	{"locks_lost_total", METRIC_COUNTER, COUNT(COUNTER_LOCKS_LOST),
		"Locks that were gone, although their owners had not ended them."},
	{"etcd_restarts_total", METRIC_COUNTER, VALUE(etcd_restarts),
		"Times that etcd was started again."},
};

const size_t n_metrics = sizeof(metrics_table) / sizeof(*metrics_table);

const char *metric_type_name(enum metric_type type)
{
	static const char *const names[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};

	return names[type];
}

const struct metric_operation metric_operations[COUNTER_OPCODES] = {
	[FUSE_LOOKUP] = {"lookup"},
	[FUSE_FORGET] = {"forget", true},
	[FUSE_BATCH_FORGET] = {"batch_forget", true},
	[FUSE_GETATTR] = {"getattr"},
	[FUSE_SETATTR] = {"setattr"},
	[FUSE_ACCESS] = {"access"},
	[FUSE_STATFS] = {"statfs"},
	[FUSE_OPENDIR] = {"opendir"},
	[FUSE_READDIR] = {"readdir"},
	[FUSE_READDIRPLUS] = {"readdirplus"},
	[FUSE_RELEASEDIR] = {"releasedir"},
	[FUSE_MKDIR] = {"mkdir"},
	[FUSE_RMDIR] = {"rmdir"},
	[FUSE_UNLINK] = {"unlink"},
	[FUSE_RENAME] = {"rename"},
	[FUSE_RENAME2] = {"rename2"},
	[FUSE_MKNOD] = {"mknod"},
	[FUSE_SYMLINK] = {"symlink"},
	[FUSE_LINK] = {"link"},
	[FUSE_CREATE] = {"create"},
	[FUSE_OPEN] = {"open"},
	[FUSE_READ] = {"read"},
	[FUSE_WRITE] = {"write"},
	[FUSE_FALLOCATE] = {"fallocate"},
	[FUSE_LSEEK] = {"lseek"},
	[FUSE_COPY_FILE_RANGE] = {"copy_file_range"},
	[FUSE_FLUSH] = {"flush"},
	[FUSE_FSYNC] = {"fsync"},
	[FUSE_FSYNCDIR] = {"fsyncdir"},
	[FUSE_RELEASE] = {"release"},
	[FUSE_GETXATTR] = {"getxattr"},
	[FUSE_LISTXATTR] = {"listxattr"},
	[FUSE_SETXATTR] = {"setxattr"},
	[FUSE_REMOVEXATTR] = {"removexattr"},
	[FUSE_GETLK] = {"getlk"},
	[FUSE_SETLK] = {"setlk"},
	[FUSE_SETLKW] = {"setlkw"},
	[FUSE_IOCTL] = {"ioctl"},
	[FUSE_POLL] = {"poll"},
	[FUSE_INTERRUPT] = {"interrupt", true},
};
