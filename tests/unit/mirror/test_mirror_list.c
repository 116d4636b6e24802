/* The first list of a mirror goes into it as it comes; those after it are compared with it. What is
 * there in the end is the same. Statements: 265. */
#include "fs/mirror/mirror_private.h"
#include "tests/lib/alloc.h"
#include "tests/unit/mirrors.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* In the order of keys: directories that come again, names that need escapes, files that become
 * directories, what is of another prefix, a name that is cut. */
static const char *const names[] = {"p/", "p/.", "p/.etcd", "p/%2E", "p/a", "p/a-b", "p/a.txt",
	"p/a/", "p/a/.", "p/a/b", "p/a/b/c", "p/a/c", "p/a0", "p/b//", "p/b//c", "p/b/c/d", "p/b/d",
	"p/b0", "p/c/", "p/d", "p/d/e/f", "p/d/e/g", "p/d/h", "q/x"};

enum { COUNT = sizeof(names) / sizeof(*names), LONG = 700, ALL = COUNT + 1 };

static struct etcd_kv kvs[ALL];
static char long_name[LONG + 1];

static void kvs_make(void)
{
	memset(long_name, 'n', LONG);
	memcpy(long_name, "p/d", 3);
	for (int i = 0; i < ALL; i++)
		kvs[i] = (struct etcd_kv){bytes_of(i < COUNT ? names[i] : long_name),
			bytes_of(i % 3 ? "v" : ""), 10 + i, 10 + i, 1, 0};
}

static void kvs_shuffle(void)
{
	for (size_t i = ALL - 1; i > 0; i--) {
		size_t other = rand() % (i + 1);
		struct etcd_kv kv = kvs[i];
		kvs[i] = kvs[other];
		kvs[other] = kv;
	}
}

static int list_in_pieces(struct mirror *mirror, size_t piece, size_t expected, bool *ret_forked)
{
	CLEANUP(mirror_list_free) struct mirror_list *list = NULL;
	int r = mirror_list_new(mirror, &list);

	if (r == 0)
		mirror_list_expect(list, expected);
	for (size_t i = 0; r == 0 && i < ALL; i += piece)
		r = mirror_list_add(list, 100, kvs + i, ALL - i < piece ? ALL - i : piece);
	return r < 0 ? r : mirror_replace(mirror, 100, list, ret_forked);
}

/* All keys of the mirror with what they have, in the order of the walk. */
static void describe(struct mirror *mirror, struct buf *ret)
{
	assert_null(tree_check(&mirror->tree));
	assert_int_equal(mirror_revision(mirror), 100);
	for (struct node *node = &mirror->tree.root; node;
		node = node_next(&mirror->tree.root, node)) {
		const struct value *value = node_value(node);
		if (value)
			assert_int_equal(buf_printf(ret, "%s %lld %u, ", node_name(node),
						 (long long)value->mod_revision, value->len),
				0);
		else
			assert_int_equal(buf_printf(ret, "%s, ", node_name(node)), 0);
	}
	assert_int_equal(buf_append_byte(ret, 0), 0);
}

/* By events, one after the other. */
static void expect(struct buf *ret)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();

	list_at(mirror, 9, NULL, 0);
	for (int i = 0; i < ALL; i++) {
		struct etcd_event event = {.type = ETCD_EVENT_PUT, .kv = kvs[i]};
		assert_int_equal(mirror_apply(mirror, 10 + i, &event, 1), 0);
	}
	mirror->revision = 100;
	describe(mirror, ret);
}

static void any_order_and_any_pieces(void **state)
{
	static const size_t expected[] = {0, 1, 2, ALL, 1000, SIZE_MAX};
	CLEANUP(buf) struct buf right = {0};

	(void)state;
	srand(test_seed());
	kvs_make();
	expect(&right);
	for (int i = 0; i < 60; i++) {
		CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
		CLEANUP(buf) struct buf found = {0};
		bool forked;
		assert_int_equal(
			list_in_pieces(mirror, 1 + i % ALL, expected[i < 6 ? i : i % 5], &forked),
			0);
		assert_false(forked);
		describe(mirror, &found);
		assert_string_equal((char *)found.data, (char *)right.data);
		/* And once more, which is compared. */
		buf_clear(&found);
		assert_int_equal(list_in_pieces(mirror, ALL, ALL, &forked), 0);
		assert_false(forked);
		describe(mirror, &found);
		assert_string_equal((char *)found.data, (char *)right.data);
		kvs_shuffle();
	}
}

