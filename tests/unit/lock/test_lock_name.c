/* The names of locks and their values, made and read again, and whatever others may have put. */
#include "fs/lock/lock_name.h"

#include "tests/lib/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_queue(struct bytes key, const char *name)
{
	CLEANUP(buf) struct buf made = {0};
	CLEANUP(buf) struct buf back = {0};

	assert_int_equal(lock_queue_name(key, &made), 0);
	assert_true(bytes_equal(buf_bytes(&made), bytes_of(name)));
	assert_int_equal(lock_queue_key(buf_bytes(&made), &back), 0);
	assert_true(bytes_equal(buf_bytes(&back), key));
	assert_true(bytes_equal(lock_queue_of(buf_bytes(&made)), buf_bytes(&made)));
}

static void each_key_has_a_queue(void **state)
{
	(void)state;
	expect_queue(bytes_of("a"), "lock/a/");
	expect_queue(bytes_of("a/b"), "lock/a%2Fb/");
	expect_queue(bytes_of("a%2Fb"), "lock/a%252Fb/");
	expect_queue(bytes_of("a/"), "lock/a%2F/");
	expect_queue(bytes_of("//"), "lock/%2F%2F/");
	expect_queue(bytes_of("100%"), "lock/100%25/");
	expect_queue(bytes_of(""), "lock//");
}

/* Whatever bytes a key has. */
static void any_bytes(void **state)
{
	uint8_t key[256];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(key); i++) {
		CLEANUP(buf) struct buf queue = {0};
		CLEANUP(buf) struct buf made = {0};
		CLEANUP(buf) struct buf back = {0};
		struct bytes bytes = {key + i, sizeof(key) - i};

		assert_int_equal(lock_queue_name(bytes, &queue), 0);
		assert_int_equal(lock_name(buf_bytes(&queue), 0x7f, 12, &made), 0);
		assert_int_equal(lock_queue_key(buf_bytes(&made), &back), 0);
		assert_true(bytes_equal(buf_bytes(&back), bytes));
	}
}

static void no_queue(void **state)
{
	static const char *const names[] = {"", "lock", "lock/", "lock/a", "locks/a/1",
		"ephemeral/a/1", "lock/%/1", "lock/%2/1", "lock/%2f/1", "lock/%41/1", "lock/a%"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CLEANUP(buf) struct buf key = {0};
		assert_int_equal(lock_queue_key(bytes_of(names[i]), &key), -EINVAL);
	}
}

static void expect_parsed(const char *name, int64_t lease, uint64_t number)
{
	int64_t found_lease = 1;
	uint64_t found_number = 1;

	assert_int_equal(
		lock_name_parse(bytes_of(name), &found_lease, &found_number), lease || number);
	assert_int_equal(found_lease, lease);
	assert_int_equal(found_number, number);
}

static void lease_and_number(void **state)
{
	CLEANUP(buf) struct buf name = {0};

	(void)state;
	assert_int_equal(lock_name(BYTES_LITERAL("lock/a/"), 0x694d71ddacfda227, 7, &name), 0);
	assert_true(bytes_equal(buf_bytes(&name), BYTES_LITERAL("lock/a/694d71ddacfda227.7")));
	expect_parsed("lock/a/694d71ddacfda227.7", 0x694d71ddacfda227, 7);
	expect_parsed("lock/a/1.9999999999999999999", 1, 9999999999999999999u);
	expect_parsed("lock//f.1", 15, 1);
	expect_parsed("lock/a/694d71ddacfda227", 0, 0); /* of etcdctl */
	expect_parsed("lock/a/694d71ddacfda2270.7", 0, 0);
	expect_parsed("lock/a/1.99999999999999999999", 0, 0);
	expect_parsed("lock/a/F.1", 0, 0);
	expect_parsed("lock/a/0.1", 0, 0);
	expect_parsed("lock/a/01.1", 0, 0);
	expect_parsed("lock/a/1.01", 0, 0);
	expect_parsed("lock/a/1.", 0, 0);
	expect_parsed("lock/a/.1", 0, 0);
	expect_parsed("lock/a/1.1.1", 0, 0);
	expect_parsed("lock/a/b/1.1", 0, 0);
	expect_parsed("lock/a/", 0, 0);
	expect_parsed("lock/a", 0, 0);
	expect_parsed("", 0, 0);
}

