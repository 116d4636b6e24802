/* The ranges of node numbers: FUSE's node IDs, which are also st_ino. */
/*
 * A number names one node as long as the mount lives, and is never used again.
 */
#pragma once

#define ROOT_ID 1		     /* the root, a directory of keys; FUSE_ROOT_ID */
#define ROLE_FILE_ID 2		     /* ".role" in the root (role_file.h) */
#define KEY_FIRST_ID 1024	     /* and up: a key, or a directory of keys (tree.h) */
#define CTLDIR_FIRST_ID (1ULL << 62) /* and up: ".etcd", and what is below it (ctldir.h) */

/* Not an ID: st_ino in a listing of ".etcd", where a name gets an ID only with its lookup. */
#define UNKNOWN_INO 0xffffffff
