/* The tree of names: what random puts, deletes and moves leave is what a naive map says, and the
 * invariants hold after each. */
#include "fs/tree/key.h"
#include "fs/tree/tree.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const keys[] = {"a", "a/", "a/b", "a/b/", "a/b/c", "a//b", "a/c", "b", "b/", "",
	"/", "ab", "a/b/c/d", "%value", "a/%value"};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static struct value *value_make(const char *text)
{
	struct etcd_kv kv = {.value = bytes_of(text)};

	return value_new(&kv);
}

static void path_of(const char *key, char *ret)
{
	CLEANUP(buf) struct buf path = {0};

	assert_int_equal(key_to_path(bytes_of(key), &path), 0);
	memcpy(ret, path.data, path.len);
	ret[path.len] = 0;
}

static void put(struct tree *tree, const char *key, const char *text)
{
	struct value *value = value_make(text);
	char path[256];

	path_of(key, path);
	assert_int_equal(tree_put(tree, path, value), 0);
	value_unref(value);
}

static void remove_key(struct tree *tree, const char *key)
{
	char path[256];

	path_of(key, path);
	assert_int_equal(tree_delete(tree, path), 0);
}

/* The text of @key in the tree, or NULL. */
static const char *get(struct tree *tree, const char *key, char *ret)
{
	struct node *node;
	char path[256];

	path_of(key, path);
	node = tree_file(tree, path);
	if (!node)
		return NULL;
	memcpy(ret, node_value(node)->data, node_value(node)->len);
	ret[node_value(node)->len] = 0;
	return ret;
}

static void check(struct tree *tree)
{
	const char *wrong = tree_check(tree);

	if (wrong)
		fail_msg("%s", wrong);
}

static void file_becomes_directory_and_back(void **state)
{
	struct tree tree;
	struct node *file;
	uint64_t id;

	(void)state;
	tree_init(&tree);
	put(&tree, "a", "1");
	id = tree_walk(&tree, "a")->id;
	put(&tree, "a/b", "2");
	assert_true(node_is_dir(tree_walk(&tree, "a")));
	file = tree_walk(&tree, "a/%value");
	assert_int_not_equal(file->id, id); /* another file */
	id = file->id;
	remove_key(&tree, "a/b");
	assert_null(tree_walk(&tree, "a/%value"));
	assert_int_not_equal(tree_walk(&tree, "a")->id, id);
	check(&tree);
	tree_fini(&tree);
}

static void markers_hold_empty_directories(void **state)
{
	struct tree tree;

	(void)state;
	tree_init(&tree);
	put(&tree, "a/", "");
	put(&tree, "a/b", "1");
	remove_key(&tree, "a/b");
	assert_non_null(tree_walk(&tree, "a"));
	assert_true(node_is_marker(tree_walk(&tree, "a/%empty")));
	remove_key(&tree, "a/");
	assert_null(tree_walk(&tree, "a"));
	check(&tree);
	tree_fini(&tree);
}

static void who_turns_into_a_marker_is_another(void **state)
{
	struct tree tree;
	struct node *file;

	(void)state;
	tree_init(&tree);
	put(&tree, "a/", "1");
	file = tree_walk(&tree, "a/%empty");
	node_extend(&tree, file)->handles++;
	put(&tree, "a/", "");
	assert_true(file->dead);
	assert_true(node_is_marker(tree_walk(&tree, "a/%empty")));
	put(&tree, "a/", "2");
	assert_false(node_is_marker(tree_walk(&tree, "a/%empty")));
	file->extra->handles--;
	tree_let_go(&tree, file);
	check(&tree);
	tree_fini(&tree);
}

