#include "supervisor/mount/handover.h"

#include "fs/base/connection.h"
#include "fs/base/log.h"

#include <unistd.h>

void handover_init(struct handover *handover)
{
	*handover = (struct handover){.inheritance.device = -1};
}

void handover_drop(struct handover *handover)
{
	if (handover->inheritance.device >= 0)
		close(handover->inheritance.device);
	handover->inheritance = (struct fs_inheritance){.device = -1};
}

void handover_hold(struct handover *handover, int device, const struct fs_init *init)
{
	pid_t notifier = handover->inheritance.notifier;

	handover_drop(handover);
	handover->inheritance.device = device;
	handover->inheritance.notifier = notifier;
	if (device < 0)
		return;
	handover->inheritance.init = *init;
	handover->works = true;
}

bool handover_is_possible(const struct handover *handover, const struct mounted *mounted)
{
	const struct fs_inheritance *inheritance = &handover->inheritance;

	return inheritance->init.length && inheritance->incarnation + 1 < FS_INCARNATIONS_MAX &&
	       !connection_is_over(inheritance->device) && mounted_is_there(mounted);
}

void handover_next(
	struct handover *handover, const struct mounted *mounted, struct fs_inheritance *ret)
{
	handover->inheritance.incarnation++;
	handover->inheritance.device_minor = mounted->info.device_minor;
	handover->inheritance.mount_id = mounted->info.id;
	*ret = handover->inheritance;
}

void handover_explain(struct handover *handover)
{
	if (!handover->works && !handover->explained)
		log_info("this kernel cannot pass a mount on to another process: "
			 "what was open in it and copies of it are lost");
	handover->explained = true;
}
