/* Keys and paths: one to one, and as the text of fs/key.c says, byte by byte.
 * Statements: 26-31. */
/*
 * naive_path() is the definition written down a second time, in the slowest way: an escape is
 * found by taking "25" away until what is left is one of the base escapes, in the name as it would
 * stand in the directory. What key_to_path() makes is compared with it.
 */
#include "fs/key.h"

#include "tests/lib/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* --- The definition, naively --------------------------------------------------------------- */

static const char *const naive_words[][2] = {
	{"%empty", ""}, {"%value", NULL}, {"%2E", "."}, {"%2E.", ".."}, {"%2Eetcd", ".etcd"},
	{"%2Erole", ".role"}, /* the last: only as the first name */
};

static bool naive_base(struct bytes name, size_t at, bool first)
{
	if (at + 3 <= name.len && memcmp(name.data + at, "%00", 3) == 0)
		return true;
	if (at + 2 == name.len && memcmp(name.data + at, "%+", 2) == 0)
		return true;
	for (int i = 0; at == 0 && i < 5 + first; i++)
		if (bytes_equal(name, bytes_of(naive_words[i][0])))
			return true;
	return false;
}

static bool naive_escape(struct bytes name, size_t at, bool first)
{
	uint8_t shorter[1024];

	if (naive_base(name, at, first))
		return true;
	if (at + 3 > name.len || memcmp(name.data + at, "%25", 3) != 0)
		return false;
	assert_true(name.len <= sizeof(shorter));
	memcpy(shorter, name.data, at + 1);
	memcpy(shorter + at + 1, name.data + at + 3, name.len - at - 3);
	return naive_escape((struct bytes){shorter, name.len - 2}, at, first);
}

/* The name of @text, with "%+" if @cut. */
static void naive_name(struct bytes text, bool first, bool cut, struct buf *name)
{
	CLEANUP(buf) struct buf whole = {0};

	for (int i = 0; !cut && i < 5 + first; i++) {
		if (naive_words[i][1] && bytes_equal(text, bytes_of(naive_words[i][1]))) {
			buf_append_bytes(name, bytes_of(naive_words[i][0]));
			return;
		}
	}
	buf_append_bytes(&whole, text);
	buf_append(&whole, "%+", cut ? 2 : 0);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\0')
			buf_append(name, "%00", 3);
		else if (text.data[i] == '%' && naive_escape(buf_bytes(&whole), i, first))
			buf_append(name, "%25", 3);
		else
			buf_append_byte(name, text.data[i]);
	}
	buf_append(name, "%+", cut ? 2 : 0);
}

/* Names of @component, the longest first piece found by trying all. */
static void naive_component(struct bytes component, bool first, struct buf *path)
{
	CLEANUP(buf) struct buf name = {0};
	size_t take = component.len;

	if (take < 1000)
		naive_name(component, first, false, &name);
	if (take < 1000 && name.len <= 255) {
		buf_append_bytes(path, buf_bytes(&name));
		return;
	}
	take = take < 256 ? take : 256;
	do {
		buf_clear(&name);
		naive_name((struct bytes){component.data, --take}, first, true, &name);
	} while (name.len > 255);
	assert_true(take > 0);
	buf_append_bytes(path, buf_bytes(&name));
	buf_append_byte(path, '/');
	component = (struct bytes){component.data + take, component.len - take};
	naive_component(component, false, path);
}

static void naive_path(struct bytes key, struct buf *path)
{
	size_t begin = 0;

	if (key.len == 0)
		key = bytes_of("");
	for (size_t i = 0; i <= key.len; i++) {
		if (i < key.len && key.data[i] != '/')
			continue;
		if (begin)
			buf_append_byte(path, '/');
		naive_component((struct bytes){key.data + begin, i - begin}, begin == 0, path);
		begin = i + 1;
	}
}

/* --- What is asked of every key and every path --------------------------------------------- */

static struct buf path_buf, key_buf, again_buf, naive_buf;

