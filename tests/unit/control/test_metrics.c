/* The text of the metrics: buckets, labels, names, and no memory. Statements: 320, 322. */
#include "fs/control/metrics_table.h"
#include "fs/control/metrics_text.h"
#include "tests/lib/alloc.h"

#include <errno.h>
#include <linux/fuse.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* histogram_observe() as it is; nothing else of the product is behind it. */
static struct counters counters;

static int setup(void **state)
{
	(void)state;
	memset(&counters, 0, sizeof(counters));
	return 0;
}

static struct metrics some(const char *mountpoint)
{
	return (struct metrics){
		.mountpoint = mountpoint,
		.counters = &counters,
		.version = "1.2.3",
		.revision = INT64_MAX,
	};
}

/* The text, which the caller frees. */
static char *text_of(const struct metrics *metrics)
{
	struct buf text = {0};

	assert_int_equal(metrics_text(metrics, &text), 0);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	return (char *)text.data;
}

static void has(const struct metrics *metrics, const char *line)
{
	CLEANUP(free) char *text = text_of(metrics);

	if (!strstr(text, line))
		fail_msg("no %s in\n%s", line, text);
}

static void has_not(const struct metrics *metrics, const char *words)
{
	CLEANUP(free) char *text = text_of(metrics);

	assert_null(strstr(text, words));
}

static void test_values(void **state)
{
	struct metrics metrics = some("/mnt/kv");

	counters.counts[COUNTER_UNKNOWN] = 7;
	counters.opcodes[FUSE_OPEN] = 3;
	has(&metrics, "# HELP etcdfs_revision The revision that the mount shows.\n"
		      "# TYPE etcdfs_revision gauge\n"
		      "etcdfs_revision{mountpoint=\"/mnt/kv\"} 9223372036854775807\n");
	has(&metrics, "# TYPE etcdfs_unknown_endings_total counter\n"
		      "etcdfs_unknown_endings_total{mountpoint=\"/mnt/kv\"} 7\n");
	has(&metrics, "\netcdfs_operations_total{mountpoint=\"/mnt/kv\",kind=\"open\"} 3\n");
	has(&metrics, "\netcdfs_operations_total{mountpoint=\"/mnt/kv\",kind=\"forget\"} 0\n");
	has(&metrics, "\netcdfs_build_info{mountpoint=\"/mnt/kv\",version=\"1.2.3\"} 1\n");
	has_not(&metrics, "\netcdfs_etcd_info{");
	strcpy(metrics.etcd_version, "3.5\"x");
	has(&metrics, "\netcdfs_etcd_info{mountpoint=\"/mnt/kv\",version=\"3.5\\\"x\"} 1\n");
}

/* Each bucket has those of the ones before it; a bound belongs to the bucket that it ends. */
static void test_buckets(void **state)
{
	struct metrics metrics = some("/");

	histogram_observe(&counters.barriers, -1); /* a clock that went back */
	histogram_observe(&counters.barriers, 0);
	histogram_observe(&counters.barriers, 50);
	histogram_observe(&counters.barriers, 51);
	histogram_observe(&counters.barriers, 1000000);
	histogram_observe(&counters.barriers, 5000000);
	histogram_observe(&counters.barriers, 5000001);
	has(&metrics,
		"# TYPE etcdfs_barrier_duration_seconds histogram\n"
		"etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"5e-05\"} 3\n"
		"etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"0.0001\"} 4\n"
		"etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"0.00025\"} 4\n");
	has(&metrics, "_bucket{mountpoint=\"/\",le=\"0.5\"} 4\n"
		      "etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"1\"} 5\n"
		      "etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"2.5\"} 5\n"
		      "etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"5\"} 6\n"
		      "etcdfs_barrier_duration_seconds_bucket{mountpoint=\"/\",le=\"+Inf\"} 7\n"
		      "etcdfs_barrier_duration_seconds_sum{mountpoint=\"/\"} 11.000102\n"
		      "etcdfs_barrier_duration_seconds_count{mountpoint=\"/\"} 7\n");
	has(&metrics, "\netcdfs_publish_duration_seconds_count{mountpoint=\"/\"} 0\n");
}

