/* An open file: the value it has read, and its edits, which are not yet published. */
/*
 * Owner:   the kernel's open file, until publish_release(). It holds its node.
 * Threads: the functions here any, each under the handle's lock; the fields from `ttl_s` on belong
 *          to the RPC thread.
 *
 * While its edits are being published a handle is busy and accepts no write, so that it is known
 * what is published. A write that comes then waits (op.h).
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/file/edits.h"
#include "fs/file/open_set.h"
#include "fs/mirror/mirror.h"
#include "fs/request/op.h"

#include <fcntl.h>
#include <stdatomic.h>

struct publisher;

struct handle {
	struct open_entry opened;
	struct mirror *mirror;
	uint64_t id;
	pid_t pid;		    /* the thread that has opened it; 0: of another pid namespace */
	atomic_int process;	    /* whose thread that is; 0: nobody has asked (view.c) */
	atomic_uint_fast64_t owner; /* the kernel's lock owner of the last writer; 0: none */
	bool made;		    /* its open has made the file; handle_made() */
	bool drafted;		    /* the file had no key when it was opened */
	bool owes;		    /* it is to make the file's key, if there is none yet */
	bool locked;		    /* FUSE thread: locks were asked for through it */
	bool readable;
	bool read_only; /* it never has edits: opened to read, and not with O_TRUNC */
	bool cut;	/* the O_TRUNC of its open is not published yet: the last writer wins */
	bool aside; /* opened by another name, so the kernel tells no watcher of the directory */
	struct ephemeral *ephemeral; /* its close deletes the file; NULL: it does not */

	struct lock lock;   /* the fields to `closed` */
	struct value *base; /* the value that was read */
	struct edits edits; /* since base */
	bool written;	    /* there are edits beside the O_TRUNC of the open */
	bool refused;	    /* the edits were refused: the O_TRUNC is not published alone */
	/* -errno: nothing of the file is published, since a write has exceeded a limit, or because
	 * unpublished edits are lost with a lock (-EIO); 0: none */
	int spoiled;
	/* A lock of its file is lost, and was not given up since: nothing is read or written. */
	bool lost;
	bool doubted;		      /* one is in doubt, which only polls are told */
	struct fuse_pollhandle *poll; /* a process that waits for that; NULL: none */
	bool sized;  /* the kernel has asked for the attributes since it was opened */
	bool served; /* the snapshot has been read: the next read at offset 0 takes a new one */
	bool busy;
	struct mirror_writer writer;
	bool making; /* the open that has made the file has not been closed */
	bool closed;

	int64_t ttl_s; /* its next publish puts the file on a lease of so many seconds; 0: none */
	int64_t lease; /* that lease */
	struct publisher *publisher;
	struct op *publishing;	 /* the op that publishes it; NULL: none */
	struct op_list queue;	 /* ops that wait for `publishing` to end */
	struct op_list settlers; /* ops that wait until this closed file is published and freed */
	bool released;		 /* by the kernel: freed when it is not being published */
	fuse_req_t release_req;	 /* that is answered when what was locked by it has ended */
	struct task release;
	TAILQ_ENTRY(handle) entry;
};

TAILQ_HEAD(handle_list, handle);

/* Makes an open file from the answer of mirror_open(), which is the last step that can fail.
 * @publisher will publish its edits; the handle only keeps the pointer (publisher.h). @flags as for
 * open(2). Returns 0, -ENOMEM, -ESTALE, -EISDIR. */
int handle_new(struct mirror *mirror, struct publisher *publisher, uint64_t id,
	enum mirror_gone gone, unsigned flags, struct mirror_info *ret_info, struct handle **ret);
void handle_free(struct handle *handle);

/* Whether the file still has no key (fs/tree/tree_draft.c). Of any other file it asks nobody. */
bool handle_is_draft(const struct handle *handle);

/* The open has made the file, which is in the making until handle_end_making(). */
void handle_made(struct handle *handle);

/* The one that has made the file closes it. Called at the close, because the release may come long
 * after the close has returned. */
void handle_end_making(struct handle *handle);

/* The kernel has released it, and it has nothing to publish: it no longer holds its node, and may
 * only be freed. */
void handle_close(struct handle *handle);

/* Each returns 0; -EBUSY: it is being published, wait and call again; -ENOMEM; -EFBIG: the value
 * would be over @max bytes; -ENOBUFS: the unpublished edits would need too much memory, of this
 * file (only alternating appends and other writes do) or of all files; -EIO: a lock is lost. After
 * -EFBIG or -ENOBUFS of a write or an append the value would be incomplete, so if edits were lost
 * by that, nothing of the file is published any more, and every later write and close of it fails
 * with that error too. */
