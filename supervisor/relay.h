/* What a supervisor leaves to the program that goes on in its process (upgrade.h). */
/*
 * Owner:   the caller; relay_fini() is not needed, since nothing in it is allocated.
 * Threads: one.
 * Format:  for each member its name, its size and its bytes, in a file in memory. Writer and reader
 *          are different versions of this program. So a member that only the writer knows is left
 *          out, one that only the reader knows is zero, and one of another size is refused. A new
 *          version of a member gets a new name.
 */
#pragma once

#include "fs/api/protocol.h"
#include "supervisor/config/refusal.h"
#include "supervisor/etcd/leader_claim.h"
#include "supervisor/hook.h"

#include <limits.h>
#include <stdbool.h>

/* It is raised when a program could not go on with what an older one leaves: because a member means
 * something else, or because it would answer the kernel's INIT in a way that does not fit what the
 * older one has answered. */
#define RELAY_VERSION 1

/* The first argument of a program that is only to say whether it could go on: the relay is its
 * standard input, and the arguments of the running program follow. */
#define RELAY_TRIAL "--would-go-on"

/* The variable by which a program that goes on is told the relay's descriptor. */
#define RELAY_VARIABLE "ETCDFS_RELAY"

/* A process that goes on, with its new parent. */
struct relay_child {
	int64_t pid; /* 0: there is none */
	int64_t started_ms;
};

struct relay {
	int version;

	/* What the configuration may not change while the mount is there. */
	bool starts_etcd, cached, allow_other;
	char data_dir[PATH_MAX], run_dir[PATH_MAX], prefix[PATH_MAX];

	char mountpoint[PATH_MAX]; /* where it is now */
	bool is_background, is_given, read_only, without_quorum;
	unsigned long flags; /* of the mount */
	mode_t umask;	     /* the user's */
	bool keeps_run_dir, keeps_parent;
	int data_lock, run_lock; /* descriptors, like those below; -1: none */

	struct relay_child filesystem, etcd, hook, command;
	int control, device; /* the filesystem's */
	int filesystem_output, etcd_output, hook_output;
	struct fs_inheritance inheritance;
	int64_t lease; /* the filesystem process's */
	int held;      /* its file of locks; 0: an older version had none */
	struct fs_child_update etcd_told;

	struct leader_claim claim;
	uint64_t past_term;
	struct hook_state hook_told[HOOK_SLOTS_];
	enum hook_slot hook_last;
	int64_t hook_due_ms; /* the end of its time */
	bool hook_overdue;
};

/* Makes the file. Returns its descriptor, which is closed by an execve(), or -errno. */
int relay_write(const struct relay *relay);

/* Returns 0 or REFUSED. */
int relay_read(int file, struct relay *ret, struct refusal *refusal);

/* Whether the next execve() closes the descriptors. */
void relay_set_cloexec(const struct relay *relay, bool closes);
