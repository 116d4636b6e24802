/* What the feed does when etcd's answers do not fit: to each other, or to anything.
 * Statements: 263, 264, 265. */
#include "fs/base/clock.h"
#include "fs/control/stream_private.h"
#include "fs/ops/mount.h"
#include "fs/parts.h"
#include "tests/lib/client.h"
#include "tests/lib/fake_etcd.h"
#include "tests/lib/fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cmocka.h>

struct mount {
	char dir[64];
	char endpoint[128];
	struct fake_etcd *fake;
	int control[2];
	struct fs_config config;
	struct fs fs;
	struct timer tick;
	struct stream stream; /* it shows nothing, and is told what is sure */
};

static void dispatch(void *arg, uint32_t epoll_events)
{
	(void)epoll_events;
	etcd_dispatch(((struct mount *)arg)->fs.etcd);
}

static void tick(void *arg)
{
	struct mount *mount = arg;

	loop_timer_set(&mount->fs.loop, &mount->tick, 10);
}

static int setup(void **state)
{
	struct mount *mount = calloc(1, sizeof(*mount));
	struct fs *fs = &mount->fs;

	client_mkdir(mount->dir);
	snprintf(mount->endpoint, sizeof(mount->endpoint), "unix://%s/s", mount->dir);
	mount->fake = fake_etcd_new(mount->endpoint + strlen("unix://"), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, mount->control), 0);
	mount->config = (struct fs_config){.etcd.endpoints = mount->endpoint,
		.timeout_ms = 1000,
		.control = mount->control[0]};
	mount->tick = (struct timer){.run = tick, .arg = mount};
	fs->config = &mount->config;
	fs->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(loop_init(&fs->loop), 0);
	assert_int_equal(mirror_new((struct bytes){0}, &fs->mirror), 0);
	assert_int_equal(etcd_new(&mount->config.etcd, &fs->etcd), 0);
	parts_init(fs);
	TAILQ_INSERT_TAIL(&fs->streams.list, &mount->stream, entry);
	mount->stream.ended = true;
	assert_int_equal(loop_watch(&fs->loop, &fs->etcd_source, etcd_fd(fs->etcd), EPOLLIN,
				 dispatch, mount),
		0);
	*state = mount;
	return 0;
}

static int teardown(void **state)
{
	struct mount *mount = *state;
	struct fs *fs = &mount->fs;

	feed_end(&fs->feed);
	TAILQ_REMOVE(&fs->streams.list, &mount->stream, entry);
	parts_fini(fs);
	mirror_free(fs->mirror);
	loop_fini(&fs->loop);
	close(fs->end_fd);
	close(mount->control[0]);
	close(mount->control[1]);
	fake_etcd_free(mount->fake);
	client_rmdir(mount->dir);
	free(mount);
	return 0;
}

/* Until there were @count requests, and the mirror is at @revision; or the mount has failed. */
static void run(struct mount *mount, unsigned count, int64_t revision)
{
	int64_t end_ms = clock_now_ms() + CLIENT_WAIT_MS;

	tick(mount);
	while (!mount->fs.failure && (fake_etcd_requests(mount->fake) < count ||
					     mirror_revision(mount->fs.mirror) != revision)) {
		assert_true(clock_now_ms() < end_ms);
		assert_int_equal(loop_turn(&mount->fs.loop), 0);
	}
}

static void assert_asked(struct mount *mount, unsigned index, const char *method)
{
	CLEANUP(buf) struct buf request = {0};

	assert_int_equal(fake_etcd_request(mount->fake, index, &request), 0);
	assert_string_equal(strrchr((char *)request.data, '/') + 1, method);
}

