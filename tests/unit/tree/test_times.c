/* The times that a node shows: when its value was seen, what was written and not published, what
 * utimens has set, and how long that holds.
 * Statements: 245, 246, 247. */
#include "fs/mirror/mirror.h"
#include "tests/unit/mirrors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SET_TIME 1000000000 /* long ago */

static struct mirror *mirror_with(const char *key)
{
	struct mirror *mirror = mirror_make();
	struct etcd_event event = put_event(key, "1", 2);

	list_at(mirror, 1, NULL, 0);
	assert_int_equal(mirror_apply(mirror, 2, &event, 1), 0);
	return mirror;
}

static struct mirror_info info_of(struct mirror *mirror, const char *name)
{
	struct mirror_info info;

	assert_int_equal(mirror_lookup(mirror, ROOT_ID, name, 0, &info), 0);
	return info;
}

static time_t modified(struct mirror *mirror, const char *name)
{
	return info_of(mirror, name).modified.tv_sec;
}

static void utimens(struct mirror *mirror, const char *name)
{
	struct times_wish wish = {.set_modified = true, .modified = {.tv_sec = SET_TIME}};

	mirror_set_times(mirror, info_of(mirror, name).id, &wish);
}

static void put(struct mirror *mirror, const char *key, const char *value, int64_t revision)
{
	struct etcd_event event = put_event(key, value, revision);

	assert_int_equal(mirror_apply(mirror, revision, &event, 1), 0);
}

static void what_is_set_holds_until_the_value_changes(void **state)
{
	struct mirror *mirror = mirror_with("p/a");
	struct mirror_info info;
	time_t now = time(NULL);

	(void)state;
	utimens(mirror, "a");
	info = info_of(mirror, "a");
	assert_int_equal(info.modified.tv_sec, SET_TIME);
	assert_true(info.accessed.tv_sec >= now && info.changed.tv_sec >= now);
	put(mirror, "p/b", "1", 3);
	assert_int_equal(modified(mirror, "a"), SET_TIME);
	put(mirror, "p/a", "1", 4); /* the same bytes are a change as well */
	assert_true(modified(mirror, "a") >= now);
	mirror_free(mirror);
}

static void each_time_is_set_by_itself(void **state)
{
	struct mirror *mirror = mirror_with("p/a");
	struct times_wish wish = {.set_accessed = true, .accessed = {.tv_sec = 5}};

	(void)state;
	utimens(mirror, "a");
	mirror_set_times(mirror, info_of(mirror, "a").id, &wish);
	assert_int_equal(modified(mirror, "a"), SET_TIME);
	assert_int_equal(info_of(mirror, "a").accessed.tv_sec, 5);
	mirror_free(mirror);
}

static void a_rename_keeps_the_times(void **state)
{
	struct mirror *mirror = mirror_with("p/a");
	struct etcd_event there[] = {put_event("p/b", "1", 3), delete_event("p/a", 3)};
	struct etcd_event back[] = {put_event("p/a", "1", 4), delete_event("p/b", 4)};
	struct mirror_move move = {
		.from = bytes_of("p/a"), .to = bytes_of("p/b"), .put = bytes_of("p/b")};
	struct timespec seen = info_of(mirror, "a").modified;
	struct mirror_info info;

	(void)state;
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 3, there, 2), 0);
	mirror_unexpect_move(mirror, &move);
	info = info_of(mirror, "b");
	assert_memory_equal(&info.modified, &seen, sizeof(seen));
	utimens(mirror, "b");
	move = (struct mirror_move){
		.from = bytes_of("p/b"), .to = bytes_of("p/a"), .put = bytes_of("p/a")};
	mirror_expect_move(mirror, &move);
	assert_int_equal(mirror_apply(mirror, 4, back, 2), 0);
	mirror_unexpect_move(mirror, &move);
	assert_int_equal(modified(mirror, "a"), SET_TIME);
	put(mirror, "p/a", "1", 5);
	assert_int_not_equal(modified(mirror, "a"), SET_TIME);
	mirror_free(mirror);
}

