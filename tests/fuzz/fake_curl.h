/* libcurl with a server of the fuzzer's making: what arrives for each transfer, and how it ends. */
/*
 * Owner:   the fuzzer; there is one, and one connection at a time.
 * Threads: one.
 * Link:    with fake_curl.c, whose functions go before those of libcurl. What it does is what
 *          fs/etcd may expect of curl, and no more.
 */
#pragma once

#include "fs/base/buf.h"

#include <curl/curl.h>

/* Transfers that are under way, in the order in which they were started; 0 <= @n < the count. What
 * is done to one that is not there has no effect. */
size_t fake_curl_count(void);
const char *fake_curl_url(size_t n);

/* The request goes out. The others do this first where it has not happened. */
void fake_curl_begin(size_t n);
void fake_curl_header(size_t n, struct bytes line);
void fake_curl_body(size_t n, struct bytes piece);
void fake_curl_end(size_t n, CURLcode result, long http_status);

/* Whether fs/etcd has what has ended still to fetch. */
bool fake_curl_is_idle(void);
