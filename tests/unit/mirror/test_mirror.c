/* The mirror: revisions without gaps, lists that replace it, keys with a prefix, renames that keep
 * the node. */
#include "fs/mirror/mirror.h"
#include "fs/tree/key.h"
#include "tests/unit/mirrors.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const keys[] = {
	"p/a", "p/a/", "p/a/b", "p/a/b/c", "p/b", "p/c/d", "p/c/e", "q/a"};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* What etcd has, naively. */
struct model {
	struct etcd_kv kvs[N_KEYS];
	char values[N_KEYS][16];
	int64_t revision;
};

static void a_gap_or_a_step_back_is_refused(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event("p/a", "1", 1);

	(void)state;
	assert_int_equal(mirror_apply(mirror, 1, &event, 1), -ESTALE); /* nothing is known yet */
	list_at(mirror, 5, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 7, &event, 1), -ESTALE);
	assert_int_equal(mirror_apply(mirror, 5, &event, 1), -ESTALE);
	assert_int_equal(mirror_apply(mirror, 6, &event, 1), 0);
	assert_int_equal(mirror_revision(mirror), 6);
	mirror_free(mirror);
}

static void keys_without_the_prefix_only_count(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event("q/a", "1", 6);

	(void)state;
	list_at(mirror, 5, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 6, &event, 1), 0);
	assert_int_equal(mirror_revision(mirror), 6);
	assert_int_equal(mirror_count(mirror), 0);
	mirror_free(mirror);
}

static void a_rename_keeps_the_node_and_its_directory(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event made[] = {put_event("p/d/a", "1", 2)};
	struct etcd_event moved[] = {
		put_event("p/d/", "", 3), put_event("p/b", "1", 3), delete_event("p/d/a", 3)};
	struct mirror_move move = {
		.from = bytes_of("p/d/a"), .to = bytes_of("p/b"), .put = bytes_of("p/b")};
	uint64_t dir, id;

	(void)state;
	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, made, 1), 0);
	dir = id_of(mirror, ROOT_ID, "d");
	id = id_of(mirror, dir, "a");
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 3, moved, 3), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(id_of(mirror, ROOT_ID, "b"), id);
	assert_int_equal(id_of(mirror, ROOT_ID, "d"), dir);
	mirror_free(mirror);
}

/* The node and the value that an open is given; 0, ""  when it fails with -ESTALE. */
static void check_open(struct mirror *mirror, uint64_t asked, enum mirror_gone gone, uint64_t id,
	const char *expected)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct mirror_info info;
	int r = mirror_open(mirror, asked, gone, &info, &value);

	assert_int_equal(r, expected ? 0 : -ESTALE);
	if (!expected)
		return;
	assert_int_equal(info.id, id);
	assert_true(bytes_equal(value_bytes(value), bytes_of(expected)));
	assert_int_equal(mirror_info(mirror, id, &info), 0);
	assert_int_equal(info.handles, 1);
	mirror_handle_remove(mirror, id);
}

static void who_is_renamed_over_has_an_heir(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event made[] = {put_event("p/a", "1", 2), put_event("p/b", "2", 2)};
	struct etcd_event moved[] = {put_event("p/b", "1", 3), delete_event("p/a", 3)};
	struct etcd_event gone = delete_event("p/b", 4);
	struct mirror_move move = {
		.from = bytes_of("p/a"), .to = bytes_of("p/b"), .put = bytes_of("p/b")};
	struct mirror_info a, b;

	(void)state;
	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, made, 2), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 0, &a), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "b", 1, &b), 0);
	assert_int_equal(mirror_heir(mirror, b.id), b.id);
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 3, moved, 2), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(mirror_heir(mirror, b.id), a.id);
	check_open(mirror, b.id, MIRROR_GONE_FAIL, 0, NULL);
	check_open(mirror, b.id, MIRROR_GONE_HEIR, a.id, "1");
	check_open(mirror, b.id, MIRROR_GONE_LAST, a.id, "1");
	assert_int_equal(mirror_apply(mirror, 4, &gone, 1), 0);
	check_open(mirror, b.id, MIRROR_GONE_HEIR, 0, NULL);
	check_open(mirror, b.id, MIRROR_GONE_LAST, b.id, "2");
	mirror_unpin(mirror, b.id, 1);
	mirror_free(mirror);
}

