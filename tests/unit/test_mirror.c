/* The mirror: revisions without gaps, lists that replace it, keys with a prefix, renames that keep
 * the node. */
#include "fs/key.h"
#include "fs/mirror.h"
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

static struct mirror *mirror_make(void)
{
	struct mirror *mirror;

	assert_int_equal(mirror_new(bytes_of("p/"), &mirror), 0);
	return mirror;
}

static struct etcd_event put_event(const char *key, const char *value, int64_t revision)
{
	return (struct etcd_event){
		.type = ETCD_EVENT_PUT,
		.kv = {bytes_of(key), bytes_of(value), revision, revision, 1, 0},
	};
}

static struct etcd_event delete_event(const char *key, int64_t revision)
{
	return (struct etcd_event){
		.type = ETCD_EVENT_DELETE,
		.kv = {.key = bytes_of(key), .mod_revision = revision},
	};
}

static void list_at(struct mirror *mirror, int64_t revision, const struct etcd_kv *kvs, size_t n)
{
	struct mirror_list *list;

	assert_int_equal(mirror_list_new(&list), 0);
	assert_int_equal(mirror_list_add(list, kvs, n), 0);
	assert_int_equal(mirror_replace(mirror, revision, list), 0);
	mirror_list_free(list);
}

static uint64_t id_of(struct mirror *mirror, uint64_t dir, const char *name)
{
	struct mirror_info info;

	return mirror_lookup(mirror, dir, name, 0, &info) == 0 ? info.id : 0;
}

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
	struct mirror_move move = {.from = bytes_of("p/d/a"), .to = bytes_of("p/b")};
	uint64_t dir, id;

	(void)state;
	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, made, 1), 0);
	dir = id_of(mirror, MIRROR_ROOT_ID, "d");
	id = id_of(mirror, dir, "a");
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 3, moved, 3), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(id_of(mirror, MIRROR_ROOT_ID, "b"), id);
	assert_int_equal(id_of(mirror, MIRROR_ROOT_ID, "d"), dir);
	mirror_free(mirror);
}

static void who_is_renamed_over_has_an_heir(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event made[] = {put_event("p/a", "1", 2), put_event("p/b", "1", 2)};
	struct etcd_event moved[] = {put_event("p/b", "1", 3), delete_event("p/a", 3)};
	struct mirror_move move = {.from = bytes_of("p/a"), .to = bytes_of("p/b")};
	struct mirror_info a, b;

	(void)state;
	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, made, 2), 0);
	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "a", 0, &a), 0);
	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "b", 1, &b), 0);
	assert_int_equal(mirror_heir(mirror, b.id), b.id);
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 3, moved, 2), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(mirror_heir(mirror, b.id), a.id);
	mirror_unpin(mirror, b.id, 1);
	mirror_free(mirror);
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
	a = id_of(mirror, MIRROR_ROOT_ID, "a");
	b = id_of(mirror, MIRROR_ROOT_ID, "b");
	c = id_of(mirror, MIRROR_ROOT_ID, "c");
	list_at(mirror, 9, after, 4);
	assert_int_equal(id_of(mirror, MIRROR_ROOT_ID, "a"), a);
	assert_int_equal(id_of(mirror, MIRROR_ROOT_ID, "b"), b);
	assert_int_not_equal(id_of(mirror, MIRROR_ROOT_ID, "c"), c); /* made anew */
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
	assert_int_equal(count_right(mirror, model, MIRROR_ROOT_ID), shown);
}

static bool count_told(
	void *arg, enum mirror_event event, struct trail *trail, int64_t mod_revision)
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
	assert_int_equal(mirror_look(mirror, id_of(mirror, MIRROR_ROOT_ID, "c"), &dir), 0);
	event = put_event("p/c/d", "3", 3);
	assert_int_equal(mirror_apply(mirror, 3, &event, 1), 0);
	assert_int_equal(told, 1);
	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "c", 1, &dir), 0);
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

static bool hear(void *arg, enum mirror_event event, struct trail *trail, int64_t mod_revision)
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
	assert_int_equal(trail_dir(heard.trails[0]), MIRROR_ROOT_ID);
	assert_false(mirror_is_told(mirror, MIRROR_ROOT_ID));
	mirror_trail_free(mirror, heard.trails[0]);
	assert_true(mirror_is_told(mirror, MIRROR_ROOT_ID));

	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "c", 1, &info), 0);
	dir = info.id;
	event = put_event("p/c/e", "1", 3);
	assert_int_equal(mirror_apply(mirror, 3, &event, 1), 0);
	event = delete_event("p/c/e", 4);
	assert_int_equal(mirror_apply(mirror, 4, &event, 1), 0);
	assert_int_equal(heard.n, 3);
	assert_string_equal(trail_name(heard.trails[2]), "e");
	assert_int_equal(trail_dir(heard.trails[2]), dir);
	assert_true(mirror_is_told(mirror, MIRROR_ROOT_ID));
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
	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "a", 0, &info), 0);
	assert_false(info.known);
	assert_int_equal(mirror_lookup(mirror, MIRROR_ROOT_ID, "a", 2, &info), 0);
	assert_true(info.known);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_info(mirror, info.id, &info), 0);
	assert_true(info.known);
	mirror_unpin(mirror, info.id, 1);
	assert_int_equal(mirror_info(mirror, info.id, &info), 0);
	assert_false(info.known);
	mirror_free(mirror);
}

