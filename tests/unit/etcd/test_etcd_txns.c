/* Several transactions in one request, to a real etcd. */
#include "tests/lib/ask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void ask_txns(const struct etcd_txn *txns, size_t n_txns)
{
	ending = (struct ending){0};
	assert_int_equal(
		etcd_txns(client.etcd, txns, n_txns, ASK_MS, ending_note, &ending, NULL), 0);
	ask_wait();
}

static void ask_alarm(enum etcd_alarm_action action)
{
	uint64_t member = ending.header.member_id;

	ending = (struct ending){0};
	assert_int_equal(etcd_alarm(client.etcd, action, member, ASK_MS, ending_note, &ending), 0);
	ask_wait();
	assert_int_equal(ending.error, 0);
}

static void test_txns(void **state)
{
	struct etcd_compare absent[] = {
		{.target = ETCD_COMPARE_CREATE, .key = BYTES_LITERAL("s/a")},
		{.target = ETCD_COMPARE_CREATE, .key = BYTES_LITERAL("s/b")},
		{.target = ETCD_COMPARE_CREATE, .key = BYTES_LITERAL("s/c")}};
	struct etcd_op puts[] = {
		{.type = ETCD_OP_PUT, .key = BYTES_LITERAL("s/a"), .value = BYTES_LITERAL("1")},
		{.type = ETCD_OP_PUT, .key = BYTES_LITERAL("s/b"), .value = BYTES_LITERAL("2")},
		{.type = ETCD_OP_PUT, .key = BYTES_LITERAL("s/c"), .value = BYTES_LITERAL("3")}};
	struct etcd_txn txns[] = {{&absent[0], 1, &puts[0], 1}, {&absent[1], 1, &puts[1], 1},
		{&absent[2], 1, &puts[2], 1}};
	int64_t before;

	ask_put("s/b", "there");
	before = ending.header.revision;
	ask_txns(txns, 3);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.header.revision, before + 1);
	assert_string_equal(ending.branches, "101");
	ask_get("s/a");
	assert_string_equal(ending.value, "1");
	ask_get("s/b");
	assert_string_equal(ending.value, "there");
	ask_get("s/c");
	assert_string_equal(ending.value, "3");
	assert_int_equal(ending.kv.mod_revision, before + 1);
	ask_txns(txns, 3);
	assert_string_equal(ending.branches, "000");
	assert_int_equal(ending.header.revision, before + 1);
	ask_get("s/a");
	assert_string_equal(ending.value, "1");
	txns[2] = txns[0];
	ask_txns(txns, 3);
	assert_int_equal(ending.error, -EINVAL); /* the same key twice */
	ask_delete("s/", "s0");
}

/* What share.c relies on: as many as etcd takes operations, those of the largest counted in. */
static void test_txns_limits(void **state)
{
	CLEANUP(free) struct etcd_txn *txns = calloc(128, sizeof(*txns));
	CLEANUP(free) struct etcd_op *ops = calloc(128, sizeof(*ops));
	struct etcd_compare absent[] = {
		{.target = ETCD_COMPARE_CREATE, .key = BYTES_LITERAL("n/1")},
		{.target = ETCD_COMPARE_CREATE, .key = BYTES_LITERAL("n/2")}};
	char keys[128][8];

	for (int i = 0; i < 128; i++) {
		snprintf(keys[i], sizeof(keys[i]), "n%d", i);
		ops[i] = (struct etcd_op){.type = ETCD_OP_PUT, .key = bytes_of(keys[i])};
		txns[i] = (struct etcd_txn){absent, 2, &ops[i], 1};
	}
	ask_txns(txns, 126);
	assert_int_equal(ending.error, 0);
	ask_txns(txns, 127);
	assert_int_equal(ending.error, -EXDEV);
	ask_delete("n", "o");
}

/* etcd counts the bytes of the outermost operations only, and these are there. */
static void test_txns_without_space(void **state)
{
	struct etcd_op puts[] = {{.type = ETCD_OP_PUT, .key = BYTES_LITERAL("q/a")},
		{.type = ETCD_OP_PUT, .key = BYTES_LITERAL("q/b")}};
	struct etcd_txn txns[] = {{NULL, 0, &puts[0], 1}, {NULL, 0, &puts[1], 1}};

	ask_put("q/a", "before");
	ask_alarm(ETCD_ALARM_RAISE);
	ask_txns(txns, 2);
	assert_int_equal(ending.error, -ENOSPC);
	ask_get("q/a");
	ask_alarm(ETCD_ALARM_DISARM);
	ask_get("q/a");
	assert_string_equal(ending.value, "before");
	ask_txns(txns, 2);
	assert_int_equal(ending.error, 0);
	assert_string_equal(ending.branches, "11");
	ask_delete("q/", "q0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REAL_TEST(test_txns),
		REAL_TEST(test_txns_limits),
		REAL_TEST(test_txns_without_space),
	};

	return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
