/* A real etcd for a group of tests, a client of it for each, and requests that wait. */
/*
 * Threads: one; the thread of the test is the dispatching thread.
 */
#pragma once

#include "tests/lib/client.h"
#include "tests/lib/real_etcd.h"

enum { ASK_MS = 8000 };

#define REAL_TEST(test) cmocka_unit_test_setup_teardown(test, ask_setup, ask_teardown)

extern struct real_etcd real;
extern struct client client;
extern struct ending ending; /* of what was asked last */

/* For cmocka: of the group, and of each test. */
int ask_start(void **state);
int ask_stop(void **state);
int ask_setup(void **state);
int ask_teardown(void **state);

void ask_wait(void); /* until ending.count is 1 */

/* The first three fail the test when etcd says anything but yes. */
void ask_put(const char *key, const char *value);
void ask_get(const char *key);
void ask_delete(const char *key, const char *range_end);
void ask_txn(const struct etcd_txn *txn);