static void check_paged(struct mirror *mirror, uint64_t id, const char *expected)
{
	CLEANUP(value_unref) struct value *value = NULL;

	assert_int_equal(mirror_paged(mirror, id, &value), expected ? 0 : -ESTALE);
	if (expected)
		assert_true(bytes_equal(value_bytes(value), bytes_of(expected)));
}

/* Statements: 201. */
static void pages_are_of_the_last_open_or_stat(void **state)
{
	CLEANUP(mirror_free) struct mirror *mirror = mirror_make();
	struct etcd_event one = put_event("p/a", "1", 11), two = put_event("p/a", "2", 12);
	struct etcd_event gone = delete_event("p/a", 13);
	uint64_t id;

	list_at(mirror, 10, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 11, &one, 1), 0);
	id = id_of(mirror, ROOT_ID, "a");
	check_paged(mirror, id, NULL);
	mirror_set_paged(mirror, id);
	check_paged(mirror, id, NULL);
	assert_int_equal(mirror_handle_add(mirror, id), 0);
	check_paged(mirror, id, "1");
	assert_int_equal(mirror_apply(mirror, 12, &two, 1), 0);
	check_paged(mirror, id, "1");
	mirror_set_paged(mirror, id);
	check_paged(mirror, id, "2");
	assert_int_equal(mirror_handle_add(mirror, id), 0);
	assert_int_equal(mirror_apply(mirror, 13, &gone, 1), 0);
	mirror_handle_remove(mirror, id);
	check_paged(mirror, id, "2");
	mirror_handle_remove(mirror, id);
	check_paged(mirror, id, NULL);
}

static void a_list_keeps_what_did_not_change(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_kv before[] = {{bytes_of("p/a"), bytes_of("1"), 2, 2, 1, 0},
		{bytes_of("p/b"), bytes_of("1"), 3, 3, 1, 0},
		{bytes_of("p/c"), bytes_of("1"), 4, 4, 1, 0}};
	struct etcd_kv after[] = {before[0], {bytes_of("p/b"), bytes_of("2"), 3, 9, 2, 0},
		{bytes_of("p/c"), bytes_of("1"), 8, 8, 1, 0},
		{bytes_of("p/e"), bytes_of("1"), 7, 7, 1, 0}};
	uint64_t a, b, c;

	(void)state;
	list_at(mirror, 4, before, 3);
	a = id_of(mirror, ROOT_ID, "a");
	b = id_of(mirror, ROOT_ID, "b");
	c = id_of(mirror, ROOT_ID, "c");
	list_at(mirror, 9, after, 4);
	assert_int_equal(id_of(mirror, ROOT_ID, "a"), a);
	assert_int_equal(id_of(mirror, ROOT_ID, "b"), b);
	assert_int_not_equal(id_of(mirror, ROOT_ID, "c"), c); /* made anew */
	assert_int_equal(mirror_count(mirror), 4);
	list_at(mirror, 3, NULL, 0);
	assert_int_equal(mirror_count(mirror), 0);
	mirror_free(mirror);
}

/* --- At random
 * ------------------------------------------------------------------------------------- */

static size_t model_change(struct model *model, unsigned *seed, struct etcd_event *events)
{
	size_t n = 0;

	model->revision++;
	for (size_t i = 0; i < N_KEYS; i++) {
		struct etcd_kv *kv = &model->kvs[i];
		if (rand_r(seed) % 3)
			continue;
		if (kv->version && rand_r(seed) % 2) {
			events[n++] = delete_event(keys[i], model->revision);
			kv->version = 0;
			continue;
		}
		snprintf(model->values[i], 16, "%s", rand_r(seed) % 2 ? "" : "x");
		if (!kv->version)
			kv->create_revision = model->revision;
		kv->key = bytes_of(keys[i]);
		kv->value = bytes_of(model->values[i]);
		kv->mod_revision = model->revision;
		kv->version++;
		events[n++] = (struct etcd_event){ETCD_EVENT_PUT, *kv};
	}
	return n;
}

static size_t model_list(const struct model *model, struct etcd_kv *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < N_KEYS; i++)
		if (model->kvs[i].version)
			ret[n++] = model->kvs[i];
	return n;
}

