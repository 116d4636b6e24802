/* Kept metadata: what a file or directory shows beside its value, where that is not what the mount
 * shows by default. */
/*
 * Owner:   whoever parsed, copied or made it.
 * Threads: no lock; the caller keeps two threads from using one of them at once.
 *
 * In etcd it is JSON, the value of a key of its own. Each member is there only where it says
 * something; members with other names, as a newer etcdfs may write them, are ignored and not kept:
 *
 * {"kind":"symlink","mode":"0640","uid":1000,"gid":1000,"mtime":"1732780000.123456789",
 *  "atime":"-0.000000001","of":123,"xattrs":{"user.a":"<base64>"}}
 *
 * Times are decimal numbers of seconds, exact: "-0.5" is half a second before 1970. Without "atime"
 * a file was accessed when it was modified.
 */
#pragma once

#include "fs/base/buf.h"

#include <sys/types.h>
#include <time.h>

enum meta_kind {
	META_USUAL, /* a regular file or a directory */
	META_SYMLINK,
	META_FIFO,
	META_SOCKET,
};

#define META_HAS_MODE 1u
#define META_HAS_UID 2u
#define META_HAS_GID 4u
#define META_HAS_TIMES 8u

#define META_XATTRS_MAX 4096 /* bytes of names and values of the extended attributes of one file   \
			      */
#define META_MAX 16384	     /* bytes of text; meta_format() never makes more */

/* Zero-initialised ({0}) it says nothing. */
struct meta {
	unsigned int has; /* META_HAS_... */
	enum meta_kind kind;
	mode_t mode; /* 07777 at most */
	uid_t uid;
	gid_t gid;
	struct timespec modified, accessed;
	int64_t of; /* the times are those of the value with this mod_revision; 0: of the one that
		     * was put by the same transaction */
	int64_t mod_revision; /* of the metadata's own key; set by meta_parse() */
	int64_t seen_ns;      /* when this mount has learnt of it, CLOCK_REALTIME; the mirror's */
	struct buf xattrs;    /* private to meta.c */
};

/* 0, -EBADMSG or -ENOMEM. (Where memory is short while JSON is read, that may be -EBADMSG too.) */
int meta_parse(struct bytes text, int64_t mod_revision, struct meta **ret);
int meta_format(const struct meta *meta, struct buf *ret); /* appends the text; 0 or -ENOMEM */

struct meta *meta_copy(
	const struct meta *meta);  /* of NULL: one that says nothing. NULL without memory */
void meta_free(struct meta *meta); /* NULL is fine */
CLEANUP_POINTER(struct meta, meta_free)

bool meta_says_nothing(const struct meta *meta); /* or NULL: then no key is to be kept for it */
/* mod_revision aside; NULL says nothing */
bool meta_equal(const struct meta *a, const struct meta *b);
size_t meta_bytes(const struct meta *meta); /* memory that it takes; NULL: 0 */

/* Extended attributes, in the order of their names, which begin with "user." and do not begin with
 * "user.etcd.". */
int meta_xattr_get(
	const struct meta *meta, const char *name, struct bytes *ret); /* 0 or -ENODATA */
/* 0, -ENOSPC, -ENOMEM, or -EINVAL for a name that JSON cannot have as it is: that is not UTF-8 or
 * has control characters. */
int meta_xattr_set(struct meta *meta, const char *name, struct bytes value);
int meta_xattr_remove(struct meta *meta, const char *name); /* 0 or -ENODATA */
/* Appends the names, each with its NUL: 0 or -ENOMEM. */
int meta_xattr_list(const struct meta *meta, struct buf *ret);
