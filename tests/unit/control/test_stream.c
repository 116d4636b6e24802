/* When a stream asks for its watch, from where, and what it makes of what comes.
 * Statements: 55, 264, 290. */
#include "tests/lib/bare_mount.h"
#include "tests/unit/mirrors.h"

#include "fs/control/stream_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>

#define TIMEOUT_MS 5000
#define RETRY_MS 100
#define HISTORY 10 /* the revision at the open */

/* --- The kernel --------------------------------------------------------------------------- */

static struct fuse_file_info file;
static struct buf answer;

int fuse_reply_buf(fuse_req_t req, const char *data, size_t size)
{
	buf_clear(&answer);
	assert_int_equal(buf_append(&answer, data, size), 0);
	return fuse_reply_err(req, 0);
}

/* One line in words: an event's revision, or how the stream ends and at which. */
static void line_tell(const char *line, struct buf *ret)
{
	char type[16];
	long revision;

	if (sscanf(line, "{\"revision\":%ld,", &revision) == 1)
		assert_int_equal(buf_printf(ret, "%ld ", revision), 0);
	else if (sscanf(line, "{\"type\":\"%15[a-z]\",\"revision\":%ld}", type, &revision) == 2)
		assert_int_equal(buf_printf(ret, "%s/%ld ", type, revision), 0);
	else
		fail_msg("no line: %.100s", line);
}

/* What a read of up to @size bytes gets is @expected. */
static void check_read(size_t size, const char *expected)
{
	CLEANUP(buf) struct buf words = {0};
	struct bare_req req = {0};
	char *line, *rest;

	buf_clear(&answer);
	stream_read(&bare.streams, bare_fuse(&req), size, &file);
	bare_run();
	assert_int_equal(req.replies, 1);
	assert_int_equal(buf_append_byte(&answer, 0), 0);
	rest = (char *)answer.data;
	while ((line = strsep(&rest, "\n")) && *line)
		line_tell(line, &words);
	assert_int_equal(buf_append_byte(&words, 0), 0);
	assert_string_equal((char *)words.data, expected);
}

/* --- etcd --------------------------------------------------------------------------------- */

static struct {
	const struct etcd_watch_handler *handler;
	void *arg;
	int64_t start; /* with the revision before the first that is wanted */
	uint64_t connection;
	unsigned count; /* of watches, so far */
	bool open, cancelled;
} watch;

int __wrap_etcd_watch(struct etcd *etcd, const struct etcd_watch *asked,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id);
void __wrap_etcd_cancel(struct etcd *etcd, uint64_t id);

int __wrap_etcd_watch(struct etcd *etcd, const struct etcd_watch *asked,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id)
{
	assert_false(watch.open);
	watch.handler = handler;
	watch.arg = arg;
	watch.start = asked->start_revision;
	watch.connection = etcd_connection(etcd);
	watch.open = true;
	watch.cancelled = false;
	*ret_id = ++watch.count;
	return 0;
}

void __wrap_etcd_cancel(struct etcd *etcd, uint64_t id)
{
	(void)etcd;
	if (watch.open && id == watch.count)
		watch.cancelled = true;
}

static void watch_stands(int64_t revision)
{
	const struct etcd_header header = {.revision = revision, .connection = watch.connection};

	watch.handler->created(watch.arg, &header);
	bare_run();
}

/* Nothing up to @revision is missing. */
static void watch_progress(int64_t revision)
{
	const struct etcd_header header = {.revision = revision, .connection = watch.connection};

	watch.handler->events(watch.arg, &header, NULL, 0);
	bare_run();
}

static void watch_shows(const char *value, int64_t revision)
{
	const struct etcd_header header = {.revision = revision, .connection = watch.connection};
	const struct etcd_event event = put_event("key", value, revision);

	watch.handler->events(watch.arg, &header, &event, 1);
	bare_run();
}

static void watch_ends(int error)
{
	assert_true(watch.open);
	watch.open = false;
	watch.handler->ended(watch.arg, error, 0, "");
	bare_run();
}

/* Another connection, of which the feed finds, with the mirror at @to, that it is of one history
 * with the one before. */
static void reconnect(int64_t to)
{
	bare_reconnect();
	bare.feed.proven = etcd_connection(bare.etcd);
	bare.feed.proven_to = to;
	streams_proven(&bare.streams);
}

/* The connection is lost, and the stream begins with @start on the next. */
static void begin_again(int64_t to, int64_t start)
{
	unsigned count = watch.count;

	watch_ends(-ETIMEDOUT);
	reconnect(to);
	bare_wait(RETRY_MS);
	assert_int_equal(watch.count, count + 1);
	assert_int_equal(watch.start, start);
	watch_stands(to);
}

/* --- Its life ----------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	bare_start(TIMEOUT_MS);
	while (bare_revision() < HISTORY)
		bare_put("key", "value");
	memset(&watch, 0, sizeof(watch));
	return 0;
}

static void open_since(int64_t since)
{
	struct bare_req req = {0};

	file = (struct fuse_file_info){.flags = O_RDONLY | O_NONBLOCK};
	stream_open(&bare.streams, bare_fuse(&req), ROOT_ID, since, &file);
	bare_run();
	bare_answer_revisions();
	assert_int_equal(watch.count, 1);
	watch_stands(HISTORY);
	assert_int_equal(req.replies, 1);
	assert_int_equal(req.error, 0);
	assert_int_equal(answer.len, sizeof(struct fuse_open_out));
	file.fh = ((struct fuse_open_out *)answer.data)->fh;
}

static int teardown(void **state)
{
	struct bare_req req = {0};

	(void)state;
	stream_release(bare_fuse(&req), &file);
	bare_run();
	if (watch.open)
		watch_ends(-ECANCELED);
	assert_int_equal(bare.streams.n, 0);
	buf_fini(&answer);
	bare_end();
	return 0;
}

/* --- A reader that is slow ---------------------------------------------------------------- */

