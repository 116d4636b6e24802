/* An open file: the value it has read, and what it has written and not yet published. */
/*
 * Owner:   the kernel's open file, until publish_release(). It pins its node.
 * Threads: the functions here any, each under the handle's lock; the fields below `publisher`
 * belong to the RPC thread.
 *
 * While its edits are being published a handle is busy: nothing is written to it, so that what is
 * published is known. A write that comes then waits (op.h).
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
	atomic_uint_fast64_t owner; /* the kernel's word for the process that has written last; 0 */
	bool made;		    /* the file, by its open; handle_made() */
	bool readable;
	bool cut; /* the O_TRUNC of its open is not published yet: the last writer wins */

	struct lock lock;   /* to `closed` */
	struct value *base; /* what was read */
	struct edits edits; /* since base */
	bool written;	    /* by more than the O_TRUNC of the open */
	bool refused;	    /* all that was written: the O_TRUNC is not published alone */
	int spoiled; /* -errno: a write found a limit, and nothing of it is published; 0: none */
	bool sized;  /* the kernel has asked for the attributes since it was opened */
	bool served; /* the snapshot has been read: the next read at offset 0 takes a new one */
	bool busy;
	struct mirror_writer writer;
	bool making; /* who has made it has not closed it */
	bool closed;

	struct publisher *publisher;
	struct op *publishing;	 /* NULL: nobody */
	struct op_list queue;	 /* behind the publisher */
	struct op_list settlers; /* waiting for the end of a closed file */
	bool released;		 /* by the kernel: freed when nobody publishes it */
	struct task release;
	TAILQ_ENTRY(handle) entry;
};

TAILQ_HEAD(handle_list, handle);

/* An open file on what mirror_open() gives, which is asked once all else is there. @publisher will
 * publish what it writes; it is only kept for who does (publisher.h). @flags as for open(2). 0,
 * -ENOMEM, -ESTALE, -EISDIR. */
int handle_new(struct mirror *mirror, struct publisher *publisher, uint64_t id,
	enum mirror_gone gone, unsigned flags, struct mirror_info *ret_info, struct handle **ret);
void handle_free(struct handle *handle);

/* The open has made the file. */
void handle_made(struct handle *handle);

/* Who has made it closes it: the release itself may come long after the close has returned. */
void handle_end_making(struct handle *handle);

/* Nobody has it open any more, and there is nothing to publish: it does not pin its node, and is
 * only to be freed. */
void handle_close(struct handle *handle);

/* Each: 0; -EBUSY (while it is being published: wait, and call again); -ENOMEM; -EFBIG: the value
 * would be over @max bytes; -ENOBUFS: what is unpublished would need too much memory, of this file
 * (only appends and other writes in turns do) or of all. Half a value is none: if something had
 * been written before, nothing of the file is published any more, and every write and close of it
 * has that error too. */
int handle_write(struct handle *handle, uint64_t offset, struct bytes bytes, size_t max);
int handle_append(struct handle *handle, struct bytes bytes, size_t max);
int handle_truncate(struct handle *handle, uint64_t size, size_t max);

/* As fallocate(2), @mode one of these: what is over @max is refused, and spoils nothing. */
#define HANDLE_ALLOCATE_MODES (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)
int handle_allocate(struct handle *handle, int mode, uint64_t offset, uint64_t length, size_t max);

/* Lets a reader at its snapshot's end go on into @value, if that only adds to it. */
void handle_extend(struct handle *handle, struct value *value);

/* Whether a read at @offset is at the end of what is there to read. */
bool handle_at_end(struct handle *handle, uint64_t offset);

/* Whether a read from the start wants the present value first: after another read, and nothing
 * unpublished. */
bool handle_wants_refresh(struct handle *handle);

enum handle_view {
	HANDLE_SNAPSHOT, /* what this open file sees */
	HANDLE_PAGES, /* what the kernel's pages show, to all who have it open (mirror_paged()) */
};

/* Bytes to read at @offset, at most @size: what is unpublished, or else of @view. @ret_value is
 * referenced and @ret_bytes points into it, or else into @ret_copy. 0, -ENOMEM, -ESTALE (pages). */
int handle_read(struct handle *handle, enum handle_view view, uint64_t offset, size_t size,
	struct value **ret_value, struct buf *ret_copy, struct bytes *ret_bytes);

/* Lets the reads from now on see @value (NULL: what they saw), if nothing is unpublished. */
void handle_refresh(struct handle *handle, struct value *value);

/* The same, for reads that have not begun. False: they have, or there are none, or something is
 * unpublished. */
bool handle_renew(struct handle *handle, struct value *value);

/* Its attributes are asked for, as it seems: true the first time. */
bool handle_size_first(struct handle *handle);

/* Whether a close has something to publish: edits, and for a mere O_TRUNC only the @last one. */
bool handle_dirty(struct handle *handle, bool last);
int handle_spoiled(struct handle *handle); /* the error of its close; 0: none yet */

/* Whether it has edits that are not known to be published. */
bool handle_unpublished(struct handle *handle);

/* Around publishing. handle_begin(): false when there is nothing. handle_finish(): @published is
 * the value that is there now, NULL: none, or nobody knows. @keep: the edits are not in it, and are
 * kept; else they are dropped, but for an O_TRUNC that is not published. */
bool handle_begin(struct handle *handle);
void handle_finish(struct handle *handle, struct value *published, bool keep);

/* Lays the edits on @value, in place: 0, or -EFBIG (it would be over @max bytes) or -ENOMEM, and it
 * is as it was. */
int handle_add_to(struct handle *handle, struct buf *value, size_t max);
