/* Whatever is in it, what is logged is one line.
 * Statements: 141. */
#include "fs/base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char said[8192];

/* What log_warning("%s", text) writes, into said. */
static void say(const char *text)
{
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t length;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_warning("%s", text);
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[1]);
	length = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_true(length > 0);
	said[length] = '\0';
}

static void assert_said(const char *text, const char *expected)
{
	say(text);
	assert_string_equal(said, expected);
}

static void test_plain(void **state)
{
	assert_said("", "etcdfs: warning: \n");
	assert_said("key 'a\\b\t\xc3\xa4\xff'", "etcdfs: warning: key 'a\\b\t\xc3\xa4\xff'\n");
}

static void test_control_characters(void **state)
{
	assert_said("key 'a\netcdfs: forged'", "etcdfs: warning: key 'a\\netcdfs: forged'\n");
	assert_said("\r\x1b[2J\x7f", "etcdfs: warning: \\x0d\\x1b[2J\\x7f\n");
	assert_said("\xc2\x9b\xc2\xa0\xc2", "etcdfs: warning: \\xc2\\x9b\xc2\xa0\xc2\n");
}

/* It is cut, between two characters, and ends. */
static void test_long(void **state)
{
	char text[6000];
	size_t length;

	for (length = 1990; length < sizeof(text) - 1; length += length < 2060 ? 1 : 1000) {
		memset(text, 'x', length);
		text[length] = '\0';
		say(text);
		assert_true(strlen(said) <= 2048);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
		memset(text, '\n', length);
		say(text);
		assert_true(strlen(said) <= 2048);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
