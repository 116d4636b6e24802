/* A client of etcd whose server is the fuzzer: requests of every kind, and what each answer is. */
/*
 * Owner:   the fuzzer; there is one. Link with client.c, fake_curl.c and fake_clock.c.
 * Checked: each request has one callback; all that a callback gets can be read; revisions are in
 *          their range; the error is one of those that etcd.h has for such a request.
 */
#pragma once

#include "fs/base/buf.h"

/* Starts a client, with a user if @has_user; the server has answered nothing yet. */
void client_start(bool has_user);
/* All that is still under way ends. */
void client_end(void);

/* One more request, of kind @kind % CLIENT_KINDS. */
enum { CLIENT_KINDS = 21 };
void client_request(uint8_t kind);
void client_cancel(uint8_t which);
bool client_is_waiting(void); /* for the end of a request */

/* Lets the client work, after @ms have passed. */
void client_run(int ms);

/* --- What the server says to transfer @n, in order --- */

/* A whole message in its frame; the headers; the status in its trailer, and the end. */
void client_answer(size_t n, struct bytes message);
void client_answer_status(size_t n, int code, struct bytes words);
/* The anchor's answer, so that requests go out. */
void client_greet(void);
