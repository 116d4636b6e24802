/* A line of a stream: of any event it is one line of JSON, with the key and the value in it. */
#include "tests/fuzz/fuzz.h"

#include "fs/control/stream_line.h"

#include <cjson/cJSON.h>
#include <string.h>

static void line_check(const struct buf *line)
{
	const char *text = (const char *)line->data;
	cJSON *object;

	fuzz_check(line->len > 1 && text[line->len - 1] == '\n');
	fuzz_check(!memchr(text, '\n', line->len - 1) && !memchr(text, 0, line->len));
	object = cJSON_ParseWithLength(text, line->len);
	fuzz_check(cJSON_IsObject(object));
	fuzz_check(cJSON_HasObjectItem(object, "key") || cJSON_HasObjectItem(object, "key_base64"));
	fuzz_check(
		cJSON_HasObjectItem(object, "path") || cJSON_HasObjectItem(object, "path_base64"));
	cJSON_Delete(object);
}

void fuzz_one(struct bytes input)
{
	CLEANUP(buf) struct buf line = {0};
	struct etcd_event event = {.type = fuzz_byte(&input) % 2};
	struct bytes prefix;

	event.kv.mod_revision = (int64_t)fuzz_number(&input, 8);
	event.kv.lease = (int64_t)fuzz_number(&input, 8);
	prefix = fuzz_bytes(&input, fuzz_byte(&input) % 4);
	event.kv.key = fuzz_bytes(&input, fuzz_byte(&input));
	event.kv.value = input;
	if (stream_line_event(&event, prefix, (struct bytes){0}, &line) == 0)
		line_check(&line);
	else
		fuzz_check(line.len == 0);
}
