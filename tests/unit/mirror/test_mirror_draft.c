/* New files that have no key yet: whose they become, what they count for, and how they end. */
#include "fs/mirror/mirror.h"
#include "fs/tree/key.h"
#include "tests/unit/mirrors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct etcd_kv listed[] = {
	{{(const uint8_t *)"p/d/a", 5}, {(const uint8_t *)"1", 1}, 2, 2, 1, 0},
	{{(const uint8_t *)"p/m/", 4}, {0}, 3, 3, 1, 0},
};

static struct mirror *mirror_listed(void)
{
	struct mirror *mirror = mirror_make();

	list_at(mirror, 5, listed, 2);
	return mirror;
}

/* Made, and open. */
static uint64_t draft(struct mirror *mirror, uint64_t dir, const char *name)
{
	uint64_t id;

	assert_int_equal(mirror_draft(mirror, dir, name, &id), 0);
	assert_int_equal(id_of(mirror, dir, name), id);
	assert_true(mirror_is_draft(mirror, id));
	assert_int_equal(mirror_handle_add(mirror, id), 0);
	return id;
}

static void apply(struct mirror *mirror, struct etcd_event event)
{
	assert_int_equal(mirror_apply(mirror, event.kv.mod_revision, &event, 1), 0);
}

static bool is_dead(struct mirror *mirror, uint64_t id)
{
	struct mirror_info info;

	assert_int_equal(mirror_info(mirror, id, &info), 0);
	return info.dead;
}

/* Statements: 292, 294. */
static void its_key_makes_it_a_file_like_any(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t a = draft(mirror, ROOT_ID, "a"), b = draft(mirror, ROOT_ID, "b");
	struct etcd_kv kvs[] = {listed[0], listed[1], put_event("p/b", "2", 7).kv};
	uint64_t id;

	(void)state;
	assert_int_equal(mirror_draft(mirror, ROOT_ID, "a", &id), -EEXIST);
	assert_int_equal(mirror_draft(mirror, a, "x", &id), -ENOTDIR);
	assert_int_equal(mirror_count(mirror), 2);
	apply(mirror, put_event("p/a", "1", 6));
	assert_int_equal(id_of(mirror, ROOT_ID, "a"), a);
	assert_false(mirror_is_draft(mirror, a));
	assert_int_equal(mirror_count(mirror), 3);
	list_at(mirror, 8, kvs, 3); /* p/a is gone, p/b has come */
	assert_true(is_dead(mirror, a));
	assert_int_equal(id_of(mirror, ROOT_ID, "b"), b);
	assert_false(mirror_is_draft(mirror, b));
	assert_int_equal(mirror_count(mirror), 3);
	mirror_free(mirror);
}

/* Statements: 245, 294. */
static void times_are_those_of_the_first_value(void **state)
{
	struct times_wish wish = {.set_modified = true, .modified = {.tv_sec = 1000000000}};
	struct mirror *mirror = mirror_listed();
	uint64_t a = draft(mirror, ROOT_ID, "a");
	struct mirror_info info;

	(void)state;
	mirror_set_times(mirror, a, &wish);
	apply(mirror, put_event("p/a", "1", 6));
	assert_int_equal(mirror_info(mirror, a, &info), 0);
	assert_int_equal(info.modified.tv_sec, 1000000000);
	apply(mirror, put_event("p/a", "2", 7));
	assert_int_equal(mirror_info(mirror, a, &info), 0);
	assert_int_not_equal(info.modified.tv_sec, 1000000000);
	mirror_free(mirror);
}

/* A list has no draft, and that ends none. */
static void a_list_leaves_it(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t a = draft(mirror, id_of(mirror, ROOT_ID, "d"), "x");

	(void)state;
	list_at(mirror, 8, listed, 2);
	assert_false(is_dead(mirror, a));
	list_at(mirror, 9, NULL, 0);
	assert_true(is_dead(mirror, a));
	assert_true(mirror_is_draft(mirror, a));
	mirror_free(mirror);
}

