#include "fs/etcd/anchor.h"

#include "fs/etcd/message.h"

static int anchor_message(struct stream *stream, struct bytes message)
{
	struct anchor *anchor = CONTAINER(stream, struct anchor, stream);

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

	create.key = (ProtobufCBinaryData){sizeof(key), key};
	create.filters = filters;
	create.n_filters = 2;
	request.request_case = ETCD__WATCH_REQUEST__REQUEST_CREATE;
	request.create = &create;
	*anchor = (struct anchor){0};
	anchor->stream.ops = &anchor_ops;
	anchor->stream.is_watch = true;
	anchor->stream.path = "/etcdserverpb.Watch/Watch";
	return message_frame(&request.base, &anchor->stream.body);
}

void anchor_fini(struct anchor *anchor)
{
	frame_free(&anchor->stream.body);
}
