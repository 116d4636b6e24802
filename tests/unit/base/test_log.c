/* Whatever is in it, what is logged is one line, at the level at which it was logged.
 * Statements: 141, 330, 331, 333. */
#include "fs/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char said[8192];

/* What @log, which logs @text, writes, into said. */
static void hear(void (*log)(const char *text), const char *text)
{
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t length;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log(text);
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	length = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_true(length >= 0);
	said[length] = '\0';
}

static void error(const char *text)
{
	log_error("%s", text);
}

static void warning(const char *text)
{
	log_warning("%s", text);
}

static void info(const char *text)
{
	log_info("%s", text);
}

static void debug(const char *text)
{
	log_debug("%s", text);
}

static void assert_heard(void (*log)(const char *text), const char *text, const char *expected)
{
	hear(log, text);
	assert_string_equal(said, expected);
}

static void assert_said(const char *text, const char *expected)
{
	assert_heard(warning, text, expected);
}

static void test_plain(void **state)
{
	assert_said("", "etcdfs: warning: \n");
	assert_said("key 'a\\b\t\xc3\xa4'", "etcdfs: warning: key 'a\\b\t\xc3\xa4'\n");
}

static void test_control_characters(void **state)
{
	assert_said("key 'a\netcdfs: forged'", "etcdfs: warning: key 'a\\netcdfs: forged'\n");
	assert_said("\r\x1b[2J\x7f", "etcdfs: warning: \\x0d\\x1b[2J\\x7f\n");
	assert_said("\xc2\x9b\xc2\xa0\xc2", "etcdfs: warning: \\xc2\\x9b\xc2\xa0\\xc2\n");
}

/* A line or paragraph separator, and characters that turn the direction of what follows. */
static void test_what_moves_text(void **state)
{
	assert_said("a\xe2\x80\xa8"
		    "b\xe2\x80\xae"
		    "c\xe2\x81\xa6",
		"etcdfs: warning: a\\xe2\\x80\\xa8b\\xe2\\x80\\xaec\\xe2\\x81\\xa6\n");
	assert_said("\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
		"etcdfs: warning: \xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa\n");
}

static void test_what_is_no_utf8(void **state)
{
	/* Lone, cut, too long, a surrogate, beyond the last one. */
	assert_said("\xff\x80 \xe2\x82", "etcdfs: warning: \\xff\\x80 \\xe2\\x82\n");
	assert_said("\xc0\x8a\xe0\x80\x8a", "etcdfs: warning: \\xc0\\x8a\\xe0\\x80\\x8a\n");
	assert_said("\xf0\x80\x80\x8a", "etcdfs: warning: \\xf0\\x80\\x80\\x8a\n");
	assert_said("\xed\xa0\x80", "etcdfs: warning: \\xed\\xa0\\x80\n");
	assert_said("\xf4\x90\x80\x80\xf8\x88\x80\x80\x80",
		"etcdfs: warning: \\xf4\\x90\\x80\\x80\\xf8\\x88\\x80\\x80\\x80\n");
	/* What ends too early takes nothing along. */
	assert_said("\xca\n\xe2\nx", "etcdfs: warning: \\xca\\n\\xe2\\nx\n");
	assert_said("\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd",
		"etcdfs: warning: \xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbd\n");
}

/* It is cut between two characters, says so, and ends. */
static void assert_cut(const char *text, bool is_cut)
{
	size_t length;

	hear(warning, text);
	length = strlen(said);
	assert_true(length <= LOG_LINE_MAX);
	assert_ptr_equal(strchr(said, '\n'), said + length - 1);
	assert_int_equal(length >= 4 && !strcmp(said + length - 4, "...\n"), is_cut);
}

static void test_long(void **state)
{
	const size_t room = LOG_LINE_MAX - strlen("etcdfs: warning: \n");
	char text[6000];
	size_t length;

	for (length = 1990; length < sizeof(text) - 1; length += length < 2060 ? 1 : 1000) {
		memset(text, 'x', length);
		text[length] = '\0';
		assert_cut(text, length > room);
		memset(text, '\n', length);
		assert_cut(text, true);
		memset(text, '\xff', length);
		assert_cut(text, true);
	}
}

static void test_levels(void **state)
{
	void (*const log[])(const char *text) = {error, warning, info, debug};
	static const char *const names[] = {"error", "warning", "info", "debug"};
	enum log_level level, limit;

	for (limit = 0; limit < 4; limit++) {
		log_set_level(limit);
		for (level = 0; level < 4; level++) {
			hear(log[level], "x");
			assert_int_equal(*said != '\0', level <= limit);
		}
		assert_true(log_level_find(names[limit], &level));
		assert_int_equal(level, limit);
	}
	assert_false(log_level_find("notice", &level));
	assert_heard(error, "x", "etcdfs: x\n");
	assert_heard(info, "x", "etcdfs: x\n");
	assert_heard(debug, "x", "etcdfs: debug: x\n");
	log_set_level(LOG_LEVEL_INFO);
}

/* Another process's line keeps its level, which is not what the text says. */
static void test_pass_on(void **state)
{
	assert_heard(log_pass_on, "<3>x", "etcdfs: x\n");
	assert_heard(log_pass_on, "<4>a\\nb", "etcdfs: warning: a\\nb\n");
	assert_heard(log_pass_on, "<6>etcdfs: warning: <3>x", "etcdfs: etcdfs: warning: <3>x\n");
	assert_heard(log_pass_on, "<7>x", "");
	assert_heard(log_pass_on, "<9>x", "etcdfs: warning: <9>x\n");
	assert_heard(log_pass_on, "<3", "etcdfs: warning: <3\n");
	assert_heard(log_pass_on, "<", "etcdfs: warning: <\n");
	assert_heard(log_pass_on, "assertion failed", "etcdfs: warning: assertion failed\n");
}

static void say_to_journal(const char *stream)
{
	setenv("JOURNAL_STREAM", stream, 1);
	log_init();
	log_warning("x");
}

static void say_to_matching_journal(const char *text)
{
	char stream[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	say_to_journal(stream);
	log_error("%s", text);
}

/* The last one: a process does not go back from priorities. */
static void test_journal(void **state)
{
	static const char plain[] = "etcdfs: warning: x\n";

	assert_heard(say_to_journal, "", plain);
	assert_heard(say_to_journal, "1", plain);
	assert_heard(say_to_journal, "1:2", plain);
	assert_heard(say_to_journal, "x:y", plain);
	assert_heard(say_to_matching_journal, "a\n<7>b", "<4>x\n<3>a\\n<7>b\n");
	assert_heard(log_pass_on, "<6>x", "<6>x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_what_moves_text),
		cmocka_unit_test(test_what_is_no_utf8),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_pass_on),
		cmocka_unit_test(test_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
