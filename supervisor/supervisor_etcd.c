/* What follows on what happens to etcd: its process, and its way into a cluster. */
#include "fs/base/log.h"
#include "supervisor/blame.h"
#include "supervisor/membership.h"
#include "supervisor/supervisor_private.h"

#include <limits.h>
#include <string.h>

static void on_hint(void *arg)
{
	struct supervisor *supervisor = arg;

	role_ask(&supervisor->role);
}

static void on_server_changed(void *arg)
{
	struct supervisor *supervisor = arg;

	filesystem_tell_server(&supervisor->filesystem, &supervisor->server.told);
}

static void on_server_died(void *arg)
{
	struct supervisor *supervisor = arg;

	role_lost(&supervisor->role);
}

static void on_server_removed(void *arg)
{
	struct supervisor *supervisor = arg;
	const struct paths *paths = &supervisor->setup->paths;
	int error = membership_note_removed(paths->data_dir);

	if (error)
		log_error("cannot write in the data directory %s: %s", paths->data_dir,
			strerror(-error));
	bootstrap_forget(&supervisor->setup->bootstrap);
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

static void on_server_stopped(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_STOPPING)
		supervisor_enter(supervisor, STATE_ENDED);
}

static void on_server_failed(void *arg, const char *text)
{
	struct supervisor *supervisor = arg;
	const struct config *config = &supervisor->options->config;
	const struct config_flag *flag = blame_find(config, text);
	char where[PATH_MAX + 160] = "";

	if (flag)
		blame_where(config, flag, where, sizeof(where));
	supervisor_fail(supervisor, "%setcd %s%s", where, text,
		supervisor->joins ? " (the cluster has this node as a learner by now: the same "
				    "command goes on from there)"
				  : "");
}

const struct server_handler supervisor_server_handler = {.changed = on_server_changed,
	.hint = on_hint,
	.died = on_server_died,
	.removed = on_server_removed,
	.stopped = on_server_stopped,
	.failed = on_server_failed};

static void on_joined(void *arg, const char *initial_cluster)
{
	struct supervisor *supervisor = arg;
	struct setup *setup = supervisor->setup;
	int error = membership_note_joined(setup->paths.data_dir);

	if (!error)
		error = etcd_cmd_join(&setup->cmd, initial_cluster);
	supervisor->server.argv = setup->cmd.argv.items;
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
