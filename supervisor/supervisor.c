#include "supervisor/supervisor.h"

#include "fs/base/log.h"
#include "supervisor/data/membership.h"
#include "supervisor/mount/filesystem_replace.h"
#include "supervisor/state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>

/* How long an existing cluster may be silent: longer than it takes to find another endpoint. */
#define SILENCE_MS 4000

#define SHORT_LEASE_MS 100 /* delays of this length are normal on a busy machine */

/* --- What happens --------------------------------------------------------------------------- */

/* Logs one line when etcd falls silent although it should answer, and one when it answers again. */
static void log_silence(struct supervisor *supervisor, const struct fs_role_update *update)
{
	bool runs = supervisor->etcd_process.child.pid && supervisor->etcd_process.policy.ready;
	bool starts_etcd = supervisor->setup->starts_etcd;
	bool silent = update->role == FS_ROLE_OFFLINE && (runs || !starts_etcd);

	if (supervisor->state != STATE_SERVING || silent == supervisor->silent)
		return;
	if (silent && !starts_etcd)
		log_warning("no endpoint of etcd answers (%s)", supervisor->role.problem);
	else if (silent)
		log_warning(
			"etcd (pid %d) does not answer", (int)supervisor->etcd_process.child.pid);
	else if (update->role != FS_ROLE_OFFLINE)
		log_info("etcd answers again");
	else
		return;
	supervisor->silent = silent;
}

static void on_role(void *arg, const struct fs_role_update *update)
{
	struct supervisor *supervisor = arg;

	log_silence(supervisor, update);
	filesystem_tell(&supervisor->filesystem, update);
	filesystem_replace(&supervisor->filesystem);
	hook_role(&supervisor->hook, update);
	if (update->role == FS_ROLE_LEARNER && supervisor->join.etcd)
		supervisor_promote(supervisor, update->member_id);
	if (!role_serves(update))
		return;
	join_fini(&supervisor->join);
	supervisor_etcd_serves(supervisor);
	if (supervisor->state == STATE_STARTING)
		supervisor_enter(supervisor, STATE_MOUNTING);
}

static void on_status(void *arg, const struct etcd_reply *reply)
{
	struct supervisor *supervisor = arg;

	supervisor->revision = reply->header.revision;
	if (supervisor->setup->starts_etcd)
		quota_take(&supervisor->quota, reply);
}

/* An existing cluster refuses the supervisor's client. */
static void on_refused(void *arg, const char *reason)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_STARTING)
		supervisor_fail(supervisor, "cannot connect to etcd: %s", reason);
}

/* etcd refuses the filesystem's client. A filesystem process that was started again does not know
 * that it was accepted before. */
static void on_filesystem_refused(void *arg, const char *reason)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_MOUNTING && *reason)
		supervisor_fail(supervisor, "cannot connect to etcd: %s", reason);
	else if (supervisor->state == STATE_SERVING && *reason)
		log_warning("etcd takes us no longer, trying again: %s", reason);
	else if (supervisor->state == STATE_SERVING)
		log_info("etcd takes us again");
}

static void on_mounted(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_MOUNTING && supervisor->without_quorum)
		supervisor_enter(supervisor, STATE_SERVING);
}

static void on_synced(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->synced) {
		upgrade_go_on(supervisor);
		return;
	}
	supervisor->synced = true;
	if (supervisor->state == STATE_MOUNTING)
		supervisor_enter(supervisor, STATE_SERVING);
	else if (supervisor->state == STATE_SERVING)
		supervisor_begin(supervisor);
	upgrade_go_on(supervisor);
}

static void on_unmounted(void *arg)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_MOUNTING)
		supervisor_fail(supervisor, "mountpoint %s: unmounted before it was ready",
			supervisor->setup->mountpoint);
	else if (supervisor->state == STATE_UNMOUNTING)
		supervisor_enter(supervisor, STATE_STOPPING);
	else
		supervisor_finish(supervisor, 0);
}

static void on_moved(void *arg, const char *path)
{
	struct supervisor *supervisor = arg;

	log_info("mountpoint %s: moved to %s", supervisor->setup->mountpoint, path);
	setup_move(supervisor->setup, path);
}

