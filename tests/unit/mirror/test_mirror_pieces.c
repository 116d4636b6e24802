/* Long work on a mirror lets others in, and has what is there at one moment all the same.
 * Statements: 266. */
#include "fs/mirror/mirror_private.h"
#include "tests/unit/mirrors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 10 * MIRROR_PIECE };

/* What somebody does each time that they are let in. */
static void (*guest)(struct mirror *mirror);
static struct mirror *visited;
static unsigned n_visits;

bool __wrap_lock_pass(struct lock *lock);

bool __wrap_lock_pass(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	n_visits++;
	if (!guest)
		return false;
	lock_drop(lock);
	guest(visited);
	lock_take(lock);
	return true;
}

static struct etcd_kv kvs[COUNT];
static char keys[COUNT][16];

static void kvs_make(int64_t revision)
{
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(keys[i], sizeof(keys[i]), "p/d/k%05zu", i);
		kvs[i] = (struct etcd_kv){
			bytes_of(keys[i]), bytes_of("v"), revision, revision, 1, 0};
	}
}

static struct mirror *mirror_filled(void)
{
	guest = NULL;
	visited = mirror_make();
	kvs_make(5);
	list_at(visited, 10, kvs, COUNT);
	n_visits = 0;
	return visited;
}

static uint64_t dir_of(struct mirror *mirror)
{
	return id_of(mirror, ROOT_ID, "d");
}

static void apply(struct mirror *mirror, struct etcd_event event)
{
	event.kv.mod_revision = mirror_revision(mirror) + 1;
	assert_int_equal(mirror_apply(mirror, event.kv.mod_revision, &event, 1), 0);
}

/* The name of the directory of a component that is too long. */
static void cut_name(char ret[256])
{
	memset(ret, 'n', 253);
	memcpy(ret + 253, "%+", 3);
}

/* --- The list --- */

static void sees_what_was(struct mirror *mirror)
{
	assert_int_equal(mirror_revision(mirror), 10);
	assert_int_equal(mirror_count(mirror), COUNT);
	assert_true(id_of(mirror, dir_of(mirror), "k00000"));
	assert_false(id_of(mirror, dir_of(mirror), "new"));
}

static void a_list_is_compared_in_pieces(void **state)
{
	struct mirror *mirror = mirror_filled();

	(void)state;
	/* The first has gone, the last is another, and there is one more. */
	kvs[0] = (struct etcd_kv){bytes_of("p/d/new"), bytes_of("v"), 11, 11, 1, 0};
	kvs[COUNT - 1].mod_revision = 12;
	guest = sees_what_was;
	list_at(mirror, 20, kvs, COUNT);
	assert_true(n_visits >= 2 * COUNT / MIRROR_PIECE);
	assert_int_equal(mirror_revision(mirror), 20);
	assert_int_equal(mirror_count(mirror), COUNT);
	assert_false(id_of(mirror, dir_of(mirror), "k00000"));
	assert_true(id_of(mirror, dir_of(mirror), "new"));
	assert_null(tree_check(&mirror->tree));
	mirror_free(mirror);
}

/* Files and directories that become each other, by keys that go and come. */
static void a_list_changes_kinds(void **state)
{
	struct etcd_kv before[] = {{bytes_of("p/a"), bytes_of("1"), 1, 1, 1, 0},
		{bytes_of("p/b"), bytes_of("1"), 1, 1, 1, 0},
		{bytes_of("p/b/c"), bytes_of("1"), 2, 2, 1, 0},
		{bytes_of("p/e/f"), bytes_of("1"), 3, 3, 1, 0}},
		       after[] = {{bytes_of("p/a/x"), bytes_of("1"), 11, 11, 1, 0},
			       {bytes_of("p/e"), bytes_of("1"), 12, 12, 1, 0}};
	struct mirror *mirror = mirror_make();
	struct mirror_info info;

	(void)state;
	guest = NULL;
	list_at(mirror, 5, before, 4);
	list_at(mirror, 20, after, 2);
	assert_int_equal(mirror_count(mirror), 2);
	assert_null(tree_check(&mirror->tree));
	assert_false(id_of(mirror, ROOT_ID, "b"));
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 0, &info), 0);
	assert_true(info.is_dir);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "e", 0, &info), 0);
	assert_false(info.is_dir);
	list_at(mirror, 30, before, 4); /* and back */
	assert_int_equal(mirror_count(mirror), 4);
	assert_null(tree_check(&mirror->tree));
	list_at(mirror, 40, NULL, 0);
	assert_int_equal(mirror_count(mirror), 0);
	assert_null(tree_check(&mirror->tree));
	mirror_free(mirror);
}

