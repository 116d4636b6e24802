#include "supervisor/mount/filesystem_replace.h"

#include "fs/base/clock.h"

#include <signal.h>

#define IMPATIENT_MS 1500 /* above what the process itself waits for its last answers (fs/fs.c) */

static void on_impatient(void *arg)
{
	struct filesystem *filesystem = arg;

	child_signal(&filesystem->child, SIGKILL);
}

void filesystem_replace_init(struct filesystem *filesystem)
{
	filesystem->impatient = (struct timer){.run = on_impatient, .arg = filesystem};
}

void filesystem_take(struct filesystem *filesystem, const struct child *child, int control,
	const struct fs_inheritance *inheritance)
{
	restart_policy_started(&filesystem->policy);
	restart_policy_ready(&filesystem->policy, clock_now_ms());
	filesystem->child = *child;
	filesystem->control = control;
	filesystem->handover.inheritance = *inheritance;
	filesystem->handover.works = true;
	filesystem->device = -1;
	filesystem->replacing = true;
	mounted_take(&filesystem->mounted, inheritance->device_minor, inheritance->mount_id);
	filesystem_watch(filesystem);
}

void filesystem_replace(struct filesystem *filesystem)
{
	if (!filesystem->replacing || filesystem->impatient.is_set)
		return;
	child_signal(&filesystem->child, SIGUSR2);
	loop_timer_set(filesystem->loop, &filesystem->impatient, IMPATIENT_MS);
}

bool filesystem_is_replaced(struct filesystem *filesystem)
{
	bool replaced = filesystem->replacing;

	filesystem->replacing = false;
	loop_timer_clear(filesystem->loop, &filesystem->impatient);
	return replaced;
}