/* open, write, futimens, close: the times are meant for what the close publishes. */
static void times_wait_for_what_is_written(void **state)
{
	struct mirror_writer writer = {0};
	struct mirror *mirror = mirror_with("p/a");
	uint64_t id = info_of(mirror, "a").id;
	time_t now = time(NULL);

	(void)state;
	mirror_set_local_size(mirror, id, &writer, 7);
	utimens(mirror, "a");
	assert_int_equal(modified(mirror, "a"), SET_TIME);
	put(mirror, "p/a", "written", 3);
	mirror_keep_times(mirror, id, 3);
	mirror_end_local_size(mirror, id, &writer);
	assert_int_equal(modified(mirror, "a"), SET_TIME);

	/* But not if something is written after them, */
	mirror_set_local_size(mirror, id, &writer, 7);
	utimens(mirror, "a");
	mirror_set_local_size(mirror, id, &writer, 8);
	assert_true(modified(mirror, "a") >= now);
	put(mirror, "p/a", "written", 4);
	mirror_keep_times(mirror, id, 4);
	mirror_end_local_size(mirror, id, &writer);
	assert_true(modified(mirror, "a") >= now);

	/* nor if somebody else's change is what is there. */
	mirror_set_local_size(mirror, id, &writer, 7);
	utimens(mirror, "a");
	put(mirror, "p/a", "written", 5);
	put(mirror, "p/a", "another", 6);
	mirror_keep_times(mirror, id, 5);
	mirror_end_local_size(mirror, id, &writer);
	assert_true(modified(mirror, "a") >= now);
	mirror_free(mirror);
}

/* A write that was not published leaves what was there. */
static void an_abandoned_write_leaves_the_old_times(void **state)
{
	struct mirror_writer writer = {0};
	struct mirror *mirror = mirror_with("p/a");
	struct timespec seen = info_of(mirror, "a").modified;
	uint64_t id = info_of(mirror, "a").id;
	struct mirror_info info;

	(void)state;
	mirror_set_local_size(mirror, id, &writer, 7);
	utimens(mirror, "a");
	mirror_end_local_size(mirror, id, &writer);
	info = info_of(mirror, "a");
	assert_memory_equal(&info.modified, &seen, sizeof(seen));
	mirror_free(mirror);
}

static void a_directory_has_what_is_set_until_a_name_comes_or_goes(void **state)
{
	struct mirror *mirror = mirror_with("p/d/a");
	time_t now = time(NULL);

	(void)state;
	utimens(mirror, "d");
	put(mirror, "p/d/a", "2", 3);
	assert_int_equal(modified(mirror, "d"), SET_TIME);
	put(mirror, "p/d/b", "1", 4);
	assert_true(modified(mirror, "d") >= now);
	mirror_free(mirror);
}

static bool earlier(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* What a list brings has its times in the order of the revisions. */
static void a_list_has_its_order(void **state)
{
	struct mirror *mirror = mirror_make();
	struct etcd_kv kvs[] = {
		{bytes_of("p/a"), bytes_of("1"), 1, 5000000, 1, 0},
		{bytes_of("p/b"), bytes_of("1"), 1, 3, 1, 0},
		{bytes_of("p/c"), bytes_of("1"), 1, 4, 1, 0},
	};
	time_t begin = time(NULL);

	(void)state;
	list_at(mirror, 5000001, kvs, 3);
	assert_true(earlier(info_of(mirror, "b").modified, info_of(mirror, "c").modified));
	assert_true(earlier(info_of(mirror, "c").modified, info_of(mirror, "a").modified));
	assert_true(modified(mirror, "a") >= begin - 1);
	assert_true(modified(mirror, "b") >= begin - 6); /* five million revisions ago */
	mirror_free(mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_set_holds_until_the_value_changes),
		cmocka_unit_test(each_time_is_set_by_itself),
		cmocka_unit_test(a_rename_keeps_the_times),
		cmocka_unit_test(times_wait_for_what_is_written),
		cmocka_unit_test(an_abandoned_write_leaves_the_old_times),
		cmocka_unit_test(a_directory_has_what_is_set_until_a_name_comes_or_goes),
		cmocka_unit_test(a_list_has_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
