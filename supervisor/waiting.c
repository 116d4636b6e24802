/*
 * A name server, a cluster or a disk may be slow, and who has typed the command sees nothing of it.
 * What is refused for good is said at once by who finds it out; this is for what may still come.
 */
#include "fs/base/log.h"
#include "supervisor/supervisor_private.h"

#include <stdio.h>

#define PATIENCE_MS 8000 /* below the limits of state.c, of which the first is 10 s */

static bool is_start(enum supervisor_state state)
{
	return state <= STATE_MOUNTING;
}

/* The object of "waiting for ..."; why it is not there yet in @ret_why, "": not known. */
static const char *waits_for(const struct supervisor *supervisor, const char **ret_why)
{
	*ret_why = "";
	switch (supervisor->state) {
	case STATE_RELEASING:
		return "the etcd of an earlier run to let go of the data directory";
	case STATE_JOINING:
		*ret_why = supervisor->join.trouble;
		return "the cluster to take this node as a member";
	case STATE_STARTING:
		*ret_why = supervisor->role.problem;
		return supervisor->joins ? "the cluster's leader to make this member a voter"
					 : "etcd to serve";
	case STATE_MOUNTING:
		*ret_why = supervisor->filesystem.failure;
		return "the filesystem process to mount and to read the keys";
	default:
		return NULL;
	}
}

static void waiting_tell(void *arg)
{
	struct supervisor *supervisor = arg;
	const char *why;
	const char *what = waits_for(supervisor, &why);

	if (what && !supervisor->without_quorum) /* which was said */
		log_info("waiting for %s%s%s", what, *why ? ": " : "", why);
}

void waiting_init(struct supervisor *supervisor)
{
	supervisor->waiting = (struct timer){.run = waiting_tell, .arg = supervisor};
}

void waiting_begin(struct supervisor *supervisor)
{
	if (is_start(supervisor->state))
		loop_timer_set(&supervisor->loop, &supervisor->waiting, PATIENCE_MS);
	else
		loop_timer_clear(&supervisor->loop, &supervisor->waiting);
}
