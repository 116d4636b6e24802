/* The supervisor's parts, and the states that it goes through. */
#pragma once

#include "supervisor/command.h"
#include "supervisor/config/options.h"
#include "supervisor/etcd/etcd_process.h"
#include "supervisor/etcd/join.h"
#include "supervisor/etcd/quota.h"
#include "supervisor/etcd/removal.h"
#include "supervisor/etcd/role.h"
#include "supervisor/hook.h"
#include "supervisor/mount/filesystem.h"
#include "supervisor/process/daemon.h"
#include "supervisor/process/reaper.h"
#include "supervisor/service_report.h"
#include "supervisor/setup.h"
#include "supervisor/upgrade.h"
#include "supervisor/waiting.h"

enum supervisor_state {
	STATE_RELEASING,
	STATE_JOINING,
	STATE_STARTING,
	STATE_MOUNTING,
	STATE_SERVING,
	STATE_UNMOUNTING,
	STATE_STOPPING,
	STATE_ENDED,
};

struct supervisor {
	const struct options *options;
	struct setup *setup;
	mode_t umask;
	struct daemon *daemon;

	enum supervisor_state state;
	int status;	     /* the exit status */
	char failure[2000];  /* why it ends; "": it was asked to */
	bool silent;	     /* etcd runs and does not answer */
	bool without_quorum; /* mounted before etcd served */
	bool synced;	     /* the filesystem has had the keyspace once */
	bool joins;	     /* a new member: the start waits until it is a voter */
	bool killed;	     /* the process that this state waits for has got SIGKILL */
	int64_t election_ms; /* etcd's election timeout */
	int64_t revision;    /* etcd's, in its last Status */
	struct fs_config fs_config;
	struct loop loop;
	struct source signals, parent;
	struct timer deadline, look_again;
	struct waiting waiting;
	struct service_report service_report;
	struct reaper reaper;
	struct etcd_process etcd_process;
	struct role role;
	struct quota quota;
	struct removal removal;
	struct join join;
	struct filesystem filesystem;
	struct command command;
	struct hook hook;
	struct upgrade upgrade;
};

/* Reactions to events of etcd (supervisor_etcd.c). */
extern const struct etcd_process_handler supervisor_etcd_handler;
extern const struct join_handler supervisor_join_handler;
void supervisor_on_removal(void *arg, int removed);
/* etcd serves: called for each Status that says so. */
void supervisor_etcd_serves(struct supervisor *supervisor);

/* Goes on where the program before us has stopped (resume.c), in place of a start. 0 or -errno. */
int supervisor_resume(struct supervisor *supervisor, const struct relay *relay);

/* From now on signals are what signals.c says. Returns 0 or -errno. */
int supervisor_watch_signals(struct supervisor *supervisor);

/* Leaves the present state, and begins the new one. */
void supervisor_enter(struct supervisor *supervisor, enum supervisor_state state);

/* The mount is usable: starts COMMAND and the hooks. */
void supervisor_begin(struct supervisor *supervisor);

/* Ends everything in good order; only the first status counts. */
void supervisor_finish(struct supervisor *supervisor, int status);

/* Logs why, and ends everything in good order with status 1. */
void supervisor_fail(struct supervisor *supervisor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The member is a learner: asks for its promotion, and extends the deadline of the start. */
void supervisor_promote(struct supervisor *supervisor, uint64_t member);

/* What a start waits for; as waiting.h wants it. */
const char *supervisor_waits_for(void *arg, const char **ret_why);

/* Called by the timers. */
void supervisor_on_deadline(void *arg);
void supervisor_look_at_database(void *arg);
