/*
 * The states, each with what it waits for, how long at most, and what happens then:
 *
 *   releasing   until the etcd of a killed run has released the database
 *   joining     a new member of a running cluster: until the cluster has it as a learner
 *   starting    etcd, or the existing cluster: until its Status names a leader. A member of a
 *               bigger cluster that finds no quorum is mounted after a while all the same; a new
 *               member waits, also as a learner, until it has been promoted
 *   mounting    until the filesystem has the keyspace (without a quorum: until it is mounted)
 *   serving     until the mount is unmounted, a signal comes, or COMMAND ends
 *   unmounting  until the filesystem process has ended
 *   stopping    until etcd has ended
 *
 * With an existing cluster no etcd is started: the states are the same, but there is nothing to
 * release, to start or to stop.
 *
 * If etcd or the filesystem process dies while serving, its keeper (etcd_process, filesystem)
 * starts it again; the state stays. A failure, a signal and an umount all lead the same way, from
 * every state: unmounting, stopping, ended.
 */
#include "supervisor/state.h"

#include "fs/base/log.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOOK_AGAIN_MS 50
#define KILLED_MS 10000	 /* from SIGKILL to the end: it may be writing to a slow disk */
#define LEARNER_MS 30000 /* since etcd last said that it is a learner */

/* --- The end -------------------------------------------------------------------------------- */

void supervisor_finish(struct supervisor *supervisor, int status)
{
	if (supervisor->state >= STATE_UNMOUNTING)
		return;
	supervisor->status = status;
	supervisor_enter(supervisor, STATE_UNMOUNTING);
}

void supervisor_fail(struct supervisor *supervisor, const char *format, ...)
{
	va_list args;

	if (supervisor->state >= STATE_UNMOUNTING)
		return;
	va_start(args, format);
	vsnprintf(supervisor->failure, sizeof(supervisor->failure), format, args);
	va_end(args);
	log_error("%s", supervisor->failure);
	supervisor_finish(supervisor, 1);
}

static void enter_unmounting(struct supervisor *supervisor)
{
	setup_end(supervisor->setup);
	etcd_process_retire(&supervisor->etcd_process);
	command_signal(&supervisor->command, SIGTERM);
	hook_stop(&supervisor->hook);
	role_retire(&supervisor->role);
	if (!filesystem_stop(&supervisor->filesystem))
		supervisor_enter(supervisor, STATE_STOPPING);
}

static void set_deadline(struct supervisor *supervisor, int64_t limit_ms)
{
	loop_timer_set(&supervisor->loop, &supervisor->deadline, limit_ms);
	service_report(supervisor);
}

/* @child has not ended in time after SIGTERM (returns false: kill it), or even after SIGKILL
 * (true). */
static bool leave_behind(struct supervisor *supervisor, const char *what, const struct child *child)
{
	if (!supervisor->killed) {
		supervisor->killed = true;
		set_deadline(supervisor, KILLED_MS);
		return false;
	}
	log_error("%s (pid %d) does not end although it is killed: a debugger or the kernel holds "
		  "it, and it is left behind",
		what, (int)child->pid);
	if (!supervisor->status)
		supervisor->status = 1;
	return true;
}

static void late_unmounting(struct supervisor *supervisor)
{
	struct filesystem *filesystem = &supervisor->filesystem;

	if (leave_behind(supervisor, "the filesystem process", &filesystem->child)) {
		supervisor_enter(supervisor, STATE_STOPPING);
		return;
	}
	log_error("mountpoint %s: the filesystem process does not end, and is killed",
		supervisor->setup->mountpoint);
	filesystem_kill(filesystem);
}

static void enter_stopping(struct supervisor *supervisor)
{
	if (!etcd_process_stop(&supervisor->etcd_process))
		supervisor_enter(supervisor, STATE_ENDED);
}

