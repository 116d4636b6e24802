/*
 * A key is split at each '/' into components, empty ones included. A component becomes one name, or
 * several if it is long. Its bytes stand for themselves except for these BASE escapes:
 *
 *   %00                      a NUL, anywhere in a name
 *   %2F                      a '/', anywhere in a name of the deepest component, see below
 *   %empty %2E %2E. %2Eetcd  as the whole name: the components "", ".", "..", ".etcd"
 *   %2Erole                  as the whole first name of a path: ".role"
 *   %value                   as the whole name: reserved, no component's name
 *   %+                       at the end of a name: the component goes on in the next name
 *
 * A component may itself contain the text of an escape. So a '%' that would read as an escape is
 * written "%25". A component may also contain that result, so the rule is general: '%', any number
 * of "25" and the rest of a BASE escape read as an escape, which decodes by removing the first
 * "25":
 *
 *   component  %2E     %252E     %25252E     100%   %zz   %2Efoo
 *   name       %252E   %25252E   %2525252E   100%   %zz   %2Efoo
 *
 * An escape has no '%' but its first byte, so escapes never overlap, and the bytes that decide
 * whether there is an escape at a '%' are the same in the component and in the name. So for
 * components that fit into one name, the mapping to names that do not end in "%+" is one to one and
 * onto.
 *
 * A component whose name would be over 255 bytes is cut: as many leading bytes as fit, "%+", and
 * then the rest as a component of its own by the same rules (except those for the first name). In a
 * name that ends in "%+" no text is the whole name or at its end, so before a cut only "%00" and
 * its "%25" forms are escapes, and the bytes after the cut do not matter. Each byte adds 1 or 3 to
 * the encoded length, so "as many as fit" is one number.
 *
 * Each component costs a node in the memory of whoever keeps the names, which is some hundred times
 * the one byte that a component may have in a key. So only the first KEY_DEPTH_MAX components are
 * directories. All that follows is one component, whose slashes are written "%2F". In that
 * component "%2F" is an escape like "%00", also before a cut; elsewhere it is none.
 *
 * Some paths can be decoded, but are not the path of their key: a cut at the wrong place or with
 * nothing after it, a raw ".etcd" or NUL, an empty name. key_from_path() finds them by encoding the
 * key again.
 */
#include "fs/tree/key.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define CUT_ROOM (NAME_MAX - 2) /* what fits beside "%+" */

/* A name or a component, with what decides which escapes it may have. */
struct text {
	struct bytes bytes;
	bool first; /* it is the first in the path */
	bool cut;   /* "%+" follows in the name */
	bool deep;  /* it is of the deepest component, in which a '/' is a byte like others */
};

static const struct word {
	const char *name;
	const char *component; /* NULL: no component has this name */
	bool only_first;
} words[] = {
	{KEY_EMPTY_NAME, "", false},
	{KEY_VALUE_NAME, NULL, false},
	{"%2E", ".", false},
	{"%2E.", "..", false},
	{"%2Eetcd", ".etcd", false},
	{"%2Erole", ".role", true},
};

#define N_WORDS (sizeof(words) / sizeof(*words))

static struct bytes bytes_from(struct bytes bytes, size_t at)
{
	return (struct bytes){bytes.data + at, bytes.len - at};
}

static bool bytes_ends_with(struct bytes bytes, struct bytes ending)
{
	return bytes.len >= ending.len &&
	       bytes_equal(bytes_from(bytes, bytes.len - ending.len), ending);
}

/* Moves the bytes before the first '/' from @rest to *@ret_next, and drops that '/'. False if there
 * was no '/'. */
static bool bytes_next(struct bytes *rest, struct bytes *ret_next)
{
	const uint8_t *slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;

	*ret_next = *rest;
	if (!slash)
		return false;
	ret_next->len = slash - rest->data;
	*rest = bytes_from(*rest, ret_next->len + 1);
	return true;
}

/* The word whose name is '%' followed by @tail. */
static const struct word *word_by_tail(struct bytes tail, bool first)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		if (words[i].only_first && !first)
			continue;
		if (bytes_equal(tail, bytes_of(words[i].name + 1)))
			return &words[i];
	}
	return NULL;
}