/* Its keys are there, but the mirror is at no revision: the next list takes away what it lacks. */
static void a_list_that_breaks_off(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	struct etcd_kv other = {bytes_of("p/gone/x"), bytes_of("old"), 5, 500, 1, 0};
	struct mirror_list *list;
	CLEANUP(buf) struct buf right = {0}, found = {0};
	bool forked;

	(void)state;
	kvs_make();
	expect(&right);
	assert_int_equal(mirror_list_new(mirror, &list), 0);
	assert_int_equal(mirror_list_add(list, 600, &other, 1), 0);
	assert_int_equal(mirror_list_add(list, 600, kvs + 4, 6), 0);
	mirror_list_free(list);
	assert_int_equal(mirror_revision(mirror), 0);
	assert_int_equal(list_in_pieces(mirror, 3, ALL, &forked), 0);
	assert_false(forked);
	describe(mirror, &found);
	assert_string_equal((char *)found.data, (char *)right.data);
}

/* Each allocation fails once; the list after it makes up for it. */
static void without_memory(void **state)
{
	CLEANUP(buf) struct buf right = {0};
	bool forked, done = false;

	(void)state;
	kvs_make();
	expect(&right);
	for (int i = 0; !done; i++) {
		CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
		CLEANUP(buf) struct buf found = {0};
		int r;
		alloc_fail_after(i);
		r = list_in_pieces(mirror, 5, ALL, &forked);
		alloc_fail_never();
		done = r == 0 && i > 3 * ALL;
		assert_true(r == 0 || r == -ENOMEM);
		if (r < 0)
			assert_int_equal(list_in_pieces(mirror, 5, ALL, &forked), 0);
		describe(mirror, &found);
		assert_string_equal((char *)found.data, (char *)right.data);
	}
}

/* What changes while others have the lock between two pieces of the list. */
static void a_directory_goes_between_two_pieces(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	struct mirror_list *list;
	bool forked;

	(void)state;
	kvs_make();
	assert_int_equal(mirror_list_new(mirror, &list), 0);
	assert_int_equal(mirror_list_add(list, 100, kvs + 20, 2), 0); /* "p/d/e/f", "p/d/e/g" */
	lock_take(&mirror->lock);
	assert_int_equal(tree_delete(&mirror->tree, "d/e/f"), 0);
	assert_int_equal(tree_delete(&mirror->tree, "d/e/g"), 0);
	lock_drop(&mirror->lock);
	assert_int_equal(mirror_list_add(list, 100, kvs + 21, 2), 0);
	assert_int_equal(mirror_replace(mirror, 100, list, &forked), 0);
	mirror_list_free(list);
	assert_int_equal(mirror_count(mirror), 2);
	assert_null(tree_check(&mirror->tree));
}

/* Of an older revision: values that find no room are hollow, and all are dated as the live mirror
 * dates them. */
static void an_older_revision(void **state)
{
	CLEANUP(mirror_free) struct mirror *live = mirror_make();
	CLEANUP(mirror_free) struct mirror *past = mirror_make();
	const struct etcd_kv old[] = {
		{BYTES_LITERAL("p/a"), BYTES_LITERAL("12345"), 3, 7, 4, 77},
		{BYTES_LITERAL("p/b"), BYTES_LITERAL("123456"), 8, 8, 1, 99},
		{BYTES_LITERAL("p/c"), BYTES_LITERAL("1"), 9, 9, 1, 0},
	};
	CLEANUP(value_unref) struct value *a = NULL;
	CLEANUP(value_unref) struct value *b = NULL;
	CLEANUP(value_unref) struct value *of_now = NULL;
	struct mirror_list *list;
	bool forked;

	(void)state;
	list_at(live, 100, old, 1);
	mirror_date_like(past, live);
	assert_int_equal(mirror_list_new(past, &list), 0);
	mirror_list_limit(list, 9);
	assert_int_equal(mirror_list_add(list, 9, old, 3), 0);
	assert_int_equal(mirror_replace(past, 9, list, &forked), 0);
	mirror_list_free(list);
	assert_int_equal(mirror_value(live, id_of(live, ROOT_ID, "a"), &of_now), 0);
	assert_int_equal(mirror_value(past, id_of(past, ROOT_ID, "a"), &a), 0);
	assert_int_equal(mirror_value(past, id_of(past, ROOT_ID, "b"), &b), 0);
	assert_false(a->hollow);
	assert_int_equal(value_lease(a), 77);
	assert_int_equal(a->seen_ns, of_now->seen_ns);
	assert_int_equal(a->seen_ns, mirror_date_ns(live, 7));
	assert_true(b->hollow);
	assert_int_equal(b->len, 6);
	assert_int_equal(value_bytes(b).len, 0);
	assert_int_equal(value_lease(b), 99);
	assert_int_equal(b->seen_ns, a->seen_ns + 1000);
	assert_int_equal(mirror_ids_end(past), id_of(past, ROOT_ID, "c") + 1);
	assert_true(mirror_date_ns(live, 200) > mirror_date_ns(live, 100));
	assert_true(mirror_date_ns(live, INT64_MAX) > mirror_date_ns(live, 200));
	assert_true(mirror_date_ns(live, 0) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_and_any_pieces),
		cmocka_unit_test(a_list_that_breaks_off),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(an_older_revision),
		cmocka_unit_test(a_directory_goes_between_two_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
