/* A mirror without memory. */
#include "fs/mirror/mirror_private.h"
#include "tests/lib/alloc.h"
#include "tests/unit/mirrors.h"

#include <errno.h>

static struct mirror *mirror_with(const char *key)
{
	struct mirror *mirror = mirror_make();
	const struct etcd_kv kv = {bytes_of(key), bytes_of("1"), 1, 1, 1, 0};

	list_at(mirror, 1, &kv, 1);
	return mirror;
}

/* What nobody knows cannot be referred to without memory, and says so; what is known can. */
static void without_memory_no_reference_is_counted(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_with("p/a");
	uint64_t id = id_of(mirror, ROOT_ID, "a");
	struct mirror_memory before, after;
	struct mirror_info info;
	struct value *value;

	(void)state;
	mirror_memory(mirror, &before);
	alloc_fail_after(0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 1, &info), -ENOMEM);
	assert_int_equal(mirror_look(mirror, id, &info), -ENOMEM);
	assert_int_equal(mirror_hold(mirror, id), -ENOMEM);
	assert_int_equal(mirror_handle_add(mirror, id), -ENOMEM);
	assert_int_equal(mirror_open(mirror, id, MIRROR_GONE_FAIL, &info, &value), -ENOMEM);
	assert_int_equal(mirror_hold(mirror, ROOT_ID), 0);
	mirror_release(mirror, ROOT_ID);
	alloc_fail_never();
	mirror_unpin(mirror, id, 1);
	mirror_release(mirror, id);
	mirror_handle_remove(mirror, id);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 1, &info), 0);
	assert_int_equal(info.handles, 0);
	alloc_fail_after(0);
	assert_int_equal(mirror_open(mirror, id, MIRROR_GONE_FAIL, &info, &value), 0);
	mirror_making(mirror, id, 1);
	mirror_making(mirror, id, -1);
	alloc_fail_never();
	mirror_handle_remove(mirror, id);
	value_unref(value);
	mirror_unpin(mirror, id, 1);
	mirror_memory(mirror, &after);
	assert_int_equal(after.n_bytes, before.n_bytes);
	assert_null(tree_check(&mirror->tree));
}

static int apply_two(struct mirror *mirror, int64_t revision, const char *key, const char *other)
{
	const struct etcd_event events[] = {
		put_event(key, "2", revision), put_event(other, "2", revision)};

	return mirror_apply(mirror, revision, events, 2);
}

/* Each allocation of a change fails once; the list that follows makes it good. */
static void a_change_without_memory_is_listed_again(void **state)
{
	const struct etcd_kv kvs[] = {{bytes_of("p/a"), bytes_of("1"), 1, 1, 1, 0},
		{bytes_of("p/a/b"), bytes_of("2"), 2, 2, 1, 0},
		{bytes_of("p/c/d"), bytes_of("2"), 2, 2, 1, 0}};
	int r = -ENOMEM;

	(void)state;
	for (int n = 0; r; n++) {
		CLEANUP(mirror_free) struct mirror *mirror = mirror_with("p/a");
		alloc_fail_after(n);
		r = apply_two(mirror, 2, "p/a/b", "p/c/d");
		alloc_fail_never();
		assert_true(r == 0 ? n > 5 : r == -ENOMEM);
		list_at(mirror, 2, kvs, 3);
		assert_null(tree_check(&mirror->tree));
		assert_int_equal(mirror_count(mirror), 3);
	}
}

/* Many lists fail, one after the other, until their numbers begin again. */
static void the_number_of_a_list_is_not_taken_for_an_old_one(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_with("p/a");
	const struct etcd_kv kv = {bytes_of("p/b"), bytes_of("1"), 2, 2, 1, 0};
	struct mirror_list *list;
	uint64_t n;
	bool forked;

	(void)state;
	list_at(mirror, 1, (struct etcd_kv[]){{bytes_of("p/a"), bytes_of("1"), 1, 1, 1, 0}}, 1);
	n = mirror->lists + NODE_LISTS - 1;
	while (mirror->lists < n) {
		assert_int_equal(mirror_list_new(&list), 0);
		assert_int_equal(mirror_list_add(list, &kv, 1), 0);
		alloc_fail_after(1);
		assert_int_equal(mirror_replace(mirror, 2, list, &forked), -ENOMEM);
		alloc_fail_never();
		mirror_list_free(list);
	}
	list_at(mirror, 2, &kv, 1);
	assert_int_equal(mirror_count(mirror), 1);
	assert_false(id_of(mirror, ROOT_ID, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_no_reference_is_counted),
		cmocka_unit_test(a_change_without_memory_is_listed_again),
		cmocka_unit_test(the_number_of_a_list_is_not_taken_for_an_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