/* A mount that an ordinary user has started with ro does not have the kernel's flag. */
static void on_remounted(void *arg, unsigned long flags, unsigned long changed)
{
	struct supervisor *supervisor = arg;
	struct fs_config *config = &supervisor->fs_config;

	if (changed & MS_RDONLY)
		config->read_only = flags & MS_RDONLY;
	config->flags = flags;
	log_info("mountpoint %s: remounted: %s%s%s", supervisor->setup->mountpoint,
		config->read_only ? "ro" : "rw", flags & MS_NOEXEC ? ", noexec" : "",
		flags & MS_SYNCHRONOUS ? ", sync" : "");
}

static void on_filesystem_failed(void *arg, const char *text)
{
	supervisor_fail(arg, "%s", text);
}

static void on_command_end(void *arg, int status)
{
	struct supervisor *supervisor = arg;

	if (supervisor->state == STATE_SERVING)
		supervisor_finish(supervisor, status);
	else if (!supervisor->status)
		supervisor->status = status;
}

/* The process that waits for our readiness has gone. */
static void on_parent_gone(void *arg, uint32_t epoll_events)
{
	struct supervisor *supervisor = arg;

	(void)epoll_events;
	loop_forget(&supervisor->loop, &supervisor->parent);
	supervisor_finish(supervisor, 1);
}

/* --- Life ----------------------------------------------------------------------------------- */

static const struct filesystem_handler filesystem_handler = {.moved = on_moved,
	.remounted = on_remounted,
	.mounted = on_mounted,
	.synced = on_synced,
	.refused = on_filesystem_refused,
	.unmounted = on_unmounted,
	.failed = on_filesystem_failed};

static void fill_fs_config(struct supervisor *supervisor)
{
	const struct config *config = &supervisor->options->config;
	const char *given = config_etcd(config, "name");
	const char *spec = supervisor->options->call.spec;

	supervisor->fs_config = (struct fs_config){
		.mountpoint = supervisor->setup->mountpoint,
		.source = spec			      ? spec
			  : given || config->instance ? config_name(config)
						      : "etcdfs",
		.member = config_name(config),
		.etcd = supervisor->setup->etcd,
		.prefix = bytes_of(config->prefix),
		.timeout_ms = config->timeout_ms,
		.lock_ttl_s = config->lock_ttl_s,
		.uid = config->uid,
		.gid = config->gid,
		.fmask = config_fmask(config),
		.dmask = config_dmask(config),
		.metadata = config->metadata,
		.make_mask = config_make_mask(config),
		.allow_other = config->allow_other,
		.read_only = config->read_only,
		.flags = config->mount_flags,
		.inotify = config->inotify,
		.cached = config->cached,
		.is_heard = supervisor->daemon->is_background,
		.log_level = config->log_level,
		.max_value = config_max_value(config),
		.quota = config->endpoints ? 0 : config_quota(config),
		.control = -1,
	};
}

static void fill_parts(struct supervisor *supervisor)
{
	const struct setup *setup = supervisor->setup;
	struct loop *loop = &supervisor->loop;

	supervisor->etcd_process = (struct etcd_process){.loop = loop,
		.handler = &supervisor_etcd_handler,
		.arg = supervisor,
		.paths = &setup->paths,
		.program = setup->version.path,
		.argv = setup->cmd.argv.items,
		.envp = setup->environment.items};
	supervisor->join = (struct join){.loop = loop,
		.handler = &supervisor_join_handler,
		.arg = supervisor,
		.cluster = config_etcd(&supervisor->options->config, "join") ? &setup->cluster.etcd
									     : NULL,
		.node = {config_name(&supervisor->options->config), &setup->cmd.peer_urls}};
	supervisor->role = (struct role){.loop = loop,
		.on_update = on_role,
		.on_status = on_status,
		.on_refused = setup->starts_etcd ? NULL : on_refused,
		.arg = supervisor,
		.is_client = !setup->starts_etcd,
		.is_alone = setup->cmd.is_alone};
	supervisor->removal = (struct removal){.loop = loop,
		.cluster = &setup->cluster.etcd,
		.answered = supervisor_on_removal,
		.arg = supervisor};
	supervisor->filesystem = (struct filesystem){.loop = loop,
		.handler = &filesystem_handler,
		.arg = supervisor,
		.config = &supervisor->fs_config};
	supervisor->command =
		(struct command){.loop = loop, .on_end = on_command_end, .arg = supervisor};
	supervisor->hook = (struct hook){.loop = loop,
		.config = &supervisor->options->config,
		.mountpoint = setup->mountpoint,
		.umask = supervisor->umask};
	removal_init(&supervisor->removal);
	command_init(&supervisor->command);
	hook_init(&supervisor->hook);
	etcd_process_init(&supervisor->etcd_process);
	filesystem_init(&supervisor->filesystem);
	upgrade_init(supervisor);
}