static void fail_with(const char *what, struct bytes bytes)
{
	fprintf(stderr, "%s: '", what);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(stderr, bytes.data[i] > ' ' && bytes.data[i] < 127 ? "%c" : "\\x%02x",
			bytes.data[i]);
	fprintf(stderr, "'\n");
	fail();
}

static void check_names(struct bytes path)
{
	size_t begin = 0;

	for (size_t i = 0; i <= path.len; i++) {
		struct bytes name = {path.data + begin, i - begin};
		if (i < path.len && path.data[i] != '/')
			continue;
		if (name.len < 1 || name.len > 255 || memchr(name.data, '\0', name.len) ||
			bytes_equal(name, bytes_of(".")) || bytes_equal(name, bytes_of("..")) ||
			bytes_equal(name, bytes_of(".etcd")) ||
			bytes_equal(name, bytes_of("%value")) ||
			(begin == 0 && bytes_equal(name, bytes_of(".role"))))
			fail_with("has a name that cannot be", path);
		begin = i + 1;
	}
}

static void check_key(struct bytes key)
{
	buf_clear(&path_buf);
	buf_clear(&again_buf);
	buf_clear(&naive_buf);
	assert_int_equal(key_to_path(key, &path_buf), 0);
	check_names(buf_bytes(&path_buf));
	naive_path(key, &naive_buf);
	if (!bytes_equal(buf_bytes(&naive_buf), buf_bytes(&path_buf)))
		fail_with("is not written as the definition says", key);
	if (key_from_path(buf_bytes(&path_buf), &again_buf) != 0)
		fail_with("does not come back", key);
	if (!bytes_equal(key, buf_bytes(&again_buf)))
		fail_with("comes back as another", key);
}

/* Returns what key_from_path() did. */
static int check_path(struct bytes path)
{
	int r;

	buf_clear(&key_buf);
	buf_clear(&again_buf);
	r = key_from_path(path, &key_buf);
	if (r < 0) {
		assert_true(r == -EINVAL || r == -ENAMETOOLONG);
		assert_int_equal(key_buf.len, 0);
		return r;
	}
	assert_int_equal(key_to_path(buf_bytes(&key_buf), &again_buf), 0);
	if (path.len > 7 && memcmp(path.data + path.len - 7, "/%value", 7) == 0)
		path.len -= 7;
	if (!bytes_equal(path, buf_bytes(&again_buf)))
		fail_with("is a second path of a key", path);
	return 0;
}

/* --- Examples ------------------------------------------------------------------------------ */

static void test_examples(void **state)
{
	static const char *const examples[][2] = {
		{"", "%empty"},
		{"a", "a"},
		{"a/b/c", "a/b/c"},
		{"a/", "a/%empty"},
		{"/", "%empty/%empty"},
		{"/services/web", "%empty/services/web"},
		{"a//b", "a/%empty/b"},
		{".", "%2E"},
		{"..", "%2E."},
		{"...", "..."},
		{"a/./..", "a/%2E/%2E."},
		{".etcd", "%2Eetcd"},
		{"a/.etcd/b", "a/%2Eetcd/b"},
		{".role", "%2Erole"},
		{".role/x", "%2Erole/x"},
		{"a/.role", "a/.role"},
		{"%2Erole", "%252Erole"},
		{"a/%2Erole", "a/%2Erole"},
		{"a/%252Erole", "a/%252Erole"},
		{"%2E", "%252E"},
		{"%252E", "%25252E"},
		{"%value", "%25value"},
		{"%25value", "%2525value"},
		{"a/%empty", "a/%25empty"},
		{"%00", "%2500"},
		{"a%00b%00", "a%2500b%2500"},
		{"a%2500", "a%252500"},
		{"foo%+", "foo%25+"},
		{"foo%25+", "foo%2525+"},
		{"%+", "%25+"},
		{"%+x", "%+x"},
		{"100%", "100%"},
		{"%", "%"},
		{"%zz", "%zz"},
		{"%25", "%25"},
		{"a%25b", "a%25b"},
		{"%2Efoo", "%2Efoo"},
		{"%emptyish", "%emptyish"},
		{"x%value", "x%value"},
		{"%%00", "%%2500"},
		{"\n\t\xff", "\n\t\xff"},
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		CLEANUP(buf) struct buf path = {0};
		check_key(bytes_of(examples[i][0]));
		assert_int_equal(key_to_path(bytes_of(examples[i][0]), &path), 0);
		if (!bytes_equal(buf_bytes(&path), bytes_of(examples[i][1])))
			fail_with(examples[i][1], buf_bytes(&path));
	}
	check_key(BYTES_LITERAL("\0"));
	assert_true(bytes_equal(buf_bytes(&path_buf), bytes_of("%00")));
	check_key(BYTES_LITERAL("a%\0"
				"00"));
	assert_true(bytes_equal(buf_bytes(&path_buf), bytes_of("a%%0000")));
}