int handle_write(struct handle *handle, uint64_t offset, struct bytes bytes, size_t max);
int handle_append(struct handle *handle, struct bytes bytes, size_t max);
int handle_truncate(struct handle *handle, uint64_t size, size_t max);

/* As fallocate(2), with @mode one of these. If the size would be over @max it is refused, and the
 * edits are kept. */
#define HANDLE_ALLOCATE_MODES (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)
int handle_allocate(struct handle *handle, int mode, uint64_t offset, uint64_t length, size_t max);

/* Lets a reader at the end of its snapshot go on into @value, if that only appends to the
 * snapshot. */
void handle_extend(struct handle *handle, struct value *value);

/* Whether a read at @offset, which is not 0, is at or past the end of the snapshot. False with
 * unpublished edits. */
bool handle_at_end(struct handle *handle, uint64_t offset);

/* Whether a read at offset 0 must take a new snapshot first: the present one has been read, and no
 * edits are unpublished. */
bool handle_wants_refresh(struct handle *handle);

enum handle_view {
	HANDLE_SNAPSHOT, /* what this open file sees */
	HANDLE_PAGES, /* what the kernel's pages show, to all who have it open (mirror_paged()) */
};

/* Reads at most @size bytes at @offset: of the snapshot with the unpublished edits, or else of
 * @view. @ret_value is referenced and @ret_bytes points into it, or else into @ret_copy. Returns 0,
 * -ENOMEM, -ESTALE (pages), -EIO (a lock is lost). */
int handle_read(struct handle *handle, enum handle_view view, uint64_t offset, size_t size,
	struct value **ret_value, struct buf *ret_copy, struct bytes *ret_bytes);

/* Makes @value the snapshot (NULL: it stays as it is), if no edits are unpublished. */
void handle_refresh(struct handle *handle, struct value *value);

/* The same, if the snapshot has not been read. Returns false if it has, if the file is not open for
 * reading, or if edits are unpublished. */
bool handle_renew(struct handle *handle, struct value *value);

/* The kernel has asked for the attributes, probably through this handle: returns true the first
 * time. */
bool handle_size_first(struct handle *handle);

/* Whether there is something to publish, or being published. A close (not @last) publishes edits,
 * but not a mere O_TRUNC; the release (@last) publishes only a mere O_TRUNC. */
bool handle_dirty(struct handle *handle, bool last);
int handle_spoiled(struct handle *handle); /* the error of its close; 0: none yet */

/* --- A lock of the file is lost (handle_loss.c) --- */

/* Everything but the release is -EIO until handle_find(). Its unpublished edits are dropped; if
 * there were any, or if a publish that is under way fails, it is spoiled. */
void handle_lose(struct handle *handle);
void handle_find(struct handle *handle); /* the lost lock was given up */

/* What polls are told of a lock that may be lost, and of one that is not in doubt any more. */
void handle_doubt(struct handle *handle);
void handle_trust(struct handle *handle);

/* Its edits are not to be published any more, because a lost lock guards the file. */
void handle_drop(struct handle *handle);

/* The lock was given up through this open file, whose caller is told what this returns: 0, or -EIO:
 * edits were lost. With that told, the open file can be used again. */
int handle_recover(struct handle *handle);

/* Whoever polls a lost or doubted one is to be woken: takes out the poll handle. NULL: nobody
 * does. */
struct fuse_pollhandle *handle_take_poll(struct handle *handle);

/* What poll(2) is to be told. @poll is kept (or, if nobody waits for a loss, destroyed); @wanted
 * are the events that the caller waits for. */
unsigned handle_poll(struct handle *handle, unsigned wanted, struct fuse_pollhandle *poll);

/* Whether it has edits that are not known to be published. */
bool handle_unpublished(struct handle *handle);
/* Whether it has unpublished edits, or has made the file and is not closed. */
bool handle_publishes(struct handle *handle);

/* Begin and end of publishing. handle_begin() returns false if there is nothing to publish.
 * handle_finish(): @published is the key's value now; NULL: none, or unknown. @keep: @published
 * does not contain the edits, which are kept; otherwise they are dropped, except an O_TRUNC that is
 * not published. */
bool handle_begin(struct handle *handle);
void handle_finish(struct handle *handle, struct value *published, bool keep);

/* Applies the edits to @value, in place. Returns 0; or -EFBIG (it would be over @max bytes) or
 * -ENOMEM, and @value is unchanged. */
int handle_add_to(struct handle *handle, struct buf *value, size_t max);