static void a_sparse_one_passes_revisions_over(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event put = put_event("p/a", "1", 7), gone = delete_event("p/a", 9);

	(void)state;
	list_at(mirror, 5, NULL, 0);
	mirror_skip(mirror, 6); /* not a sparse one yet */
	assert_false(mirror_reach(mirror, 6, 0, 0));
	assert_int_equal(mirror_revision(mirror), 5);
	mirror_set_sparse(mirror);
	assert_true(mirror_reach(mirror, 6, 0, 0));
	assert_int_equal(mirror_revision(mirror), 6);
	assert_false(mirror_reach(mirror, 8, 7, 1));
	assert_int_equal(mirror_apply(mirror, 7, &put, 1), 0);
	assert_true(mirror_reach(mirror, 8, 7, 1));
	assert_false(mirror_reach(mirror, 9, 0, 0)); /* the delete is on its way */
	assert_int_equal(mirror_apply(mirror, 9, &gone, 1), 0);
	assert_true(mirror_reach(mirror, 9, 0, 0));
	assert_true(mirror_reach(mirror, 3, 1, 1)); /* long since */
	mirror_skip(mirror, 20);
	mirror_skip(mirror, 10);
	assert_int_equal(mirror_revision(mirror), 20);
	assert_int_equal(mirror_apply(mirror, 20, &put, 1), -ESTALE);
	mirror_free(mirror);
}

/* Of four keys some are put and some deleted in each revision, or none: the ones that are there are
 * bits. The mirror gets the events late; whenever it says that it is at a revision, it must have
 * what was there then. */
enum { HISTORY = 3000, HISTORY_KEYS = 4 };

struct history {
	struct revision {
		unsigned present, put, deleted;
		int64_t newest; /* the last put of a key that is there */
	} at[HISTORY];
	int64_t mod[HISTORY_KEYS];
};

static void history_make(struct history *history, unsigned *seed)
{
	for (int64_t i = 2; i < HISTORY; i++) {
		struct revision *now = &history->at[i];
		unsigned before = history->at[i - 1].present;

		if (rand_r(seed) % 3 == 0) {
			now->put = (unsigned)(rand_r(seed) & rand_r(seed) & 15);
			now->deleted = (unsigned)rand_r(seed) & before & ~now->put & 15;
		}
		now->present = (before | now->put) & ~now->deleted;
		for (unsigned k = 0; k < HISTORY_KEYS; k++) {
			if (now->put >> k & 1)
				history->mod[k] = i;
			if ((now->present >> k & 1) && history->mod[k] > now->newest)
				now->newest = history->mod[k];
		}
	}
}

static void history_apply(struct mirror *mirror, const struct history *history, int64_t revision)
{
	static const char *const history_keys[HISTORY_KEYS] = {"p/a", "p/b", "p/c", "p/d"};
	struct etcd_event events[HISTORY_KEYS];
	const struct revision *now = &history->at[revision];
	size_t n = 0;

	for (unsigned k = 0; k < HISTORY_KEYS; k++) {
		if (now->put >> k & 1)
			events[n++] = put_event(history_keys[k], "x", revision);
		if (now->deleted >> k & 1)
			events[n++] = delete_event(history_keys[k], revision);
	}
	if (n && revision > mirror_revision(mirror))
		assert_int_equal(mirror_apply(mirror, revision, events, n), 0);
}

static void history_compare(
	struct mirror *mirror, const struct history *history, const struct revision *now)
{
	static const char *const names[HISTORY_KEYS] = {"a", "b", "c", "d"};

	for (unsigned k = 0; k < HISTORY_KEYS; k++)
		assert_int_equal(
			id_of(mirror, MIRROR_ROOT_ID, names[k]) != 0, now->present >> k & 1);
}

static void a_sparse_one_is_where_it_says(void **state)
{
	struct history *history = calloc(1, sizeof(*history));
	struct mirror *mirror = mirror_make();
	unsigned seed = test_seed(), n_ahead = 0;

	(void)state;
	assert_non_null(history);
	history_make(history, &seed);
	mirror_set_sparse(mirror);
	list_at(mirror, 1, NULL, 0);
	for (int64_t sent = 1, asked = 1; sent + 1 < HISTORY;) {
		const struct revision *now;

		asked = sent + rand_r(&seed) % 20;
		if (asked >= HISTORY)
			asked = HISTORY - 1;
		now = &history->at[asked];
		if (mirror_reach(
			    mirror, asked, now->newest, (size_t)__builtin_popcount(now->present)) &&
			mirror_revision(mirror) == asked) {
			n_ahead += asked > sent;
			history_compare(mirror, history, now);
		}
		history_apply(mirror, history, ++sent);
		if (mirror_revision(mirror) == sent)
			history_compare(mirror, history, &history->at[sent]);
	}
	assert_true(n_ahead > 0);
	mirror_free(mirror);
	free(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_or_a_step_back_is_refused),
		cmocka_unit_test(keys_without_the_prefix_only_count),
		cmocka_unit_test(a_rename_keeps_the_node_and_its_directory),
		cmocka_unit_test(who_is_renamed_over_has_an_heir),
		cmocka_unit_test(a_list_keeps_what_did_not_change),
		cmocka_unit_test(told_of_what_a_user_may_watch),
		cmocka_unit_test(what_is_not_told_yet_is_known),
		cmocka_unit_test(who_is_known_says_so),
		cmocka_unit_test(random_revisions_and_lists),
		cmocka_unit_test(a_sparse_one_passes_revisions_over),
		cmocka_unit_test(a_sparse_one_is_where_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