static const struct word *word_by_component(struct bytes component, bool first)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		if (!words[i].component || (words[i].only_first && !first))
			continue;
		if (bytes_equal(component, bytes_of(words[i].component)))
			return &words[i];
	}
	return NULL;
}

/* Whether there is an escape at @at, where @text has a '%'. */
static bool text_has_escape(const struct text *text, size_t at)
{
	struct bytes tail = bytes_from(text->bytes, at + 1);

	while (bytes_has_prefix(tail, BYTES_LITERAL("25")))
		tail = bytes_from(tail, 2);
	if (bytes_has_prefix(tail, BYTES_LITERAL("00")))
		return true;
	if (text->deep && bytes_has_prefix(tail, BYTES_LITERAL("2F")))
		return true;
	if (text->cut)
		return false;
	if (bytes_equal(tail, BYTES_LITERAL("+")))
		return true;
	return at == 0 && word_by_tail(tail, text->first);
}

/* Writes the name of @text to @out, which has room for three times its length and for a word.
 * Returns the length, which may be over NAME_MAX. The caller adds the "%+" of a cut. */
static size_t text_encode(const struct text *text, uint8_t *out)
{
	const struct word *word = NULL;
	uint8_t *end = out;

	if (!text->cut)
		word = word_by_component(text->bytes, text->first);
	if (word) {
		memcpy(out, word->name, strlen(word->name));
		return strlen(word->name);
	}
	for (size_t i = 0; i < text->bytes.len; i++) {
		uint8_t byte = text->bytes.data[i];
		if (byte == '\0') {
			end = mempcpy(end, "%00", 3);
		} else if (byte == '/') {
			end = mempcpy(end, "%2F", 3);
		} else {
			*end++ = byte;
			if (byte == '%' && text_has_escape(text, i))
				end = mempcpy(end, "25", 2);
		}
	}
	return end - out;
}

/* The byte that the escape at the beginning of @escape stands for; two more bytes follow its
 * '%'. */
static uint8_t escape_decode(struct bytes escape)
{
	if (bytes_has_prefix(escape, BYTES_LITERAL("%00")))
		return '\0';
	return bytes_has_prefix(escape, BYTES_LITERAL("%2F")) ? '/' : '%';
}

/* Writes the component of the name @text, whose "%+" the caller has removed, to @out: never more
 * bytes than the name has. Returns the length or -EINVAL. */
static int text_decode(const struct text *text, uint8_t *out)
{
	struct bytes name = text->bytes;
	const struct word *word = NULL;
	uint8_t *end = out;

	if (!text->cut && name.len && name.data[0] == '%')
		word = word_by_tail(bytes_from(name, 1), text->first);
	if (word && !word->component)
		return -EINVAL;
	if (word)
		return (uint8_t *)mempcpy(out, word->component, strlen(word->component)) - out;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = name.data[i];
		if (byte == '%' && text_has_escape(text, i)) {
			byte = escape_decode(bytes_from(name, i));
			i += 2;
		}
		*end++ = byte;
	}
	return end - out;
}

/* Appends a cut name with as much of @rest as fits, "%+" and a '/', and removes that from @rest. */
static int path_append_cut(struct buf *path, struct bytes *rest, bool deep)
{
	struct text text = {
		.bytes = {rest->data, rest->len < CUT_ROOM ? rest->len : CUT_ROOM},
		.cut = true,
		.deep = deep,
	};
	uint8_t name[3 * CUT_ROOM + 3];
	size_t len;

	/* Each byte less makes the name at most three bytes shorter, so this never skips the
	 * longest name that fits. */
	while ((len = text_encode(&text, name)) > CUT_ROOM)
		text.bytes.len -= (len - CUT_ROOM + 2) / 3;
	memcpy(name + len, "%+/", 3);
	*rest = bytes_from(*rest, text.bytes.len);
	return buf_append(path, name, len + 3);
}

static int path_append_component(struct buf *path, struct bytes component, bool first, bool deep)
{
	uint8_t name[3 * NAME_MAX];
	int r;

	for (;;) {
		struct text text = {component, .first = first, .deep = deep};
		size_t len = component.len <= NAME_MAX ? text_encode(&text, name) : SIZE_MAX;
		if (len <= NAME_MAX)
			return buf_append(path, name, len);
		r = path_append_cut(path, &component, deep);
		if (r < 0)
			return r;
		first = false;
	}
}