/* A kind that has not happened yet has no histogram, and one that has no reply never has. */
static void test_kinds(void **state)
{
	struct metrics metrics = some("/");

	has_not(&metrics, "etcdfs_operation_duration_seconds_bucket");
	counter_add_reply(&counters, FUSE_READ, 70);
	counter_add_reply(&counters, FUSE_FORGET, 70);
	counter_add_reply(&counters, COUNTER_OPCODES, 70);
	has(&metrics, "_count{mountpoint=\"/\",kind=\"read\"} 1\n");
	has(&metrics, "_bucket{mountpoint=\"/\",kind=\"read\",le=\"0.0001\"} 1\n");
	has(&metrics, "_sum{mountpoint=\"/\",kind=\"read\"} 0.000070\n");
	has_not(&metrics, "_count{mountpoint=\"/\",kind=\"forget\"}");
	has_not(&metrics, "_count{mountpoint=\"/\",kind=\"open\"}");
}

/* A label's value is UTF-8, in which a quote, a backslash and a newline are escaped. */
static void test_labels(void **state)
{
	static const char *const rows[][2] = {
		{"/a\"b\\c\nd", "/a\\\"b\\\\c\\nd"},
		{"/gr\xc3\xb6\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x98\x80",
			"/gr\xc3\xb6\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"/\xff.\xc3", "/\\\\xff.\\\\xc3"},
		{"/\xc0\xaf\xe0\x80\xaf", "/\\\\xc0\\\\xaf\\\\xe0\\\\x80\\\\xaf"},
		{"/\xed\xa0\x80", "/\\\\xed\\\\xa0\\\\x80"},
		{"/\xf4\x90\x80\x80", "/\\\\xf4\\\\x90\\\\x80\\\\x80"},
		{"/\xe2\x82", "/\\\\xe2\\\\x82"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct metrics metrics = some(rows[i][0]);
		CLEANUP(buf) struct buf line = {0};

		assert_int_equal(
			buf_printf(&line, "\netcdfs_keys{mountpoint=\"%s\"} 0\n", rows[i][1]), 0);
		assert_int_equal(buf_append_byte(&line, 0), 0);
		has(&metrics, (const char *)line.data);
	}
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && strcmp(name + len - n, end) == 0;
}

/* The names that people who know Prometheus expect. */
static void test_names(void **state)
{
	static const char *const reserved[] = {"_bucket", "_count", "_sum", "_ms", "_us", "_kb"};

	for (size_t i = 0; i < n_metrics; i++) {
		const struct metric *metric = &metrics_table[i];

		assert_int_equal(
			strspn(metric->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(metric->name));
		assert_int_equal(metric->type == METRIC_COUNTER, ends_with(metric->name, "_total"));
		if (metric->type == METRIC_HISTOGRAM)
			assert_true(ends_with(metric->name, "_seconds"));
		for (size_t j = 0; j < sizeof(reserved) / sizeof(*reserved); j++)
			assert_false(ends_with(metric->name, reserved[j]));
		assert_null(strpbrk(metric->help, "\\\n|"));
		assert_true(ends_with(metric->help, "."));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(metric->name, metrics_table[j].name);
	}
}

static void test_no_memory(void **state)
{
	struct metrics metrics = some("/");
	int r = -ENOMEM;

	counter_add_reply(&counters, FUSE_READ, 70);
	strcpy(metrics.etcd_version, "3.5.1");
	for (int n = 0; r; n++) {
		CLEANUP(buf) struct buf text = {0};

		alloc_fail_after(n);
		r = metrics_text(&metrics, &text);
		alloc_fail_never();
		assert_true(r == 0 || r == -ENOMEM);
		assert_true(n < 10000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_values, setup),
		cmocka_unit_test_setup(test_buckets, setup),
		cmocka_unit_test_setup(test_kinds, setup),
		cmocka_unit_test_setup(test_labels, setup),
		cmocka_unit_test_setup(test_names, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
