/* The process that makes inotify events: it touches the mount as a user would, and the mount knows
 * it. */
/*
 * Owner:   the mount; one process, started with posix_spawn from the RPC thread, and again when it
 * ends. Threads: RPC thread; notifier_is() any.
 *
 * It is a process and not a thread because what waits on its own mount cannot be killed. It is
 * executed anew, so it has neither /dev/fuse nor anything else of ours; it stands in "/", holds
 * nothing of the mount between two touches, and dies with its parent.
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
	NOTIFIER_MODIFY, /* open, set the time, close */
	NOTIFIER_TIME,	 /* set the time: for what nobody may open for writing */
	NOTIFIER_CREATE, /* create a file */
	NOTIFIER_FILL,	 /* create a file, set its time */
	NOTIFIER_MKDIR,
	NOTIFIER_UNLINK,
	NOTIFIER_RMDIR,
};

/* One packet down; the answer is the serial and an errno. */
struct notifier_order {
	uint64_t serial;
	enum notifier_step step;
	bool known; /* the kernel may have the name: not if something is mounted below it */
	char path[PATH_MAX]; /* from the root of the mount, without a leading slash */
};

struct notifier_answer {
	uint64_t serial;
	int error; /* errno, 0: done */
};

struct notifier {
	struct loop *loop;
	const char *mountpoint;
	uint32_t device_minor; /* of the mount */
	void (*answered)(void *arg, const struct notifier_answer *answer);
	void (*ready)(void *arg); /* a (new) process takes orders: what was under way is lost */
	void *arg;
	atomic_int pid; /* 0: none */
	int socket;
	struct source source;
	struct timer restart;
	struct backoff backoff;
};

/* The fields up to arg are the caller's. Starts the process; failures are logged and tried again.
 */
void notifier_start(struct notifier *notifier);
void notifier_stop(struct notifier *notifier);

/* Whether @pid, of a request, is the living notifier's: no other can have it while it is not
 * reaped. */
bool notifier_is(const struct notifier *notifier, pid_t pid);

/* False: it has not been sent, since there is no process now; ready() is called when there is one.
 */
bool notifier_send(struct notifier *notifier, const struct notifier_order *order);

/* The process itself: takes orders from descriptor 0 until its end. @device_minor is the mount's,
 * and nothing else is touched; when it is not at @made_at any more, it is looked for. The exit
 * status. */
int notifier_main(const char *made_at, uint32_t device_minor);
