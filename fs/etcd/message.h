/* Translates between protobuf-c's messages and the structs of etcd.h. */
/*
 * Owner:   an answer owns its message and its items; its reply points into them.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/rpc.pb-c.h"

/* A reply, and the memory that it points to. */
struct answer {
	struct etcd_reply reply;
	ProtobufCMessage *message;
	void *items;	  /* the array of the reply's kvs or members */
	struct buf bytes; /* of the message itself, where the method takes them */
};

void answer_clear(struct answer *answer);
/* Unpacks @bytes as a message of @type, and fills the header of the reply. 0 or -EIO. */
int answer_read(struct answer *answer, const ProtobufCMessageDescriptor *type, struct bytes bytes);

/* Replaces *@frame, which is freed, by a new frame with @message. 0 or -ENOMEM. */
int message_frame(const ProtobufCMessage *message, struct bytes *frame);
void frame_free(struct bytes *frame); /* an empty one is fine */

int64_t revision_read(int64_t revision); /* limited to 0 ... ETCD_REVISION_MAX */
void header_read(const Etcd__Header *header, struct etcd_header *ret); /* @header NULL: all zero */
void kv_read(const Etcd__KeyValue *from, struct etcd_kv *ret);

static inline ProtobufCBinaryData binary_of(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.data};
}
