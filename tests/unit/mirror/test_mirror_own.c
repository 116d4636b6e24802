/* etcdfs' own keys: in a table beside the tree, by events and by lists, and who hears of them.
 * Statements: 380, 381, 383. */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"
#include "tests/lib/alloc.h"
#include "tests/unit/mirrors.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <stdio.h>

static struct buf heard; /* what the listener was told since the last check */

static void hear(void *arg, const struct own_key *key, bool there)
{
	assert_null(arg);
	assert_int_equal(
		buf_printf(&heard, "%c%.*s=%.*s@%lld,%lld ", there ? '+' : '-', (int)key->name.len,
			(char *)key->name.data, (int)key->value.len, (char *)key->value.data,
			(long long)key->create_revision, (long long)key->lease),
		0);
}

static void expect_heard(const char *expected)
{
	assert_int_equal(buf_append_byte(&heard, 0), 0);
	assert_string_equal((char *)heard.data, expected);
	buf_clear(&heard);
}

static bool note(void *arg, const struct own_key *key)
{
	struct buf *text = arg;

	assert_int_equal(buf_printf(text, "%.*s ", (int)key->name.len, (char *)key->name.data), 0);
	return !bytes_equal(key->name, bytes_of("lock/stop"));
}

static void expect_names(struct mirror *mirror, const char *name_prefix, const char *expected)
{
	CLEANUP(buf) struct buf text = {0};

	mirror_own_walk(mirror, bytes_of(name_prefix), note, &text);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	assert_string_equal((char *)text.data, expected);
}

static struct mirror *mirror_listening(void)
{
	struct mirror *mirror = mirror_make();

	mirror_own_listen(mirror, hear, NULL);
	return mirror;
}

static void events_come_into_the_table_and_not_into_the_tree(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_listening();
	const struct etcd_event both[] = {
		put_event("p/.etcd/lock/a/7", "1", 6), put_event("p/a", "1", 6)};
	struct etcd_event put = put_event("p/.etcd/lock/a/7", "2", 7);
	const struct etcd_event others[] = {put_event("q/.etcd/x", "1", 8),
		put_event("p/.etcd", "1", 8), put_event("p/a/.etcd/x", "1", 8),
		delete_event("p/.etcd/none", 8)};
	const struct etcd_event gone = delete_event("p/.etcd/lock/a/7", 9);

	(void)state;
	list_at(mirror, 5, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 6, both, 2), 0);
	expect_heard("+lock/a/7=1@6,0 ");
	assert_int_equal(mirror_count(mirror), 2);
	assert_true(id_of(mirror, ROOT_ID, "a"));
	assert_false(id_of(mirror, ROOT_ID, "%2Eetcd"));
	put.kv.create_revision = 6;
	put.kv.lease = 77;
	assert_int_equal(mirror_apply(mirror, 7, &put, 1), 0);
	assert_int_equal(mirror_revision(mirror), 7);
	expect_heard("+lock/a/7=2@6,77 ");
	assert_int_equal(mirror_apply(mirror, 8, others, 4), 0);
	expect_heard("");
	assert_true(id_of(mirror, ROOT_ID, "%2Eetcd"));
	assert_int_equal(mirror_apply(mirror, 9, &gone, 1), 0);
	expect_heard("-lock/a/7=2@6,77 ");
	expect_names(mirror, "", "");
}

static void a_walk_shows_what_begins_with_the_name(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	const struct etcd_kv kvs[] = {{bytes_of("p/.etcd/"), bytes_of("")},
		{bytes_of("p/.etcd/lock/a/1"), bytes_of("")},
		{bytes_of("p/.etcd/lock/a/2"), bytes_of("")},
		{bytes_of("p/.etcd/lock/a0"), bytes_of("")},
		{bytes_of("p/.etcd/lock/stop"), bytes_of("")},
		{bytes_of("p/.etcd/meta"), bytes_of("")}};
	CLEANUP(buf) struct buf key = {0};

	(void)state;
	list_at(mirror, 5, kvs, 6);
	expect_names(mirror, "", " lock/a/1 lock/a/2 lock/a0 lock/stop ");
	expect_names(mirror, "lock/a/", "lock/a/1 lock/a/2 ");
	expect_names(mirror, "lock/b", "");
	expect_names(mirror, "m", "meta ");
	assert_int_equal(mirror_own_key(mirror, bytes_of("lock/x"), &key), 0);
	assert_true(bytes_equal(buf_bytes(&key), bytes_of("p/.etcd/lock/x")));
}

static void of_a_new_list_the_differences_are_told(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_listening();
	struct etcd_kv kvs[] = {{bytes_of("p/.etcd/a"), bytes_of("1"), 1, 1, 1, 0},
		{bytes_of("p/.etcd/b"), bytes_of("1"), 2, 2, 1, 0},
		{bytes_of("p/.etcd/c"), bytes_of("1"), 3, 3, 1, 0},
		{bytes_of("p/b"), bytes_of("1"), 3, 3, 1, 0}};

	(void)state;
	list_at(mirror, 5, kvs, 4);
	expect_heard("+a=1@1,0 +b=1@2,0 +c=1@3,0 ");
	list_at(mirror, 6, kvs, 4);
	expect_heard("");
	kvs[1].create_revision = kvs[1].mod_revision = 8; /* deleted and made again */
	kvs[2].lease = 5;
	list_at(mirror, 9, kvs + 1, 3);
	expect_heard("+b=1@8,0 +c=1@3,5 -a=1@1,0 ");
	expect_names(mirror, "", "b c ");
	assert_int_equal(mirror_count(mirror), 3);
	list_at(mirror, 10, NULL, 0);
	expect_heard("-b=1@8,0 -c=1@3,5 ");
	assert_int_equal(mirror_count(mirror), 0);
}

