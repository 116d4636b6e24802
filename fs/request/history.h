/* What the last revisions of etcd have done, to know again whether it is the same history. */
/*
 * Owner:   whoever embeds it; zero-initialised it knows nothing. Pure.
 *
 * Nothing in etcd tells a cluster from the one that is made of its backup: the ids are the same,
 * and the revisions go on from the backup's. But from there on they are about other changes. So who
 * follows a watch keeps a digest of each of the last revisions that it was shown; after the
 * connection was lost it begins the watch with these, and compares. A history that has forked is
 * another in one of them, or else all of them were done again in the same way.
 */
#pragma once

#include "fs/etcd/etcd.h"

#define HISTORY_LENGTH 32

struct history {
	struct history_entry {
		int64_t revision;
		uint64_t digest;
	} entries[HISTORY_LENGTH]; /* a ring, from n_added on backwards */
	uint64_t n_added;	   /* so far */
	uint64_t n_met;		   /* of these, the ones before are not to be compared (any more) */
	int64_t begin;		   /* revisions before are not to be compared either */
};

/* The events of one revision, all that were shown of it, later than those before. */
void history_add(struct history *history, const struct etcd_event *events, size_t n_events);

/* The first revision that is known, not before @from; 0: none. And the last of all; 0: none. */
int64_t history_first(const struct history *history, int64_t from);
int64_t history_last(const struct history *history);

/* A watch begins with @from: what is known from there on is to be met again. */
void history_begin(struct history *history, int64_t from);

/* There is nothing left to be met. */
bool history_is_met(const struct history *history);

/* Whether the next one that is to be met is the one with these @events; or all are before it. */
bool history_meets(struct history *history, const struct etcd_event *events, size_t n_events);
