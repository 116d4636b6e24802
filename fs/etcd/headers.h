/* The header lines of our requests, shared by all that are under way with the same token. */
/*
 * Owner:   whoever holds a reference: curl reads the lines as long as a request is under way.
 * Threads: the dispatching thread only.
 */
#pragma once

#include <stdbool.h>

struct curl_slist;

struct headers {
	unsigned refs;
	struct curl_slist *plain;
	struct curl_slist *has_leader; /* etcd shall refuse when there is no leader */
};

/* @token: etcd's word for who we are, NULL without. NULL without memory. */
struct headers *headers_new(const char *token);
struct headers *headers_ref(struct headers *headers);
void headers_unref(struct headers *headers); /* NULL is fine */