bool key_is_own(struct bytes key)
{
	return bytes_has_prefix(key, BYTES_LITERAL(KEY_OWN_PREFIX));
}

bool key_is_meta(struct bytes key, struct bytes *ret)
{
	struct bytes prefix = BYTES_LITERAL(KEY_OWN_PREFIX KEY_META_NAME);

	if (!bytes_has_prefix(key, prefix))
		return false;
	*ret = bytes_slice(key, prefix.len, key.len);
	return true;
}

bool key_may_be_dir(struct bytes key)
{
	struct bytes own = BYTES_LITERAL(KEY_OWN_PREFIX), component;
	size_t depth = 0;

	if (bytes_equal(key, (struct bytes){own.data, own.len - 1}))
		return false;
	while (depth < KEY_DEPTH_MAX && bytes_next(&key, &component))
		depth++;
	return depth < KEY_DEPTH_MAX;
}

/* Whether no byte of @key needs an escape, as is the rule: then it is its own path. */
static bool key_is_path(struct bytes key)
{
	size_t start = 0, depth = 0;

	for (size_t i = 0; i <= key.len; i++) {
		uint8_t byte = i < key.len ? key.data[i] : '/';
		if (byte == '%' || byte == '\0' || (byte == '.' && i == start))
			return false;
		if (byte != '/')
			continue;
		if (i == start || i - start > NAME_MAX || ++depth > KEY_DEPTH_MAX)
			return false;
		start = i + 1;
	}
	return true;
}

int key_to_path(struct bytes key, struct buf *ret_path)
{
	size_t start = ret_path->len;
	bool more = true;
	int r = 0;

	if (key_is_path(key))
		return buf_append_bytes(ret_path, key);
	for (size_t depth = 0; more && r == 0; depth++) {
		struct bytes component = key;
		bool deep = depth == KEY_DEPTH_MAX;
		if (depth)
			r = buf_append_byte(ret_path, '/');
		more = !deep && bytes_next(&key, &component);
		if (r == 0)
			r = path_append_component(ret_path, component, depth == 0, deep);
	}
	if (r < 0)
		ret_path->len = start;
	return r;
}

/* Turns "DIR/%value" into "DIR"; other paths stay as they are. */
static struct bytes path_strip_value(struct bytes path)
{
	struct bytes ending = BYTES_LITERAL("/" KEY_VALUE_NAME);

	if (bytes_ends_with(path, ending))
		path.len -= ending.len;
	return path;
}

/* Appends the decoded @path, canonical or not; @key has room for as many bytes as @path has. */
static int path_decode(struct bytes path, struct buf *key)
{
	struct text text = {.first = true};
	size_t depth = 0;
	bool more = true;

	while (more) {
		int len;
		if (!text.first && !text.cut) {
			if (depth++ == KEY_DEPTH_MAX)
				return -ENAMETOOLONG;
			key->data[key->len++] = '/';
		}
		text.deep = depth == KEY_DEPTH_MAX;
		more = bytes_next(&path, &text.bytes);
		if (text.bytes.len > NAME_MAX)
			return -ENAMETOOLONG;
		text.cut = bytes_ends_with(text.bytes, BYTES_LITERAL("%+"));
		if (text.cut)
			text.bytes.len -= 2;
		len = text_decode(&text, key->data + key->len);
		if (len < 0)
			return len;
		key->len += len;
		text.first = false;
	}
	return 0;
}

int key_from_path(struct bytes path, struct buf *ret_key)
{
	CLEANUP(buf) struct buf canonical = {0};
	size_t start = ret_key->len;
	int r;

	path = path_strip_value(path);
	if (path.len == 0)
		return -EINVAL;
	r = buf_reserve(ret_key, path.len);
	if (r < 0)
		return r;
	r = path_decode(path, ret_key);
	if (r == 0 && key_is_own(bytes_from(buf_bytes(ret_key), start)))
		r = -EINVAL;
	if (r == 0)
		r = key_to_path(bytes_from(buf_bytes(ret_key), start), &canonical);
	if (r == 0 && !bytes_equal(path, buf_bytes(&canonical)))
		r = -EINVAL;
	if (r < 0)
		ret_key->len = start;
	return r;
}