static void test_paths_of_no_key(void **state)
{
	static const char *const wrong[] = {"", "/", "a/", "/a", "a//b", ".", "..", "a/..", ".etcd",
		"a/.etcd", ".etcd/at", ".role", "%value", "/%value", "a/%value/b",
		"a/%value/%value", "%+", "a%+", "a%+/b", "a%+/%value", "%+/a", "%+/%+"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (check_path(bytes_of(wrong[i])) != -EINVAL)
			fail_with("should have no key", bytes_of(wrong[i]));
	assert_int_equal(check_path((struct bytes){NULL, 0}), -EINVAL);
	assert_int_equal(check_path(BYTES_LITERAL("a\0b")), -EINVAL);
}

static void test_value_is_the_directory(void **state)
{
	static const char *const paths[][2] = {{"a/%value", "a"}, {"a/b/%value", "a/b"},
		{"%empty/%value", ""}, {"a/%empty/%value", "a/"}, {"%2Erole/%value", ".role"},
		{"%25value/%value", "%value"}};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(check_path(bytes_of(paths[i][0])), 0);
		assert_true(bytes_equal(buf_bytes(&key_buf), bytes_of(paths[i][1])));
	}
}

static void test_appends_and_leaves_on_failure(void **state)
{
	CLEANUP(buf) struct buf buf = {0}, path = {0};

	assert_int_equal(key_from_path(bytes_of("%empty"), &buf), 0);
	assert_int_equal(key_to_path(buf_bytes(&buf), &path), 0);
	assert_int_equal(key_to_path((struct bytes){NULL, 0}, &path), 0);
	assert_true(bytes_equal(buf_bytes(&path), bytes_of("%empty%empty")));
	assert_int_equal(buf_append(&buf, "prefix/", 7), 0);
	assert_int_equal(key_from_path(bytes_of("%empty"), &buf), 0);
	assert_int_equal(key_from_path(bytes_of("a/%2E"), &buf), 0);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("prefix/a/.")));
	assert_int_equal(key_from_path(bytes_of("b/.."), &buf), -EINVAL);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("prefix/a/.")));
	assert_int_equal(key_to_path(bytes_of("/x"), &buf), 0);
	assert_true(bytes_equal(buf_bytes(&buf), bytes_of("prefix/a/.%empty/x")));
}

/* --- All short strings --------------------------------------------------------------------- */

static bool is_reserved(struct bytes name)
{
	return name.len == 0 || bytes_equal(name, bytes_of(".")) ||
	       bytes_equal(name, bytes_of("..")) ||
	       (name.len >= 2 && memcmp(name.data + name.len - 2, "%+", 2) == 0);
}

