/* The notifier: a process that touches the mount as a user would, so that the kernel raises inotify
 * events. */
/*
 * Owner:   the mount. The RPC thread starts one process with posix_spawn(3), and another when that
 *          ends.
 * Threads: the RPC thread; notifier_is() any.
 *
 * It is a process because a thread that waits on its own process's mount cannot be killed. It is
 * executed anew, so it has neither /dev/fuse nor other descriptors of ours; its working directory
 * is "/", it holds nothing of the mount between two touches, and it dies with its parent.
 */
#pragma once

#include "fs/base/backoff.h"
#include "fs/base/loop.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum notifier_step {
	NOTIFIER_MODIFY, /* open for writing, set the time, close */
	NOTIFIER_TIME,	 /* set the time only: for a file that cannot be opened for writing */
	NOTIFIER_CREATE, /* create a file */
	NOTIFIER_FILL,	 /* create a file, set its time */
	NOTIFIER_ATTRIB, /* set both times, which is a change of attributes */
	NOTIFIER_SYMLINK,
	NOTIFIER_FIFO,
	NOTIFIER_SOCKET,
	NOTIFIER_MKDIR,
	NOTIFIER_UNLINK,
	NOTIFIER_RMDIR,
};

/* An order, one packet; the notifier answers each with a struct notifier_answer. */
struct notifier_order {
	uint64_t serial;
	enum notifier_step step;
	bool known; /* the kernel may know the name: skip it if something is mounted at or below
		     * it */
	char path[PATH_MAX]; /* from the root of the mount, without a leading slash */
};

struct notifier_answer {
	uint64_t serial;
	int error; /* errno, 0: done */
};

struct notifier {
	struct loop *loop;
	const char *mountpoint;
	uint32_t device_minor; /* the mount's */
	void (*answered)(void *arg, const struct notifier_answer *answer);
	void (*ready)(void *arg); /* a new process takes orders; an order that was under way is
				   * lost */
	void *arg;
	atomic_int pid; /* 0: none */
	int socket;
	struct source source;
	struct timer restart;
	struct backoff backoff;
};

/* The caller sets the fields up to arg. Starts the process; failures are logged, and the start is
 * tried again. */
void notifier_start(struct notifier *notifier);
void notifier_stop(struct notifier *notifier);

/* Whether @pid, the sender of a request, is the living notifier. No other process can have its pid
 * until it is reaped. */
bool notifier_is(const struct notifier *notifier, pid_t pid);

/* Sends an order. False: not sent, since there is no process now; ready() is called when there is
 * one. */
bool notifier_send(struct notifier *notifier, const struct notifier_order *order);

/* The main function of the process: takes orders from descriptor 0 until that ends, and returns the
 * exit status. It touches only the mount with @device_minor, at @made_at or wherever that was
 * moved. */
int notifier_main(const char *made_at, uint32_t device_minor);