static void pinned_nodes_outlive_their_key(void **state)
{
	struct buf path = {0};
	struct tree tree;
	struct node *node;
	uint64_t id;

	(void)state;
	tree_init(&tree);
	put(&tree, "a/b", "1");
	node = tree_walk(&tree, "a/b");
	node_extend(&tree, node)->lookups++;
	id = node->id;
	remove_key(&tree, "a/b");
	assert_ptr_equal(tree_by_id(&tree, id), node);
	assert_true(node->dead);
	assert_int_equal(node_path(node, &path), -ESTALE);
	put(&tree, "a/b", "1");
	assert_int_not_equal(tree_walk(&tree, "a/b")->id, id); /* another file */
	node->extra->lookups--;
	tree_let_go(&tree, node);
	assert_null(tree_by_id(&tree, id));
	check(&tree);
	tree_fini(&tree);
}

static void a_moved_file_is_the_same_node(void **state)
{
	struct tree tree;
	struct node *old_dir;
	uint64_t id;

	(void)state;
	tree_init(&tree);
	put(&tree, "a/b", "1");
	put(&tree, "c", "2");
	id = tree_walk(&tree, "a/b")->id;
	old_dir = tree_walk(&tree, "a");
	assert_int_equal(tree_move(&tree, "a/b", "c"), 0);
	assert_int_equal(tree_prune(&tree, old_dir), 0);
	assert_int_equal(tree_walk(&tree, "c")->id, id);
	assert_null(tree_walk(&tree, "a"));
	check(&tree);
	tree_fini(&tree);
}

static void note(void *arg, enum tree_event event, struct node *node)
{
	static const char *const words[] = {
		[TREE_APPEARED] = "appeared",
		[TREE_CHANGED] = "changed",
		[TREE_VANISHED] = "vanished",
	};
	char *told = arg;

	sprintf(told + strlen(told), "%s %s, ", node_name(node), words[event]);
}

/* Statements: 229. */
static void a_marker_with_a_value_is_a_file(void **state)
{
	char told[256] = "";
	struct tree tree;

	(void)state;
	tree_init(&tree);
	put(&tree, "a/", "");
	tree.listener = note;
	tree.arg = told;
	put(&tree, "a/", "1");
	put(&tree, "a/", "2");
	put(&tree, "a/", "");
	put(&tree, "a/", "");
	assert_string_equal(told, "%empty appeared, %empty changed, %empty vanished, ");
	check(&tree);
	tree_fini(&tree);
}

/* Statements: 26. */
static void *deep_tree(void *arg)
{
	enum { DEPTH = 10000 };
	struct value *value = value_make("1");
	struct buf path = {0};
	struct buf again = {0};
	struct tree tree;

	(void)arg;
	tree_init(&tree);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(buf_append(&path, "a/", 2), 0);
	assert_int_equal(buf_append(&path, "f", 2), 0);
	assert_int_equal(tree_put(&tree, (char *)path.data, value), 0);
	assert_int_equal(node_path(tree_walk(&tree, (char *)path.data), &again), 0);
	assert_int_equal(buf_append_byte(&again, 0), 0);
	assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&path)));
	assert_int_equal(tree_delete(&tree, (char *)path.data), 0);
	assert_null(tree_walk(&tree, "a"));
	value_unref(value);
	buf_fini(&again);
	buf_fini(&path);
	tree_fini(&tree);
	return NULL;
}

