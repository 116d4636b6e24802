/* The value of a lock's key: JSON with its mode and its holder, for people and for other mounts. */
#include "fs/base/utf8.h"
#include "fs/lock/lock_name.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

CLEANUP_POINTER(cJSON, cJSON_Delete)
CLEANUP_POINTER(char, cJSON_free)

#define VALUE_MAX 4096 /* of a longer one nothing is read */

/* The name of a process or of a machine may have any bytes. */
static void text_clean(char *text)
{
	uint8_t *at = (uint8_t *)text;
	uint32_t character;

	while (*at) {
		size_t length = utf8_decode(at, 4, &character);
		if (!length)
			*at = '?';
		at += length ? length : 1;
	}
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
	char clean[sizeof(((struct lock_holder *)NULL)->host)];

	strncpy(clean, text, sizeof(clean) - 1);
	clean[sizeof(clean) - 1] = '\0';
	text_clean(clean);
	return cJSON_AddStringToObject(object, name, clean);
}

int lock_value(const struct lock_holder *holder, struct buf *ret)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();
	CLEANUP(cJSON_free) char *text = NULL;

	if (!object || !add_text(object, "mode", holder->shared ? "shared" : "exclusive") ||
		!add_text(object, "host", holder->host) ||
		!cJSON_AddNumberToObject(object, "pid", (double)holder->pid) ||
		!add_text(object, "command", holder->command) ||
		(holder->beside && !cJSON_AddTrueToObject(object, "beside")))
		return -ENOMEM;
	text = cJSON_PrintUnformatted(object);
	return text ? buf_append_bytes(ret, bytes_of(text)) : -ENOMEM;
}

static const char *member(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

/* Cut where a character ends. */
static void copy_text(char *to, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	while (len > 0 && text[len] && ((uint8_t)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(to, text, len);
	to[len] = '\0';
}

bool lock_value_parse(struct bytes value, struct lock_holder *ret)
{
	CLEANUP(cJSON_Delete) cJSON *object = NULL;
	const cJSON *pid;
	const char *mode;

	*ret = (struct lock_holder){0};
	if (value.len && value.len <= VALUE_MAX)
		object = cJSON_ParseWithLength((const char *)value.data, value.len);
	mode = member(object, "mode");
	if (strcmp(mode, "shared") != 0 && strcmp(mode, "exclusive") != 0)
		return false;
	ret->shared = strcmp(mode, "shared") == 0;
	ret->beside = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "beside"));
	pid = cJSON_GetObjectItemCaseSensitive(object, "pid");
	ret->pid = cJSON_IsNumber(pid) ? pid->valueint : 0;
	copy_text(ret->host, sizeof(ret->host), member(object, "host"));
	copy_text(ret->command, sizeof(ret->command), member(object, "command"));
	return true;
}
