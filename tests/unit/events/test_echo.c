/* Which changes are told to watchers, and which the kernel has told them already. Statements: 76,
 * 293. */
#include "fs/base/counters.h"
#include "fs/base/loop.h"
#include "fs/events/echo.h"
#include "fs/events/touch_queue.h"
#include "tests/unit/mirrors.h"

#include <cmocka.h>

static struct fixture {
	struct fs_config config;
	struct counters counters;
	struct loop loop;
	struct mirror *mirror;
	struct touch_queue touches; /* not started, so a touch stays where it is */
	struct echo echo;
} fixture;

static int setup(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture.config.inotify = true;
	fixture.mirror = mirror_make();
	list_at(fixture.mirror, 5, NULL, 0);
	assert_int_equal(loop_init(&fixture.loop), 0);
	touch_queue_init(&fixture.touches, &fixture.config, &fixture.loop, fixture.mirror,
		&fixture.counters);
	echo_init(&fixture.echo, &fixture.config, fixture.mirror, NULL, &fixture.touches);
	mirror_listen(fixture.mirror, echo_hear, &fixture.echo);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mirror_listen(fixture.mirror, NULL, NULL);
	echo_fini(&fixture.echo);
	touch_queue_fini(&fixture.touches);
	mirror_free(fixture.mirror);
	loop_fini(&fixture.loop);
	return 0;
}

/* A transaction of this mount that etcd has done in @revision. */
static void done_in(int64_t revision)
{
	struct echo_pending pending;

	echo_begin(&fixture.echo, &pending, NULL, 0);
	echo_end(&fixture.echo, &pending, revision);
}

static void apply(struct etcd_event event)
{
	echo_open(&fixture.echo, event.kv.mod_revision, &event, 1);
	assert_int_equal(mirror_apply(fixture.mirror, event.kv.mod_revision, &event, 1), 0);
	echo_close(&fixture.echo);
}

/* A new file whose last open file is closed before it has a key. */
static void draft_and_drop(const char *name)
{
	uint64_t id;

	assert_int_equal(mirror_draft(fixture.mirror, ROOT_ID, name, &id), 0);
	assert_int_equal(mirror_handle_add(fixture.mirror, id), 0);
	echo_open_here(&fixture.echo);
	mirror_handle_remove(fixture.mirror, id);
	echo_close(&fixture.echo);
}

static size_t n_touches(void)
{
	struct touch *touch;
	size_t n = 0;

	TAILQ_FOREACH (touch, &fixture.touches.due, entry)
		n++;
	return n;
}

/* Statements: 76. */
static void ours_is_not_told_again(void **state)
{
	(void)state;
	done_in(6);
	apply(put_event("p/a", "1", 6));
	assert_int_equal(n_touches(), 0);
	apply(put_event("p/a", "2", 7));
	assert_int_equal(n_touches(), 1);
}

/* What was answered as unknown is told when the watch shows it. */
static void disowned_is_told(void **state)
{
	(void)state;
	done_in(6);
	done_in(7);
	echo_disown(&fixture.echo, 6);
	apply(put_event("p/a", "1", 6));
	assert_int_equal(n_touches(), 1);
	apply(put_event("p/b", "1", 7));
	assert_int_equal(n_touches(), 1);
}

/* Statements: 293. */
static void a_file_that_is_not_made_is_told(void **state)
{
	(void)state;
	draft_and_drop("a");
	assert_int_equal(n_touches(), 1);
	done_in(6);
	echo_disown(&fixture.echo, 6);
	draft_and_drop("b");
	assert_int_equal(n_touches(), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ours_is_not_told_again, setup, teardown),
		cmocka_unit_test_setup_teardown(disowned_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_not_made_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
