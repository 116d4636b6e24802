/* The header lines of our requests, shared by all requests with the same token. */
/*
 * Owner:   reference-counted; each transfer holds a reference, because curl reads the lines as long
 *          as the request is under way.
 * Threads: the dispatching thread only.
 */
#pragma once

#include <stdbool.h>

struct curl_slist;

struct headers {
	unsigned refs;
	struct curl_slist *plain;
	struct curl_slist *has_leader; /* with "hasleader: true" (stream.h) */
};

/* @token is the token from etcd, or NULL. Returns NULL without memory. */
struct headers *headers_new(const char *token);
struct headers *headers_ref(struct headers *headers);
void headers_unref(struct headers *headers); /* NULL is fine */
