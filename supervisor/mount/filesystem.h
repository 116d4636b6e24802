/* The filesystem process: started, sent updates, listened to, and started again when it dies. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop. The supervisor never touches the mount itself.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "supervisor/mount/handover.h"
#include "supervisor/mount/lingering.h"
#include "supervisor/mount/mounted.h"
#include "supervisor/process/child_exit.h"
#include "supervisor/process/child_output.h"
#include "supervisor/process/restart_policy.h"
#include "supervisor/process/watchdog.h"

struct filesystem_handler {
	/* The mount is at @path now; from then on the config's mountpoint must say so. */
	void (*moved)(void *arg, const char *path);
	/* As mounted.h has it; from then on the config's read_only and flags must say so. */
	void (*remounted)(void *arg, unsigned long flags, unsigned long changed);
	void (*mounted)(void *arg); /* each time */
	void (*synced)(void *arg);  /* each time */
	/* etcd refuses its client, from the start or from now on; "": it accepts it again. */
	void (*refused)(void *arg, const char *reason);
	void (*unmounted)(void *arg); /* it ended as a user or we asked; nothing is mounted */
	void (*failed)(void *arg, const char *text); /* it cannot be started; not called again */
};

struct filesystem {
	struct loop *loop;
	const struct filesystem_handler *handler;
	void *arg;
	const struct fs_config *config; /* without the control socket */
	int device;			/* given, for the first process; -1: none, or taken */

	struct child child;
	int control;
	struct child_exit exit;
	struct source reports;
	struct child_output output;
	struct timer restart;
	struct timer hanging;	    /* runs from the end of its socket to the end of the process */
	struct lingering lingering; /* one that has died before, and is held */
	struct restart_policy policy;
	struct watchdog watchdog;
	struct timer look;	/* for the watchdog */
	struct mounted mounted; /* the mount, alive or dead */
	uint32_t connection;	/* its device_minor, also when it has left; 0: none yet */
	struct handover handover;
	struct timer late;	     /* while it is orphaned */
	bool orphaned;		     /* the mount waits for a process that goes on with it */
	int hasty_deaths;	     /* of processes in a row that went on with it */
	bool dead;		     /* a mount without a process may be there */
	int64_t lease;		     /* the last one of a process, for its successor; 0: none */
	int held;		     /* the locks of the mount (fs/lock/held.h); 0: not made yet */
	bool left;		     /* it was unmounted, and the process must end */
	char failure[512];	     /* why it has ended, or why it is not ready */
	struct fs_update role, etcd; /* sent last */
	bool stopping;
	bool replacing;		/* the process is an older program's, and is to be replaced */
	struct timer impatient; /* until it is killed for that */
};

/* All pointers are borrowed; the caller sets the fields up to config. */
void filesystem_init(struct filesystem *filesystem);
void filesystem_fini(struct filesystem *filesystem);

/* Returns 0, or -errno: it does not run. */
int filesystem_start(struct filesystem *filesystem);
/* Parts of it: sends the configuration on @control, and starts the process with @socket (0 or
 * -errno); watches the process that is there. */
int filesystem_spawn(struct filesystem *filesystem, int control, int socket);
void filesystem_watch(struct filesystem *filesystem);

void filesystem_tell(struct filesystem *filesystem, const struct fs_role_update *role);
void filesystem_tell_etcd(struct filesystem *filesystem, const struct fs_child_update *etcd);

/* Takes the reports that have come, at once. */
void filesystem_hear(struct filesystem *filesystem);

/* Sends SIGTERM; unmounted() follows. Returns false if it does not run, and nothing will follow. */
bool filesystem_stop(struct filesystem *filesystem);
/* For a process that does not end: kills it and unmounts. unmounted() follows all the same. */
void filesystem_kill(struct filesystem *filesystem);