/* How many of @dir's files, markers left out, are what @model says; walks it all. */
static size_t count_right(struct mirror *mirror, const struct model *model, uint64_t dir)
{
	struct mirror_names *names;
	size_t right = 0;

	assert_int_equal(mirror_names(mirror, dir, &names), 0);
	for (size_t i = 0; i < names->n_names; i++) {
		struct buf key = {0};
		if (names->names[i].is_dir) {
			right += count_right(mirror, model, names->names[i].id);
			continue;
		}
		assert_int_equal(mirror_key(mirror, names->names[i].id, &key), 0);
		for (size_t k = 0; k < N_KEYS; k++)
			if (model->kvs[k].version &&
				bytes_equal(buf_bytes(&key), bytes_of(keys[k])))
				right++;
		buf_fini(&key);
	}
	mirror_names_free(names);
	return right;
}

static void model_compare(struct mirror *mirror, const struct model *model)
{
	size_t files = 0, shown = 0;

	for (size_t i = 0; i < N_KEYS; i++) {
		bool ours = model->kvs[i].version && keys[i][0] == 'p';
		bool marker = strcmp(keys[i], "p/a/") == 0 && model->kvs[i].value.len == 0;
		files += ours;
		shown += ours && !marker;
	}
	assert_int_equal(mirror_count(mirror), files);
	assert_int_equal(count_right(mirror, model, ROOT_ID), shown);
}

static bool count_told(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision)
{
	unsigned *told = arg;

	(void)event;
	(void)trail;
	(void)mod_revision;
	(*told)++;
	return false;
}

static void told_of_what_a_user_may_watch(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event("p/c/d", "2", 2);
	struct mirror_info dir;
	unsigned told = 0;

	(void)state;
	list_at(mirror, 1, NULL, 0);
	mirror_listen(mirror, count_told, &told);
	assert_int_equal(mirror_apply(mirror, 2, &event, 1), 0);
	assert_int_equal(told, 1); /* of c, in the root */
	/* The notifier's own lookup shows it to nobody. */
	assert_int_equal(mirror_look(mirror, id_of(mirror, ROOT_ID, "c"), &dir), 0);
	event = put_event("p/c/d", "3", 3);
	assert_int_equal(mirror_apply(mirror, 3, &event, 1), 0);
	assert_int_equal(told, 1);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "c", 1, &dir), 0);
	event = put_event("p/c/d", "4", 4);
	assert_int_equal(mirror_apply(mirror, 4, &event, 1), 0);
	assert_int_equal(told, 2);
	mirror_unpin(mirror, dir.id, 2);
	event = put_event("p/c/d", "5", 5);
	assert_int_equal(mirror_apply(mirror, 5, &event, 1), 0);
	assert_int_equal(told, 2);
	mirror_free(mirror);
}

static void random_revisions_and_lists(void **state)
{
	struct mirror *mirror = mirror_make();
	struct model model = {.revision = 1};
	struct etcd_event events[N_KEYS];
	struct etcd_kv kvs[N_KEYS];
	unsigned seed = test_seed();

	(void)state;
	list_at(mirror, 1, NULL, 0);
	for (int step = 0; step < 5000; step++) {
		size_t n = model_change(&model, &seed, events);
		if (rand_r(&seed) % 5)
			assert_int_equal(mirror_apply(mirror, model.revision, events, n), 0);
		else
			list_at(mirror, model.revision, kvs, model_list(&model, kvs));
		model_compare(mirror, &model);
	}
	mirror_free(mirror);
}

struct heard {
	struct trail *trails[8];
	size_t n;
};

static bool hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision)
{
	struct heard *heard = arg;

	heard->trails[heard->n++] = trail;
	return true;
}

/* From the change on, until the last of its trails is back, in the directory that has the name. */
static void what_is_not_told_yet_is_known(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event("p/c/d", "1", 2);
	struct heard heard = {0};
	struct mirror_info info;
	uint64_t dir;

	list_at(mirror, 1, NULL, 0);
	mirror_listen(mirror, hear, &heard);
	assert_int_equal(mirror_apply(mirror, 2, &event, 1), 0);
	assert_int_equal(heard.n, 1); /* nobody knows "c", so nobody can know "c/d" */
	assert_string_equal(heard.trails[0]->path, "c");
	assert_string_equal(trail_name(heard.trails[0]), "c");
	assert_int_equal(trail_dir(heard.trails[0]), ROOT_ID);
	assert_false(mirror_is_told(mirror, ROOT_ID));
	mirror_trail_free(mirror, heard.trails[0]);
	assert_true(mirror_is_told(mirror, ROOT_ID));

	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "c", 1, &info), 0);
	dir = info.id;
	event = put_event("p/c/e", "1", 3);
	assert_int_equal(mirror_apply(mirror, 3, &event, 1), 0);
	event = delete_event("p/c/e", 4);
	assert_int_equal(mirror_apply(mirror, 4, &event, 1), 0);
	assert_int_equal(heard.n, 3);
	assert_string_equal(trail_name(heard.trails[2]), "e");
	assert_int_equal(trail_dir(heard.trails[2]), dir);
	assert_true(mirror_is_told(mirror, ROOT_ID));
	mirror_trail_free(mirror, heard.trails[1]);
	assert_false(mirror_is_told(mirror, dir));
	mirror_trail_free(mirror, heard.trails[2]);
	assert_true(mirror_is_told(mirror, dir));
	mirror_free(mirror);
}

