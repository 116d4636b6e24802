/* Kept metadata: written as JSON and read again, whatever others may have put, extended attributes,
 * and memory that is short. */
#include "fs/tree/meta.h"

#include "tests/lib/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct meta *parse(const char *text)
{
	struct meta *meta = NULL;
	int r = meta_parse(bytes_of(text), 7, &meta);

	if (r < 0)
		fail_msg("%s: %s", text, strerror(-r));
	assert_int_equal(meta->mod_revision, 7);
	return meta;
}

static void expect_text(const struct meta *meta, const char *text)
{
	CLEANUP(buf) struct buf made = {0};

	assert_int_equal(meta_format(meta, &made), 0);
	assert_int_equal(buf_append_byte(&made, 0), 0);
	assert_string_equal((char *)made.data, text);
}

static void expect_bad(struct bytes text)
{
	struct meta *meta = NULL;

	assert_int_equal(meta_parse(text, 1, &meta), -EBADMSG);
	assert_null(meta);
}

static void set(struct meta *meta, const char *name, const char *value)
{
	assert_int_equal(meta_xattr_set(meta, name, bytes_of(value)), 0);
}

static void expect_xattr(const struct meta *meta, const char *name, struct bytes value)
{
	struct bytes found;

	assert_int_equal(meta_xattr_get(meta, name, &found), 0);
	assert_true(bytes_equal(found, value));
}

static void all_that_is_said(void **state)
{
	struct meta made = {
		.has = META_HAS_MODE | META_HAS_UID | META_HAS_GID | META_HAS_TIMES,
		.kind = META_SYMLINK,
		.mode = 0640,
		.uid = 1000,
		.gid = 4294967294,
		.modified = {1732780000, 123456789},
		.accessed = {1732780000, 1},
		.of = 123,
	};
	CLEANUP(meta_free) struct meta *meta = NULL;
	const char *text = "{\"kind\":\"symlink\",\"mode\":\"0640\",\"uid\":1000,"
			   "\"gid\":4294967294,\"mtime\":\"1732780000.123456789\","
			   "\"atime\":\"1732780000.000000001\",\"of\":123,"
			   "\"xattrs\":{\"user.a\":\"AP8=\",\"user.b\":\"\"}}";

	(void)state;
	set(&made, "user.b", "");
	assert_int_equal(meta_xattr_set(&made, "user.a", BYTES_LITERAL("\0\xff")), 0);
	expect_text(&made, text);
	meta = parse(text);
	expect_text(meta, text);
	assert_true(meta_equal(meta, &made));
	expect_xattr(meta, "user.a", BYTES_LITERAL("\0\xff"));
	expect_xattr(meta, "user.b", BYTES_LITERAL(""));
	buf_fini(&made.xattrs);
}

/* Each of them is written as it was read. */
static void each_alone(void **state)
{
	static const char *const texts[] = {"{\"kind\":\"symlink\"}", "{\"kind\":\"fifo\"}",
		"{\"kind\":\"socket\"}", "{\"mode\":\"0000\"}", "{\"mode\":\"7777\"}",
		"{\"mode\":\"0755\"}", "{\"uid\":0}", "{\"gid\":0}", "{\"uid\":4294967294}",
		"{\"mtime\":\"0\"}", "{\"mtime\":\"5\",\"of\":9007199254740992}",
		"{\"mtime\":\"5\",\"atime\":\"5.000000001\"}",
		"{\"xattrs\":{\"user.\\\"\\\\\":\"YQ==\"}}",
		"{\"xattrs\":{\"user.\\\\u0000\":\"YQ==\"}}",
		"{\"xattrs\":{\"user.\xc3\xa4\":\"YQ==\"}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(meta_free) struct meta *meta = parse(texts[i]);
		expect_text(meta, texts[i]);
		assert_false(meta_says_nothing(meta));
	}
}

static void nothing(void **state)
{
	static const char *const texts[] = {"{}", " { } \n",
		"{\"birth\":[{}],\"Mode\":\"x\",\"of\":1}", "{\"xattrs\":{}}",
		"{\"xattrs\":{\"trusted.a\":\"\",\"user.\":\"\",\"user.etcd.key\":\"\"}}"};
	struct meta zero = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(meta_free) struct meta *meta = parse(texts[i]);
		assert_true(meta_says_nothing(meta));
		assert_true(meta_equal(meta, NULL));
		expect_text(meta, "{}");
	}
	assert_true(meta_says_nothing(NULL));
	assert_true(meta_says_nothing(&zero));
	assert_int_equal(meta_bytes(NULL), 0);
	meta_free(NULL);
}

