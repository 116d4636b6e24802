/*
 * The end of the control socket comes a moment before the process can be reaped. Where that moment
 * does not pass, a debugger or the kernel holds the process: the kernel, because its invalidation
 * thread waits for the lock of a directory, whose holder waits for an answer. Where a successor can
 * go on with the mount, the process is put aside (lingering.h), and the successor answers. Where
 * none can, or one is put aside already, the connection is aborted.
 */
#include "supervisor/mount/filesystem_death.h"

#include "fs/base/clock.h"
#include "fs/base/connection.h"
#include "fs/base/log.h"
#include "supervisor/mount/filesystem_mount.h"
#include "supervisor/mount/filesystem_replace.h"

#include <stdio.h>

/* From the end of its socket to the end of the process; longer where a successor can go on with the
 * mount, because nobody is lost meanwhile. */
#define HANGING_MS 200
#define PASSING_MS 500

void filesystem_death_begins(struct filesystem *filesystem)
{
	loop_timer_set(filesystem->loop, &filesystem->hanging,
		filesystem_mount_passes(filesystem) ? PASSING_MS : HANGING_MS);
}

static void close_control(struct filesystem *filesystem)
{
	loop_forget(filesystem->loop, &filesystem->reports);
	if (filesystem->control >= 0)
		close(STEAL_FD(filesystem->control));
}

static void tell_restart(struct filesystem *filesystem, const char *why, int delay_ms)
{
	if (!restart_policy_tells(&filesystem->policy, clock_now_ms()))
		return;
	if (delay_ms)
		log_error("%s; it is started again in %d ms", why, delay_ms);
	else
		log_error("%s; it is started again at once, and goes on with the mount", why);
	if (!filesystem->orphaned)
		handover_explain(&filesystem->handover);
}

/* Callers wait in an orphaned mount, so the first process that is to go on with it is started at
 * once. */
void filesystem_death_answer(struct filesystem *filesystem, const char *why)
{
	/* Only the process that has mounted could do it again. */
	bool is_lost = filesystem->config->is_given && !filesystem->orphaned;
	int delay_ms;

	if (is_lost || restart_policy_died(&filesystem->policy, clock_now_ms(),
			       restart_policy_dice(), &delay_ms)) {
		if (filesystem->orphaned)
			filesystem_mount_abort(filesystem);
		filesystem_mount_clear(filesystem);
		filesystem->handler->failed(filesystem->arg, why);
		return;
	}
	if (filesystem->orphaned && restart_policy_is_first(&filesystem->policy))
		delay_ms = 0;
	tell_restart(filesystem, why, delay_ms);
	loop_timer_set(filesystem->loop, &filesystem->restart, delay_ms);
}

/* The process's own words say more than how it has ended. */
static void answer(struct filesystem *filesystem, const char *ending)
{
	char why[700];

	if (*filesystem->failure)
		snprintf(why, sizeof(why), "%s", filesystem->failure);
	else
		snprintf(why, sizeof(why), "the filesystem process %s", ending);
	filesystem_death_answer(filesystem, why);
}

static void hang_up(struct filesystem *filesystem)
{
	child_output_finish(&filesystem->output);
	loop_timer_clear(filesystem->loop, &filesystem->hanging);
	close_control(filesystem);
}

/* --- A process that is held ----------------------------------------------------------------- */

/* If its socket is open, more of it may be there than the invalidation thread. */
static bool may_linger(const struct filesystem *filesystem)
{
	return filesystem->reports.fd < 0 && !lingering_is_there(&filesystem->lingering) &&
	       filesystem_mount_passes(filesystem);
}

static void put_aside(struct filesystem *filesystem)
{
	char ending[120];

	snprintf(ending, sizeof(ending),
		"(pid %d) has died, but a debugger or the kernel still holds it",
		(int)filesystem->child.pid);
	hang_up(filesystem);
	child_exit_forget(&filesystem->exit);
	lingering_take(&filesystem->lingering, &filesystem->child);
	filesystem_mount_orphan(filesystem);
	answer(filesystem, ending);
}

