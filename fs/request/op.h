/* A FUSE request on its way: what was asked, its deadline, what it waits for, and its one reply. */
/*
 * Owner:   itself, from op_start() on: the op_reply_...() that ends it frees it.
 * Threads: made in the FUSE thread, lives in the RPC thread from op_start() on.
 * Time:    every operation is answered within the mount's timeout; within half a second in an
 *          outage that has lasted that long; and within a second after its caller was interrupted.
 *          If its call to etcd is still under way then, the op lives on unanswered until that call
 *          is over; req is NULL, and the reply that ends the op goes nowhere. Only a patient op, a
 *          read that waits for news, has no timeout, and is interrupted at once.
 *
 * An op waits for one thing at a time: in a list (for a barrier, a revision, an open file), or for
 * an etcd call. Then the step on top of its stack runs, which may push others and wait again. For
 * an op in a list whose deadline has passed, or whose caller was interrupted, the step runs with
 * -ETIMEDOUT or -EINTR. A function that takes a @next pushes it, and above it the steps that the
 * function needs itself.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/buf.h"
#include "fs/base/counters.h"
#include "fs/base/loop.h"
#include "fs/mirror/mirror.h"
#include "fs/request/walk.h"
#include "fs/tree/meta_change.h"
#include "fs/tree/times.h"

#include <fuse_lowlevel.h>
#include <stdatomic.h>
#include <stdint.h>

struct batch;
struct ephemeral;
struct handle;
struct lock_request;
struct locks;
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
	/* Of the request that the FUSE thread is handling, until an op is made of it. 0: none. */
	uint32_t opcode;
	atomic_int n_ops; /* not yet freed */
	/* Whether a request that comes now must not wait the whole timeout. Any thread. */
	bool (*hurries)(void *arg);
	/* The negative errno for a path whose node is gone, in place of ESTALE. */
	int (*path_error)(struct op *op);
	void *arg; /* the mount */
};

struct op_step {
	op_fn *run;
	void *arg; /* op->arg when it begins to run */
};

/* The deepest stack: a publish before an unlock, whose value would be too long, and that waits for
 * a barrier to be sure (batch_overflow()). It has one step each of its operation, of
 * publish_then(), of publish_run(), of batch_run(), of barrier_join() and of barrier_await(). */
#define OP_DEPTH 6

struct op {
	struct requests *requests;
	fuse_req_t req; /* NULL: it is answered, or the mount acts on its own */
	int64_t began_us;
	int64_t deadline;
	struct op_step steps[OP_DEPTH]; /* the top is the last */
	unsigned n_steps;
	void *arg; /* the argument of the step that was popped last */
	void (*give_up)(
		struct op *op); /* when it is answered before its call is over; may be NULL */
	bool fresh;		/* a barrier has passed since it began */
	bool given_up;		/* answered before its call was over: nothing more is tried */
	bool made;		/* create: the name did not exist */
	bool undo;		/* if the op is refused, the bytes it wrote are dropped */
	bool hurried; /* etcd has been away for long: the op does not wait the whole timeout */
	bool remakes; /* an open that makes the name anew if it is gone; the kernel expects that */
	bool patient; /* has no deadline: waits until it is resumed or interrupted */
	bool aside;   /* a file below .etcd/ephemeral or .etcd/ttl is made, which is DIR/NAME */
	bool interrupted;