enum { KINDS = 40 };

/* Of each directory: the kernel forgets what kept it, so that it is a file now. */
static void forgets_all_midway(struct mirror *mirror)
{
	struct mirror_info info;
	char name[256];

	if (n_visits < COUNT / MIRROR_PIECE / 2)
		return;
	guest = NULL;
	cut_name(name);
	for (int i = 0; i < KINDS; i++) {
		char dir[16];
		snprintf(dir, sizeof(dir), "kind%d", i);
		assert_int_equal(
			mirror_lookup(mirror, id_of(mirror, ROOT_ID, dir), name, 0, &info), 0);
		mirror_unpin(mirror, info.id, 1);
		assert_int_equal(mirror_lookup(mirror, ROOT_ID, dir, 0, &info), 0);
		assert_false(info.is_dir);
	}
}

static void what_changes_its_kind_meanwhile_is_gone_all_the_same(void **state)
{
	struct mirror *mirror = mirror_filled();
	struct mirror_info info;
	char name[256];

	(void)state;
	cut_name(name);
	for (int i = 0; i < KINDS; i++) {
		char key[16], below[24];
		uint64_t dir;
		snprintf(key, sizeof(key), "p/kind%d", i);
		snprintf(below, sizeof(below), "%s/x", key);
		apply(mirror, put_event(key, "1", 0));
		apply(mirror, put_event(below, "1", 0));
		dir = id_of(mirror, ROOT_ID, key + strlen("p/"));
		assert_int_equal(mirror_keep(mirror, dir, name), 0);
		assert_int_equal(mirror_lookup(mirror, dir, name, 1, &info), 0);
		apply(mirror, delete_event(below, 0));
	}
	n_visits = 0;
	guest = forgets_all_midway;
	list_at(mirror, mirror_revision(mirror) + 1, NULL, 0);
	assert_null(guest);
	assert_int_equal(mirror_count(mirror), 0);
	assert_null(tree_check(&mirror->tree));
	mirror_free(mirror);
}

/* What was put behind the revision that the mirror was at says nothing of its history. */
static void a_list_betrays_another_history(void **state)
{
	struct mirror *mirror = mirror_filled();
	struct mirror_list *list;
	bool forked;

	(void)state;
	kvs[7].mod_revision = 11;
	for (int64_t revision = 10; revision <= 11; revision++) {
		kvs[7].mod_revision = 21 - revision;
		kvs[7].version = revision;
		assert_int_equal(mirror_list_new(mirror, &list), 0);
		assert_int_equal(mirror_list_add(list, 20, kvs, COUNT), 0);
		assert_int_equal(mirror_replace(mirror, 20, list, &forked), 0);
		assert_int_equal(forked, revision == 11);
		mirror_list_free(list);
	}
	mirror_free(mirror);
}

/* --- The names --- */

static void puts_one(struct mirror *mirror)
{
	apply(mirror, put_event("p/d/a", "1", 0));
	guest = NULL;
}

static void puts_one_each_time(struct mirror *mirror)
{
	static unsigned n;
	char key[32];

	snprintf(key, sizeof(key), "p/d/a%u", ++n);
	apply(mirror, put_event(key, "1", 0));
}

static void puts_elsewhere(struct mirror *mirror)
{
	apply(mirror, put_event("p/x", "1", 0));
}

