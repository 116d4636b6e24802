/*
 * Numbers are written as raw text, because cJSON keeps them as doubles and a lease needs 64 bits.
 */
#include "fs/control/json_line.h"

#include "fs/base/base64.h"
#include "fs/base/utf8.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cJSON *json_line_new(void)
{
	return cJSON_CreateObject();
}

void json_line_free(struct cJSON *line)
{
	cJSON_Delete(line);
}

/* --- Bytes -------------------------------------------------------------------------------- */

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

/* --- Members ------------------------------------------------------------- */

int json_line_number(struct cJSON *line, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return cJSON_AddRawToObject(line, name, text) ? 0 : -ENOMEM;
}

static int add_quoted(struct cJSON *line, const char *name, struct bytes bytes)
{
	CLEANUP(buf) struct buf quoted = {0};

	if (quoted_append(bytes, &quoted) < 0)
		return -ENOMEM;
	return cJSON_AddRawToObject(line, name, (char *)quoted.data) ? 0 : -ENOMEM;
}

int json_line_text(struct cJSON *line, const char *name, const char *text)
{
	return add_quoted(line, name, bytes_of(text));
}

int json_line_bytes(struct cJSON *line, const char *name, struct bytes bytes)
{
	CLEANUP(buf) struct buf base64 = {0};
	char base64_name[32];

	if (utf8_is_all(bytes))
		return add_quoted(line, name, bytes);
	if (base64_encode(bytes, &base64) < 0)
		return -ENOMEM;
	snprintf(base64_name, sizeof(base64_name), "%s_base64", name);
	return add_quoted(line, base64_name, buf_bytes(&base64));
}

int json_line_append(const struct cJSON *line, struct buf *ret)
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
