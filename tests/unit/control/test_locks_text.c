/* The lines of .etcd/locks, of a mirror with locks that anybody may have put. Statements: 411, 418.
 */
#include "fs/control/locks_text.h"
#include "tests/lib/alloc.h"
#include "tests/unit/mirrors.h"

#include <errno.h>
#include <stdio.h>

enum { MANY = 3000 };

static void expect(struct mirror *mirror, uint64_t dir, const char *expected)
{
	CLEANUP(buf) struct buf text = {0};

	assert_int_equal(locks_text(mirror, bytes_of("p/"), dir, &text), 0);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	assert_string_equal((char *)text.data, expected);
}

static struct etcd_kv lock(const char *key, const char *value, int64_t revision)
{
	return (struct etcd_kv){bytes_of(key), bytes_of(value), revision, revision, 1, 0};
}

static void each_directory_has_what_is_below_it(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	const struct etcd_kv kvs[] = {lock("p/.etcd/lock/", "", 2),
		lock("p/.etcd/lock//1.1", "", 2), lock("p/.etcd/lock/d/1", "", 3),
		lock("p/.etcd/lock/p%2F.etcd%2Fx/1", "", 3), lock("p/.etcd/lock/p%2Fd%2F/1", "", 4),
		lock("p/.etcd/lock/p%2Fd%2Fa/1", "", 5), lock("p/d/a", "", 1), lock("p/d0", "", 1)};

	(void)state;
	list_at(mirror, 9, kvs, sizeof(kvs) / sizeof(*kvs));
	expect(mirror, id_of(mirror, ROOT_ID, "d"),
		"{\"file\":\".etcd/lock\",\"state\":\"held\",\"mode\":\"exclusive\",\"revision\":4,"
		"\"key\":\"p/.etcd/lock/p%2Fd%2F/1\"}\n"
		"{\"file\":\"a\",\"state\":\"held\",\"mode\":\"exclusive\",\"revision\":5,"
		"\"key\":\"p/.etcd/lock/p%2Fd%2Fa/1\"}\n");
	expect(mirror, ROOT_ID,
		"{\"file\":\".etcd/lock\",\"state\":\"held\",\"mode\":\"exclusive\",\"revision\":2,"
		"\"key\":\"p/.etcd/lock//1.1\"}\n"
		"{\"file\":\"d/.etcd/lock\",\"state\":\"held\",\"mode\":\"exclusive\","
		"\"revision\":4,\"key\":\"p/.etcd/lock/p%2Fd%2F/1\"}\n"
		"{\"file\":\"d/a\",\"state\":\"held\",\"mode\":\"exclusive\",\"revision\":5,"
		"\"key\":\"p/.etcd/lock/p%2Fd%2Fa/1\"}\n");
}

/* The states of a queue's locks, the first one first: h is held, w waits. */
static void expect_states(const struct etcd_kv *kvs, size_t n, const char *expected)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	CLEANUP(buf) struct buf text = {0};
	const char *at;

	list_at(mirror, 99, kvs, n);
	assert_int_equal(locks_text(mirror, bytes_of("p/"), ROOT_ID, &text), 0);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	at = (char *)text.data;
	for (; *expected; expected++) {
		at = strstr(at, "\"state\":\"");
		assert_non_null(at);
		at += strlen("\"state\":\"");
		assert_int_equal(*at, *expected);
	}
	assert_null(strstr(at, "\"state\""));
}

#define KEY "p/.etcd/lock/p%2Fa/"
#define SHARED "{\"mode\":\"shared\"}"
#define BESIDE "{\"mode\":\"exclusive\",\"beside\":true}"
#define SHARED_BESIDE "{\"mode\":\"shared\",\"beside\":true}"

/* Of one mount each says whether the others of that mount let it be held; those of other mounts,
 * and of whoever cannot be told apart, are before it in any case. */
static void those_of_one_mount_are_beside(void **state)
{
	const struct etcd_kv of_one[] = {lock(KEY "a.1", "", 2), lock(KEY "a.2", BESIDE, 3),
		lock(KEY "a.3", "", 4), lock(KEY "a.4", SHARED_BESIDE, 5),
		lock(KEY "a.5", SHARED, 6)};
	const struct etcd_kv of_two[] = {lock(KEY "a.1", BESIDE, 2), lock(KEY "b.1", BESIDE, 3),
		lock(KEY "a.2", BESIDE, 4), lock(KEY "a.3", SHARED_BESIDE, 5)};
	const struct etcd_kv shared[] = {lock(KEY "b.1", SHARED, 2), lock(KEY "a.1", SHARED, 3),
		lock(KEY "a.2", BESIDE, 4), lock(KEY "b.2", SHARED_BESIDE, 5)};
	const struct etcd_kv others[] = {
		lock(KEY "a", BESIDE, 2), lock(KEY "b", BESIDE, 3), lock(KEY "a.1", BESIDE, 4)};

	(void)state;
	expect_states(of_one, 5, "hhwhw");
	expect_states(of_two, 4, "hwww");
	expect_states(shared, 4, "hhww");
	expect_states(others, 3, "hww");
}

static void what_is_no_directory_has_none(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	const struct etcd_kv kv = lock("p/a", "", 1);
	CLEANUP(buf) struct buf text = {0};

	(void)state;
	list_at(mirror, 9, &kv, 1);
	assert_int_equal(
		locks_text(mirror, bytes_of("p/"), id_of(mirror, ROOT_ID, "a"), &text), -ENOTDIR);
	assert_int_equal(locks_text(mirror, bytes_of("p/"), 4711, &text), -ESTALE);
}

static size_t lines_of(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

/* Queues of one to twenty, more than fit into a piece: each lock has its line. */
static void many_come_in_pieces(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	CLEANUP(buf) struct buf text = {0};
	char keys[MANY][40];
	struct etcd_kv kvs[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "p/.etcd/lock/p%%2Fq%04d/%04d",
			i / (1 + i / 150), i);
		kvs[i] = lock(keys[i], "", 1 + i);
	}
	list_at(mirror, MANY + 1, kvs, MANY);
	assert_int_equal(locks_text(mirror, bytes_of("p/"), ROOT_ID, &text), 0);
	assert_int_equal(lines_of(&text), MANY);
}

static void without_memory_it_says_so(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	const struct etcd_kv kvs[] = {
		lock("p/.etcd/lock//1.1", "", 2), lock("p/.etcd/lock/p%2Fa/1", "{\"mode\":", 3)};
	int r = -ENOMEM;

	(void)state;
	list_at(mirror, 9, kvs, 2);
	for (int n = 0; r; n++) {
		CLEANUP(buf) struct buf text = {0};
		alloc_fail_after(n);
		r = locks_text(mirror, bytes_of("p/"), ROOT_ID, &text);
		alloc_fail_never();
		assert_true(r == -ENOMEM || (r == 0 && n > 10 && lines_of(&text) == 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_directory_has_what_is_below_it),
		cmocka_unit_test(those_of_one_mount_are_beside),
		cmocka_unit_test(what_is_no_directory_has_none),
		cmocka_unit_test(many_come_in_pieces),
		cmocka_unit_test(without_memory_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
