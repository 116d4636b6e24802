#include "fs/etcd/anchor.h"

#include "fs/etcd/rpc.pb-c.h"

#include <errno.h>
#include <stddef.h>

static int anchor_message(struct stream *stream, struct bytes message)
{
	struct anchor *anchor = (struct anchor *)((char *)stream - offsetof(struct anchor, stream));

	anchor->is_answered = true;
	return 0;
}

static const struct stream_ops anchor_ops = {.message = anchor_message};

int anchor_init(struct anchor *anchor)
{
	Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
	Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;
	int32_t filters[] = {0, 1}; /* no puts, no deletes */
	uint8_t key[] = {0};
	size_t len;

	create.key = (ProtobufCBinaryData){sizeof(key), key};
	create.filters = filters;
	create.n_filters = 2;
	request.request_case = ETCD__WATCH_REQUEST__REQUEST_CREATE;
	request.create = &create;
	len = etcd__watch_request__get_packed_size(&request);
	*anchor = (struct anchor){.body = malloc(FRAME_HEADER_SIZE + len)};
	if (!anchor->body)
		return -ENOMEM;
	frame_header_write(anchor->body, (uint32_t)len);
	etcd__watch_request__pack(&request, anchor->body + FRAME_HEADER_SIZE);
	anchor->stream.ops = &anchor_ops;
	anchor->stream.is_watch = true;
	anchor->stream.path = "/etcdserverpb.Watch/Watch";
	anchor->stream.body = (struct bytes){anchor->body, FRAME_HEADER_SIZE + len};
	return 0;
}

void anchor_fini(struct anchor *anchor)
{
	free(anchor->body);
}
