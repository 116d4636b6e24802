#include "fs/etcd/message.h"

#include "fs/etcd/frame.h"

#include <errno.h>

int message_frame(const ProtobufCMessage *message, struct bytes *frame)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = len <= FRAME_MESSAGE_MAX ? malloc(FRAME_HEADER_SIZE + len) : NULL;

	if (!data)
		return -ENOMEM;
	frame_header_write(data, (uint32_t)len);
	protobuf_c_message_pack(message, data + FRAME_HEADER_SIZE);
	frame_free(frame);
	*frame = (struct bytes){data, FRAME_HEADER_SIZE + len};
	return 0;
}

void frame_free(struct bytes *frame)
{
	free((uint8_t *)frame->data);
	*frame = (struct bytes){0};
}

int64_t revision_read(int64_t revision)
{
	if (revision < 0)
		return 0;
	return revision < ETCD_REVISION_MAX ? revision : ETCD_REVISION_MAX;
}

void kv_read(const Etcd__KeyValue *from, struct etcd_kv *ret)
{
	*ret = (struct etcd_kv){
		.key = {from->key.data, from->key.len},
		.value = {from->value.data, from->value.len},
		.create_revision = revision_read(from->create_revision),
		.mod_revision = revision_read(from->mod_revision),
		.version = from->version,
		.lease = from->lease,
	};
}

void answer_clear(struct answer *answer)
{
	if (answer->message)
		protobuf_c_message_free_unpacked(answer->message, NULL);
	free(answer->items);
	buf_fini(&answer->bytes);
	*answer = (struct answer){.reply = {.message = ""}};
}

void header_read(const Etcd__Header *header, struct etcd_header *ret)
{
	*ret = (struct etcd_header){0};
	if (!header)
		return;
	ret->cluster_id = header->cluster_id;
	ret->member_id = header->member_id;
	ret->revision = revision_read(header->revision);
	ret->raft_term = header->raft_term;
}

/* In all of etcd's answers the header is the first field. */
int answer_read(struct answer *answer, const ProtobufCMessageDescriptor *type, struct bytes bytes)
{
	const char *message;

	answer->message = protobuf_c_message_unpack(type, NULL, bytes.len, bytes.data);
	if (!answer->message)
		return -EIO;
	message = (const char *)answer->message;
	header_read(
		*(Etcd__Header *const *)(message + type->fields[0].offset), &answer->reply.header);
	return 0;
}
