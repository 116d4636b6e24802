#include "supervisor/mount/filesystem_death.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "supervisor/mount/filesystem_mount.h"

#include <stdio.h>

/* From the end of its socket to the end of the process; longer where a successor can go on with the
 * mount, because nobody is lost meanwhile. */
#define HANGING_MS 200
#define PASSING_MS 1000

void filesystem_death_begins(struct filesystem *filesystem)
{
	loop_timer_set(filesystem->loop, &filesystem->hanging,
		filesystem_mount_passes(filesystem) ? PASSING_MS : HANGING_MS);
}

void filesystem_death_close(struct filesystem *filesystem)
{
	loop_forget(filesystem->loop, &filesystem->reports);
	if (filesystem->control >= 0)
		close(STEAL_FD(filesystem->control));
}

/* The process has died, except a thread that hangs in the kernel: it waits for a lock of somebody
 * whose request will never be answered. */
static void on_hanging(void *arg)
{
	struct filesystem *filesystem = arg;

	if (filesystem->child.pid && mounted_is_there(&filesystem->mounted))
		filesystem_mount_abort(filesystem);
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

/* Whether the end was asked for. A process that has failed may also have unmounted, but it says
 * why. */
static bool is_asked_for(const struct filesystem *filesystem, const struct child_end *end)
{
	return filesystem->stopping || (filesystem->left && !*filesystem->failure) ||
	       (!end->signalled && !end->code);
}

static void handle_death(struct filesystem *filesystem, const struct child_end *end)
{
	char obituary[160], why[700];
	bool failed = end->signalled || end->code;
	bool passes_on = failed && filesystem_mount_passes(filesystem);

	child_obituary(end, filesystem->policy.ready, obituary, sizeof(obituary));
	if (*filesystem->failure)
		snprintf(why, sizeof(why), "%s", filesystem->failure);
	else
		snprintf(why, sizeof(why), "the filesystem process %s", obituary);
	if (passes_on)
		filesystem_mount_orphan(filesystem);
	else if (failed && !filesystem->dead)
		filesystem_mount_abort(filesystem);
	if (is_asked_for(filesystem, end)) {
		filesystem_mount_let_go(filesystem);
		filesystem_mount_clear(filesystem);
		log_debug("the filesystem process %s", obituary);
		filesystem->handler->unmounted(filesystem->arg);
		return;
	}
	filesystem_death_answer(filesystem, why);
}

static void on_end(void *arg)
{
	struct filesystem *filesystem = arg;
	struct child_end end;

	filesystem_hear(filesystem);
	mounted_look(&filesystem->mounted); /* whether it was unmounted meanwhile */
	child_output_finish(&filesystem->output);
	loop_timer_clear(filesystem->loop, &filesystem->hanging);
	filesystem_death_close(filesystem);
	if (child_reap(&filesystem->child, &end))
		handle_death(filesystem, &end);
}

void filesystem_death_init(struct filesystem *filesystem)
{
	child_exit_init(
		&filesystem->exit, filesystem->loop, &filesystem->child, on_end, filesystem);
	filesystem->hanging = (struct timer){.run = on_hanging, .arg = filesystem};
}

void filesystem_death_fini(struct filesystem *filesystem)
{
	child_exit_forget(&filesystem->exit);
	loop_timer_clear(filesystem->loop, &filesystem->hanging);
	filesystem_death_close(filesystem);
}