/* Statements: 221, 293, 294. */
static void it_goes_with_its_directory(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t d = id_of(mirror, ROOT_ID, "d"), m = id_of(mirror, ROOT_ID, "m");
	uint64_t in_d = draft(mirror, d, "x"), in_m = draft(mirror, m, "x");
	struct mirror_dir dir = {0};

	(void)state;
	assert_int_equal(mirror_is_empty(mirror, m), -ENOTEMPTY);
	assert_int_equal(mirror_dir_above(mirror, d, "a", &dir), 0);
	assert_int_equal(dir.sibling.len, 0);
	mirror_dir_fini(&dir);
	apply(mirror, delete_event("p/d/a", 6));
	assert_true(is_dead(mirror, in_d));
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), 0);
	apply(mirror, delete_event("p/m/", 7));
	assert_true(is_dead(mirror, in_m));
	assert_int_equal(id_of(mirror, ROOT_ID, "m"), 0);
	assert_int_equal(mirror_count(mirror), 0);
	mirror_free(mirror);
}

/* One revision takes the last file of a directory and makes the draft's key: both stay. */
static void its_key_keeps_its_directory(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t d = id_of(mirror, ROOT_ID, "d"), x = draft(mirror, d, "x");
	struct etcd_event events[] = {delete_event("p/d/a", 6), put_event("p/d/x", "1", 6)};

	(void)state;
	assert_int_equal(mirror_apply(mirror, 6, events, 2), 0);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), d);
	assert_int_equal(id_of(mirror, d, "x"), x);
	assert_false(is_dead(mirror, x));
	mirror_free(mirror);
}

/* Statements: 293. */
static void its_name_becomes_a_directory(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t x = draft(mirror, ROOT_ID, "x"), dir;

	(void)state;
	apply(mirror, put_event("p/x/y", "1", 6));
	assert_true(is_dead(mirror, x));
	dir = id_of(mirror, ROOT_ID, "x");
	assert_int_equal(id_of(mirror, dir, KEY_VALUE_NAME), 0);
	draft(mirror, dir, KEY_VALUE_NAME);
	apply(mirror, put_event("p/x", "2", 7));
	assert_int_equal(mirror_count(mirror), 4);
	draft(mirror, dir, "z");
	apply(mirror, delete_event("p/x/y", 8)); /* a file again, without the draft in it */
	assert_int_equal(mirror_is_empty(mirror, id_of(mirror, ROOT_ID, "x")), -ENOTDIR);
	mirror_free(mirror);
}

/* Statements: 216. */
static void it_moves_with_its_directory(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t d = id_of(mirror, ROOT_ID, "d"), x = draft(mirror, d, "x");
	struct etcd_event moved[] = {put_event("p/e/a", "1", 6), delete_event("p/d/a", 6)};
	struct mirror_move move = {.from = bytes_of("p/d"),
		.to = bytes_of("p/e"),
		.put = bytes_of("p/e/a"),
		.is_dir = true};
	struct mirror_files files;

	(void)state;
	assert_int_equal(mirror_files(mirror, d, ROOT_ID, "e", 1000, &files), 0);
	assert_int_equal(files.n_files, 1);
	mirror_files_fini(&files);
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 6, moved, 2), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(id_of(mirror, ROOT_ID, "e"), d);
	assert_int_equal(id_of(mirror, d, "x"), x);
	assert_false(is_dead(mirror, x));
	mirror_free(mirror);
}

/* Statements: 293. */
static void it_ends_with_its_last_open_file(void **state)
{
	struct mirror *mirror = mirror_listed();
	uint64_t x = draft(mirror, ROOT_ID, "x"), y = draft(mirror, ROOT_ID, "y");

	(void)state;
	assert_int_equal(mirror_handle_add(mirror, x), 0);
	mirror_handle_remove(mirror, x);
	assert_int_equal(id_of(mirror, ROOT_ID, "x"), x);
	mirror_handle_remove(mirror, x);
	assert_int_equal(id_of(mirror, ROOT_ID, "x"), 0);
	assert_true(mirror_drop_draft(mirror, y));
	assert_false(mirror_drop_draft(mirror, y));
	assert_true(is_dead(mirror, y));
	mirror_handle_remove(mirror, y);
	assert_int_equal(mirror_count(mirror), 2);
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_key_makes_it_a_file_like_any),
		cmocka_unit_test(times_are_those_of_the_first_value),
		cmocka_unit_test(a_list_leaves_it),
		cmocka_unit_test(it_goes_with_its_directory),
		cmocka_unit_test(its_key_keeps_its_directory),
		cmocka_unit_test(its_name_becomes_a_directory),
		cmocka_unit_test(it_moves_with_its_directory),
		cmocka_unit_test(it_ends_with_its_last_open_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