/* Each string over @alphabet up to @max long, as a key and as a path, in the root and below. */
static void check_all(struct bytes alphabet, size_t max)
{
	uint8_t text[16] = "d/";
	size_t digits[16] = {0}, len = 0, at;

	while (len <= max) {
		for (size_t i = 0; i < len; i++)
			text[2 + i] = alphabet.data[digits[i]];
		for (int below = 0; below < 2; below++) {
			struct bytes whole = {text + 2 - 2 * below, len + 2 * below};
			bool plain = !memchr(text + 2, '/', len) && !memchr(text, '\0', len + 2);
			check_key(whole);
			/* Every name that is not reserved is that of a component. */
			if (check_path(whole) < 0 && plain &&
				!is_reserved((struct bytes){text + 2, len}))
				fail_with("is a name of nothing", whole);
		}
		for (at = 0; at < len && ++digits[at] == alphabet.len; at++)
			digits[at] = 0;
		len += at == len;
	}
}

static void test_all_short_strings(void **state)
{
	check_all(BYTES_LITERAL("%025+a"), 7);
	check_all(BYTES_LITERAL("%025E./\0"), 5);
}

static void test_all_words_with_neighbours(void **state)
{
	static const char *const words[] = {"", "empty", "value", "2E", "2E.", "2Eetcd", "2Erole",
		"+", "00", "25", "2500", "25+", ".", "..", ".etcd", ".role", "%+", "%00"};
	static const char *const around[] = {"", "%", "%25", "%2525", "%252525", "%%", "%%25", "a",
		"a%", "a%25", "0", "+", "%+", ".", "/", "25", "2", "5", "a/", "/%", "/%25", "%/"};
	size_t n_words = sizeof(words) / sizeof(*words),
	       n_around = sizeof(around) / sizeof(*around);

	for (size_t i = 0; i < n_words * n_around * n_around; i++) {
		CLEANUP(buf) struct buf text = {0};
		buf_printf(&text, "%s%s%s", around[i / n_words % n_around], words[i % n_words],
			around[i / n_words / n_around]);
		check_key(buf_bytes(&text));
		check_path(buf_bytes(&text));
	}
}

/* --- Long components ----------------------------------------------------------------------- */

static void test_cut_by_hand(void **state)
{
	CLEANUP(buf) struct buf key = {0}, path = {0};

	assert_int_equal(buf_resize(&key, 255), 0);
	memset(key.data, 'x', 255);
	check_key(buf_bytes(&key));
	assert_int_equal(path_buf.len, 255);
	/* One more, and the name is cut after 253; what follows is a component of its own. */
	key.len = 253;
	assert_int_equal(buf_append(&key, ".etcd/y", 7), 0);
	check_key(buf_bytes(&key));
	assert_true(bytes_equal(
		(struct bytes){path_buf.data + 253, path_buf.len - 253}, bytes_of("%+/%2Eetcd/y")));
	/* The cut in another place, or where none is needed, is no path. */
	assert_int_equal(buf_append(&path, path_buf.data + 1, path_buf.len - 1), 0);
	assert_int_equal(check_path(buf_bytes(&path)), -EINVAL);
	/* The directory of the cut alone is no key, and has no value. */
	path.len = 0;
	assert_int_equal(buf_append(&path, path_buf.data, 255), 0);
	assert_int_equal(check_path(buf_bytes(&path)), -EINVAL);
	assert_int_equal(buf_append(&path, "/%value", 7), 0);
	assert_int_equal(check_path(buf_bytes(&path)), -EINVAL);
	/* No name is longer. */
	path.len = 253;
	assert_int_equal(buf_append(&path, "xyz", 3), 0);
	assert_int_equal(check_path(buf_bytes(&path)), -ENAMETOOLONG);
	assert_int_equal(buf_append(&path, "/a/%value", 9), 0);
	assert_int_equal(check_path(buf_bytes(&path)), -ENAMETOOLONG);
}

