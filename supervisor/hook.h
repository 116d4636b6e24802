/* Runs the user's commands for changes of the role: one at a time, and the latest state is always
 * reported. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop. Only hook_fini() waits for a hook to end.
 * Rule:    a hook must run when the state that it last reported differs from the current state. So
 *          states that came and went while a hook ran are skipped, the last one never.
 */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "supervisor/config/config.h"
#include "supervisor/process/child_exit.h"
#include "supervisor/process/child_output.h"

enum hook_slot {
	HOOK_LEADERSHIP, /* on-leader or on-follower */
	HOOK_CHANGE,	 /* on-change */
	HOOK_SLOTS_,
};

struct hook_state {
	bool known;
	enum fs_role role;
	uint64_t term;
};

struct hook {
	struct loop *loop;
	const struct config *config;
	const char *mountpoint;
	mode_t umask;

	bool begun, stopping;
	struct hook_state latest, told[HOOK_SLOTS_];
	enum hook_slot last; /* the slot whose hook ran last */
	const char *name;    /* of the hook that runs */
	struct child child;
	struct child_exit exit;
	struct child_output output;
	struct timer limit;
	int n_lines;  /* lines of its output so far */
	bool overdue; /* its time is over, and it got SIGTERM */
};

/* The caller sets the fields up to umask; they are borrowed. */
void hook_init(struct hook *hook);
/* Waits a moment for a hook that was told to end, and then kills it. */
void hook_fini(struct hook *hook);

/* Takes the current state; may be called for each answer of etcd. */
void hook_role(struct hook *hook, const struct fs_role_update *role);
/* The mount is usable: hooks run from now on. */
void hook_begin(struct hook *hook);
/* In place of hook_begin(): goes on with what an earlier program of this process has told, and with
 * the hook that runs, if one does. Set told, last and overdue before. */
void hook_take(struct hook *hook, const struct child *child, int64_t due_ms);
/* No more hooks are started, and the running one is told to end. */
void hook_stop(struct hook *hook);

/* Whether a hook of @slot must run. Pure. */
bool hook_is_due(
	enum hook_slot slot, const struct hook_state *told, const struct hook_state *latest);
/* The key in [hooks]: "on-leader", ... Pure. */
const char *hook_name(enum hook_slot slot, const struct hook_state *latest);
