/* Renames of directories and exchanges in the mirror: the nodes stay, and the tree is right whoever
 * made the revision. */
#include "fs/mirror/mirror.h"
#include "fs/tree/key.h"
#include "tests/unit/mirrors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Makes each of @made with its name as the value (a marker without one), from revision 2 on. */
static void make_keys(struct mirror *mirror, const char *const *made, size_t n)
{
	list_at(mirror, 1, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		bool is_marker = made[i][strlen(made[i]) - 1] == '/';
		struct etcd_event event =
			put_event(made[i], is_marker ? "" : made[i], (int64_t)i + 2);
		assert_int_equal(mirror_apply(mirror, (int64_t)i + 2, &event, 1), 0);
	}
}

static void apply_move(
	struct mirror *mirror, struct mirror_move *move, const struct etcd_event *events, size_t n)
{
	mirror_expect_move(mirror, move);
	assert_true(mirror_expects_move(mirror));
	assert_int_equal(mirror_apply(mirror, events[0].kv.mod_revision, events, n), 0);
	mirror_unexpect_move(mirror, move);
	assert_false(mirror_expects_move(mirror));
}

static void assert_file(struct mirror *mirror, uint64_t dir, const char *name, const char *text)
{
	CLEANUP(value_unref) struct value *value = NULL;

	assert_int_equal(mirror_value(mirror, id_of(mirror, dir, name), &value), 0);
	assert_true(bytes_equal(value_bytes(value), bytes_of(text)));
}

/* Statements: 210. */
static void a_renamed_directory_keeps_its_nodes(void **state)
{
	static const char *const made[] = {"p/d", "p/d/a", "p/d/s/b", "p/e/"};
	struct mirror *mirror = mirror_make();
	struct etcd_event moved[] = {put_event("p/e", "p/d", 6), put_event("p/e/a", "p/d/a", 6),
		put_event("p/e/s/b", "p/d/s/b", 6), delete_event("p/d", 6),
		delete_event("p/d/a", 6), delete_event("p/d/s/b", 6), delete_event("p/e/", 6)};
	struct mirror_move move = {.from = bytes_of("p/d"),
		.to = bytes_of("p/e"),
		.put = bytes_of("p/e"),
		.is_dir = true,
		.to_is_dir = true};
	struct mirror_info before, after;
	uint64_t d, a, s, b;

	(void)state;
	make_keys(mirror, made, 4);
	d = id_of(mirror, ROOT_ID, "d");
	a = id_of(mirror, d, "a");
	s = id_of(mirror, d, "s");
	b = id_of(mirror, s, "b");
	assert_int_equal(mirror_info(mirror, b, &before), 0);
	apply_move(mirror, &move, moved, 7);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), 0);
	assert_int_equal(id_of(mirror, ROOT_ID, "e"), d);
	assert_int_equal(id_of(mirror, d, "a"), a);
	assert_int_equal(id_of(mirror, d, "s"), s);
	assert_int_equal(id_of(mirror, s, "b"), b);
	assert_file(mirror, d, KEY_VALUE_NAME, "p/d");
	assert_int_equal(mirror_info(mirror, b, &after), 0);
	assert_memory_equal(&before.changed, &after.changed, sizeof(before.changed));
	assert_int_equal(after.mod_revision, 6);
	assert_int_equal(mirror_count(mirror), 3);
	mirror_free(mirror);
}

/* Statements: 214. */
static void what_is_exchanged_keeps_its_nodes(void **state)
{
	static const char *const made[] = {"p/f", "p/x/d/a", "p/x/d/b", "p/x/e"};
	struct mirror *mirror = mirror_make();
	struct etcd_event moved[] = {put_event("p/x/d", "p/f", 6), put_event("p/f/a", "p/x/d/a", 6),
		put_event("p/f/b", "p/x/d/b", 6), delete_event("p/f", 6),
		delete_event("p/x/d/a", 6), delete_event("p/x/d/b", 6)};
	struct mirror_move move = {.from = bytes_of("p/f"),
		.to = bytes_of("p/x/d"),
		.put = bytes_of("p/x/d"),
		.to_is_dir = true,
		.exchange = true};
	uint64_t f, x, d, b;

	(void)state;
	make_keys(mirror, made, 4);
	f = id_of(mirror, ROOT_ID, "f");
	x = id_of(mirror, ROOT_ID, "x");
	d = id_of(mirror, x, "d");
	b = id_of(mirror, d, "b");
	apply_move(mirror, &move, moved, 6);
	assert_int_equal(id_of(mirror, x, "d"), f);
	assert_int_equal(id_of(mirror, ROOT_ID, "f"), d);
	assert_int_equal(id_of(mirror, d, "b"), b);
	assert_file(mirror, x, "d", "p/f");
	assert_file(mirror, d, "b", "p/x/d/b");
	mirror_free(mirror);
}

