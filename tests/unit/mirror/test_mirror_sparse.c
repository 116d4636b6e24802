/* A mirror of one prefix: revisions may be passed over, and it knows where it is. */
#include "tests/unit/mirrors.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
		assert_int_equal(id_of(mirror, ROOT_ID, names[k]) != 0, now->present >> k & 1);
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
		cmocka_unit_test(a_sparse_one_passes_revisions_over),
		cmocka_unit_test(a_sparse_one_is_where_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