static void who_is_known_says_so(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event("p/a", "1", 2);
	struct mirror_info info;

	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, &event, 1), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 0, &info), 0);
	assert_false(info.known);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, "a", 2, &info), 0);
	assert_true(info.known);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_info(mirror, info.id, &info), 0);
	assert_true(info.known);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_info(mirror, info.id, &info), 0);
	assert_false(info.known);
	mirror_free(mirror);
}

/* The first 253 bytes of a component of more than 255, and the sign that it goes on. */
static void cut_name(char ret[256])
{
	memset(ret, 'n', 253);
	memcpy(ret + 253, "%+", 3);
}

/* Statements: 182. */
static void a_kept_directory_goes_when_it_is_forgotten(void **state)
{
	struct mirror *mirror = mirror_make();
	struct heard heard = {0};
	struct mirror_info info;
	char name[256];

	(void)state;
	cut_name(name);
	list_at(mirror, 1, NULL, 0);
	mirror_listen(mirror, hear, &heard); /* which is the feed's: a forget comes in any thread */
	assert_int_equal(mirror_keep(mirror, ROOT_ID, "n%+"), -EINVAL);
	assert_int_equal(mirror_keep(mirror, ROOT_ID, "n"), -EINVAL);
	assert_int_equal(mirror_keep(mirror, ROOT_ID, name), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 2, &info), 0);
	assert_true(info.is_dir);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 0, &info), 0);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 0, &info), -ENOENT);
	assert_int_equal(mirror_info(mirror, info.id, &info), -ESTALE); /* freed, and once */
	assert_int_equal(heard.n, 0);
	assert_int_equal(mirror_keep(mirror, ROOT_ID, name), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 1, &info), 0);
	assert_int_equal(mirror_unkeep(mirror, info.id), 0);
	assert_int_equal(mirror_unkeep(mirror, info.id), -ESTALE);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 0, &info), -ENOENT);
	mirror_free(mirror);
}

/* Statements: 182. */
static void forgotten_with_a_file_it_goes_with_the_file(void **state)
{
	struct mirror *mirror = mirror_make();
	struct mirror_info info;
	struct etcd_event event;
	char name[256], key[2 + 256 + 1] = "p/";

	(void)state;
	memset(key + 2, 'n', sizeof(key) - 3);
	cut_name(name);
	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_keep(mirror, ROOT_ID, name), 0);
	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 1, &info), 0);
	event = put_event(key, "1", 2);
	assert_int_equal(mirror_apply(mirror, 2, &event, 1), 0);
	assert_int_equal(mirror_unkeep(mirror, info.id), -ENOTEMPTY);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(id_of(mirror, ROOT_ID, name), info.id);
	event = delete_event(key, 3);
	assert_int_equal(mirror_apply(mirror, 3, &event, 1), 0);
	assert_int_equal(id_of(mirror, ROOT_ID, name), 0);
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_or_a_step_back_is_refused),
		cmocka_unit_test(keys_without_the_prefix_only_count),
		cmocka_unit_test(a_rename_keeps_the_node_and_its_directory),
		cmocka_unit_test(who_is_renamed_over_has_an_heir),
		cmocka_unit_test(a_list_keeps_what_did_not_change),
		cmocka_unit_test(pages_are_of_the_last_open_or_stat),
		cmocka_unit_test(told_of_what_a_user_may_watch),
		cmocka_unit_test(what_is_not_told_yet_is_known),
		cmocka_unit_test(who_is_known_says_so),
		cmocka_unit_test(a_kept_directory_goes_when_it_is_forgotten),
		cmocka_unit_test(forgotten_with_a_file_it_goes_with_the_file),
		cmocka_unit_test(random_revisions_and_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