static void names_are(struct mirror *mirror, size_t min, size_t max)
{
	CLEANUP(mirror_names_free) struct mirror_names *names = NULL;

	assert_int_equal(mirror_names(mirror, dir_of(mirror), &names), 0);
	assert_in_range(names->n_names, min, max);
	for (size_t i = 0; i < names->n_names; i++) {
		assert_int_equal(
			names->names[i].id, id_of(mirror, dir_of(mirror), names->names[i].name));
		assert_true(i == 0 || strcmp(names->names[i - 1].name, names->names[i].name) < 0);
	}
}

static void names_are_copied_in_pieces(void **state)
{
	struct mirror *mirror = mirror_filled();

	(void)state;
	guest = puts_elsewhere;
	names_are(mirror, COUNT, COUNT);
	assert_true(n_visits >= COUNT / MIRROR_PIECE);
	guest = puts_one;
	names_are(mirror, COUNT + 1, COUNT + 1);
	guest = puts_one_each_time;
	names_are(mirror, COUNT + 2, COUNT + 10); /* that ends as well */
	mirror_free(mirror);
}

static void removes_all(struct mirror *mirror)
{
	guest = NULL;
	list_at(mirror, 30, NULL, 0);
}

static void a_directory_may_go_meanwhile(void **state)
{
	struct mirror *mirror = mirror_filled();
	uint64_t dir = dir_of(mirror);
	struct mirror_names *names;

	(void)state;
	guest = removes_all;
	assert_int_equal(mirror_names(mirror, dir, &names), -ESTALE);
	assert_int_equal(mirror_is_empty(mirror, dir), -ESTALE);
	assert_int_equal(mirror_is_empty(mirror, ROOT_ID), 0);
	mirror_free(mirror);
}

static void a_marker_is_nothing(void **state)
{
	struct mirror *mirror = mirror_filled();

	(void)state;
	apply(mirror, put_event("p/m/", "", 0));
	assert_int_equal(mirror_is_empty(mirror, id_of(mirror, ROOT_ID, "m")), 0);
	assert_int_equal(mirror_is_empty(mirror, dir_of(mirror)), -ENOTEMPTY);
	assert_int_equal(
		mirror_is_empty(mirror, id_of(mirror, dir_of(mirror), "k00001")), -ENOTDIR);
	apply(mirror, put_event("p/m/x", "", 0));
	assert_int_equal(mirror_is_empty(mirror, id_of(mirror, ROOT_ID, "m")), -ENOTEMPTY);
	mirror_free(mirror);
}

/* --- The files of a directory --- */

static void deletes_one(struct mirror *mirror)
{
	char key[32];

	/* The very one at which it paused. */
	snprintf(key, sizeof(key), "p/d/k%05d", MIRROR_PIECE - 1);
	apply(mirror, delete_event(key, 0));
	guest = NULL;
}

static void files_are_gathered_in_pieces(void **state)
{
	struct mirror *mirror = mirror_filled();
	struct mirror_files files;
	void (*const guests[])(struct mirror *) = {NULL, deletes_one, puts_one_each_time};
	const int64_t n[] = {COUNT, COUNT - 1, COUNT + 2};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		guest = guests[i];
		n_visits = 0;
		assert_int_equal(
			mirror_files(mirror, dir_of(mirror), ROOT_ID, "other", SIZE_MAX, &files),
			0);
		guest = NULL;
		assert_true(n_visits >= 3);
		assert_int_equal(files.n_files, n[i]);
		assert_int_equal(files.revision, mirror_revision(mirror));
		mirror_files_fini(&files);
	}
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_compared_in_pieces),
		cmocka_unit_test(a_list_changes_kinds),
		cmocka_unit_test(what_changes_its_kind_meanwhile_is_gone_all_the_same),
		cmocka_unit_test(a_list_betrays_another_history),
		cmocka_unit_test(names_are_copied_in_pieces),
		cmocka_unit_test(a_directory_may_go_meanwhile),
		cmocka_unit_test(a_marker_is_nothing),
		cmocka_unit_test(files_are_gathered_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
