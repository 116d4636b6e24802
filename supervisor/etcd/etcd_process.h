/* etcd's process: kept running, and its log read. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * States:  running (child.pid), waiting to be started again (timer), stopping, or none of these.
 */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "supervisor/data/paths.h"
#include "supervisor/etcd/etcd_log.h"
#include "supervisor/process/child_exit.h"
#include "supervisor/process/child_output.h"
#include "supervisor/process/restart_policy.h"

struct etcd_process_handler {
	void (*changed)(void *arg); /* it has started or ended: see told */
	void (*hint)(void *arg);    /* its log says that the role may have changed */
	void (*died)(void *arg);    /* it has ended, and may be started again */
	/* It has ended by itself with status 0. If it was not removed from its cluster, the handler
	 * must call etcd_process_restart(). */
	void (*quit)(void *arg);
	void (*stopped)(void *arg);		     /* after etcd_process_stop(): it has ended */
	void (*failed)(void *arg, const char *text); /* it cannot be started; not called again */
};

struct etcd_process {
	struct loop *loop;
	const struct etcd_process_handler *handler;
	void *arg;
	const struct paths *paths;
	const char *program;
	char *const *argv;
	char *const *envp;

	struct child child;
	struct child_exit exit;
	struct child_output output;
	struct timer restart;
	struct restart_policy policy;
	struct etcd_log log;
	struct fs_child_update told; /* for the mount's .etcd/status */
	bool stopping;
	bool told_clock;   /* that clocks differ was logged for this process */
	bool says_removed; /* the last process's log says that the member was removed: a hint */
	char obituary[160];
};

/* All pointers are borrowed for its life; the caller sets the fields up to envp. */
void etcd_process_init(struct etcd_process *process);
void etcd_process_fini(struct etcd_process *process);

/* Returns 0, or -errno: it does not run. */
int etcd_process_start(struct etcd_process *process);
/* In place of a start: goes on with the process of the program before us, and what it has told.
 * Without one (pid 0) another is started soon. */
void etcd_process_take(struct etcd_process *process, const struct child *child,
	const struct fs_child_update *told);
/* It serves: its death is no failure to start from now on. */
void etcd_process_is_ready(struct etcd_process *process);
/* Keeps it running from now on, even if it does not serve for a long time. */
void etcd_process_keep(struct etcd_process *process);
/* Starts it again after quit(). */
void etcd_process_restart(struct etcd_process *process);
/* It is not started again from now on. */
void etcd_process_retire(struct etcd_process *process);
/* Sends SIGTERM; stopped() follows. Returns false if it does not run, and nothing will follow. */
bool etcd_process_stop(struct etcd_process *process);
void etcd_process_kill(struct etcd_process *process);
