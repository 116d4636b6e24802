/* Between protobuf-c's messages and the structs of etcd.h. */
/*
 * Owner:   an answer owns its message, its kvs and its members; its reply points into them.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/rpc.pb-c.h"

/* What a reply points to. */
struct answer {
	struct etcd_reply reply;
	ProtobufCMessage *message;
	struct etcd_kv *kvs;
	struct etcd_member *members;
};

void answer_clear(struct answer *answer);
void answer_read_header(struct answer *answer, const Etcd__Header *header);
int answer_read_kvs(struct answer *answer, Etcd__KeyValue *const *kvs, size_t n_kvs);
int answer_read_members(struct answer *answer, Etcd__Member *const *members, size_t n_members);

/* A frame with @message in it takes the place of @frame, which is freed. 0 or -ENOMEM. */
int message_frame(const ProtobufCMessage *message, struct bytes *frame);
void frame_free(struct bytes *frame); /* an empty one is fine */

/* The message that @bytes are, which the caller frees; NULL: none. */
ProtobufCMessage *message_read(const ProtobufCMessageDescriptor *type, struct bytes bytes);

int64_t revision_read(int64_t revision); /* 0 to ETCD_REVISION_MAX */
void header_read(const Etcd__Header *header, struct etcd_header *ret); /* NULL: zero */
void kv_read(const Etcd__KeyValue *from, struct etcd_kv *ret);

static inline ProtobufCBinaryData binary_of(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.data};
}
