#include "supervisor/upgrade.h"

#include "fs/base/log.h"
#include "supervisor/mount/filesystem_mount.h"
#include "supervisor/service.h"
#include "supervisor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TRIAL_MS 20000 /* it asks etcd for its version, on a machine that may be busy */

/* The last line of a trial that has succeeded; its version follows. */
static const char would_go_on[] = "would go on: etcdfs ";

void upgrade_tell_trial(void)
{
	printf("%s" ETCDFS_VERSION "\n", would_go_on);
	fflush(stdout);
}

/* --- What is left ---------------------------------------------------------------------------- */

static struct relay_child leave(const struct child *child)
{
	return (struct relay_child){child->pid, child->started_ms};
}

static void fill_setup(const struct supervisor *supervisor, struct relay *ret)
{
	const struct setup *setup = supervisor->setup;

	ret->starts_etcd = setup->starts_etcd;
	snprintf(ret->mountpoint, sizeof(ret->mountpoint), "%s", setup->mountpoint);
	snprintf(ret->prefix, sizeof(ret->prefix), "%s", supervisor->options->config.prefix);
	if (setup->starts_etcd) {
		snprintf(ret->data_dir, sizeof(ret->data_dir), "%s", setup->paths.data_dir);
		snprintf(ret->run_dir, sizeof(ret->run_dir), "%s", setup->paths.run_dir);
	}
	ret->keeps_run_dir = setup->paths.keeps_run_dir;
	ret->keeps_parent = setup->paths.keeps_parent;
	ret->data_lock = setup->data_lock.fd;
	ret->run_lock = setup->run_lock.fd;
}

static void fill_mount(const struct supervisor *supervisor, struct relay *ret)
{
	const struct fs_config *config = &supervisor->fs_config;
	const struct filesystem *filesystem = &supervisor->filesystem;

	ret->cached = config->cached;
	ret->allow_other = config->allow_other;
	ret->is_background = config->is_heard;
	ret->is_given = config->is_given;
	ret->read_only = config->read_only;
	ret->flags = config->flags;
	ret->filesystem = leave(&filesystem->child);
	ret->filesystem_output = filesystem->child.output;
	ret->control = filesystem->control;
	ret->inheritance = filesystem->handover.inheritance;
	ret->lease = filesystem->lease;
	ret->held = filesystem->held;
	ret->inheritance.device_minor = filesystem->mounted.info.device_minor;
	ret->inheritance.mount_id = filesystem->mounted.info.id;
	ret->device = ret->inheritance.device;
}

static void fill_hook(const struct hook *hook, struct relay *ret)
{
	ret->hook = leave(&hook->child);
	ret->hook_output = hook->child.output;
	memcpy(ret->hook_told, hook->told, sizeof(ret->hook_told));
	ret->hook_last = hook->last;
	ret->hook_due_ms = hook->limit.due_ms;
	ret->hook_overdue = hook->overdue;
}

static void fill(const struct supervisor *supervisor, struct relay *ret)
{
	*ret = (struct relay){.version = RELAY_VERSION,
		.umask = supervisor->umask,
		.without_quorum = supervisor->without_quorum,
		.etcd = leave(&supervisor->etcd_process.child),
		.etcd_output = supervisor->etcd_process.child.output,
		.etcd_told = supervisor->etcd_process.told,
		.command = leave(&supervisor->command.child),
		.claim = supervisor->role.claim,
		.past_term = supervisor->role.past_term};
	fill_setup(supervisor, ret);
	fill_mount(supervisor, ret);
	fill_hook(&supervisor->hook, ret);
}

/* --- The execution --------------------------------------------------------------------------- */

static int make_environment(int relay, struct strv *ret)
{
	int error = strv_add(ret, RELAY_VARIABLE "=%d", relay);

	if (!error)
		error = service_give(ret);
	return error ? error : strv_add_environment(ret, environ);
}

/* The mount may lie over the directory, and we never touch it. */
static const char *directory_of(const struct supervisor *supervisor)
{
	const struct setup *setup = supervisor->setup;

	return path_is_below(setup->cwd, setup->mountpoint) ? "/" : setup->cwd;
}

/* Returns -errno; what curl has opened is closed in the new program as well. */
static int execute(struct supervisor *supervisor)
{
	CLEANUP(strv) struct strv environment = {0};
	CLEANUP(fd) int file = -1;
	struct relay relay;
	int error;

	fill(supervisor, &relay);
	file = relay_write(&relay);
	error = file < 0 ? file : make_environment(file, &environment);
	if (!error && chdir(directory_of(supervisor)) < 0)
		error = -errno;
	if (error)
		return error;
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	relay_set_cloexec(&relay, false);
	fcntl(file, F_SETFD, 0);
	execve(supervisor->options->program, supervisor->options->argv, environment.items);
	error = -errno;
	relay_set_cloexec(&relay, true);
	return chdir("/") < 0 ? -errno : error;
}

/* --- The trial ------------------------------------------------------------------------------- */

static void give_up(struct supervisor *supervisor, const char *why)
{
	log_error("%s cannot go on with the mount, and the program that runs does: %s",
		supervisor->options->program, why);
	service_report_reloaded(supervisor);
}

