/* Which bytes are a character of UTF-8. */
#include "fs/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void judge(const char *text, size_t size, size_t length, uint32_t character)
{
	uint32_t got = 0;

	assert_int_equal(utf8_decode((const uint8_t *)text, size, &got), length);
	if (length)
		assert_int_equal(got, character);
}

static void test_characters(void **state)
{
	(void)state;
	judge("a", 1, 1, 'a');
	judge("\0", 1, 1, 0);
	judge("\x7f", 1, 1, 0x7f);
	judge("\xc2\x80", 2, 2, 0x80);
	judge("\xdf\xbf", 2, 2, 0x7ff);
	judge("\xe0\xa0\x80", 3, 3, 0x800);
	judge("\xed\x9f\xbf", 3, 3, 0xd7ff);
	judge("\xee\x80\x80", 3, 3, 0xe000);
	judge("\xf0\x90\x80\x80", 4, 4, 0x10000);
	judge("\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff);
	judge("\xc3\xa4rger", 6, 2, 0xe4);
}

static void test_others(void **state)
{
	(void)state;
	judge("", 0, 0, 0);
	judge("\x80", 1, 0, 0);	    /* the second byte of something */
	judge("\xc0\x80", 2, 0, 0); /* not the shortest form */
	judge("\xc1\xbf", 2, 0, 0);
	judge("\xe0\x9f\xbf", 3, 0, 0);
	judge("\xf0\x8f\xbf\xbf", 4, 0, 0);
	judge("\xed\xa0\x80", 3, 0, 0);	    /* a surrogate */
	judge("\xf4\x90\x80\x80", 4, 0, 0); /* beyond the last one */
	judge("\xf8\x88\x80\x80\x80", 5, 0, 0);
	judge("\xff", 1, 0, 0);
	judge("\xe2\x82z", 3, 0, 0);
}

static void test_ends(void **state)
{
	(void)state;
	judge("\xe2\x82\xac", 3, 3, 0x20ac);
	judge("\xe2\x82\xac", 2, 0, 0);
	judge("\xe2\x82", 4, 0, 0); /* the NUL ends it */
	judge("\xf0", 4, 0, 0);
}

static void test_texts(void **state)
{
	(void)state;
	assert_true(utf8_is_all(BYTES_LITERAL("")));
	assert_true(utf8_is_all(BYTES_LITERAL("a\0\xc3\xa4\xe2\x82\xac")));
	assert_false(utf8_is_all(BYTES_LITERAL("a\xe2\x82")));
	assert_false(utf8_is_all(BYTES_LITERAL("\xff" "a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