static void warn_of_short_lease(const struct supervisor *supervisor)
{
	int64_t limit_ms = supervisor->role.claim.limit_ms;

	if (supervisor->setup->starts_etcd && !supervisor->setup->cmd.is_alone &&
		limit_ms < SHORT_LEASE_MS)
		log_warning("election-timeout and heartbeat-interval leave a leader's word %lld "
			    "ms: whenever an answer of the others takes longer, it is a candidate",
			(long long)limit_ms);
}

static int init_parts(struct supervisor *supervisor)
{
	const struct config *config = &supervisor->options->config;
	struct loop *loop = &supervisor->loop;
	int error;

	supervisor->election_ms = config_etcd_number(
		config, "election-timeout", supervisor->setup->starts_etcd ? 1000 : SILENCE_MS);
	supervisor->deadline = (struct timer){.run = supervisor_on_deadline, .arg = supervisor};
	supervisor->look_again =
		(struct timer){.run = supervisor_look_at_database, .arg = supervisor};
	waiting_init(&supervisor->waiting, &supervisor->loop, supervisor_waits_for, supervisor);
	service_report_begin(supervisor);
	error = role_init(&supervisor->role, &supervisor->fs_config.etcd, supervisor->election_ms,
		config_etcd_number(config, "heartbeat-interval", 100));
	warn_of_short_lease(supervisor);
	supervisor->quota =
		(struct quota){.etcd = supervisor->role.etcd, .limit = config_quota(config)};
	supervisor->removal.own = supervisor->role.etcd;
	supervisor->joins = supervisor->join.cluster &&
			    !membership_has_data(config, supervisor->setup->paths.data_dir);
	if (!error && supervisor->join.cluster)
		error = join_init(&supervisor->join);
	if (!error)
		error = supervisor_watch_signals(supervisor);
	if (!error)
		error = reaper_init(&supervisor->reaper, loop);
	if (!error && supervisor->daemon->pipe >= 0)
		error = loop_watch(loop, &supervisor->parent, supervisor->daemon->pipe, 0,
			on_parent_gone, supervisor);
	return error;
}

static void fini_parts(struct supervisor *supervisor)
{
	struct loop *loop = &supervisor->loop;

	upgrade_fini(supervisor);
	role_fini(&supervisor->role);
	removal_fini(&supervisor->removal);
	join_fini(&supervisor->join);
	command_fini(&supervisor->command);
	hook_fini(&supervisor->hook);
	filesystem_fini(&supervisor->filesystem);
	etcd_process_fini(&supervisor->etcd_process);
	reaper_fini(&supervisor->reaper);
	loop_timer_clear(loop, &supervisor->look_again);
	loop_timer_clear(loop, &supervisor->deadline);
	waiting_end(&supervisor->waiting);
	service_report_end(supervisor);
	if (supervisor->signals.fd >= 0)
		close(supervisor->signals.fd);
	loop_fini(loop);
}

int supervisor_run(const struct options *options, struct setup *setup, mode_t umask,
	struct daemon *daemon, const struct relay *relay)
{
	struct supervisor supervisor = {.options = options,
		.setup = setup,
		.umask = umask,
		.daemon = daemon,
		.signals.fd = -1,
		.parent.fd = -1};
	int error;

	fill_fs_config(&supervisor);
	fill_parts(&supervisor);
	if (setup->cluster.is_clear)
		log_warning("the password goes over http://: it is not encrypted");
	if (setup->cmd.has_clear_peers)
		log_warning("the members' traffic goes over http://: it is not encrypted");
	error = loop_init(&supervisor.loop);
	if (!error)
		error = init_parts(&supervisor);
	if (!error && relay)
		error = supervisor_resume(&supervisor, relay);
	else if (!error)
		supervisor_enter(&supervisor, STATE_RELEASING);
	while (!error && supervisor.state != STATE_ENDED)
		error = loop_turn(&supervisor.loop);
	if (error)
		log_error("the supervisor: %s", strerror(-error));
	fini_parts(&supervisor);
	return error ? 1 : supervisor.status;
}
