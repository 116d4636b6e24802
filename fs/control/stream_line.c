/*
 * Numbers are written as raw text, because cJSON keeps them as doubles and a lease needs 64 bits.
 * UTF-8 bytes are a string; other bytes are base64, under the name with "_base64" added.
 */
#include "fs/control/stream_line.h"

#include "fs/base/utf8.h"
#include "fs/tree/key.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_POINTER(struct cJSON, cJSON_Delete)

/* --- Bytes -------------------------------------------------------------------------------- */

static bool is_utf8(struct bytes bytes)
{
	uint32_t character;
	size_t i = 0, length;

	for (; i < bytes.len; i += length) {
		length = utf8_decode(bytes.data + i, bytes.len - i, &character);
		if (!length)
			return false;
	}
	return true;
}

static char *base64_of(struct bytes bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc(bytes.len / 3 * 4 + 5), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t bits = bytes.data[i] << 16;

		bits |= n > 1 ? bytes.data[i + 1] << 8 : 0;
		bits |= n > 2 ? bytes.data[i + 2] : 0;
		for (size_t digit = 0; digit < 4; digit++)
			*to++ = digit <= n ? digits[bits >> (18 - 6 * digit) & 63] : '=';
	}
	*to = 0;
	return text;
}

static int quoted_append_byte(uint8_t byte, struct buf *ret)
{
	static const char *const words[] = {
		['\b'] = "\\b",
		['\t'] = "\\t",
		['\n'] = "\\n",
		['\f'] = "\\f",
		['\r'] = "\\r",
		['"'] = "\\\"",
		['\\'] = "\\\\",
	};
	const char *word = byte < sizeof(words) / sizeof(*words) ? words[byte] : NULL;

	if (word)
		return buf_append(ret, word, 2);
	return byte < 0x20 ? buf_printf(ret, "\\u%04x", byte) : buf_append_byte(ret, byte);
}

/* Appends a JSON string, quotes included. Not by cJSON, whose strings end at a NUL. */
static int quoted_append(struct bytes bytes, struct buf *ret)
{
	int r = buf_append_byte(ret, '"');

	for (size_t i = 0; r == 0 && i < bytes.len; i++)
		r = quoted_append_byte(bytes.data[i], ret);
	return r < 0 ? r : buf_append(ret, "\"", 2); /* and its NUL */
}

/* --- Members: each 0 or -ENOMEM ------------------------------------------------------------- */

static int add_number(struct cJSON *line, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return cJSON_AddRawToObject(line, name, text) ? 0 : -ENOMEM;
}

static int add_text(struct cJSON *line, const char *name, struct bytes bytes)
{
	CLEANUP(buf) struct buf quoted = {0};

	if (quoted_append(bytes, &quoted) < 0)
		return -ENOMEM;
	return cJSON_AddRawToObject(line, name, (char *)quoted.data) ? 0 : -ENOMEM;
}

static int add_bytes(struct cJSON *line, const char *name, struct bytes bytes)
{
	CLEANUP(free) char *base64 = NULL;
	char base64_name[32];

	if (is_utf8(bytes))
		return add_text(line, name, bytes);
	base64 = base64_of(bytes);
	snprintf(base64_name, sizeof(base64_name), "%s_base64", name);
	return base64 && cJSON_AddStringToObject(line, base64_name, base64) ? 0 : -ENOMEM;
}

static int add_value(struct cJSON *line, const struct etcd_kv *kv)
{
	int r = kv->value.len > STREAM_LINE_VALUE_MAX
			? add_number(line, "value_length", (int64_t)kv->value.len)
			: add_bytes(line, "value", kv->value);

	if (r == 0)
		r = add_number(line, "create_revision", kv->create_revision);
	if (r == 0)
		r = add_number(line, "version", kv->version);
	if (r == 0 && kv->lease)
		r = add_number(line, "lease", kv->lease);
	return r;
}

/* --- Lines -------------------------------------------------------------------------------- */

static int line_begin(struct cJSON *line, int64_t revision, const char *type)
{
	int r = line ? add_number(line, "revision", revision) : -ENOMEM;

	return r == 0 && cJSON_AddStringToObject(line, "type", type) ? 0 : -ENOMEM;
}

/* Appends the whole line, or nothing. */
static int line_append(const struct cJSON *line, struct buf *ret)
{
	char *text = cJSON_PrintUnformatted(line);
	size_t len = text ? strlen(text) : 0;
	int r = text ? buf_reserve(ret, len + 1) : -ENOMEM;

	if (r == 0)
		r = buf_append(ret, text, len);
	if (r == 0)
		r = buf_append_byte(ret, '\n');
	cJSON_free(text);
	return r;
}

static int path_of(const struct etcd_kv *kv, struct bytes prefix, struct buf *ret)
{
	struct bytes rest = bytes_slice(kv->key, prefix.len, kv->key.len);

	if (!bytes_has_prefix(kv->key, prefix) || key_is_own(rest))
		return STREAM_LINE_NONE;
	return key_to_path(rest, ret);
}

int stream_line_event(
	const struct etcd_event *event, struct bytes prefix, struct bytes dir, struct buf *ret)
{
	CLEANUP(cJSON_Delete) struct cJSON *line = NULL;
	CLEANUP(buf) struct buf path = {0};
	bool is_put = event->type == ETCD_EVENT_PUT;
	int r = path_of(&event->kv, prefix, &path);

	if (r)
		return r;
	if (!bytes_has_prefix(buf_bytes(&path), dir))
		return STREAM_LINE_NONE;
	line = cJSON_CreateObject();
	r = line_begin(line, event->kv.mod_revision, is_put ? "put" : "delete");
	if (r == 0)
		r = add_bytes(line, "path", buf_bytes(&path));
	if (r == 0)
		r = add_bytes(line, "key", event->kv.key);
	if (r == 0 && is_put)
		r = add_value(line, &event->kv);
	return r < 0 ? r : line_append(line, ret);
}

int stream_line_end(const char *type, int64_t revision, struct buf *ret)
{
	CLEANUP(cJSON_Delete) struct cJSON *line = cJSON_CreateObject();
	int r = line && cJSON_AddStringToObject(line, "type", type) ? 0 : -ENOMEM;

	if (r == 0)
		r = add_number(line, "revision", revision);
	return r < 0 ? r : line_append(line, ret);
}
