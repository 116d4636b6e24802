/* Leases: granted, used, renewed, asked for, revoked; by a real etcd. */
#include "tests/lib/ask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOBODYS 0x7eadbeef

static void grant(int64_t id, int64_t ttl_s)
{
	ending = (struct ending){0};
	assert_int_equal(etcd_lease_grant(client.etcd, id, ttl_s, ASK_MS, ending_note, &ending), 0);
	ask_wait();
}

static void ask(int (*request)(struct etcd *, int64_t, int, etcd_reply_fn *, void *), int64_t id)
{
	ending = (struct ending){0};
	assert_int_equal(request(client.etcd, id, ASK_MS, ending_note, &ending), 0);
	ask_wait();
}

static void put(const char *key, int64_t lease)
{
	struct etcd_op op = {.type = ETCD_OP_PUT, .key = bytes_of(key), .lease = lease};
	struct etcd_txn txn = {.success = &op, .n_success = 1};

	ask_txn(&txn);
}

static void test_life(void **state)
{
	grant(4711, 60);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.ttl_s, 60);
	assert_true(ending.header.revision);
	put("lease/a", 4711);
	put("lease/b", 4711);
	assert_int_equal(ending.error, 0);
	ask_get("lease/a");
	assert_int_equal(ending.kv.lease, 4711);
	ask(etcd_lease_keep_alive, 4711);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.ttl_s, 60);
	ask(etcd_lease_time_to_live, 4711);
	assert_int_equal(ending.error, 0);
	assert_in_range(ending.ttl_s, 40, 60);
	assert_int_equal(ending.granted_ttl_s, 60);
	ask(etcd_lease_revoke, 4711);
	assert_int_equal(ending.error, 0);
	ask_get("lease/a");
	assert_int_equal(ending.n_kvs, 0);
	ask_get("lease/b");
	assert_int_equal(ending.n_kvs, 0);
}

/* A grant that got no answer may be asked for again. */
static void test_twice(void **state)
{
	grant(INT64_MAX, 60);
	assert_int_equal(ending.error, 0);
	grant(INT64_MAX, 60);
	assert_int_equal(ending.error, -EEXIST);
	put("lease/c", INT64_MAX);
	assert_int_equal(ending.error, 0);
	ask(etcd_lease_revoke, INT64_MAX);
	assert_int_equal(ending.error, 0);
}

/* etcd lengthens what is shorter than one and a half election timeouts, and refuses 285 years. */
static void test_limits(void **state)
{
	grant(5, 1);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.ttl_s, 2);
	grant(6, 9000000001);
	assert_int_equal(ending.error, -EINVAL);
}

static void test_none(void **state)
{
	put("lease/d", NOBODYS);
	assert_int_equal(ending.error, ETCD_E_NO_LEASE);
	ask_get("lease/d");
	assert_int_equal(ending.n_kvs, 0);
	ask(etcd_lease_revoke, NOBODYS);
	assert_int_equal(ending.error, ETCD_E_NO_LEASE);
	ask(etcd_lease_keep_alive, NOBODYS);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.ttl_s, 0);
	ask(etcd_lease_time_to_live, NOBODYS);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.ttl_s, 0);
}

/* Compares come first: a transaction of which they do not hold never asks for the lease. */
static void test_compares_first(void **state)
{
	struct etcd_compare never = {
		.target = ETCD_COMPARE_MOD, .key = BYTES_LITERAL("lease/e"), .number = 1};
	struct etcd_op op = {
		.type = ETCD_OP_PUT, .key = BYTES_LITERAL("lease/e"), .lease = NOBODYS};
	struct etcd_txn txn = {.compares = &never, .n_compares = 1, .success = &op, .n_success = 1};

	ask_txn(&txn);
	assert_int_equal(ending.error, 0);
	assert_false(ending.succeeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REAL_TEST(test_life),
		REAL_TEST(test_twice),
		REAL_TEST(test_limits),
		REAL_TEST(test_none),
		REAL_TEST(test_compares_first),
	};

	return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
