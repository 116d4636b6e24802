/* The filesystem process: started, told the role, listened to, and started again when it dies. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop. The supervisor never touches the mount itself.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "supervisor/mount/mounted.h"
#include "supervisor/process/child_exit.h"
#include "supervisor/process/child_output.h"
#include "supervisor/process/restart_policy.h"
#include "supervisor/process/watchdog.h"

struct filesystem_handler {
	/* The mount is at @path now. The config's mountpoint is to say so from then on. */
	void (*moved)(void *arg, const char *path);
	void (*mounted)(void *arg);   /* each time */
	void (*synced)(void *arg);    /* each time */
	/* Etcd takes its client not, or no longer; "": it does again. */
	void (*refused)(void *arg, const char *reason);
	void (*unmounted)(void *arg); /* it ended as asked by a user or by us; nothing is mounted */
	void (*failed)(void *arg, const char *text); /* it cannot be started; not called again */
};

struct filesystem {
	struct loop *loop;
	const struct filesystem_handler *handler;
	void *arg;
	const struct fs_config *config; /* but for its control socket */
	bool capture;			/* its stderr, for the log; else it is ours */

	struct child child;
	int control;
	struct child_exit exit;
	struct source reports;
	struct child_output output;
	struct timer restart;
	struct timer hanging; /* set between its socket's end and its own */
	struct restart_policy policy;
	struct watchdog watchdog;
	struct timer look;	       /* of the watchdog */
	struct mounted mounted;	       /* the mount, alive or dead */
	bool dead;		       /* a mount without a process may be there */
	bool left;		       /* it was taken off, and the process is to end */
	char failure[512];	       /* what it said before it ended, or why it is not ready */
	struct fs_update role, etcd;   /* told last */
	bool stopping;
};

/* All pointers are borrowed; the fields up to capture are set by the caller. */
void filesystem_init(struct filesystem *filesystem);
void filesystem_fini(struct filesystem *filesystem);

/* 0, or -errno: it does not run. */
int filesystem_start(struct filesystem *filesystem);
void filesystem_tell(struct filesystem *filesystem, const struct fs_role_update *role);
void filesystem_tell_etcd(struct filesystem *filesystem, const struct fs_child_update *etcd);

/* Hands on at once what it has reported. */
void filesystem_hear(struct filesystem *filesystem);

/* SIGTERM, and then unmounted(). False: it does not run, and nothing will come. */
bool filesystem_stop(struct filesystem *filesystem);
/* When it does not end by itself: kills it and takes the mount off. unmounted() comes all the same.
 */
void filesystem_kill(struct filesystem *filesystem);
