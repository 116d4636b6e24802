/*
 * Etcd, COMMAND and a hook are the children that they were. So is the filesystem process, which
 * still serves the mount, by the old program. It is replaced when the role is known, so that its
 * successor has a role to show from the beginning.
 */
#include "fs/base/log.h"
#include "supervisor/mount/filesystem_replace.h"
#include "supervisor/state.h"

#include <fcntl.h>
#include <string.h>

static int take_child(const struct relay_child *left, int output, struct child *ret)
{
	*ret = (struct child)CHILD_NONE;
	return left->pid ? child_take(left->pid, output, left->started_ms, ret) : 0;
}

static int take_etcd(struct supervisor *supervisor, const struct relay *relay)
{
	struct child child;
	int error = take_child(&relay->etcd, relay->etcd_output, &child);

	if (!error && supervisor->setup->starts_etcd)
		etcd_process_take(&supervisor->etcd_process, &child, &relay->etcd_told);
	if (!error) {
		supervisor->role.past_term = relay->past_term;
		supervisor->role.claim.term = relay->claim.term;
		supervisor->role.claim.proven_ms = relay->claim.proven_ms;
		role_start(&supervisor->role);
	}
	return error;
}

/* A mount -o remount has changed what the configuration says. */
static int take_filesystem(struct supervisor *supervisor, const struct relay *relay)
{
	struct fs_config *config = &supervisor->fs_config;
	struct fs_inheritance inheritance = relay->inheritance;
	struct child child;
	int error = take_child(&relay->filesystem, relay->filesystem_output, &child);

	supervisor->filesystem.lease = relay->lease;
	supervisor->filesystem.held = relay->held;
	config->read_only = relay->read_only;
	config->flags = relay->flags;
	config->is_given = relay->is_given;
	inheritance.device = relay->device;
	if (!error)
		filesystem_take(&supervisor->filesystem, &child, relay->control, &inheritance);
	return error;
}

static int take_hook(struct supervisor *supervisor, const struct relay *relay)
{
	struct hook *hook = &supervisor->hook;
	struct child child;
	int error = take_child(&relay->hook, relay->hook_output, &child);

	memcpy(hook->told, relay->hook_told, sizeof(hook->told));
	hook->last = relay->hook_last;
	hook->overdue = relay->hook_overdue;
	if (!error)
		hook_take(hook, &child, relay->hook_due_ms);
	return error;
}

static int take_command(struct supervisor *supervisor, const struct relay *relay)
{
	struct child child;
	int error = take_child(&relay->command, -1, &child);

	if (!error && child.pid)
		command_take(&supervisor->command, &child);
	return error;
}

int supervisor_resume(struct supervisor *supervisor, const struct relay *relay)
{
	int error;

	supervisor->state = STATE_SERVING;
	supervisor->synced = true;
	supervisor->without_quorum = relay->without_quorum;
	error = take_filesystem(supervisor, relay);
	if (!error)
		error = take_etcd(supervisor, relay);
	if (!error)
		error = take_hook(supervisor, relay);
	if (!error)
		error = take_command(supervisor, relay);
	service_report(supervisor);
	return error;
}