static bool is_ready(const struct supervisor *supervisor)
{
	const struct filesystem *filesystem = &supervisor->filesystem;

	return supervisor->state == STATE_SERVING && supervisor->synced && filesystem->child.pid &&
	       filesystem->policy.ready && !filesystem->replacing &&
	       !lingering_is_there(&filesystem->lingering);
}

static void on_line(void *arg, const char *line)
{
	struct supervisor *supervisor = arg;
	struct upgrade *upgrade = &supervisor->upgrade;

	if (!strncmp(line, would_go_on, strlen(would_go_on)))
		snprintf(upgrade->version, sizeof(upgrade->version), "%s",
			line + strlen(would_go_on));
	else
		snprintf(upgrade->words, sizeof(upgrade->words), "%s", line);
}

static void judge(struct supervisor *supervisor, const struct child_end *end, bool overdue)
{
	struct upgrade *upgrade = &supervisor->upgrade;
	char ending[120];
	int error;

	child_ending(end, ending, sizeof(ending));
	if (overdue) {
		give_up(supervisor, "its trial has not ended in time");
		return;
	}
	if (end->signalled || end->code || !*upgrade->version) {
		give_up(supervisor, *upgrade->words ? upgrade->words : ending);
		return;
	}
	if (!is_ready(supervisor)) { /* any more */
		upgrade->is_wanted = true;
		return;
	}
	if (!filesystem_mount_passes(&supervisor->filesystem)) {
		give_up(supervisor, "nobody can go on with the mount now");
		return;
	}
	log_info("goes on as %s, version %s", supervisor->options->program, upgrade->version);
	error = execute(supervisor);
	give_up(supervisor, strerror(-error));
}

static void on_end(void *arg)
{
	struct supervisor *supervisor = arg;
	struct upgrade *upgrade = &supervisor->upgrade;
	struct child_end end;
	bool overdue = !upgrade->limit.is_set;

	child_output_finish(&upgrade->output);
	/* As long as it is not reaped, its number cannot name another process group. */
	child_signal_group(&upgrade->child, SIGKILL);
	if (!child_reap(&upgrade->child, &end))
		return;
	loop_timer_clear(&supervisor->loop, &upgrade->limit);
	if (supervisor->state == STATE_SERVING)
		judge(supervisor, &end, overdue);
}

static void on_limit(void *arg)
{
	struct supervisor *supervisor = arg;

	child_signal_group(&supervisor->upgrade.child, SIGKILL);
}

static int make_words(const struct options *options, struct strv *ret)
{
	char *const *word;
	int error = strv_add(ret, "etcdfs");

	if (!error)
		error = strv_add(ret, RELAY_TRIAL);
	for (word = options->argv; *word && !error; word++)
		error = strv_add(ret, "%s", *word);
	return error;
}

static int start_trial(struct supervisor *supervisor)
{
	struct upgrade *upgrade = &supervisor->upgrade;
	CLEANUP(strv) struct strv words = {0};
	CLEANUP(fd) int file = -1;
	struct child_spec spec = {.path = supervisor->options->program,
		.envp = environ,
		.cwd = directory_of(supervisor),
		.death_signal = SIGKILL,
		.no_core = true,
		.own_session = true,
		.capture = true};
	struct relay relay;
	int error = make_words(supervisor->options, &words);

	fill(supervisor, &relay);
	if (!error)
		file = relay_write(&relay);
	if (!error && file < 0)
		error = file;
	spec.argv = words.items;
	spec.input = file;
	upgrade->version[0] = upgrade->words[0] = '\0';
	if (!error)
		error = child_spawn(&spec, &upgrade->child);
	if (error)
		return error;
	child_exit_await(&upgrade->exit);
	child_output_watch(&upgrade->output);
	return 0;
}

void upgrade_go_on(struct supervisor *supervisor)
{
	struct upgrade *upgrade = &supervisor->upgrade;
	int error;

	if (!upgrade->is_wanted || upgrade->child.pid || !is_ready(supervisor))
		return;
	upgrade->is_wanted = false;
	if (!filesystem_mount_passes(&supervisor->filesystem)) {
		give_up(supervisor, "this kernel cannot pass a mount on to another process");
		return;
	}
	error = start_trial(supervisor);
	if (error)
		give_up(supervisor, strerror(-error));
	else
		loop_timer_set(&supervisor->loop, &upgrade->limit, TRIAL_MS);
}

void upgrade_ask(struct supervisor *supervisor)
{
	if (supervisor->state >= STATE_UNMOUNTING)
		return;
	supervisor->upgrade.is_wanted = true;
	service_report_reloading(supervisor);
	upgrade_go_on(supervisor);
}

void upgrade_init(struct supervisor *supervisor)
{
	struct upgrade *upgrade = &supervisor->upgrade;

	upgrade->child = (struct child)CHILD_NONE;
	child_exit_init(&upgrade->exit, &supervisor->loop, &upgrade->child, on_end, supervisor);
	child_output_init(
		&upgrade->output, &supervisor->loop, &upgrade->child, on_line, supervisor);
	upgrade->limit = (struct timer){.run = on_limit, .arg = supervisor};
}

void upgrade_fini(struct supervisor *supervisor)
{
	struct upgrade *upgrade = &supervisor->upgrade;

	child_signal_group(&upgrade->child, SIGKILL);
	loop_timer_clear(&supervisor->loop, &upgrade->limit);
	child_exit_forget(&upgrade->exit);
	child_output_close(&upgrade->output);
	child_fini(&upgrade->child);
}
