/* Records beside a data directory that etcd has run there, and with which members. */
/*
 * Owner:   none; a small file "DATA_DIR.etcdfs", because a directory that is lost takes everything
 *          inside with it. Written and read while the data directory is locked, or before.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <stdbool.h>

struct data_record {
	char *file;    /* DATA_DIR.etcdfs */
	char *wal_dir; /* if this has a log in it, etcd has run there */
};

/* @wal_dir is NULL for etcd's default. 0 or -ENOMEM. */
int data_record_init(struct data_record *record, const char *data_dir, const char *wal_dir);
void data_record_fini(struct data_record *record);

/* Returns 0, or REFUSED: etcd has run there, and its data is gone; the refusal says what to do. */
int data_record_check(const struct data_record *record, const char *data_dir, bool is_member,
	struct refusal *refusal);

/* Records it, once etcd has begun to write. Returns true if @initial_cluster (NULL: unknown)
 * differs from that of the run before. A record that cannot be written is only logged. */
bool data_record_note(const struct data_record *record, const char *initial_cluster);

/* The member has left for good: removes the record, so that another may begin there. */
void data_record_forget(const struct data_record *record);

/* Whether the lists name the same members, in any order. Pure. */
bool data_record_is_same(const char *a, const char *b);
