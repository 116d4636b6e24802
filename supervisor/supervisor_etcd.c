/* The supervisor's reactions to etcd: to its process, and to its joining a cluster. */
#include "fs/base/log.h"
#include "supervisor/config/config_blame.h"
#include "supervisor/data/membership.h"
#include "supervisor/state.h"

#include <limits.h>
#include <string.h>

static void on_hint(void *arg)
{
	struct supervisor *supervisor = arg;

	role_ask(&supervisor->role);
	removal_look(&supervisor->removal);
}

static void on_etcd_changed(void *arg)
{
	struct supervisor *supervisor = arg;

	filesystem_tell_etcd(&supervisor->filesystem, &supervisor->etcd_process.told);
}

static void on_etcd_died(void *arg)
{
	struct supervisor *supervisor = arg;

	role_lost(&supervisor->role);
}

/* An etcd that ends with status 0 without being told to has found that it is no member any more.
 * Other reasons are possible, and then the data directory must never be marked as removed. */
static void on_etcd_quit(void *arg)
{
	struct supervisor *supervisor = arg;

	removal_ask(&supervisor->removal);
}

static void mark_removed(struct supervisor *supervisor)
{
	const struct paths *paths = &supervisor->setup->paths;
	int error = membership_note_removed(paths->data_dir);

	if (error)
		log_error("cannot write in the data directory %s: %s", paths->data_dir,
			strerror(-error));
	data_record_forget(&supervisor->setup->record);
	if (paths_is_leaving(paths)) {
		log_info("left the cluster; the data directory %s stays, and is of no use any more",
			paths->data_dir);
		supervisor_finish(supervisor, 0);
		return;
	}
	supervisor_fail(supervisor,
		"this member was removed from its cluster; its data directory "
		"%s is of no use any more (to join again, move it away and "
		"start with --join URL)",
		paths->data_dir);
}

void supervisor_on_removal(void *arg, int removed)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state >= STATE_UNMOUNTING)
		return;
	/* It was told to leave (leave.h), and etcd has ended because of that. */
	if (removed < 0 && paths_is_leaving(&supervisor->setup->paths))
		removed = 1;
	if (removed > 0)
		mark_removed(supervisor);
	else if (removed < 0 && supervisor->etcd_process.says_removed)
		supervisor_fail(supervisor,
			"etcd says that this member was removed from its cluster, and has ended, "
			"and nobody can be asked whether that is so (if it is, move the data "
			"directory %s away and start with --join URL)",
			supervisor->setup->paths.data_dir);
	else
		etcd_process_restart(&supervisor->etcd_process);
}

void supervisor_etcd_serves(struct supervisor *supervisor)
{
	if (supervisor->setup->starts_etcd && !supervisor->etcd_process.policy.ready) {
		removal_look(&supervisor->removal);
		etcd_cmd_served(&supervisor->setup->cmd);
	}
	etcd_process_is_ready(&supervisor->etcd_process);
}

static void on_etcd_stopped(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_STOPPING)
		supervisor_enter(supervisor, STATE_ENDED);
}

static void on_etcd_failed(void *arg, const char *text)
{
	struct supervisor *supervisor = arg;
	const struct config *config = &supervisor->options->config;
	const struct config_flag *flag = config_blame_find(config, text);
	char where[PATH_MAX + 160] = "";

	if (flag)
		config_blame_where(config, flag, where, sizeof(where));
	supervisor_fail(supervisor, "%setcd %s%s", where, text,
		supervisor->joins ? " (the cluster has this node as a learner by now: the same "
				    "command goes on from there)"
				  : "");
}

const struct etcd_process_handler supervisor_etcd_handler = {.changed = on_etcd_changed,
	.hint = on_hint,
	.died = on_etcd_died,
	.quit = on_etcd_quit,
	.stopped = on_etcd_stopped,
	.failed = on_etcd_failed};

static void on_joined(void *arg, const char *initial_cluster)
{
	struct supervisor *supervisor = arg;
	struct setup *setup = supervisor->setup;
	int error = membership_note_joined(setup->paths.data_dir);

	if (!error)
		error = etcd_cmd_join(&setup->cmd, initial_cluster);
	supervisor->etcd_process.argv = setup->cmd.argv.items;
	if (error)
		supervisor_fail(supervisor, "cannot write in the data directory %s: %s",
			setup->paths.data_dir, strerror(-error));
	else if (supervisor->state == STATE_JOINING)
		supervisor_enter(supervisor, STATE_STARTING);
}

static void on_join_failed(void *arg, const char *text)
{
	supervisor_fail(arg, "%s", text);
}

const struct join_handler supervisor_join_handler = {.joined = on_joined, .failed = on_join_failed};