#define LINE 60000 /* bytes: four of them fit in what each stream has for itself */

static char long_value[LINE + 1];

/* The other streams hold all that there is, and the history does not fit in what is left. */
static void pause_stream(void)
{
	bare.streams.bytes = STREAM_QUEUES_MAX;
	open_since(0);
	assert_int_equal(watch.start, 1);
	memset(long_value, 'x', LINE);
	for (int64_t revision = 2; revision <= 5; revision++)
		watch_shows(long_value, revision);
	assert_false(watch.cancelled);
	watch_shows(long_value, 6);
	assert_true(watch.cancelled);
	watch_ends(-ECANCELED);
}

static void test_waits_for_room(void **state)
{
	(void)state;
	pause_stream();
	bare_wait(RETRY_MS);
	assert_int_equal(watch.count, 1);
	check_read(LINE + 1000, "2 ");
	assert_int_equal(watch.count, 2);
	assert_int_equal(watch.start, 5);
	watch_stands(HISTORY);
	watch_shows(long_value, 5);
	watch_shows(long_value, 6);
	check_read(10 * LINE, "3 4 5 6 ");
	bare.streams.bytes -= STREAM_QUEUES_MAX;
}

static void test_is_over(void **state)
{
	(void)state;
	pause_stream();
	streams_replaced(&bare.streams, 20);
	check_read(10 * LINE, "2 3 4 5 replaced/21 ");
	check_read(10 * LINE, "");
	bare_wait(RETRY_MS);
	assert_int_equal(watch.count, 1);
	bare.streams.bytes -= STREAM_QUEUES_MAX;
}

/* --- Ahead of the feed when the connection is lost ------------------------------------------- */

static void follow(int64_t last)
{
	open_since(STREAM_FROM_NOW);
	assert_int_equal(watch.start, HISTORY);
	for (int64_t revision = HISTORY + 1; revision <= last; revision++)
		watch_shows("value", revision);
}

static void test_the_same_again(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	watch_shows("value", 10);
	watch_shows("value", 11);
	watch_shows("value", 12);
	watch_shows("value", 13);
	check_read(1000, "11 12 13 ");
	/* All of it is sure now. */
	streams_doubt(&bare.streams);
	watch_ends(-ECANCELED);
	bare_wait(0);
	assert_int_equal(watch.start, 13);
}

static void test_another_history(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	watch_shows("value", 11);
	watch_shows("other", 12);
	watch_shows("value", 13);
	check_read(1000, "11 12 replaced/11 ");
	watch_ends(-ECANCELED);
	bare_wait(RETRY_MS);
	assert_false(watch.open);
}

/* In the other history nothing has happened here at the revisions that were shown. */
static void test_not_again(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	watch_shows("value", 13);
	check_read(1000, "11 12 replaced/11 ");
}

static void test_nothing_again(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	watch_progress(14);
	check_read(1000, "11 12 replaced/11 ");
}

/* It knew that nothing more had happened here, but of the other history it is not true. */
static void test_progress_is_taken_back(void **state)
{
	(void)state;
	follow(11);
	watch_progress(15);
	begin_again(12, 12);
	watch_shows("value", 13);
	check_read(1000, "11 13 ");
}

/* What it was not asked for is not shown. */
static void test_begins_later(void **state)
{
	(void)state;
	open_since(20);
	assert_int_equal(watch.start, 19);
	begin_again(HISTORY, 19);
	watch_shows("value", 19);
	watch_shows("value", 20);
	check_read(1000, "20 ");
}

/* The watch is lost while what was shown comes again. */
static void test_begun_twice(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	watch_shows("value", 11);
	streams_doubt(&bare.streams);
	watch_ends(-ECANCELED);
	bare_wait(0);
	assert_int_equal(watch.count, 3);
	assert_int_equal(watch.start, 10);
	watch_stands(12);
	watch_shows("value", 11);
	watch_shows("other", 12);
	check_read(1000, "11 12 replaced/11 ");
}

/* Meanwhile the feed has followed the other history, and is proven on a third connection. */
static void test_lost_twice(void **state)
{
	(void)state;
	follow(12);
	begin_again(HISTORY, 10);
	begin_again(12, 10);
	watch_shows("other", 11);
	check_read(1000, "11 12 replaced/11 ");
}

#define STREAM_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(test_waits_for_room),
		STREAM_TEST(test_is_over),
		STREAM_TEST(test_the_same_again),
		STREAM_TEST(test_another_history),
		STREAM_TEST(test_not_again),
		STREAM_TEST(test_nothing_again),
		STREAM_TEST(test_progress_is_taken_back),
		STREAM_TEST(test_begins_later),
		STREAM_TEST(test_begun_twice),
		STREAM_TEST(test_lost_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