static void a_value_is_read_again(void **state)
{
	CLEANUP(buf) struct buf value = {0};
	struct lock_holder holder = {true, true, 4711, "node\"1\\", "a\xff\xc3\xa4\n"}, back;

	(void)state;
	assert_int_equal(lock_value(&holder, &value), 0);
	assert_true(lock_value_parse(buf_bytes(&value), &back));
	assert_true(back.shared);
	assert_true(back.beside);
	assert_int_equal(back.pid, 4711);
	assert_string_equal(back.host, holder.host);
	assert_string_equal(back.command, "a?\xc3\xa4\n");
	holder = (struct lock_holder){0};
	buf_clear(&value);
	assert_int_equal(lock_value(&holder, &value), 0);
	assert_true(bytes_equal(buf_bytes(&value),
		BYTES_LITERAL(
			"{\"mode\":\"exclusive\",\"host\":\"\",\"pid\":0,\"command\":\"\"}")));
	assert_true(lock_value_parse(buf_bytes(&value), &back));
	assert_false(back.shared);
	assert_false(back.beside);
}

/* A lock that is put by hand, by etcdctl or by v3lock: exclusive, as nobody says otherwise. */
static void other_values(void **state)
{
	static const char *const values[] = {"", "x", "{", "{}", "[]", "null", "\"shared\"",
		"{\"mode\":1}", "{\"mode\":\"Shared\"}", "{\"mode\":\"shared\"",
		"[\"mode\",\"shared\"]", "{\"mode\":null,\"pid\":1}"};
	CLEANUP(buf) struct buf longest = {0};
	struct lock_holder holder;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		memset(&holder, 0xff, sizeof(holder));
		assert_false(lock_value_parse(bytes_of(values[i]), &holder));
		assert_false(holder.shared);
		assert_int_equal(holder.pid, 0);
		assert_string_equal(holder.host, "");
	}
	assert_true(lock_value_parse(
		bytes_of("{\"host\":7,\"mode\":\"shared\",\"pid\":\"x\",\"beside\":1}"), &holder));
	assert_true(holder.shared);
	assert_false(holder.beside);
	assert_string_equal(holder.host, "");
	assert_int_equal(
		buf_printf(&longest, "{\"mode\":\"shared\",\"host\":\"%*s\"}", 1000, "x"), 0);
	assert_true(lock_value_parse(buf_bytes(&longest), &holder));
	assert_int_equal(strlen(holder.host), sizeof(holder.host) - 1);
	buf_clear(&longest);
	assert_int_equal(
		buf_printf(&longest, "{\"mode\":\"shared\",\"host\":\"%*s\"}", 5000, "x"), 0);
	assert_false(lock_value_parse(buf_bytes(&longest), &holder));
}

static void without_memory(void **state)
{
	struct lock_holder holder = {true, true, 1, "host", "command"};
	int n = 0, r;

	(void)state;
	do {
		CLEANUP(buf) struct buf made = {0};
		CLEANUP(buf) struct buf back = {0};
		alloc_fail_after(n++);
		r = lock_queue_name(bytes_of("a/b%c"), &made);
		if (r == 0)
			r = lock_name(buf_bytes(&made), 1, 1, &made);
		if (r == 0)
			r = lock_queue_key(buf_bytes(&made), &back);
		if (r == 0)
			r = lock_value(&holder, &back);
		alloc_fail_never();
		assert_true(r == 0 || r == -ENOMEM);
	} while (r < 0);
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_has_a_queue),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(no_queue),
		cmocka_unit_test(lease_and_number),
		cmocka_unit_test(a_value_is_read_again),
		cmocka_unit_test(other_values),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