/* Our mount is off, and no process serves it. As long as the thread is in the kernel, the number is
 * that of its connection. Else another mount may have it: when a debugger holds the process, which
 * then has no threads, or when the process is about to end. */
static void free_thread(const struct filesystem *filesystem)
{
	struct mountinfo other;

	if (!child_is_over(&filesystem->child, 0) &&
		!mountinfo_find_whole(filesystem->connection, 0, &other))
		connection_abort(filesystem->connection);
}

/* Somebody has unmounted it, so the process's death is the end. */
static void end_without(struct filesystem *filesystem)
{
	free_thread(filesystem);
	if (!filesystem->stopping && !*filesystem->failure)
		filesystem->handler->unmounted(filesystem->arg);
}

static void give_up(struct filesystem *filesystem)
{
	if (lingering_is_there(&filesystem->lingering) && !filesystem->stopping)
		log_error("the filesystem process (pid %d) does not end, because a debugger or the "
			  "kernel holds it, and the one before it as well: what waits for the "
			  "mount ends with an error",
			(int)filesystem->child.pid);
	filesystem_mount_abort(filesystem);
}

static void on_hanging(void *arg)
{
	struct filesystem *filesystem = arg;

	if (may_linger(filesystem))
		put_aside(filesystem);
	else if (filesystem->left)
		end_without(filesystem);
	else if (mounted_is_there(&filesystem->mounted))
		give_up(filesystem);
}

bool filesystem_death_remains(struct filesystem *filesystem)
{
	if (!lingering_give_back(&filesystem->lingering, &filesystem->child))
		return false;
	free_thread(filesystem);
	child_exit_await(&filesystem->exit);
	return true;
}

/* --- A process that has ended --------------------------------------------------------------- */

/* Whether the end was asked for. A process that has failed may also have unmounted, but it says
 * why. */
static bool is_asked_for(const struct filesystem *filesystem, const struct child_end *end)
{
	return filesystem->stopping || (filesystem->left && !*filesystem->failure) ||
	       (!end->signalled && !end->code);
}

static void handle_death(struct filesystem *filesystem, const struct child_end *end)
{
	char obituary[160];
	bool failed = end->signalled || end->code;

	child_obituary(end, filesystem->policy.ready, obituary, sizeof(obituary));
	if (failed && filesystem_mount_passes(filesystem))
		filesystem_mount_orphan(filesystem);
	else if (failed && !filesystem->dead)
		filesystem_mount_abort(filesystem);
	if (filesystem_is_replaced(filesystem) && filesystem->orphaned) {
		loop_timer_set(filesystem->loop, &filesystem->restart, 0);
		return;
	}
	if (!is_asked_for(filesystem, end)) {
		answer(filesystem, obituary);
		return;
	}
	log_debug("the filesystem process %s", obituary);
	filesystem_mount_let_go(filesystem);
	filesystem_mount_clear(filesystem);
	if (!filesystem->stopping || !filesystem_death_remains(filesystem))
		filesystem->handler->unmounted(filesystem->arg);
}

static void on_end(void *arg)
{
	struct filesystem *filesystem = arg;
	struct child_end end;

	filesystem_hear(filesystem);
	mounted_look(&filesystem->mounted); /* whether it was unmounted meanwhile */
	hang_up(filesystem);
	if (child_reap(&filesystem->child, &end))
		handle_death(filesystem, &end);
}

void filesystem_death_init(struct filesystem *filesystem)
{
	child_exit_init(
		&filesystem->exit, filesystem->loop, &filesystem->child, on_end, filesystem);
	filesystem->hanging = (struct timer){.run = on_hanging, .arg = filesystem};
	lingering_init(&filesystem->lingering, filesystem->loop);
}

void filesystem_death_fini(struct filesystem *filesystem)
{
	child_exit_forget(&filesystem->exit);
	loop_timer_clear(filesystem->loop, &filesystem->hanging);
	close_control(filesystem);
	lingering_fini(&filesystem->lingering);
}