static void late_stopping(struct supervisor *supervisor)
{
	if (leave_behind(supervisor, "etcd", &supervisor->etcd_process.child)) {
		supervisor_enter(supervisor, STATE_ENDED);
		return;
	}
	log_warning("etcd does not end, and is killed");
	etcd_process_kill(&supervisor->etcd_process);
}

/* --- The start ------------------------------------------------------------------------------ */

void supervisor_look_at_database(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state != STATE_RELEASING)
		return;
	if (supervisor->setup->starts_etcd && datalock_etcd_runs(supervisor->setup->paths.data_dir))
		loop_timer_set(&supervisor->loop, &supervisor->look_again, LOOK_AGAIN_MS);
	else
		supervisor_enter(supervisor, supervisor->joins ? STATE_JOINING : STATE_STARTING);
}

static void enter_releasing(struct supervisor *supervisor)
{
	supervisor_look_at_database(supervisor);
}

static void late_releasing(struct supervisor *supervisor)
{
	supervisor_fail(supervisor, "the data directory %s is in use by another etcd",
		supervisor->setup->paths.data_dir);
}

static void enter_joining(struct supervisor *supervisor)
{
	join_start(&supervisor->join);
}

static void late_joining(struct supervisor *supervisor)
{
	supervisor_fail(supervisor, "cannot join the cluster at %s: %s",
		supervisor->join.cluster->endpoints,
		*supervisor->join.trouble ? supervisor->join.trouble : "no answer in time");
}

void supervisor_promote(struct supervisor *supervisor, uint64_t member)
{
	if (supervisor->state == STATE_STARTING)
		set_deadline(supervisor, LEARNER_MS);
	join_promote(&supervisor->join, member);
}

static void enter_starting(struct supervisor *supervisor)
{
	int error =
		supervisor->setup->starts_etcd ? etcd_process_start(&supervisor->etcd_process) : 0;

	if (error)
		supervisor_fail(supervisor, "cannot run %s: %s", supervisor->setup->version.path,
			strerror(-error));
	else
		role_start(&supervisor->role);
}

static bool mounts_without_quorum(const struct supervisor *supervisor)
{
	return supervisor->setup->cmd.has_many_members && !supervisor->joins;
}

static void late_starting(struct supervisor *supervisor)
{
	if (!supervisor->setup->starts_etcd) {
		supervisor_fail(supervisor, "cannot connect to etcd: %s",
			*supervisor->role.problem ? supervisor->role.problem
						  : "it answers, but has no leader");
		return;
	}
	if (!mounts_without_quorum(supervisor)) {
		char words[1024];

		etcd_log_last_words(&supervisor->etcd_process.log, words, sizeof(words));
		supervisor_fail(supervisor, "etcd runs, but does not serve%s%s",
			*words ? "; its last words: " : "", words);
		return;
	}
	log_info("mountpoint %s: mounted, but waiting for %s", supervisor->setup->mountpoint,
		supervisor->role.current.role == FS_ROLE_LEARNER
			? "somebody to promote this learner"
			: "a quorum of the cluster's other members");
	supervisor->without_quorum = true;
	etcd_process_keep(&supervisor->etcd_process);
	supervisor_enter(supervisor, STATE_MOUNTING);
}

static void enter_mounting(struct supervisor *supervisor)
{
	int error;

	supervisor->fs_config.is_given = supervisor->setup->device >= 0;
	supervisor->filesystem.device = supervisor->setup->device;
	error = filesystem_start(&supervisor->filesystem);
	if (supervisor->setup->starts_etcd)
		setup_remember(supervisor->setup, &supervisor->options->config);
	if (error)
		supervisor_fail(supervisor, "no filesystem process: %s", strerror(-error));
}

static void late_mounting(struct supervisor *supervisor)
{
	const char *why = supervisor->filesystem.failure;

	supervisor_fail(supervisor, "mountpoint %s: the filesystem is not ready in time%s%s",
		supervisor->setup->mountpoint, *why ? ": " : "", why);
}

