/* Remembers what etcd's last revisions have changed, to recognise the same history later. */
/*
 * Owner:   whoever embeds it; zero-initialised it knows nothing. Pure.
 *
 * Nothing in etcd tells a cluster from one that was restored from its backup: the ids are the same,
 * and the revisions go on from the backup's. But from there on they have other changes. So the feed
 * and each stream keep a digest of each of the last revisions that their watch has brought. After a
 * connection was lost they begin the watch with these revisions, and compare. In a history that has
 * forked at least one of them differs, unless all the same changes were made again.
 */
#pragma once

#include "fs/etcd/etcd.h"

#define HISTORY_LENGTH 32

struct history {
	struct history_entry {
		int64_t revision;
		uint64_t digest;
	} entries[HISTORY_LENGTH]; /* a ring; the newest is at n_added - 1 */
	uint64_t n_added;	   /* how many were ever added */
	uint64_t n_met;		   /* the number of the first entry that still has to come again */
	int64_t begin;		   /* events of revisions before this one are not compared */
};

/* Adds all @events of one revision, which is later than those added before. */
void history_add(struct history *history, const struct etcd_event *events, size_t n_events);

/* The first known revision that is not before @from; the last known one. 0: none. */
int64_t history_first(const struct history *history, int64_t from);
int64_t history_last(const struct history *history);

/* A watch begins with @from: the known revisions from there on have to come again. */
void history_begin(struct history *history, int64_t from);

/* Whether no revision has to come again. */
bool history_is_met(const struct history *history);

/* Whether these @events are the next revision that has to come again, or of one before `begin`. */
bool history_meets(struct history *history, const struct etcd_event *events, size_t n_events);