/* An answer's header, of a member and a revision. */
#define HEADER(member, revision) 0x0a, 4, 0x10, member, 0x18, revision
#define KV(key, revision) 0x12, 5, 0x0a, 1, key, 0x18, revision
#define LIST(member, revision) {.data = DATA(0, 0, 0, 0, 6, HEADER(member, revision))}
#define CREATED(member, revision) 0, 0, 0, 0, 8, HEADER(member, revision), 0x18, 1
#define PUT(key, revision) 0, 0, 0, 0, 9, 0x5a, 7, 0x12, 5, 0x0a, 1, key, 0x18, revision
#define COMPACTED(member, revision, compact)                                                       \
	0, 0, 0, 0, 10, HEADER(member, revision), 0x20, 1, 0x28, compact
#define WATCH(...) {.end = FAKE_OPEN, .data = DATA(__VA_ARGS__)}
#define REFUSED {.end = FAKE_STATUS_ONLY, .code = 3, .message = "no"}

/* A watch from the one before @revision on. */
static void assert_begins(struct mount *mount, unsigned index, uint8_t revision)
{
	const uint8_t start[] = {0x18, revision - 1};
	CLEANUP(buf) struct buf request = {0};

	assert_asked(mount, index, "Watch");
	assert_int_equal(fake_etcd_request(mount->fake, index, &request), 0);
	assert_non_null(memmem(request.data, request.len, start, sizeof(start)));
}

/* The start ends, and says why. */
static void test_no_list(void **state)
{
	const struct fake_answer garbage = {.data = DATA(0, 0, 0, 0, 2, 0x0a, 9)};
	const struct fake_answer answers[] = {garbage, garbage, garbage, garbage};
	struct mount *mount = *state;
	struct fs_report report;

	fake_etcd_script(mount->fake, answers, 4);
	feed_start(&mount->fs.feed);
	run(mount, 5, 1);
	assert_int_equal(mount->fs.failure, -EIO);
	assert_int_equal(fake_etcd_requests(mount->fake), 3);
	assert_int_equal(recv(mount->control[1], &report, sizeof(report), 0), sizeof(report));
	assert_int_equal(report.kind, FS_REPORT_FAILED);
	assert_string_equal(report.text, "cannot read the keys: the answer is not one of gRPC");
}

/* What the mirror has is no good: a list that fails does not change that. */
static void test_list_again(void **state)
{
	const struct fake_answer answers[] = {LIST(1, 1), WATCH(CREATED(1, 4), PUT('a', 4)),
		REFUSED, REFUSED, LIST(1, 4), WATCH(CREATED(1, 4))};
	struct mount *mount = *state;

	fake_etcd_script(mount->fake, answers, 6);
	feed_start(&mount->fs.feed);
	run(mount, 6, 4);
	assert_asked(mount, 1, "Watch");
	for (unsigned i = 2; i < 5; i++)
		assert_asked(mount, i, "Range");
	assert_asked(mount, 5, "Watch");
	assert_int_equal(mount->fs.failure, 0);
}

/* Two revisions are shown, a stream with them, and the connection is lost. */
static void another_connection(
	struct mount *mount, const struct fake_answer *then, size_t n_then, int64_t revision)
{
	const struct fake_answer answers[] = {
		LIST(1, 7), WATCH(CREATED(1, 7), PUT('a', 8), PUT('b', 9))};

	fake_etcd_script(mount->fake, answers, 2);
	feed_start(&mount->fs.feed);
	run(mount, 2, 9);
	mount->stream.connection = mount->fs.feed.proven;
	mount->stream.sure = ETCD_REVISION_MAX;
	fake_etcd_script(mount->fake, then, n_then);
	fake_etcd_drop(mount->fake);
	run(mount, 2 + (unsigned)n_then, revision);
	assert_begins(mount, 2, 8);
}

/* Another member, whose revision is lower: it is asked for the cluster's. */
static void another_member(
	struct mount *mount, const struct fake_answer *then, size_t n_then, int64_t revision)
{
	another_connection(mount, then, n_then, revision);
	assert_asked(mount, 3, "Range");
}

