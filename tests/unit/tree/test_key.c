/* Keys and paths: one to one, and as the text of fs/tree/key.c says, byte by byte. */
/* Statements: 26, 27, 28, 29, 30, 180, 181. */
#include "fs/tree/key.h"

#include "tests/lib/alloc.h"
#include "tests/lib/keys.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* --- What is asked of every key and every path --------------------------------------------- */

static struct buf path_buf, key_buf;

static void fail_with(const char *what, struct bytes bytes)
{
	fprintf(stderr, "%s: '", what);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(stderr, bytes.data[i] > ' ' && bytes.data[i] < 127 ? "%c" : "\\x%02x",
			bytes.data[i]);
	fprintf(stderr, "'\n");
	fail();
}

/* Leaves its path in path_buf. */
static void check_key(struct bytes key)
{
	const char *wrong = keys_check_key(key);

	if (wrong)
		fail_with(wrong, key);
	buf_clear(&path_buf);
	assert_int_equal(key_to_path(key, &path_buf), 0);
}

/* Returns what key_from_path() did; leaves the key in key_buf. */
static int check_path(struct bytes path)
{
	const char *wrong = keys_check_path(path);

	if (wrong)
		fail_with(wrong, path);
	buf_clear(&key_buf);
	return key_from_path(path, &key_buf);
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
	check_all(BYTES_LITERAL("/.%025Ee+r\0v"), 4);
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

/* --- Random ones --------------------------------------------------------------------------- */

/* What random keys and paths are made of, the odd as often as the plain. */
static const struct bytes pieces[] = {
	BYTES_LITERAL("%"),
	BYTES_LITERAL("%+"),
	BYTES_LITERAL("%+/"),
	BYTES_LITERAL("%00"),
	BYTES_LITERAL("%25"),
	BYTES_LITERAL("%2525"),
	BYTES_LITERAL("%2E"),
	BYTES_LITERAL("%empty"),
	BYTES_LITERAL("%value"),
	BYTES_LITERAL("+"),
	BYTES_LITERAL("."),
	BYTES_LITERAL(".."),
	BYTES_LITERAL(".etcd"),
	BYTES_LITERAL(".role"),
	BYTES_LITERAL("/"),
	BYTES_LITERAL("/%empty/"),
	BYTES_LITERAL("/%value"),
	BYTES_LITERAL("//"),
	BYTES_LITERAL("0"),
	BYTES_LITERAL("00"),
	BYTES_LITERAL("25"),
	BYTES_LITERAL("2E"),
	BYTES_LITERAL("\0"),
	BYTES_LITERAL("\n\x01\x7f\xff\xfe"),
	BYTES_LITERAL("a"),
	BYTES_LITERAL("abcdefghijklmnopqrstuvwxyz"),
	BYTES_LITERAL("etcd"),
	BYTES_LITERAL("role"),
};

#define N_PIECES (sizeof(pieces) / sizeof(*pieces))

static unsigned int random_seed(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned int seed = given ? strtoul(given, NULL, 0) : (unsigned int)time(NULL);

	fprintf(stderr, "# TEST_SEED=%u\n", seed);
	return seed;
}

/* Some bytes of few kinds of pieces, now and then a byte of any kind, mostly short. */
static void random_bytes(unsigned int *seed, struct buf *ret)
{
	size_t longest = rand_r(seed) % 4 ? 24 : 1200;
	size_t size = rand_r(seed) % (longest + 1), kinds = 1 + rand_r(seed) % N_PIECES;
	size_t from = rand_r(seed) % N_PIECES;

	buf_clear(ret);
	while (ret->len < size) {
		size_t piece = (from + rand_r(seed) % kinds) % N_PIECES;
		if (rand_r(seed) % 16)
			assert_int_equal(buf_append_bytes(ret, pieces[piece]), 0);
		else
			assert_int_equal(buf_append_byte(ret, rand_r(seed) % 256), 0);
	}
}

static void check_random(struct buf *bytes)
{
	if (!keys_check(buf_bytes(bytes)))
		return;
	keys_shrink(bytes);
	fail_with(keys_check(buf_bytes(bytes)), buf_bytes(bytes));
}

/* As a key; its path, as a path and as a key; and that with a byte changed, which is the path of
 * another key or of none. */
static void test_random(void **state)
{
	CLEANUP(buf) struct buf bytes = {0};
	unsigned int seed = random_seed();

	for (int round = 0; round < 4000; round++) {
		random_bytes(&seed, &bytes);
		check_random(&bytes);
		check_key(buf_bytes(&bytes));
		buf_clear(&bytes);
		assert_int_equal(buf_append_bytes(&bytes, buf_bytes(&path_buf)), 0);
		check_random(&bytes);
		bytes.data[rand_r(&seed) % bytes.len] = "%025+/.a"[rand_r(&seed) % 8];
		check_random(&bytes);
	}
}

/* Each two of many short keys have two paths, also where they are not near each other. */
static int path_compare(const void *a, const void *b)
{
	const struct buf *x = a, *y = b;

	return bytes_compare(buf_bytes(x), buf_bytes(y));
}

static void test_no_path_twice(void **state)
{
	static const char alphabet[] = "/.%025E+e";
	size_t n = 0, count = 9 + 81 + 729 + 6561;
	struct buf *paths = calloc(count, sizeof(*paths));

	for (size_t len = 1, all = 9; len <= 4; len++, all *= 9) {
		for (size_t number = 0; number < all; number++, n++) {
			uint8_t key[4];
			for (size_t i = 0, rest = number; i < len; i++, rest /= 9)
				key[i] = alphabet[rest % 9];
			assert_int_equal(key_to_path((struct bytes){key, len}, &paths[n]), 0);
		}
	}
	qsort(paths, n, sizeof(*paths), path_compare);
	for (size_t i = 1; i < n; i++)
		if (path_compare(&paths[i - 1], &paths[i]) == 0)
			fail_with("is the path of two keys", buf_bytes(&paths[i]));
	for (size_t i = 0; i < n; i++)
		buf_fini(&paths[i]);
	free(paths);
}

/* @n slashes, and something behind them. */
static void deep_key(size_t n, struct buf *ret)
{
	buf_clear(ret);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_append_bytes(ret, bytes_of("a/")), 0);
	assert_int_equal(buf_append_bytes(ret, bytes_of("%2F")), 0);
}