/* On a stack that has not 32 bytes for each name of the path. */
static void a_tree_may_be_deeper_than_a_stack(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 256 << 10), 0);
	assert_int_equal(pthread_create(&thread, &attr, deep_tree, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
}

static void put_path(struct tree *tree, const char *path)
{
	struct value *value = value_make("1");

	assert_int_equal(tree_put(tree, path, value), 0);
	value_unref(value);
	check(tree);
}

/* Statements: 182. */
static void a_cut_directory_is_kept_while_it_is_known(void **state)
{
	char told[256] = "";
	struct tree tree;
	struct node *cut;

	(void)state;
	tree_init(&tree);
	put_path(&tree, "d/n%+/x");
	put_path(&tree, "d/%empty");
	cut = tree_walk(&tree, "d/n%+");
	assert_int_equal(tree_delete(&tree, "d/n%+/x"), 0); /* by somebody else */
	assert_null(tree_walk(&tree, "d/n%+"));
	put_path(&tree, "d/n%+/x/y");
	cut = tree_walk(&tree, "d/n%+");
	cut->extra->lookups = 1;
	cut->seen = true;
	tree_walk(&tree, "d/n%+/x")->unlinked_here = true; /* the directory, here */
	assert_int_equal(tree_delete(&tree, "d/n%+/x/y"), 0);
	assert_ptr_equal(tree_walk(&tree, "d/n%+"), cut);
	check(&tree);
	assert_int_equal(tree_move_dir(&tree, "d", "e"), 0);
	assert_ptr_equal(tree_walk(&tree, "e/n%+"), cut);
	check(&tree);
	tree.listener = note;
	tree.arg = told;
	cut->extra->holds++;
	assert_int_equal(tree_unkeep(&tree, cut, false), 0);
	assert_string_equal(told, "n%+ vanished, ");
	assert_true(cut->dead);
	assert_null(tree_walk(&tree, "e/n%+"));
	check(&tree);
	tree_fini(&tree);
}

/* Statements: 182. */
static void what_leaves_a_cut_directory_empties_it(void **state)
{
	static const char *const from[] = {"n%+/x", "n%+/y"};
	struct tree tree;
	struct node *cut;

	(void)state;
	tree_init(&tree);
	put_path(&tree, "n%+/x");
	put_path(&tree, "n%+/y/z");
	cut = tree_walk(&tree, "n%+");
	cut->seen = true;
	assert_int_equal(tree_move(&tree, from[0], "x"), 0);
	assert_int_equal(tree_move_dir(&tree, from[1], "y"), 0);
	assert_int_equal(tree_prune(&tree, cut), 0);
	assert_ptr_equal(tree_walk(&tree, "n%+"), cut);
	check(&tree);
	assert_int_equal(tree_unkeep(&tree, cut, true), 0);
	assert_null(tree_walk(&tree, "n%+"));
	check(&tree);
	tree_fini(&tree);
}

static void random_changes_leave_what_a_map_says(void **state)
{
	char *map[N_KEYS] = {0};
	struct tree tree;
	char text[32];
	unsigned seed = test_seed();

	(void)state;
	tree_init(&tree);
	for (int step = 0; step < 20000; step++) {
		size_t i = rand_r(&seed) % N_KEYS;
		free(map[i]);
		map[i] = NULL;
		if (rand_r(&seed) % 2) {
			snprintf(text, sizeof(text), "%d", step % 3 ? step : 0);
			map[i] = strdup(step % 5 ? text : "");
			put(&tree, keys[i], map[i]);
		} else {
			remove_key(&tree, keys[i]);
		}
		check(&tree);
		for (size_t j = 0; j < N_KEYS; j++) {
			const char *found = get(&tree, keys[j], text);
			if (map[j])
				assert_string_equal(found ? found : "(none)", map[j]);
			else
				assert_null(found);
		}
	}
	for (size_t i = 0; i < N_KEYS; i++)
		free(map[i]);
	tree_fini(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_becomes_directory_and_back),
		cmocka_unit_test(markers_hold_empty_directories),
		cmocka_unit_test(who_turns_into_a_marker_is_another),
		cmocka_unit_test(pinned_nodes_outlive_their_key),
		cmocka_unit_test(a_moved_file_is_the_same_node),
		cmocka_unit_test(a_marker_with_a_value_is_a_file),
		cmocka_unit_test(a_tree_may_be_deeper_than_a_stack),
		cmocka_unit_test(a_cut_directory_is_kept_while_it_is_known),
		cmocka_unit_test(what_leaves_a_cut_directory_empties_it),
		cmocka_unit_test(random_changes_leave_what_a_map_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
