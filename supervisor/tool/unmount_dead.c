#include "supervisor/tool/unmount_dead.h"

#include "supervisor/mount/mountpoint.h"

#define GOING_MS 2000

int unmount_dead_run(const struct options *options, struct refusal *refusal)
{
	enum mountpoint_state state;
	char path[PATH_MAX];
	int error = mountpoint_wait(options->mountpoint, GOING_MS, &state, refusal);

	if (!error)
		error = mountpoint_check(options->mountpoint, &state, path, refusal);
	while (!error && state == MOUNTPOINT_DEAD) {
		error = mountpoint_clear(path, refusal);
		if (!error)
			error = mountpoint_check(path, &state, path, refusal);
	}
	return error;
}
