/* What each number is for by which the kernel knows a node: FUSE's node id, and stat's st_ino. */
/*
 * A number stands for one thing as long as the mount lives, and is never used again.
 */
#pragma once

#define ROOT_ID 1		     /* the root, a directory of keys; FUSE has it so */
#define ROLE_FILE_ID 2		     /* ".role" in the root (role_file.h) */
#define KEY_FIRST_ID 1024	     /* and up: a key, or a directory of keys (tree.h) */
#define CTLDIR_FIRST_ID (1ULL << 62) /* and up: ".etcd", and what is below it (ctldir.h) */

/* Not an id: st_ino in a listing of ".etcd", where a name has an id only once it is looked up. */
#define UNKNOWN_INO 0xffffffff
