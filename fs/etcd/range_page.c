/*
 * The bytes are checked once, as a whole, before anything is made of them. Fields that are not
 * known are skipped, as a newer etcd may send more; of fields that come twice the last one counts,
 * as in every reader of protobuf.
 */
#include "fs/etcd/range_page.h"

#include "fs/etcd/message.h"

#include <errno.h>

enum wire { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

struct field {
	uint64_t number;
	enum wire wire;
	uint64_t integer;   /* WIRE_VARINT */
	struct bytes bytes; /* WIRE_BYTES */
};

static bool varint_next(struct bytes *rest, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < rest->len && i < 10; i++) {
		value |= (uint64_t)(rest->data[i] & 0x7f) << 7 * i;
		if (rest->data[i] < 0x80) {
			*rest = (struct bytes){rest->data + i + 1, rest->len - i - 1};
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool bytes_next(struct bytes *rest, uint64_t len, struct bytes *ret)
{
	if (len > rest->len)
		return false;
	*ret = (struct bytes){rest->data, len};
	*rest = (struct bytes){rest->data + len, rest->len - len};
	return true;
}

static bool field_value(struct bytes *rest, struct field *field)
{
	uint64_t len;

	switch (field->wire) {
	case WIRE_VARINT:
		return varint_next(rest, &field->integer);
	case WIRE_BYTES:
		return varint_next(rest, &len) && bytes_next(rest, len, &field->bytes);
	case WIRE_FIXED64:
		return bytes_next(rest, 8, &field->bytes);
	case WIRE_FIXED32:
		return bytes_next(rest, 4, &field->bytes);
	}
	return false;
}

/* 1: a field; 0: there is none left; -EIO. */
static int field_next(struct bytes *rest, struct field *ret)
{
	uint64_t tag;

	if (!rest->len)
		return 0;
	if (!varint_next(rest, &tag) || tag < 8)
		return -EIO;
	*ret = (struct field){.number = tag >> 3, .wire = tag & 7};
	return field_value(rest, ret) ? 1 : -EIO;
}

static bool field_is(const struct field *field, uint64_t number, enum wire wire)
{
	return field->number == number && field->wire == wire;
}

static int header_parse(struct bytes bytes, struct etcd_header *ret)
{
	struct field field;
	int r;

	while ((r = field_next(&bytes, &field)) > 0) {
		if (field_is(&field, 1, WIRE_VARINT))
			ret->cluster_id = field.integer;
		else if (field_is(&field, 2, WIRE_VARINT))
			ret->member_id = field.integer;
		else if (field_is(&field, 3, WIRE_VARINT))
			ret->revision = revision_read((int64_t)field.integer);
		else if (field_is(&field, 4, WIRE_VARINT))
			ret->raft_term = field.integer;
	}
	return r;
}

static int kv_parse(struct bytes bytes, struct etcd_kv *ret)
{
	struct field field;
	int r;

	*ret = (struct etcd_kv){0};
	while ((r = field_next(&bytes, &field)) > 0) {
		if (field_is(&field, 1, WIRE_BYTES))
			ret->key = field.bytes;
		else if (field_is(&field, 2, WIRE_VARINT))
			ret->create_revision = revision_read((int64_t)field.integer);
		else if (field_is(&field, 3, WIRE_VARINT))
			ret->mod_revision = revision_read((int64_t)field.integer);
		else if (field_is(&field, 4, WIRE_VARINT))
			ret->version = (int64_t)field.integer;
		else if (field_is(&field, 5, WIRE_BYTES))
			ret->value = field.bytes;
		else if (field_is(&field, 6, WIRE_VARINT))
			ret->lease = (int64_t)field.integer;
	}
	return r;
}

static int page_field(struct range_page *page, const struct field *field)
{
	struct etcd_kv kv;

	if (field_is(field, 1, WIRE_BYTES))
		return header_parse(field->bytes, &page->header);
	if (field_is(field, 3, WIRE_VARINT))
		page->more = field->integer;
	if (field_is(field, 4, WIRE_VARINT))
		page->count = (int64_t)field->integer;
	if (!field_is(field, 2, WIRE_BYTES))
		return 0;
	if (kv_parse(field->bytes, &kv) < 0)
		return -EIO;
	page->n_kvs++;
	page->last_key = kv.key;
	return 0;
}

int range_page_read(struct bytes message, struct range_page *ret)
{
	struct range_page page = {.rest = message};
	struct field field;
	int r;

	while ((r = field_next(&message, &field)) > 0) {
		r = page_field(&page, &field);
		if (r < 0)
			return r;
	}
	if (r == 0)
		*ret = page;
	return r;
}

bool range_page_next(struct range_page *page, struct etcd_kv *ret)
{
	struct field field;

	while (page->n_kvs && field_next(&page->rest, &field) > 0) {
		if (!field_is(&field, 2, WIRE_BYTES))
			continue;
		page->n_kvs--;
		return kv_parse(field.bytes, ret) == 0;
	}
	return false;
}
