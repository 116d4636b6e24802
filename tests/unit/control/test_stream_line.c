/* A stream's lines: a change becomes one line of JSON, whatever bytes it has.
 * Statements: 49, 50. */
/*
 * Lines of odd bytes are read again by cJSON, as a client would, and compared with what went in;
 * plain ones are compared as text.
 */
#include "fs/control/stream_line.h"

#include "tests/lib/alloc.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) BYTES_LITERAL(literal)

static struct etcd_event put(struct bytes key, struct bytes value)
{
	return (struct etcd_event){
		.type = ETCD_EVENT_PUT,
		.kv = {.key = key,
			.value = value,
			.create_revision = 5,
			.mod_revision = 7,
			.version = 3},
	};
}

static void check_line(
	const struct etcd_event *event, const char *prefix, const char *dir, const char *expected)
{
	CLEANUP(buf) struct buf line = {0};

	assert_int_equal(stream_line_event(event, bytes_of(prefix), bytes_of(dir), &line), 0);
	assert_int_equal(buf_append_byte(&line, 0), 0);
	assert_string_equal((char *)line.data, expected);
}

static void check_none(const struct etcd_event *event, const char *prefix, const char *dir)
{
	CLEANUP(buf) struct buf line = {0};

	assert_int_equal(buf_append(&line, "x", 1), 0);
	assert_int_equal(
		stream_line_event(event, bytes_of(prefix), bytes_of(dir), &line), STREAM_LINE_NONE);
	assert_int_equal(line.len, 1);
}

/* The members of the one line that @event makes. */
static struct cJSON *line_read(const struct etcd_event *event)
{
	CLEANUP(buf) struct buf line = {0};
	struct cJSON *members;

	assert_int_equal(stream_line_event(event, (struct bytes){0}, (struct bytes){0}, &line), 0);
	assert_ptr_equal(memchr(line.data, '\n', line.len), line.data + line.len - 1);
	assert_null(memchr(line.data, 0, line.len));
	line.data[line.len - 1] = 0;
	members = cJSON_Parse((char *)line.data);
	assert_non_null(members);
	return members;
}

static void check_text(const struct cJSON *members, const char *name, const char *expected)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(members, name));

	if (!expected) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, expected);
}

/* --- Plain ones ---------------------------------------------------------------------------- */

static void test_put(void **state)
{
	struct etcd_event event = put(BYTES("a/b"), BYTES("one\n"));

	(void)state;
	check_line(&event, "", "",
		"{\"revision\":7,\"type\":\"put\",\"path\":\"a/b\",\"key\":\"a/"
		"b\",\"value\":\"one\\n\","
		"\"create_revision\":5,\"version\":3}\n");
	event.kv.lease = INT64_MAX;
	event.kv.mod_revision = (1LL << 53) + 1;
	event.kv.value.len = 0;
	check_line(&event, "", "a/",
		"{\"revision\":9007199254740993,\"type\":\"put\",\"path\":\"a/b\",\"key\":\"a/b\","
		"\"value\":\"\",\"create_revision\":5,\"version\":3,\"lease\":9223372036854775807}"
		"\n");
}

static void test_delete(void **state)
{
	struct etcd_event event = {
		.type = ETCD_EVENT_DELETE,
		.kv = {.key = BYTES("a/"), .mod_revision = 9},
	};

	(void)state;
	check_line(&event, "", "a/",
		"{\"revision\":9,\"type\":\"delete\",\"path\":\"a/%empty\",\"key\":\"a/\"}\n");
}

/* The key is etcd's, the path the mount's. */
static void test_prefix(void **state)
{
	struct etcd_event event = put(BYTES("/app/.etcd"), BYTES("1"));

	(void)state;
	check_line(&event, "/app/", "",
		"{\"revision\":7,\"type\":\"put\",\"path\":\"%2Eetcd\",\"key\":\"/app/.etcd\","
		"\"value\":\"1\",\"create_revision\":5,\"version\":3}\n");
	check_none(&event, "/apple/", "");
}

/* etcdfs' own keys are in no stream; those of another prefix are keys like others. */
static void test_own_keys(void **state)
{
	struct etcd_event event = put(BYTES("app/.etcd/lock/a/7"), BYTES(""));

	(void)state;
	check_none(&event, "app/", "");
	check_line(&event, "", "app/%2Eetcd/",
		"{\"revision\":7,\"type\":\"put\",\"path\":\"app/%2Eetcd/lock/a/7\","
		"\"key\":\"app/.etcd/lock/a/7\",\"value\":\"\",\"create_revision\":5,"
		"\"version\":3}\n");
}

static void test_not_below(void **state)
{
	struct etcd_event event = put(BYTES("ab/c"), BYTES("1"));

	(void)state;
	check_none(&event, "", "a/");
	check_none(&event, "", "ab/c/");
	check_none(&event, "", "ab/cd");
}