/* A revision that looks like the rename that is expected, and is another's. */
static void the_tree_is_right_whoever_made_the_revision(void **state)
{
	static const char *const made[] = {"p/d/a", "p/d/b", "p/e/c"};
	struct mirror_move move = {.from = bytes_of("p/d"),
		.to = bytes_of("p/n"),
		.put = bytes_of("p/n/a"),
		.is_dir = true};
	struct etcd_event one[] = {put_event("p/n/a", "1", 5), delete_event("p/d/a", 5)};
	struct etcd_event all[] = {
		put_event("p/n/a", "1", 5), delete_event("p/d/a", 5), delete_event("p/d/b", 5)};
	struct etcd_event onto[] = {
		put_event("p/e/a", "1", 5), delete_event("p/d/a", 5), delete_event("p/d/b", 5)};
	struct mirror *mirror = mirror_make();
	uint64_t d;

	(void)state;
	make_keys(mirror, made, 3); /* not all of it has moved: nothing has */
	d = id_of(mirror, ROOT_ID, "d");
	apply_move(mirror, &move, one, 2);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), d);
	assert_file(mirror, d, "b", "p/d/b");
	assert_file(mirror, id_of(mirror, ROOT_ID, "n"), "a", "1");
	assert_int_equal(mirror_count(mirror), 3);
	mirror_free(mirror);

	mirror = mirror_make();
	make_keys(mirror, made, 3); /* one was removed, not moved */
	apply_move(mirror, &move, all, 3);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), 0);
	assert_int_equal(id_of(mirror, id_of(mirror, ROOT_ID, "n"), "b"), 0);
	assert_int_equal(mirror_count(mirror), 2);
	mirror_free(mirror);

	mirror = mirror_make();
	make_keys(mirror, made, 3); /* into a directory that has something in it */
	move.to = bytes_of("p/e");
	move.put = bytes_of("p/e/a");
	apply_move(mirror, &move, onto, 3);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), 0);
	assert_file(mirror, id_of(mirror, ROOT_ID, "e"), "a", "1");
	assert_file(mirror, id_of(mirror, ROOT_ID, "e"), "c", "p/e/c");
	mirror_free(mirror);
}

/* Statements: 215. */
static void the_files_of_a_name_and_their_new_keys(void **state)
{
	static const char *const made[] = {"p/d", "p/d/", "p/d/.role", "p/d//x", "p/dx", "p/e/f"};
	static const char *const to[] = {"p/e/n/", "p/e/n//x", "p/e/n", "p/e/n/.role"};
	struct mirror *mirror = mirror_make();
	struct mirror_files files;
	uint64_t d, e;
	size_t right = 0;

	(void)state;
	make_keys(mirror, made, 6);
	d = id_of(mirror, ROOT_ID, "d");
	e = id_of(mirror, ROOT_ID, "e");
	assert_int_equal(mirror_files(mirror, d, e, "n", 1000, &files), 0);
	assert_int_equal(files.n_files, 4);
	assert_int_equal(files.revision, 7);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			right += bytes_equal(buf_bytes(&files.files[i].to), bytes_of(to[k]));
	assert_int_equal(right, 4);
	mirror_files_fini(&files);
	assert_int_equal(mirror_files(mirror, d, e, "n", 100, &files), -EXDEV);
	/* One is never too many. */
	assert_int_equal(mirror_files(mirror, id_of(mirror, e, "f"), ROOT_ID, "g", 1, &files), 0);
	assert_true(bytes_equal(buf_bytes(&files.files[0].to), bytes_of("p/g")));
	mirror_files_fini(&files);
	mirror_free(mirror);
}

static void check_last(struct mirror *mirror, uint64_t id, const char *text)
{
	CLEANUP(value_unref) struct value *value = NULL;

	assert_int_equal(mirror_last_value(mirror, id, &value), 0);
	assert_true(bytes_equal(value_bytes(value), bytes_of(text)));
	mirror_unpin(mirror, id, 1);
}

/* A revision in which a file becomes a directory, or its "%value" a file, gives the key another
 * value too: that is the new file's. */
static void a_file_that_goes_keeps_its_last_value(void **state)
{
	static const char *const made[] = {"p/b", "p/b/c", "p/f"};
	struct etcd_event to_file[] = {put_event("p/b", "new", 5), delete_event("p/b/c", 5)};
	struct etcd_event to_dir[] = {put_event("p/f", "new", 6), put_event("p/f/g", "g", 6)};
	struct mirror *mirror = mirror_make();
	struct mirror_info value, file;

	(void)state;
	make_keys(mirror, made, 3);
	assert_int_equal(
		mirror_lookup(mirror, id_of(mirror, ROOT_ID, "b"), KEY_VALUE_NAME, 1, &value), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "f", 1, &file), 0);
	assert_int_equal(mirror_apply(mirror, 5, to_file, 2), 0);
	assert_file(mirror, ROOT_ID, "b", "new");
	check_last(mirror, value.id, "p/b");
	assert_int_equal(mirror_apply(mirror, 6, to_dir, 2), 0);
	assert_file(mirror, id_of(mirror, ROOT_ID, "f"), KEY_VALUE_NAME, "new");
	check_last(mirror, file.id, "p/f");
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_goes_keeps_its_last_value),
		cmocka_unit_test(a_renamed_directory_keeps_its_nodes),
		cmocka_unit_test(what_is_exchanged_keeps_its_nodes),
		cmocka_unit_test(the_tree_is_right_whoever_made_the_revision),
		cmocka_unit_test(the_files_of_a_name_and_their_new_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