void supervisor_begin(struct supervisor *supervisor)
{
	int status = 0;

	hook_begin(&supervisor->hook);
	if (supervisor->options->command)
		status = command_start(&supervisor->command, supervisor->options->command,
			supervisor->setup->mountpoint, supervisor->setup->cwd, supervisor->umask);
	if (status)
		supervisor_finish(supervisor, status);
}

static void enter_serving(struct supervisor *supervisor)
{
	loop_forget(&supervisor->loop, &supervisor->parent);
	daemon_ready(supervisor->daemon);
	if (supervisor->synced)
		supervisor_begin(supervisor);
}

/* --- What the log says of a start that takes long --- */

const char *supervisor_waits_for(void *arg, const char **ret_why)
{
	const struct supervisor *supervisor = arg;

	if (supervisor->without_quorum) /* which was logged */
		return NULL;
	switch (supervisor->state) {
	case STATE_RELEASING:
		return "the etcd of an earlier run to let go of the data directory";
	case STATE_JOINING:
		*ret_why = supervisor->join.trouble;
		return "the cluster to take this node as a member";
	case STATE_STARTING:
		*ret_why = supervisor->role.problem;
		return supervisor->joins ? "the cluster's leader to make this member a voter"
					 : "etcd to serve";
	case STATE_MOUNTING:
		*ret_why = supervisor->filesystem.failure;
		return "the filesystem process to mount and to read the keys";
	default:
		return NULL;
	}
}

/* --- The table ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int limit_ms; /* 0: none */
	void (*enter)(struct supervisor *supervisor);
	void (*late)(struct supervisor *supervisor);
} states[] = {
	[STATE_RELEASING] = {"releasing", 10000, enter_releasing, late_releasing},
	[STATE_JOINING] = {"joining", 20000, enter_joining, late_joining},
	[STATE_STARTING] = {"starting", 30000, enter_starting, late_starting},
	[STATE_MOUNTING] = {"mounting", 60000, enter_mounting, late_mounting},
	[STATE_SERVING] = {"serving", 0, enter_serving, NULL},
	[STATE_UNMOUNTING] = {"unmounting", 10000, enter_unmounting, late_unmounting},
	[STATE_STOPPING] = {"stopping", 10000, enter_stopping, late_stopping},
	[STATE_ENDED] = {"ended", 0, NULL, NULL},
};

#define CONNECT_MS 10000 /* the limit of "starting" for an existing cluster */
#define QUORUM_MS 3000	 /* the limit of "starting" for a member of a bigger cluster */

void supervisor_enter(struct supervisor *supervisor, enum supervisor_state state)
{
	int64_t limit_ms = states[state].limit_ms;

	log_debug("state: %s", states[state].name);
	supervisor->state = state;
	supervisor->killed = false;
	if (state == STATE_STARTING && mounts_without_quorum(supervisor))
		limit_ms = QUORUM_MS;
	if (state == STATE_STARTING && !supervisor->setup->starts_etcd)
		limit_ms = CONNECT_MS;
	/* The requests under way are replied first. */
	if (state == STATE_UNMOUNTING)
		limit_ms += supervisor->fs_config.timeout_ms;
	/* A leader first tries to transfer its leadership, for five seconds and two election
	 * timeouts. */
	if (state == STATE_STOPPING)
		limit_ms += 2 * supervisor->election_ms;
	if (limit_ms)
		loop_timer_set(&supervisor->loop, &supervisor->deadline, limit_ms);
	else
		loop_timer_clear(&supervisor->loop, &supervisor->deadline);
	if (state <= STATE_MOUNTING)
		waiting_begin(&supervisor->waiting);
	else
		waiting_end(&supervisor->waiting);
	service_report(supervisor);
	if (states[state].enter)
		states[state].enter(supervisor);
}

void supervisor_on_deadline(void *arg)
{
	struct supervisor *supervisor = arg;

	if (states[supervisor->state].late)
		states[supervisor->state].late(supervisor);
}