static void test_end(void **state)
{
	CLEANUP(buf) struct buf line = {0};

	(void)state;
	assert_int_equal(stream_line_end("compacted", 12, &line), 0);
	assert_int_equal(buf_append_byte(&line, 0), 0);
	assert_string_equal((char *)line.data, "{\"type\":\"compacted\",\"revision\":12}\n");
}

/* --- Odd bytes ----------------------------------------------------------------------------- */

static void test_escapes(void **state)
{
	static const char odd[] =
		"\x01\b\t\n\f\r\x1f \"\\/\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80";
	struct etcd_event event = put(bytes_of(odd), bytes_of(odd));
	struct cJSON *members = line_read(&event);

	(void)state;
	check_text(members, "key", odd);
	check_text(members, "value", odd);
	check_text(members, "value_base64", NULL);
	cJSON_Delete(members);
}

/* A NUL is UTF-8 too. */
static void test_nul(void **state)
{
	struct etcd_event event = put(BYTES("k"), BYTES("a\0\0b"));

	(void)state;
	check_line(&event, "", "",
		"{\"revision\":7,\"type\":\"put\",\"path\":\"k\",\"key\":\"k\","
		"\"value\":\"a\\u0000\\u0000b\",\"create_revision\":5,\"version\":3}\n");
}

static void test_utf8(void **state)
{
	static const char *const good[] = {"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xe2\x82x", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "ok\xfe"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct etcd_event event = put(BYTES("k"), bytes_of(good[i]));
		struct cJSON *members = line_read(&event);

		check_text(members, "value", good[i]);
		cJSON_Delete(members);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct etcd_event event = put(BYTES("k"), bytes_of(bad[i]));
		struct cJSON *members = line_read(&event);

		check_text(members, "value", NULL);
		assert_non_null(cJSON_GetObjectItemCaseSensitive(members, "value_base64"));
		cJSON_Delete(members);
	}
}

static void test_base64(void **state)
{
	static const struct {
		struct bytes bytes;
		const char *base64;
	} rows[] = {
		{BYTES("\xff"), "/w=="},
		{BYTES("\xff\xfe"), "//4="},
		{BYTES("\xff\xfe\xfd"), "//79"},
		{BYTES("\xff\0\0\0"), "/wAAAA=="},
		{BYTES("\0\x10\x83\x10\x51\x87\x20\x92\x8b"), "ABCDEFGHIJKL"},
		{BYTES("\xfb\xef\xbe"), "++++"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct etcd_event event = put(rows[i].bytes, rows[i].bytes);
		struct cJSON *members = line_read(&event);

		check_text(members, "key", NULL);
		check_text(members, "key_base64", rows[i].base64);
		check_text(members, "value_base64", rows[i].base64);
		cJSON_Delete(members);
	}
}

/* --- Big values ---------------------------------------------------------------------------- */

static void check_big(size_t size, uint8_t byte, bool is_shown)
{
	CLEANUP(free) uint8_t *data = malloc(size);
	struct etcd_event event = put(BYTES("k"), (struct bytes){data, size});
	struct cJSON *members, *length;

	assert_non_null(data);
	memset(data, byte, size);
	members = line_read(&event);
	length = cJSON_GetObjectItemCaseSensitive(members, "value_length");
	if (is_shown) {
		const char *name = byte < 0x80 ? "value" : "value_base64";
		const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(members, name));

		assert_null(length);
		assert_int_equal(strlen(text), byte < 0x80 ? size : (size + 2) / 3 * 4);
	} else {
		assert_true(cJSON_GetNumberValue(length) == (double)size);
		check_text(members, "value", NULL);
		check_text(members, "value_base64", NULL);
	}
	cJSON_Delete(members);
}

static void test_big(void **state)
{
	(void)state;
	check_big(STREAM_LINE_VALUE_MAX, 'x', true);
	check_big(STREAM_LINE_VALUE_MAX, '\n', true);
	check_big(STREAM_LINE_VALUE_MAX, 0xff, true);
	check_big(STREAM_LINE_VALUE_MAX + 1, 'x', false);
	check_big(STREAM_LINE_VALUE_MAX + 1, 0xff, false);
}

/* --- Without memory ------------------------------------------------------------------------ */

static void test_no_memory(void **state)
{
	struct etcd_event event = put(BYTES("a/\xff"), BYTES("\xfe"));
	struct cJSON_Hooks hooks = {malloc, free};
	int r = -ENOMEM;

	(void)state;
	cJSON_InitHooks(&hooks); /* so that cJSON's allocations are counted too */
	for (int n = 0; r < 0; n++) {
		CLEANUP(buf) struct buf line = {0};

		alloc_fail_after(n);
		r = stream_line_event(&event, (struct bytes){0}, BYTES("a/"), &line);
		alloc_fail_never();
		if (r < 0) {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(line.len, 0);
		}
		assert_true(n < 100);
	}
	assert_int_equal(r, 0);
	cJSON_InitHooks(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_own_keys),
		cmocka_unit_test(test_not_below),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_big),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