static void test_behind(void **state)
{
	const struct fake_answer answers[] = {WATCH(CREATED(2, 5)), LIST(2, 9),
		WATCH(CREATED(2, 10), PUT('a', 8), PUT('b', 9), PUT('c', 10))};
	struct mount *mount = *state;

	another_member(mount, answers, 3, 10);
	assert_asked(mount, 4, "Watch");
	assert_true(feed_is_proven(&mount->fs.feed));
	assert_int_equal(mount->stream.sure, 9);
	assert_int_equal(fake_etcd_requests(mount->fake), 5);
}

static void test_went_back(void **state)
{
	const struct fake_answer answers[] = {
		WATCH(CREATED(2, 5)), LIST(2, 5), LIST(2, 5), WATCH(CREATED(2, 5))};
	struct mount *mount = *state;

	another_member(mount, answers, 4, 5);
	assert_asked(mount, 4, "Range");
	assert_asked(mount, 5, "Watch");
	assert_true(feed_is_proven(&mount->fs.feed));
}

/* The last revision is the same, and the one before is not: nothing of it is shown. */
static void test_another_history(void **state)
{
	const struct fake_answer answers[] = {
		WATCH(CREATED(1, 10), PUT('x', 8), PUT('b', 9), PUT('c', 10)), LIST(1, 10),
		WATCH(CREATED(1, 10))};
	struct mount *mount = *state;

	another_connection(mount, answers, 3, 10);
	assert_asked(mount, 3, "Range");
	assert_asked(mount, 4, "Watch");
	assert_int_equal(mirror_count(mount->fs.mirror), 0); /* as the list has it */
}

/* Of what was shown the first is gone: it is known by the second. Again with the revision before,
 * which is that of the compaction. */
static void test_compacted(void **state)
{
	const struct fake_answer answers[] = {WATCH(CREATED(1, 9), COMPACTED(1, 9, 8)),
		WATCH(CREATED(1, 9), PUT('a', 8), PUT('b', 9), PUT('c', 10))};
	struct mount *mount = *state;

	another_connection(mount, answers, 2, 10);
	assert_begins(mount, 3, 9);
	assert_true(feed_is_proven(&mount->fs.feed));
	assert_int_equal(mount->stream.sure, 9);
}

/* All of it is gone, and the list has what was shown. */
static void test_nothing_left(void **state)
{
	const struct fake_answer answers[] = {WATCH(CREATED(1, 9), COMPACTED(1, 9, 9)),
		{.data = DATA(0, 0, 0, 0, 20, HEADER(1, 9), KV('a', 8), KV('b', 9))},
		WATCH(CREATED(1, 9), PUT('c', 10))};
	struct mount *mount = *state;

	another_connection(mount, answers, 3, 10);
	assert_asked(mount, 3, "Range");
	assert_begins(mount, 4, 10 + 1);
	assert_int_equal(mount->stream.sure, 9);
}

/* There is no next revision; but it is asked for one. */
static void test_last_revision(void **state)
{
#define MAX 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f
	const struct fake_answer answers[] = {{.data = DATA(0, 0, 0, 0, 21, 0x0a, 12, 0x10, 1, 0x18,
						       MAX, 0x12, 5, 0x0a, 1, 'a', 0x18, 1)},
		WATCH(0, 0, 0, 0, 16, 0x0a, 12, 0x10, 1, 0x18, MAX, 0x18, 1)};
	struct mount *mount = *state;
	CLEANUP(buf) struct buf request = {0};
	static const uint8_t start[] = {0x18, MAX};

	fake_etcd_script(mount->fake, answers, 2);
	feed_start(&mount->fs.feed);
	run(mount, 2, ETCD_REVISION_MAX);
	assert_int_equal(fake_etcd_request(mount->fake, 1, &request), 0);
	assert_non_null(memmem(request.data, request.len, start, sizeof(start)));
	assert_false(mount->fs.feed.must_list);
}

#define FEED_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(test_no_list),
		FEED_TEST(test_list_again),
		FEED_TEST(test_behind),
		FEED_TEST(test_went_back),
		FEED_TEST(test_another_history),
		FEED_TEST(test_compacted),
		FEED_TEST(test_nothing_left),
		FEED_TEST(test_last_revision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