static void times_are_exact(void **state)
{
	static const struct {
		const char *text;
		struct timespec time;
		const char *written; /* NULL: the same */
	} rows[] = {
		{"0.000000001", {0, 1}, NULL},
		{"-0.000000001", {-1, 999999999}, NULL},
		{"-0.500000000", {-1, 500000000}, NULL},
		{"-1", {-1, 0}, NULL},
		{"-1.999999999", {-2, 1}, NULL},
		{"253402300800.999999999", {253402300800, 999999999}, NULL},
		{"9223372036854775807.999999999", {INT64_MAX, 999999999}, NULL},
		{"-9223372036854775808", {INT64_MIN, 0}, NULL},
		{"-9223372036854775807.999999999", {INT64_MIN, 1}, NULL},
		{"-0", {0, 0}, "0"},
		{"007.5", {7, 500000000}, "7.500000000"},
		{"-2.25", {-3, 750000000}, "-2.250000000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CLEANUP(meta_free) struct meta *meta = NULL;
		char text[99];

		snprintf(text, sizeof(text), "{\"mtime\":\"%s\"}", rows[i].text);
		meta = parse(text);
		assert_int_equal(meta->has, META_HAS_TIMES);
		assert_int_equal(meta->modified.tv_sec, rows[i].time.tv_sec);
		assert_int_equal(meta->modified.tv_nsec, rows[i].time.tv_nsec);
		assert_memory_equal(&meta->accessed, &meta->modified, sizeof(meta->modified));
		if (rows[i].written)
			snprintf(text, sizeof(text), "{\"mtime\":\"%s\"}", rows[i].written);
		expect_text(meta, text);
	}
}

static void wrong_times(void **state)
{
	static const char *const times[] = {"", "-", "+1", " 1", "1 ", "1.", ".5", "-.5", "1.x",
		"1.0000000001", "1e3", "0x1", "--1", "1,5", "9223372036854775808",
		"-9223372036854775809", "-9223372036854775808.000000001", "99999999999999999999",
		"nan"};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		char text[99];

		snprintf(text, sizeof(text), "{\"mtime\":\"%s\"}", times[i]);
		expect_bad(bytes_of(text));
		snprintf(text, sizeof(text), "{\"mtime\":\"0\",\"atime\":\"%s\"}", times[i]);
		expect_bad(bytes_of(text));
	}
}

