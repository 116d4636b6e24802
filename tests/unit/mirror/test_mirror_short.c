/* A mirror without memory, and with names and numbers that are chosen to be bad for it. */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/tree_private.h"
#include "tests/lib/alloc.h"
#include "tests/unit/mirrors.h"

#include <errno.h>
#include <stdio.h>

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
		assert_int_equal(mirror_list_new(mirror, &list), 0);
		assert_int_equal(mirror_list_add(list, 2, &kv, 1), 0);
		alloc_fail_after(1);
		assert_int_equal(mirror_replace(mirror, 2, list, &forked), -ENOMEM);
		alloc_fail_never();
		mirror_list_free(list);
	}
	list_at(mirror, 2, &kv, 1);
	assert_int_equal(mirror_count(mirror), 1);
	assert_false(id_of(mirror, ROOT_ID, "a"));
}

static unsigned depth_of(const struct node *node)
{
	unsigned left = node ? depth_of(node->left) : 0, right = node ? depth_of(node->right) : 0;

	return node ? 1 + (left > right ? left : right) : 0;
}

/* The key whose name is the rank that the next node has, if @secret is the right one. */
static void put_foretold(struct mirror *mirror, int64_t revision, uint64_t secret)
{
	const struct tree tree = {.secret = secret};
	char key[32];
	struct etcd_event event;

	snprintf(key, sizeof(key), "p/d/%016llx",
		(unsigned long long)node_rank(&tree, mirror->tree.next_id));
	event = put_event(key, "1", revision);
	assert_int_equal(mirror_apply(mirror, revision, &event, 1), 0);
}

enum { CHOSEN = 2000 };

static struct mirror *mirror_foretold(bool known)
{
	struct mirror *mirror = mirror_with("p/d/0");

	for (int64_t revision = 2; revision < CHOSEN + 2; revision++)
		put_foretold(mirror, revision, known ? mirror->tree.secret : 0);
	assert_null(tree_check(&mirror->tree));
	return mirror;
}

/* Names that are chosen by the numbers of files make no directory slow. */
static void names_cannot_be_chosen_to_be_slow(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_foretold(false);

	(void)state;
	assert_in_range(depth_of(node_dir(tree_walk(&mirror->tree, "d"))->children), 11, 60);
}

/* The walk has less room than the names are deep. */
static void a_deep_directory_is_listed_whole(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_foretold(true);
	CLEANUP(mirror_names_free) struct mirror_names *names = NULL;

	(void)state;
	assert_in_range(
		depth_of(node_dir(tree_walk(&mirror->tree, "d"))->children), CHOSEN, CHOSEN + 1);
	assert_int_equal(mirror_names(mirror, id_of(mirror, ROOT_ID, "d"), &names), 0);
	assert_int_equal(names->n_names, CHOSEN + 1);
	for (size_t i = 1; i < names->n_names; i++)
		assert_true(strcmp(names->names[i - 1].name, names->names[i].name) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_no_reference_is_counted),
		cmocka_unit_test(a_change_without_memory_is_listed_again),
		cmocka_unit_test(the_number_of_a_list_is_not_taken_for_an_old_one),
		cmocka_unit_test(names_cannot_be_chosen_to_be_slow),
		cmocka_unit_test(a_deep_directory_is_listed_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
