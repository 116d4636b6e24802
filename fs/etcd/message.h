/* Between protobuf-c's messages and the structs of etcd.h. */
/*
 * Owner:   an answer owns its message and its items; its reply points into them.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/rpc.pb-c.h"

/* What a reply points to. */
struct answer {
	struct etcd_reply reply;
	ProtobufCMessage *message;
	void *items; /* its kvs or members */
};

void answer_clear(struct answer *answer);
/* The message, of @type, that @bytes are, and the header of the reply. 0 or -EIO. */
int answer_read(struct answer *answer, const ProtobufCMessageDescriptor *type, struct bytes bytes);

/* A frame with @message in it takes the place of @frame, which is freed. 0 or -ENOMEM. */
int message_frame(const ProtobufCMessage *message, struct bytes *frame);
void frame_free(struct bytes *frame); /* an empty one is fine */

int64_t revision_read(int64_t revision); /* 0 to ETCD_REVISION_MAX */
void header_read(const Etcd__Header *header, struct etcd_header *ret); /* NULL: zero */
void kv_read(const Etcd__KeyValue *from, struct etcd_kv *ret);

static inline ProtobufCBinaryData binary_of(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.data};
}