static void bad_input(void **state)
{
	static const char *const texts[] = {"", " ", "x", "null", "1", "[]", "\"mode\"", "{", "{}x",
		"{}{}", "{\"mode\":\"0640\"", "{\"kind\":\"\"}", "{\"kind\":\"file\"}",
		"{\"kind\":\"Symlink\"}", "{\"kind\":1}", "{\"kind\":null}", "{\"mode\":416}",
		"{\"mode\":\"\"}", "{\"mode\":\"10000\"}", "{\"mode\":\"37777777777\"}",
		"{\"mode\":\"077777777777777777777777\"}", "{\"mode\":\"0648\"}",
		"{\"mode\":\"-1\"}", "{\"mode\":\" 644\"}", "{\"mode\":\"rwx\"}", "{\"mode\":{}}",
		"{\"uid\":\"1\"}", "{\"uid\":-1}", "{\"uid\":1.5}", "{\"uid\":4294967295}",
		"{\"uid\":1e99}", "{\"gid\":true}", "{\"gid\":4294967295}", "{\"mtime\":1}",
		"{\"atime\":\"1\"}", "{\"mtime\":\"1\",\"of\":-1}",
		"{\"mtime\":\"1\",\"of\":\"1\"}", "{\"mtime\":\"1\",\"of\":9007199254740994}",
		"{\"xattrs\":[]}", "{\"xattrs\":\"\"}", "{\"xattrs\":{\"user.a\":1}}",
		"{\"xattrs\":{\"user.a\":\"A\"}}", "{\"xattrs\":{\"user.a\\u0001\":\"\"}}",
		"{\"mode\":\"0640\\u0000\"}", "{\"a\\u0000\":1}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\\ud800\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		expect_bad(bytes_of(texts[i]));
	expect_bad((struct bytes){0});
	expect_bad(BYTES_LITERAL("{}\0"));
	expect_bad(BYTES_LITERAL("{\"mode\":\"0640\0\"}"));
}

/* Cut at each byte, and each byte replaced: refused, or read as something that can be written. */
static void damaged(void **state)
{
	const struct bytes whole =
		BYTES_LITERAL("{\"kind\":\"fifo\",\"mode\":\"0640\",\"uid\":10,\"mtime\":\"-1.5\","
			      "\"of\":3,\"xattrs\":{\"user.a\\n\":\"AP8=\",\"user.b\":\"QUJD\"}}");

	(void)state;
	for (size_t i = 0; i < whole.len; i++)
		expect_bad((struct bytes){whole.data, i});
	for (size_t i = 0; i < whole.len * 256; i++) {
		CLEANUP(meta_free) struct meta *meta = NULL;
		CLEANUP(buf) struct buf text = {0};

		assert_int_equal(buf_append_bytes(&text, whole), 0);
		text.data[i / 256] = (uint8_t)i;
		if (meta_parse(buf_bytes(&text), 1, &meta) == 0)
			assert_int_equal(meta_format(meta, &text), 0);
	}
}

static void long_text(void **state)
{
	CLEANUP(buf) struct buf text = {0};
	CLEANUP(meta_free) struct meta *meta = NULL;

	(void)state;
	assert_int_equal(buf_printf(&text, "{%*s", META_MAX - 1, "}"), 0);
	assert_int_equal(text.len, META_MAX);
	assert_int_equal(meta_parse(buf_bytes(&text), 1, &meta), 0);
	assert_int_equal(buf_append_byte(&text, ' '), 0);
	expect_bad(buf_bytes(&text));
	buf_clear(&text);
	while (text.len < META_MAX)
		assert_int_equal(buf_append(&text, "{\"a\":", 5), 0);
	text.len = META_MAX;
	expect_bad(buf_bytes(&text));
}

/* --- Extended attributes --- */

static void expect_list(const struct meta *meta, struct bytes names)
{
	CLEANUP(buf) struct buf list = {0};

	assert_int_equal(meta_xattr_list(meta, &list), 0);
	assert_true(bytes_equal(buf_bytes(&list), names));
}

static void xattrs_come_and_go(void **state)
{
	struct meta meta = {0};
	struct bytes value;

	(void)state;
	expect_list(NULL, BYTES_LITERAL(""));
	assert_int_equal(meta_xattr_get(NULL, "user.a", &value), -ENODATA);
	assert_int_equal(meta_xattr_remove(&meta, "user.a"), -ENODATA);
	set(&meta, "user.b", "2");
	set(&meta, "user.bc", "23");
	set(&meta, "user.a", "1");
	expect_list(&meta, BYTES_LITERAL("user.a\0user.b\0user.bc\0"));
	set(&meta, "user.b", "two");
	expect_list(&meta, BYTES_LITERAL("user.a\0user.b\0user.bc\0"));
	expect_xattr(&meta, "user.a", bytes_of("1"));
	expect_xattr(&meta, "user.b", bytes_of("two"));
	expect_xattr(&meta, "user.bc", bytes_of("23"));
	assert_int_equal(meta_xattr_get(&meta, "user.", &value), -ENODATA);
	assert_int_equal(meta_xattr_get(&meta, "user.c", &value), -ENODATA);
	assert_int_equal(meta_xattr_remove(&meta, "user.b"), 0);
	assert_int_equal(meta_xattr_remove(&meta, "user.b"), -ENODATA);
	set(&meta, "user.a", "");
	expect_list(&meta, BYTES_LITERAL("user.a\0user.bc\0"));
	assert_int_equal(meta_xattr_remove(&meta, "user.a"), 0);
	assert_false(meta_says_nothing(&meta));
	assert_int_equal(meta_xattr_remove(&meta, "user.bc"), 0);
	assert_true(meta_says_nothing(&meta));
	buf_fini(&meta.xattrs);
}

static void xattrs_have_a_limit(void **state)
{
	static uint8_t bytes[META_XATTRS_MAX];
	struct meta meta = {0};

	(void)state;
	assert_int_equal(meta_xattr_set(&meta, "user.a", (struct bytes){bytes, 4091}), -ENOSPC);
	assert_int_equal(meta_xattr_set(&meta, "user.a", (struct bytes){bytes, 4090}), 0);
	assert_int_equal(meta_xattr_set(&meta, "user.b", (struct bytes){0}), -ENOSPC);
	assert_int_equal(meta_xattr_set(&meta, "user.a", (struct bytes){bytes, 4091}), -ENOSPC);
	expect_xattr(&meta, "user.a", (struct bytes){bytes, 4090});
	assert_int_equal(meta_xattr_set(&meta, "user.a", (struct bytes){bytes, 4084}), 0);
	set(&meta, "user.b", "");
	assert_int_equal(meta_xattr_set(&meta, "user.\x01", (struct bytes){0}), -EINVAL);
	assert_int_equal(meta_xattr_set(&meta, "user.\xff", (struct bytes){0}), -EINVAL);
	buf_fini(&meta.xattrs);
}

/* Whatever can be set can be written, and read again. */
static void the_longest_text(void **state)
{
	struct meta meta = {
		.has = META_HAS_MODE | META_HAS_UID | META_HAS_GID | META_HAS_TIMES,
		.kind = META_SYMLINK,
		.uid = 4294967294,
		.gid = 4294967294,
		.modified = {INT64_MIN, 1},
		.accessed = {INT64_MIN, 2},
		.of = INT64_C(1) << 53,
	};
	CLEANUP(buf) struct buf text = {0};
	CLEANUP(meta_free) struct meta *back = NULL;
	char name[] = "user.\"\"0";

	(void)state;
	for (int i = 0, r = 0; r == 0; i++) {
		name[sizeof(name) - 2] = (char)(' ' + i % 90);
		name[sizeof(name) - 3] = (char)(' ' + i / 90);
		r = meta_xattr_set(&meta, name, bytes_of("1"));
		assert_true(r == 0 || r == -ENOSPC);
	}
	assert_int_equal(meta_format(&meta, &text), 0);
	assert_in_range(text.len, META_XATTRS_MAX, META_MAX);
	assert_int_equal(meta_parse(buf_bytes(&text), 1, &back), 0);
	assert_true(meta_equal(&meta, back));
	buf_fini(&meta.xattrs);
}

static void too_many_xattrs(void **state)
{
	CLEANUP(buf) struct buf text = {0};

	(void)state;
	assert_int_equal(buf_printf(&text, "{\"xattrs\":{\"user.a\":\"%05464d\"}}", 0), 0);
	expect_bad(buf_bytes(&text));
}

/* --- The whole --- */

static void equal_and_not(void **state)
{
	static const char *const texts[] = {"{}", "{\"kind\":\"fifo\"}", "{\"mode\":\"0000\"}",
		"{\"mode\":\"0001\"}", "{\"uid\":0}", "{\"uid\":1}", "{\"gid\":0}", "{\"gid\":1}",
		"{\"mtime\":\"0\"}", "{\"mtime\":\"0.5\"}", "{\"mtime\":\"0\",\"of\":1}",
		"{\"mtime\":\"0\",\"atime\":\"1\"}", "{\"xattrs\":{\"user.a\":\"\"}}",
		"{\"xattrs\":{\"user.b\":\"\"}}", "{\"xattrs\":{\"user.a\":\"AA==\"}}"};
	size_t count = sizeof(texts) / sizeof(*texts);
	CLEANUP(meta_free) struct meta *one = parse("{\"mode\":\"0640\",\"mtime\":\"1\"}");
	CLEANUP(meta_free) struct meta *other = meta_copy(one);

	(void)state;
	for (size_t i = 0; i < count * count; i++) {
		CLEANUP(meta_free) struct meta *a = parse(texts[i / count]);
		CLEANUP(meta_free) struct meta *b = parse(texts[i % count]);
		assert_int_equal(meta_equal(a, b), i / count == i % count);
	}
	other->mod_revision = 8;
	other->uid = 5; /* which it does not have */
	assert_true(meta_equal(one, other));
}

static void copies(void **state)
{
	CLEANUP(meta_free) struct meta *meta = parse("{\"mode\":\"0640\"}");
	CLEANUP(meta_free) struct meta *copy = NULL;
	CLEANUP(meta_free) struct meta *empty = meta_copy(NULL);

	(void)state;
	assert_true(meta_says_nothing(empty));
	set(meta, "user.a", "1");
	copy = meta_copy(meta);
	assert_true(meta_equal(meta, copy));
	assert_int_equal(copy->mod_revision, 7);
	assert_true(meta_bytes(copy) > meta_bytes(empty));
	set(meta, "user.a", "2");
	assert_false(meta_equal(meta, copy));
	expect_xattr(copy, "user.a", bytes_of("1"));
}

static void without_memory(void **state)
{
	const char *text = "{\"mode\":\"0640\",\"xattrs\":{\"user.a\":\"YQ==\"}}";
	int n = 0, r;

	(void)state;
	do {
		CLEANUP(meta_free) struct meta *meta = NULL;
		CLEANUP(meta_free) struct meta *copy = NULL;
		CLEANUP(buf) struct buf made = {0};

		alloc_fail_after(n++);
		r = meta_parse(bytes_of(text), 1, &meta);
		copy = r == 0 ? meta_copy(meta) : NULL;
		r = copy ? meta_xattr_set(copy, "user.a", (struct bytes){made.data, 0}) : -ENOMEM;
		if (r == 0)
			r = meta_format(copy, &made);
		if (r == 0)
			r = meta_xattr_list(copy, &made);
		alloc_fail_never();
		assert_true(r == 0 || r == -ENOMEM);
	} while (r < 0);
	assert_true(n > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_said),
		cmocka_unit_test(each_alone),
		cmocka_unit_test(nothing),
		cmocka_unit_test(times_are_exact),
		cmocka_unit_test(wrong_times),
		cmocka_unit_test(bad_input),
		cmocka_unit_test(damaged),
		cmocka_unit_test(long_text),
		cmocka_unit_test(xattrs_come_and_go),
		cmocka_unit_test(xattrs_have_a_limit),
		cmocka_unit_test(the_longest_text),
		cmocka_unit_test(too_many_xattrs),
		cmocka_unit_test(equal_and_not),
		cmocka_unit_test(copies),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
