/* A FUSE request on its way: what was asked, until when, what it waits for, and one reply. */
/*
 * Owner:   itself, from op_start() on: it is freed by the op_reply_...() that ends it.
 * Threads: made in the FUSE thread, lives in the RPC thread from op_start() on.
 * Time:    every operation is answered within the mount's timeout, half a second in an outage that
 *          has lasted that long, and within a second after its caller was
 *          interrupted. When etcd has been asked by then, the operation lives on unanswered until
 *          its call is over; then req is NULL, and the reply that ends it goes nowhere. Only a
 *          patient one, a read that waits for news, is not bound by the timeout, and is interrupted
 *          at once.
 *
 * An op waits for one thing at a time: in a list (for a barrier, a revision, an open file), or for
 * an etcd call. What runs then is the step on top of its stack, which may push others and wait
 * again; for an op in a list whose time is over it runs with -ETIMEDOUT, or -EINTR. A function that
 * takes a @next pushes it, and above it the steps that it needs itself.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/buf.h"
#include "fs/base/counters.h"
#include "fs/base/loop.h"
#include "fs/mirror/mirror.h"
#include "fs/request/walk.h"
#include "fs/tree/times.h"

#include <fuse_lowlevel.h>
#include <stdatomic.h>
#include <stdint.h>

struct batch;
struct handle;
struct mutation;
struct op;

typedef void op_fn(struct op *op, int error);

TAILQ_HEAD(op_list, op);

/* What the requests of a mount have in common. */
struct requests {
	const struct fs_config *config;
	struct loop *loop;
	struct mirror *mirror;
	struct counters *counters;
	struct walks walks;
	atomic_int n_ops; /* not yet freed */
	/* Who asks now is not to wait the whole timeout. Any thread. */
	bool (*hurries)(void *arg);
	/* The errno (negative) for a path whose node is gone, in place of ESTALE. */
	int (*path_error)(struct op *op);
	void *arg; /* the mount */
};

struct op_step {
	op_fn *run;
	void *arg; /* op->arg when it begins to run */
};

/* The deepest way: a publish whose value would be too long, and that waits for a barrier to be sure
 * (batch_overflow()). It has a step each of its operation, of publish_run(), of batch_run(), of
 * barrier_join() and of barrier_await(). */
#define OP_DEPTH 5

struct op {
	struct requests *requests;
	fuse_req_t req; /* NULL: answered, or nobody asked */
	int64_t deadline;
	struct op_step steps[OP_DEPTH]; /* the top is the last */
	unsigned n_steps;
	void *arg; /* of the step that was popped last */
	void (*give_up)(
		struct op *op); /* it is answered before its call was over; NULL: nothing to do */
	bool fresh;    /* a barrier has passed since it began */
	bool given_up; /* answered before its call was over: nothing more is to be tried */
	bool made;     /* create: it was not there */
	bool undo;     /* what it wrote is dropped when it is refused */
	bool hurried;  /* etcd has been away for long: it does not wait the whole timeout */
	bool remakes;  /* an open that makes the name anew if it is gone: the kernel knows */
	bool patient;  /* has no deadline: waits until it is resumed or interrupted */
	bool interrupted;

	/* What was asked. */
	struct walk walk; /* how its thread came to it */
	uint64_t id;	  /* a node, or the directory of `name` */
	uint64_t new_id;  /* rename: the directory of `new_name` */
	char name[256];
	char new_name[256];
	struct fuse_file_info file;
	struct buf data; /* what is written, or set as an attribute */
	struct handle *handle;
	union { /* what else, of each operation */
		int access_mask;
		unsigned rename_flags;
		size_t read_size;
		int64_t stream_since;	      /* the revision that an open of a stream begins at */
		int64_t setxattr_revision;    /* that the key is expected to have */
		struct fuse_pollhandle *poll; /* NULL: it is not to be told later */
		struct {
			int64_t size;
			struct times_wish times;
		} setattr;
		struct {
			unsigned flags; /* of open(2), as they are at this write */
			uint64_t offset;
		} write;
		struct {
			int mode;
			int64_t offset;
			int64_t length;
		} fallocate;
		struct {
			bool plus;
			size_t size;
		} readdir;
		struct {
			unsigned which; /* enum xattr */
			size_t size;	/* the caller's room; 0: it asks how much it needs */
		} getxattr;
	};
	struct mutation *mutation;
	struct batch *batch; /* that it publishes */

	/* Its places in the loop and in what it waits for. */
	struct task start;
	struct task interrupt;
	struct timer timer;
	struct op_list *waiting; /* the list it is in */
	TAILQ_ENTRY(op) entry;
	int64_t revision;
};

/* @req may be NULL, for what the mount does on its own. NULL without memory: @req is answered. */
struct op *op_new(struct requests *requests, fuse_req_t req, uint64_t id);

/* False, and the op is ended with ENAMETOOLONG, when @name is longer than a name can be. */
bool op_set_name(struct op *op, const char *name);
bool op_set_new_name(struct op *op, const char *name);

/* Pushes a step. NULL: none, so a @next that is NULL is the step that is on top already. */
void op_then(struct op *op, op_fn *run, void *arg);

/* The present step is over: pops the one on top, and runs it. */
void op_next(struct op *op, int error);

/* Runs @next in the RPC thread. */
void op_start(struct op *op, op_fn *next);

/* What remains until the deadline, at least 1. */
int op_remaining_ms(const struct op *op);

/* Puts the op into @list; op_resume() takes it out and runs @next. */
void op_wait(struct op *op, struct op_list *list, op_fn *next);
void op_resume(struct op *op, int error);

/* If it waits for @next, takes it out and that away: true. */
bool op_unwait(struct op *op, op_fn *next);

/* The request, to be replied to by the caller, who then ends the op; NULL: it is answered. */
fuse_req_t op_take_req(struct op *op);

/* Each ends the op. @error: 0, a negative errno, or ETCD_E_... */
void op_reply(struct op *op, int error);
/* The kernel may keep @attr for so many @seconds. */
void op_reply_attr(struct op *op, const struct stat *attr, double seconds);
/* False when nobody took it: what it hands out is to be taken back. */
bool op_reply_entry(struct op *op, const struct fuse_entry_param *entry);
bool op_reply_open(struct op *op, const struct fuse_file_info *file);
bool op_reply_create(
	struct op *op, const struct fuse_entry_param *entry, const struct fuse_file_info *file);

/* The errno (positive) that the user sees for @error. */
int op_errno(int error);