	/* What was asked. */
	uint32_t opcode;
	struct walk walk; /* how its thread came to the node */
	uint64_t id;	  /* a node, or the directory of `name` */
	uint64_t new_id;  /* rename: the directory of `new_name` */
	char name[256];
	char new_name[256];
	struct fuse_file_info file;
	struct meta_change keeps; /* what is kept for the name that is made */
	enum meta_kind kind;	  /* the same: what it is */
	struct buf data; /* the bytes to write, or to set as an attribute; a link's target */
	struct handle *handle;
	union { /* the other arguments, by operation */
		int access_mask;
		unsigned rename_flags;
		size_t read_size;
		int64_t stream_since;	      /* the revision at which the opened stream begins */
		int64_t past_revision;	      /* the revision that is looked at */
		int64_t setxattr_revision;    /* the revision that the key is expected to have */
		int setxattr_flags;	      /* user.etcd.ttl */
		struct fuse_pollhandle *poll; /* NULL: the caller wants no notification */
		struct {
			int64_t size;
			struct times_wish times;
			struct meta_change change;
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
			size_t size;	/* of the caller's buffer; 0: it asks how much it needs */
		} getxattr;
		struct op_lock {
			struct locks *locks;
			unsigned kind; /* enum lock_kind */
			uint64_t node; /* as the kernel names it; op->id is what is locked */
			uint64_t owner;
			int64_t first, last; /* bytes; both belong to it */
			bool exclusive;
			bool waits;
			bool below; /* the lock of a directory */
			pid_t pid;
			int error; /* of what was published before an unlock */
		} lock;
	};
	int64_t lease;		     /* create, setxattr: what the key is put on; 0: none */
	int64_t ttl_s;		     /* the same: a lease of so many seconds is wanted; 0: none */
	struct ephemeral *ephemeral; /* create: the file that is being made; or that is ended */
	uint64_t file_offset;	     /* of a read whose file has a position of its own */
	struct mutation *mutation;
	struct batch *batch;	      /* the batch that it publishes */
	struct lock_request *request; /* the lock that it takes, or whose key it deletes */

	/* Its places in the loop and in the list it waits in. */
	struct task start;
	struct task interrupt;
	struct timer timer;
	struct op_list *waiting; /* the list it is in */
	TAILQ_ENTRY(op) entry;
	int64_t revision;
};

/* @req is NULL for what the mount does on its own. Returns NULL without memory; then @req is
 * answered. */
struct op *op_new(struct requests *requests, fuse_req_t req, uint64_t id);

/* Returns false if @name is longer than a name can be; the op is then ended with ENAMETOOLONG. */
bool op_set_name(struct op *op, const char *name);
bool op_set_new_name(struct op *op, const char *name);

/* Pushes a step. A NULL @run pushes nothing, so that a caller may pass a NULL @next on and go on
 * with the step that is on top already. */
void op_then(struct op *op, op_fn *run, void *arg);

/* Ends the present step: pops the one on top, and runs it. */
void op_next(struct op *op, int error);

/* Runs @next in the RPC thread. The second may wait for others that need the RPC thread as well, as
 * loop_post_patiently() does. */
void op_start(struct op *op, op_fn *next);
void op_start_patiently(struct op *op, op_fn *next);

/* Milliseconds until the deadline, at least 1. */
int op_remaining_ms(const struct op *op);

/* What the op waits for goes on: its deadline begins anew. A signal still ends it. */
void op_extend(struct op *op);

/* Puts the op into @list; op_resume() takes it out and runs @next. */
void op_wait(struct op *op, struct op_list *list, op_fn *next);
void op_resume(struct op *op, int error);

/* If the op waits for @next, takes it out of its list, drops that step, and returns true. */
bool op_unwait(struct op *op, op_fn *next);

/* The request, which the caller replies to before it ends the op; NULL: it is answered already.
 * Counts how long it took. */
fuse_req_t op_take_req(struct op *op);

/* Each ends the op. @error: 0, a negative errno, or ETCD_E_... */
void op_reply(struct op *op, int error);
/* The kernel may keep @attr for so many @seconds. */
void op_reply_attr(struct op *op, const struct stat *attr, double seconds);
/* Returns false when the kernel did not take the reply: the caller takes back what it handed
 * out. */
bool op_reply_entry(struct op *op, const struct fuse_entry_param *entry);
void op_reply_readlink(struct op *op, const char *target);
bool op_reply_open(struct op *op, const struct fuse_file_info *file);
bool op_reply_create(
	struct op *op, const struct fuse_entry_param *entry, const struct fuse_file_info *file);

/* The errno (positive) that the user sees for @error. */
int op_errno(int error);
