/* curl's multi handle on the poller: the transfers of one connection, driven by events. */
/*
 * Owner:   the stream set, which opens one for each connection and closes it with the connection,
 *          so that nothing of a lost connection stays.
 * Threads: the dispatching thread only; add and remove not from inside a curl callback.
 */
#pragma once

#include "fs/etcd/poller.h"

#include <curl/curl.h>
#include <stdbool.h>

struct multi {
	CURLM *curl;
	struct poller *poller;
	int64_t due_ms;	   /* when curl wants to be called, or POLLER_NEVER */
	int socket_fd;	   /* the socket that curl waited for last, or -1 */
	bool is_forgetful; /* this curl must be nudged: see multi.c */
	unsigned nudges;   /* nudges still to be given */
	int64_t nudge_ms;  /* when the next nudge is due, or POLLER_NEVER */
};

/* 0 or -ENOMEM. */
int multi_open(struct multi *multi, struct poller *poller);
void multi_close(struct multi *multi); /* the caller has removed all transfers before */

int multi_add(struct multi *multi, CURL *easy); /* 0 or -ENOMEM */
void multi_remove(struct multi *multi, CURL *easy);

/* Passes @events that the poller reports for @fd on to curl. */
void multi_socket(struct multi *multi, int fd, uint32_t events);

/* Called when curl has handed out bytes of an answer, a sign of life: there may be more of them.
 * May be called from inside a curl callback. */
void multi_moved(struct multi *multi);

/* Calls curl if one of its timers or a nudge is due. Whether one was. */
bool multi_run(struct multi *multi, int64_t now_ms);
int64_t multi_due_ms(const struct multi *multi);

/* Removes a transfer that has ended, and returns it; NULL: there is none. */
CURL *multi_next_ended(struct multi *multi, CURLcode *ret_result);

/* Whether the connection's socket takes more bytes right now. */
bool multi_is_writable(const struct multi *multi);
