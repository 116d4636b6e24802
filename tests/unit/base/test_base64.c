/* Bytes as base64, and back. */
#include "fs/base/base64.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void there_and_back(void **state)
{
	static const struct {
		struct bytes bytes;
		const char *text;
	} rows[] = {
		{BYTES_LITERAL(""), ""},
		{BYTES_LITERAL("f"), "Zg=="},
		{BYTES_LITERAL("fo"), "Zm8="},
		{BYTES_LITERAL("foo"), "Zm9v"},
		{BYTES_LITERAL("foobar"), "Zm9vYmFy"},
		{BYTES_LITERAL("\0\0"), "AAA="},
		{BYTES_LITERAL("\xff\xff\xff\xff"), "/////w=="},
		{BYTES_LITERAL("\xfb\xef\xbe"), "++++"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(buf) struct buf text = {0};
		CLEANUP(buf) struct buf bytes = {0};

		assert_int_equal(base64_encode(rows[i].bytes, &text), 0);
		assert_true(bytes_equal(buf_bytes(&text), bytes_of(rows[i].text)));
		assert_int_equal(base64_decode(buf_bytes(&text), &bytes), 0);
		assert_true(bytes_equal(buf_bytes(&bytes), rows[i].bytes));
	}
}

static void what_is_none(void **state)
{
	static const char *const texts[] = {"A", "AA", "AAA", "AAAAA", "====", "A===", "AA=A",
		"AA==AAAA", "AAA=AAAA", "AAA=====", "A A=", "AA-_", "AB==", "AAB=", "AAAA\n",
		"=AAA", "A=AA", "AAA\xff"};
	CLEANUP(buf) struct buf bytes = {0};

	(void)state;
	assert_int_equal(buf_append_byte(&bytes, 'x'), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(base64_decode(bytes_of(texts[i]), &bytes), -EINVAL);
		assert_true(bytes_equal(buf_bytes(&bytes), bytes_of("x")));
	}
	assert_int_equal(base64_decode(BYTES_LITERAL("AA\0="), &bytes), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
