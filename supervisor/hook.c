/*
 * Leadership is reported as the role, with the leader's term: a member that leads again in another
 * term is reported again, because another member may have led in between. Nothing else of a state
 * counts.
 *
 * A hook runs in a session of its own, so that the processes it has started can be ended with it.
 * Those that still run when the hook ends by itself are the user's business.
 */
#include "supervisor/hook.h"

#include "fs/base/log.h"
#include "supervisor/config/strv.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define KILL_MS 5000	/* from SIGTERM to SIGKILL */
#define GOODBYE_MS 1000 /* the same when the supervisor ends, after everything else has ended */
#define LINES_LOGGED 1000

bool hook_is_due(
	enum hook_slot slot, const struct hook_state *told, const struct hook_state *latest)
{
	bool leads = latest->role == FS_ROLE_LEADER, led = told->role == FS_ROLE_LEADER;

	if (!latest->known)
		return false;
	if (!told->known || leads != led)
		return true;
	if (leads)
		return told->term != latest->term;
	return slot == HOOK_CHANGE && told->role != latest->role;
}

const char *hook_name(enum hook_slot slot, const struct hook_state *latest)
{
	if (slot == HOOK_CHANGE)
		return "on-change";
	return latest->role == FS_ROLE_LEADER ? "on-leader" : "on-follower";
}

static const char *command_of(const struct hook *hook, enum hook_slot slot)
{
	if (slot == HOOK_CHANGE)
		return hook->config->on_change;
	return hook->latest.role == FS_ROLE_LEADER ? hook->config->on_leader
						   : hook->config->on_follower;
}

/* --- One hook ------------------------------------------------------------------------------- */

static void on_line(void *arg, const char *line)
{
	struct hook *hook = arg;

	if (hook->n_lines++ < LINES_LOGGED)
		log_info("hook %s: %s", hook->name, line);
	else if (hook->n_lines == LINES_LOGGED + 1)
		log_warning("hook %s: what else it says is left out", hook->name);
}

static void on_limit(void *arg)
{
	struct hook *hook = arg;

	if (hook->overdue) {
		child_signal_group(&hook->child, SIGKILL);
		return;
	}
	log_warning("hook %s: not over within %g s, and ended", hook->name,
		hook->config->hook_timeout_ms / 1000.0);
	hook->overdue = true;
	child_signal_group(&hook->child, SIGTERM);
	loop_timer_set(hook->loop, &hook->limit, KILL_MS);
}

static int make_environment(const struct hook *hook, struct strv *ret)
{
	int error;

	error = strv_add(ret, "ETCDFS_ROLE=%s", fs_role_name(hook->latest.role));
	if (!error)
		error = strv_add(ret, "ETCDFS_TERM=%" PRIu64, hook->latest.term);
	if (!error)
		error = strv_add(ret, "ETCDFS_MOUNT=%s", hook->mountpoint);
	return error ? error : strv_add_environment(ret, environ);
}

static int spawn(struct hook *hook, const char *command)
{
	CLEANUP(strv) struct strv environment = {0};
	const char *argv[] = {"sh", "-c", command, NULL};
	struct child_spec spec = {.path = "/bin/sh",
		.argv = (char *const *)argv,
		.cwd = "/",
		.death_signal = SIGTERM,
		.own_session = true,
		.capture = true,
		.set_umask = true,
		.umask = hook->umask};
	int error = make_environment(hook, &environment);

	spec.envp = environment.items;
	if (!error)
		error = child_spawn(&spec, &hook->child);
	if (error)
		return error;
	child_exit_await(&hook->exit);
	child_output_watch(&hook->output);
	return 0;
}

static void start(struct hook *hook, enum hook_slot slot, const char *command)
{
	int error;

	hook->name = hook_name(slot, &hook->latest);
	hook->n_lines = 0;
	hook->overdue = false;
	log_debug("hook %s: role %s, term %" PRIu64, hook->name, fs_role_name(hook->latest.role),
		hook->latest.term);
	error = spawn(hook, command);
	if (error)
		log_error("hook %s: cannot be run: %s", hook->name, strerror(-error));
	else
		loop_timer_set(hook->loop, &hook->limit, hook->config->hook_timeout_ms);
}

/* --- Which, and when ------------------------------------------------------------------------ */

/* The slots take turns, so that neither waits for the other for ever. */
static void tell_next(struct hook *hook)
{
	int i;

	for (i = 1; i <= HOOK_SLOTS_ && hook->begun && !hook->stopping && !hook->child.pid; i++) {
		enum hook_slot slot = (hook->last + i) % HOOK_SLOTS_;
		const char *command = command_of(hook, slot);

		if (!hook_is_due(slot, &hook->told[slot], &hook->latest))
			continue;
		hook->told[slot] = hook->latest;
		if (!command || !*command)
			continue;
		start(hook, slot, command);
		hook->last = slot;
		i = 0;
	}
}

static void log_failure(const struct hook *hook, const struct child_end *end)
{
	char text[120];

	if (hook->stopping || (!end->signalled && !end->code))
		return;
	child_ending(end, text, sizeof(text));
	log_warning("hook %s: %s", hook->name, text);
}

static void on_end(void *arg)
{
	struct hook *hook = arg;
	struct child_end end;

	/* As long as the hook is not reaped, its number cannot name another process group. */
	if (hook->overdue)
		child_signal_group(&hook->child, SIGKILL);
	loop_timer_clear(hook->loop, &hook->limit);
	child_output_finish(&hook->output);
	if (!child_reap(&hook->child, &end))
		return;
	log_failure(hook, &end);
	tell_next(hook);
}

void hook_init(struct hook *hook)
{
	hook->child = (struct child)CHILD_NONE;
	child_exit_init(&hook->exit, hook->loop, &hook->child, on_end, hook);
	child_output_init(&hook->output, hook->loop, &hook->child, on_line, hook);
	hook->last = HOOK_CHANGE;
	hook->limit = (struct timer){.run = on_limit, .arg = hook};
}

void hook_fini(struct hook *hook)
{
	struct child_end end;

	hook_stop(hook);
	loop_timer_clear(hook->loop, &hook->limit);
	child_exit_forget(&hook->exit);
	child_output_close(&hook->output);
	if (!hook->child.pid)
		return;
	if (!child_is_over(&hook->child, GOODBYE_MS))
		log_warning("hook %s: does not end, and is killed", hook->name);
	child_signal_group(&hook->child, SIGKILL);
	child_wait(&hook->child, GOODBYE_MS, &end);
	child_fini(&hook->child);
}

void hook_role(struct hook *hook, const struct fs_role_update *role)
{
	hook->latest = (struct hook_state){.known = true, .role = role->role, .term = role->term};
	tell_next(hook);
}

void hook_begin(struct hook *hook)
{
	hook->begun = true;
	tell_next(hook);
}

void hook_take(struct hook *hook, const struct child *child, int64_t due_ms)
{
	hook->begun = true;
	if (!child->pid)
		return;
	hook->name = hook_name(hook->last, &hook->told[hook->last]);
	hook->child = *child;
	loop_timer_at(hook->loop, &hook->limit, due_ms);
	child_exit_await(&hook->exit);
	child_output_watch(&hook->output);
}

void hook_stop(struct hook *hook)
{
	hook->stopping = true;
	child_signal_group(&hook->child, SIGTERM);
}
