#include "tests/lib/keys.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

/* --- The definition, naively --------------------------------------------------------------- */

static const char *const naive_words[][2] = {
	{"%empty", ""}, {"%value", NULL}, {"%2E", "."}, {"%2E.", ".."}, {"%2Eetcd", ".etcd"},
	{"%2Erole", ".role"}, /* the last: only as the first name */
};

/* Behind so many slashes one more is a byte of the last component. */
static bool naive_deep;

static bool naive_base(struct bytes name, size_t at, bool first)
{
	if (naive_deep && at + 3 <= name.len && memcmp(name.data + at, "%2F", 3) == 0)
		return true;
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
	if (name.len > sizeof(shorter))
		abort();
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
		else if (text.data[i] == '/')
			buf_append(name, "%2F", 3);
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
	buf_append_bytes(path, buf_bytes(&name));
	buf_append_byte(path, '/');
	component = (struct bytes){component.data + take, component.len - take};
	naive_component(component, false, path);
}

static void naive_path(struct bytes key, struct buf *path)
{
	size_t begin = 0, slashes = 0;

	if (key.len == 0)
		key = bytes_of("");
	for (size_t i = 0; i <= key.len; i++) {
		if (i < key.len && (key.data[i] != '/' || slashes == KEY_DEPTH_MAX))
			continue;
		if (begin)
			buf_append_byte(path, '/');
		naive_deep = slashes++ == KEY_DEPTH_MAX;
		naive_component((struct bytes){key.data + begin, i - begin}, begin == 0, path);
		begin = i + 1;
	}
	naive_deep = false;
}

/* --- Of a path ----------------------------------------------------------------------------- */

static bool ends_with(struct bytes bytes, const char *ending)
{
	size_t len = strlen(ending);

	return bytes.len >= len && memcmp(bytes.data + bytes.len - len, ending, len) == 0;
}

static bool is_bad_name(struct bytes name, bool first)
{
	return name.len < 1 || name.len > 255 || memchr(name.data, '\0', name.len) ||
	       bytes_equal(name, bytes_of(".")) || bytes_equal(name, bytes_of("..")) ||
	       bytes_equal(name, bytes_of(".etcd")) || bytes_equal(name, bytes_of("%value")) ||
	       (first && bytes_equal(name, bytes_of(".role")));
}

/* The directory of a path is the path of the key before a slash, or a cut component. */
static const char *check_dir(struct bytes path, size_t slash, struct bytes key)
{
	CLEANUP(buf) struct buf dir = {0};
	struct bytes head = {path.data, slash};

	if (ends_with(head, "%+"))
		return NULL;
	if (key_from_path(head, &dir) != 0)
		return "the directory of its path is no key's";
	if (!bytes_has_prefix(key, buf_bytes(&dir)) || key.len <= dir.len ||
		key.data[dir.len] != '/')
		return "its path is in a directory of other keys";
	return NULL;
}

/* @path is one that key_to_path() has made of @key. */
static const char *check_names(struct bytes path, struct bytes key)
{
	const char *wrong = NULL;
	size_t begin = 0;

	for (size_t i = 0; i <= path.len && !wrong; i++) {
		if (i < path.len && path.data[i] != '/')
			continue;
		if (is_bad_name((struct bytes){path.data + begin, i - begin}, begin == 0))
			wrong = "its path has a name that cannot be";
		else if (i < path.len)
			wrong = check_dir(path, i, key);
		begin = i + 1;
	}
	return wrong;
}

/* Names in which nothing could be an escape, and which POSIX can hold, are themselves. */
static bool is_ordinary(struct bytes key)
{
	size_t begin = 0, slashes = 0;

	if (!key.len)
		return false;
	for (size_t i = 0; i <= key.len; i++) {
		struct bytes name = {key.data + begin, i - begin};
		if (i < key.len && key.data[i] != '/')
			continue;
		if (slashes++ > KEY_DEPTH_MAX)
			return false;
		if (is_bad_name(name, begin == 0) || memchr(name.data, '%', name.len))
			return false;
		begin = i + 1;
	}
	return true;
}

/* --- The properties ------------------------------------------------------------------------ */

const char *keys_check_key(struct bytes key)
{
	CLEANUP(buf) struct buf path = {0}, again = {0}, naive = {0};

	if (key_to_path(key, &path) != 0)
		return "has no path";
	naive_path(key, &naive);
	if (!bytes_equal(buf_bytes(&naive), buf_bytes(&path)))
		return "is not written as the definition says";
	if (key_is_own(key))
		return key_from_path(buf_bytes(&path), &again) == -EINVAL ? NULL : "has a path";
	if (key_from_path(buf_bytes(&path), &again) != 0)
		return "does not come back";
	if (!bytes_equal(key, buf_bytes(&again)))
		return "comes back as another";
	if (is_ordinary(key) && !bytes_equal(key, buf_bytes(&path)))
		return "is ordinary, and not itself";
	return check_names(buf_bytes(&path), key);
}

const char *keys_check_path(struct bytes path)
{
	CLEANUP(buf) struct buf key = {0}, again = {0}, value = {0};
	int r = key_from_path(path, &key);

	if (r < 0 && (key.len || (r != -EINVAL && r != -ENAMETOOLONG)))
		return "is refused in a wrong way";
	if (r < 0)
		return NULL;
	if (key_to_path(buf_bytes(&key), &again) != 0)
		return "gives a key without a path";
	if (ends_with(path, "/" KEY_VALUE_NAME))
		path.len -= strlen("/" KEY_VALUE_NAME);
	if (!bytes_equal(path, buf_bytes(&again)))
		return "is a second path of a key";
	if (buf_append_bytes(&again, bytes_of("/" KEY_VALUE_NAME)) < 0 ||
		key_from_path(buf_bytes(&again), &value) != 0 ||
		!bytes_equal(buf_bytes(&value), buf_bytes(&key)))
		return "has a value that is not its key's";
	return NULL;
}

const char *keys_check_both(struct bytes a, struct bytes b)
{
	CLEANUP(buf) struct buf path_a = {0}, path_b = {0};

	if (key_to_path(a, &path_a) != 0 || key_to_path(b, &path_b) != 0)
		return "has no path";
	if (bytes_equal(buf_bytes(&path_a), buf_bytes(&path_b)) != bytes_equal(a, b))
		return "are two keys with one path";
	return NULL;
}

const char *keys_check(struct bytes bytes)
{
	size_t half = bytes.len / 2;
	const char *wrong = keys_check_key(bytes);

	if (!wrong)
		wrong = keys_check_path(bytes);
	if (!wrong && bytes.len) /* without any there is no pointer to count from */
		wrong = keys_check_both((struct bytes){bytes.data, half},
			(struct bytes){bytes.data + half, bytes.len - half});
	return wrong;
}

/* Whether something is still said of @bytes without the @count ones at @at; they go then. */
static bool shrink_at(struct buf *bytes, size_t at, size_t count)
{
	CLEANUP(buf) struct buf less = {0};

	if (at + count > bytes->len || buf_append(&less, bytes->data, at) < 0 ||
		buf_append(&less, bytes->data + at + count, bytes->len - at - count) < 0 ||
		!keys_check(buf_bytes(&less)))
		return false;
	bytes->len = 0;
	return buf_append_bytes(bytes, buf_bytes(&less)) == 0;
}

void keys_shrink(struct buf *bytes)
{
	for (size_t count = bytes->len / 2; count > 0;) {
		bool shorter = false;
		for (size_t at = 0; at + count <= bytes->len; at++)
			shorter |= shrink_at(bytes, at, count);
		if (!shorter)
			count /= 2;
	}
}
