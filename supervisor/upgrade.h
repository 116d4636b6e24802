/* Goes on with the program that has taken the place of ours, under the mount. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop, which executes the program: the kernel then keeps its children's
 *          death signals.
 * Way:     the new program is run as a trial first, which reads the relay, the command line and the
 *          file as it would, and takes nothing. If that succeeds it is executed in our process, and
 *          goes on with etcd, COMMAND, a hook, and a filesystem process, which it replaces
 *          (supervisor_resume()). Whatever fails before is logged, and we go on.
 */
#pragma once

#include "fs/base/loop.h"
#include "supervisor/process/child_exit.h"
#include "supervisor/process/child_output.h"
#include "supervisor/relay.h"

struct supervisor;

struct upgrade {
	bool is_wanted; /* and not yet begun, because the filesystem is not ready */
	struct child child;
	struct child_exit exit;
	struct child_output output;
	struct timer limit;
	char version[64]; /* what the trial has said that it is; "": nothing */
	char words[512];  /* what it has said otherwise */
};

void upgrade_init(struct supervisor *supervisor);
void upgrade_fini(struct supervisor *supervisor);

/* Somebody wants it: it is done as soon as the filesystem is ready. */
void upgrade_ask(struct supervisor *supervisor);
/* The filesystem is ready. */
void upgrade_go_on(struct supervisor *supervisor);

/* The trial: says on the standard output that this program could go on. */
void upgrade_tell_trial(void);