/* Own keys that etcd's history has not, or otherwise, are as good a sign as files. */
static void another_history_is_seen_by_own_keys(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	const struct etcd_kv kv = {bytes_of("p/.etcd/a"), bytes_of("1"), 1, 1, 1, 0};
	const struct etcd_kv other = {bytes_of("p/.etcd/a"), bytes_of("2"), 1, 4, 2, 0};
	CLEANUP(mirror_list_free) struct mirror_list *list = NULL;
	bool forked;

	(void)state;
	list_at(mirror, 5, &kv, 1);
	assert_int_equal(mirror_list_new(mirror, &list), 0);
	assert_int_equal(mirror_list_add(list, 7, &other, 1), 0);
	assert_int_equal(mirror_replace(mirror, 7, list, &forked), 0);
	assert_true(forked);
}

static void a_sparse_mirror_counts_them(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	struct etcd_event put = put_event("p/.etcd/lock/a", "1", 7);

	(void)state;
	list_at(mirror, 5, NULL, 0);
	mirror_set_sparse(mirror);
	assert_int_equal(mirror_apply(mirror, 7, &put, 1), 0);
	assert_false(mirror_reach(mirror, 8, 7, 0));
	assert_true(mirror_reach(mirror, 8, 7, 1));
}

/* At random, by events and by lists: the memory that is counted is all given back. */
static void what_they_take_is_given_back(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	unsigned seed = test_seed();
	struct mirror_memory before, memory;
	char name[24], value[16];

	(void)state;
	list_at(mirror, 5, NULL, 0);
	mirror_memory(mirror, &before);
	for (int64_t revision = 6; revision < 3000; revision++) {
		struct etcd_event event;
		snprintf(name, sizeof(name), "p/.etcd/%d", rand_r(&seed) % 50);
		memset(value, 'v', sizeof(value));
		value[rand_r(&seed) % sizeof(value)] = '\0';
		event = rand_r(&seed) % 3 ? put_event(name, value, revision)
					  : delete_event(name, revision);
		assert_int_equal(mirror_apply(mirror, revision, &event, 1), 0);
	}
	mirror_memory(mirror, &memory);
	assert_true(memory.n_bytes > before.n_bytes && memory.n_value_bytes > before.n_value_bytes);
	list_at(mirror, 3000, NULL, 0);
	mirror_memory(mirror, &memory);
	assert_int_equal(memory.n_bytes, before.n_bytes);
	assert_int_equal(memory.n_value_bytes, before.n_value_bytes);
}

/* Each allocation fails once, and the list that follows makes it good. */
static void without_memory_they_are_listed_again(void **state)
{
	const struct etcd_kv kvs[] = {{bytes_of("p/.etcd/a"), bytes_of("1"), 1, 1, 1, 0},
		{bytes_of("p/.etcd/b"), bytes_of("2"), 6, 6, 1, 0}};
	const struct etcd_event put = put_event("p/.etcd/b", "2", 6);
	int r = -ENOMEM;

	(void)state;
	for (int n = 0; r; n++) {
		CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
		list_at(mirror, 5, kvs, 1);
		alloc_fail_after(n);
		r = mirror_apply(mirror, 6, &put, 1);
		alloc_fail_never();
		assert_true(r == 0 ? n == 2 : r == -ENOMEM);
		list_at(mirror, 6, kvs, 2);
		expect_names(mirror, "", "a b ");
	}
}

/* Keys below ".etcd/" are etcdfs' own, and so no path leads there; ".etcd" is always a file. */
static void no_path_leads_to_them(void **state)
{
	static const char *const none[] = {"%2Eetcd/x", "%2Eetcd/%empty", "%2Eetcd/x/%value",
		"%2Eetcd/%2Eetcd", "%2Eetcd/a/b"};
	CLEANUP(buf) struct buf key = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(key_from_path(bytes_of(none[i]), &key), -EINVAL);
	assert_int_equal(key_from_path(bytes_of("%2Eetcd/%value"), &key), 0);
	assert_int_equal(key_from_path(bytes_of("a/%2Eetcd/x"), &key), 0);
	assert_true(bytes_equal(buf_bytes(&key), bytes_of(".etcda/.etcd/x")));
	assert_true(key_is_own(bytes_of(".etcd/")) && key_is_own(bytes_of(".etcd/lock/x")));
	assert_false(key_is_own(bytes_of(".etcd")) || key_is_own(bytes_of(".etcdx/")) ||
		     key_is_own(bytes_of("a/.etcd/")));
	assert_false(key_may_be_dir(bytes_of(".etcd")));
	assert_true(key_may_be_dir(bytes_of("a/.etcd")) && key_may_be_dir(bytes_of(".etcdx")));
}

static int free_all(void **state)
{
	(void)state;
	buf_fini(&heard);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_path_leads_to_them),
		cmocka_unit_test(events_come_into_the_table_and_not_into_the_tree),
		cmocka_unit_test(a_walk_shows_what_begins_with_the_name),
		cmocka_unit_test(of_a_new_list_the_differences_are_told),
		cmocka_unit_test(another_history_is_seen_by_own_keys),
		cmocka_unit_test(a_sparse_mirror_counts_them),
		cmocka_unit_test(what_they_take_is_given_back),
		cmocka_unit_test(without_memory_they_are_listed_again),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