static size_t names_of(struct bytes path)
{
	size_t names = 1;

	for (size_t i = 0; i < path.len; i++)
		names += path.data[i] == '/';
	return names;
}

static void test_deep(void **state)
{
	CLEANUP(buf) struct buf key = {0}, path = {0}, none = {0};

	for (size_t n = KEY_DEPTH_MAX - 1; n <= KEY_DEPTH_MAX + 1; n++) {
		deep_key(n, &key);
		assert_int_equal(key_may_be_dir(buf_bytes(&key)), n < KEY_DEPTH_MAX);
		check_key(buf_bytes(&key));
		check_path(buf_bytes(&path_buf));
		assert_int_equal(names_of(buf_bytes(&path_buf)),
			n < KEY_DEPTH_MAX ? n + 1 : KEY_DEPTH_MAX + 1);
	}
	assert_int_equal(buf_append_bytes(&key, bytes_of("./%00%empty/")), 0);
	check_key(buf_bytes(&key));
	check_path(buf_bytes(&path_buf));
	/* A directory too many. */
	deep_key(KEY_DEPTH_MAX, &key);
	assert_int_equal(key_to_path(buf_bytes(&key), &path), 0);
	assert_int_equal(buf_append_bytes(&path, bytes_of("/x")), 0);
	assert_int_equal(key_from_path(buf_bytes(&path), &none), -ENAMETOOLONG);
}

/* Whoever keeps the names of it keeps some thousands. */
static void test_a_million_slashes(void **state)
{
	CLEANUP(buf) struct buf key = {0}, path = {0}, again = {0};

	assert_int_equal(buf_resize(&key, 1000000), 0);
	memset(key.data, '/', key.len);
	assert_int_equal(key_to_path(buf_bytes(&key), &path), 0);
	assert_true(names_of(buf_bytes(&path)) < KEY_DEPTH_MAX + 3 * key.len / 250);
	assert_int_equal(key_from_path(buf_bytes(&path), &again), 0);
	assert_true(bytes_equal(buf_bytes(&key), buf_bytes(&again)));
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
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_a_million_slashes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_no_path_twice),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
