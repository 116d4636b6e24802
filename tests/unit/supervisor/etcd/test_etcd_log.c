/* etcd's log made readable. */
#include "supervisor/etcd/etcd_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(const char *line, enum etcd_log_level level, const char *text)
{
	char got[ETCD_LOG_LINE];

	assert_int_equal(etcd_log_parse(line, got, sizeof(got)), level);
	assert_string_equal(got, text);
}

static void test_lines(void **state)
{
	assert_line("{\"level\":\"info\",\"ts\":\"x\",\"msg\":\"hello\"}", ETCD_LOG_INFO, "hello");
	assert_line("{\"level\":\"warn\",\"msg\":\"slow\",\"error\":\"disk\"}", ETCD_LOG_WARNING,
		"slow: disk");
	assert_line("{\"level\":\"fatal\",\"msg\":\"gone\"}", ETCD_LOG_ERROR, "gone");
	assert_line("{\"level\":\"panic\"}", ETCD_LOG_ERROR, "");
	assert_line("{\"level\":7,\"msg\":[]}", ETCD_LOG_PLAIN, "");
	assert_line("{\"level\":\"info\",", ETCD_LOG_PLAIN, "{\"level\":\"info\",");
	assert_line("2026-01-31 12:00:00.123456 W | etcdserver: slow", ETCD_LOG_WARNING,
		"etcdserver: slow");
	assert_line("2026-01-31 12:00:00.123456 C | etcdmain: gone | x", ETCD_LOG_ERROR,
		"etcdmain: gone | x");
	assert_line("2026-01-31 12:00:00.123456 I | raft: fine", ETCD_LOG_INFO, "raft: fine");
	assert_line("a | b", ETCD_LOG_PLAIN, "a | b");
	assert_line("", ETCD_LOG_PLAIN, "");
}

static void assert_hint(bool expected, const char *line)
{
	char text[ETCD_LOG_LINE];

	etcd_log_parse(line, text, sizeof(text));
	assert_int_equal(etcd_log_is_hint(text), expected);
}

/* As etcd 3.4 and 3.5 write them. */
static void test_hints_in_both_formats(void **state)
{
	assert_hint(true, "{\"level\":\"info\",\"ts\":\"2026-01-31T12:00:00.123Z\",\"caller\":"
			  "\"raft/raft.go:771\",\"msg\":\"7520a73dc41cb177 became leader at term "
			  "7\"}");
	assert_hint(true, "{\"level\":\"info\",\"logger\":\"raft\",\"caller\":\"x\",\"msg\":"
			  "\"a became pre-candidate at term 7\"}");
	assert_hint(true, "{\"level\":\"info\",\"msg\":\"raft.node: a elected leader b at term "
			  "7\"}");
	assert_hint(true, "{\"level\":\"info\",\"msg\":\"a switched to configuration voters=(1 "
			  "2)\"}");
	assert_hint(false, "{\"level\":\"info\",\"msg\":\"compacted raft logs\"}");
	assert_hint(true,
		"2026-01-31 12:00:00.123456 I | raft: 7520a73dc41cb177 became leader at term 7");
	assert_hint(true, "2026-01-31 12:00:00.123456 I | raft: raft.node: a lost leader b at term "
			  "7");
	assert_hint(true, "2026-01-31 12:00:00.123456 I | raft: raft.node: a changed leader from b "
			  "to c at term 7");
	assert_hint(false, "2026-01-31 12:00:00.123456 N | etcdserver/membership: updated");
}

static void test_a_long_line_is_cut(void **state)
{
	char line[2000], text[ETCD_LOG_LINE];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	etcd_log_parse(line, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
}

static void assert_last_words(const struct etcd_log *log, const char *expected)
{
	char words[256];

	etcd_log_last_words(log, words, sizeof(words));
	assert_string_equal(words, expected);
}

static void test_last_words(void **state)
{
	static struct etcd_log log;
	const char *text;
	int i;

	assert_last_words(&log, "");
	etcd_log_add(&log, "{\"level\":\"info\",\"msg\":\"i\"}", &text);
	assert_last_words(&log, "");
	etcd_log_add(&log, "{\"level\":\"warn\",\"msg\":\"w\"}", &text);
	assert_last_words(&log, "w");
	etcd_log_add(&log, "flag provided but not defined: -x", &text);
	for (i = 0; i < 100; i++)
		etcd_log_add(&log, "usage", &text);
	assert_last_words(&log, "flag provided but not defined: -x");
	etcd_log_add(&log, "{\"level\":\"error\",\"msg\":\"e1\"}", &text);
	etcd_log_add(&log, "{\"level\":\"error\",\"msg\":\"e2\"}", &text);
	assert_string_equal(text, "e2");
	assert_last_words(&log, "e1; e2");
	for (i = 3; i < 6; i++) {
		char line[64];

		snprintf(line, sizeof(line), "{\"level\":\"fatal\",\"msg\":\"e%d\"}", i);
		etcd_log_add(&log, line, &text);
	}
	assert_last_words(&log, "e3; e4; e5");
	etcd_log_reset(&log);
	assert_last_words(&log, "");
}

static void test_clocks(void **state)
{
	char text[ETCD_LOG_LINE];

	etcd_log_parse("{\"level\":\"warn\",\"caller\":\"rafthttp/probing_status.go:86\",\"msg\":"
		       "\"prober found high clock drift\",\"clock-drift\":\"5s\"}",
		text, sizeof(text));
	assert_true(etcd_log_is_clock(text));
	etcd_log_parse("2026-01-31 12:00:00.123456 W | rafthttp: the clock difference against peer "
		       "8e9e05c52164694d is too high [5s > 1s]",
		text, sizeof(text));
	assert_true(etcd_log_is_clock(text));
	assert_false(etcd_log_is_clock("prober detected unhealthy status"));
	/* A client's key in a warning of etcd's is no warning about clocks. */
	etcd_log_parse("{\"level\":\"warn\",\"msg\":\"apply request took too long\",\"error\":"
		       "\"key:\\\"prober found high clock drift\\\"\"}",
		text, sizeof(text));
	assert_false(etcd_log_is_clock(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_hints_in_both_formats),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_a_long_line_is_cut),
		cmocka_unit_test(test_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