/* Escapes of every kind moved byte by byte over the place where a cut may be. */
static void test_escapes_at_the_cut(void **state)
{
	static const char *const tails[] = {"%00", "%2500", "%25252500", "%+", "%25+", "%+%+",
		"%+x", "%", "%25", "00", ".", "..", ".etcd", ".role", "%2Erole", "%value", "%2E",
		"%252E", "%empty/", "/%+", "%%%%%00", "%00%00%00%00",
		"%252525252525252525252500000"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		for (size_t lead = 225; lead < 265; lead++) {
			CLEANUP(buf) struct buf key = {0};
			assert_int_equal(buf_resize(&key, lead), 0);
			memset(key.data, 'x', lead);
			for (size_t pad = 0; pad < 6; pad++) {
				assert_int_equal(buf_append_bytes(&key, bytes_of(tails[i])), 0);
				check_key(buf_bytes(&key));
			}
		}
	}
	for (size_t runs = 0; runs < 400; runs++) {
		CLEANUP(buf) struct buf key = {0};
		assert_int_equal(buf_append(&key, "%", 1), 0);
		for (size_t k = 0; k < runs; k++)
			assert_int_equal(buf_append(&key, "25", 2), 0);
		assert_int_equal(buf_append(&key, runs % 2 ? "2E" : "+", runs % 2 ? 2 : 1), 0);
		check_key(buf_bytes(&key));
	}
}

static void test_random_long_keys(void **state)
{
	static const struct bytes pieces[] = {BYTES_LITERAL("%"), BYTES_LITERAL("25"),
		BYTES_LITERAL("0"), BYTES_LITERAL("00"), BYTES_LITERAL("\0"), BYTES_LITERAL("+"),
		BYTES_LITERAL("abcdefghijklmnopqrstuvwxyz"), BYTES_LITERAL("/"), BYTES_LITERAL("."),
		BYTES_LITERAL("%2525"), BYTES_LITERAL("%00")};
	const char *given = getenv("TEST_SEED");
	unsigned int seed = given ? strtoul(given, NULL, 0) : (unsigned int)time(NULL);

	fprintf(stderr, "# TEST_SEED=%u\n", seed);
	for (int round = 0; round < 1500; round++) {
		CLEANUP(buf) struct buf key = {0};
		size_t size = 1 + rand_r(&seed) % 900, kinds = 1 + rand_r(&seed) % 11;
		while (key.len < size)
			buf_append_bytes(&key, pieces[(rand_r(&seed) % kinds * 5 + round) % 11]);
		check_key(buf_bytes(&key));
		/* Its path with one byte changed is that of another key, or of none. */
		buf_clear(&naive_buf);
		buf_append_bytes(&naive_buf, buf_bytes(&path_buf));
		naive_buf.data[rand_r(&seed) % naive_buf.len] = "%025+/.a"[rand_r(&seed) % 8];
		check_path(buf_bytes(&naive_buf));
	}
}

static void test_no_memory(void **state)
{
	CLEANUP(buf) struct buf key = {0};
	int r = -ENOMEM, failures = 0;

	assert_int_equal(buf_resize(&key, 5000), 0);
	while (r == -ENOMEM) {
		CLEANUP(buf) struct buf path = {0}, again = {0};
		alloc_fail_after(failures);
		r = key_to_path(buf_bytes(&key), &path);
		assert_true(r == 0 || path.len == 0);
		if (r == 0)
			r = key_from_path(buf_bytes(&path), &again);
		alloc_fail_never();
		assert_true(r == 0 ? bytes_equal(buf_bytes(&key), buf_bytes(&again)) : !again.len);
		failures += r == -ENOMEM;
	}
	assert_int_equal(r, 0);
	assert_true(failures >= 3);
}

static int free_all(void **state)
{
	buf_fini(&path_buf);
	buf_fini(&key_buf);
	buf_fini(&again_buf);
	buf_fini(&naive_buf);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_paths_of_no_key),
		cmocka_unit_test(test_value_is_the_directory),
		cmocka_unit_test(test_appends_and_leaves_on_failure),
		cmocka_unit_test(test_all_short_strings),
		cmocka_unit_test(test_all_words_with_neighbours),
		cmocka_unit_test(test_cut_by_hand),
		cmocka_unit_test(test_escapes_at_the_cut),
		cmocka_unit_test(test_random_long_keys),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
