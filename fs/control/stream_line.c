#include "fs/control/stream_line.h"

#include "fs/control/json_line.h"
#include "fs/tree/key.h"

#include <errno.h>

static int add_value(struct cJSON *line, const struct etcd_kv *kv)
{
	int r = kv->value.len > STREAM_LINE_VALUE_MAX
			? json_line_number(line, "value_length", (int64_t)kv->value.len)
			: json_line_bytes(line, "value", kv->value);

	if (r == 0)
		r = json_line_number(line, "create_revision", kv->create_revision);
	if (r == 0)
		r = json_line_number(line, "version", kv->version);
	if (r == 0 && kv->lease)
		r = json_line_number(line, "lease", kv->lease);
	return r;
}

/* --- Lines -------------------------------------------------------------------------------- */

static int line_begin(struct cJSON *line, int64_t revision, const char *type)
{
	int r = line ? json_line_number(line, "revision", revision) : -ENOMEM;

	return r < 0 ? r : json_line_text(line, "type", type);
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
	CLEANUP(json_line_free) struct cJSON *line = NULL;
	CLEANUP(buf) struct buf path = {0};
	bool is_put = event->type == ETCD_EVENT_PUT;
	int r = path_of(&event->kv, prefix, &path);

	if (r)
		return r;
	if (!bytes_has_prefix(buf_bytes(&path), dir))
		return STREAM_LINE_NONE;
	line = json_line_new();
	r = line_begin(line, event->kv.mod_revision, is_put ? "put" : "delete");
	if (r == 0)
		r = json_line_bytes(line, "path", buf_bytes(&path));
	if (r == 0)
		r = json_line_bytes(line, "key", event->kv.key);
	if (r == 0 && is_put)
		r = add_value(line, &event->kv);
	return r < 0 ? r : json_line_append(line, ret);
}

int stream_line_end(const char *type, int64_t revision, struct buf *ret)
{
	CLEANUP(json_line_free) struct cJSON *line = json_line_new();
	int r = line ? json_line_text(line, "type", type) : -ENOMEM;

	if (r == 0)
		r = json_line_number(line, "revision", revision);
	return r < 0 ? r : json_line_append(line, ret);
}
