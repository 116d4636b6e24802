/* The ranges of node numbers: FUSE's node IDs, which are also st_ino. */
/*
 * A number names one node as long as the mount lives, and is never used again. A mount may be
 * served by several filesystem processes, one after the other: its incarnations. The nodes of each
 * have a part of the ranges to themselves; the root and ".role" keep their numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ROOT_ID 1		     /* the root, a directory of keys; FUSE_ROOT_ID */
#define ROLE_FILE_ID 2		     /* ".role" in the root (role_file.h) */
#define KEY_FIRST_ID 1024	     /* and up: a key, or a directory of keys (tree.h) */
#define PAST_FIRST_ID (1ULL << 61)   /* and up: the keys of an older revision (past.h) */
#define CTLDIR_FIRST_ID (1ULL << 62) /* and up: ".etcd", and what is below it (ctldir.h) */

/* Not an ID: st_ino in a listing of ".etcd", where a name gets an ID only with its lookup. */
#define UNKNOWN_INO 0xffffffff

#define INCARNATION_SHIFT 40

/* The first number of an incarnation in the range that begins with @first. */
static inline uint64_t ids_first(uint64_t first, unsigned incarnation)
{
	return first + ((uint64_t)incarnation << INCARNATION_SHIFT);
}

/* Whether another incarnation has numbered the node. */
static inline bool ids_is_foreign(uint64_t id, unsigned incarnation)
{
	return id >= KEY_FIRST_ID &&
	       (id & (PAST_FIRST_ID - 1)) >> INCARNATION_SHIFT != incarnation;
}

static inline bool ids_is_past(uint64_t id)
{
	return id >= PAST_FIRST_ID && id < CTLDIR_FIRST_ID;
}

/* The number by which the kernel knows an open file (`fh`): where the file is in memory, and above
 * that the incarnation, because the root and ".role" may be open since an earlier one. */
#define FILE_SHIFT 48

static inline uint64_t ids_file(const void *file, unsigned incarnation)
{
	return (uintptr_t)file | (uint64_t)incarnation << FILE_SHIFT;
}

static inline void *ids_file_of(uint64_t number)
{
	return (void *)(uintptr_t)(number & ((1ULL << FILE_SHIFT) - 1));
}

static inline bool ids_file_is_foreign(uint64_t number, unsigned incarnation)
{
	return number >> FILE_SHIFT != incarnation;
}
