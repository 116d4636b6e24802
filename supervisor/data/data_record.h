/* What is remembered beside a data directory: that etcd has run there, and with which members. */
/*
 * Owner:   none; a small file "DATA_DIR.etcdfs", since a directory that is lost takes with it all
 *          that is inside. Written and read while the data directory is locked, or before.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <stdbool.h>

struct bootstrap {
	char *record;  /* the file */
	char *wal_dir; /* etcd has run where this has a log in it */
};

/* @wal_dir is NULL for etcd's default. 0 or -ENOMEM. */
int bootstrap_init(struct bootstrap *bootstrap, const char *data_dir, const char *wal_dir);
void bootstrap_fini(struct bootstrap *bootstrap);

/* 0, or -EINVAL: etcd has run there, and its data is gone; the line says the way back. */
int bootstrap_check(const struct bootstrap *bootstrap, const char *data_dir, bool is_member,
	struct refusal *refusal);

/* Remembers, once etcd has begun to write. True: @initial_cluster (NULL: not known) is another than
 * in the run before. What cannot be written is not remembered. */
bool bootstrap_note(const struct bootstrap *bootstrap, const char *initial_cluster);

/* The member has left for good: another may begin there. */
void bootstrap_forget(const struct bootstrap *bootstrap);

/* Whether the lists name the same members, in any order. Pure. */
bool bootstrap_is_same(const char *a, const char *b);
