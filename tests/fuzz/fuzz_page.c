/* A page of a list is read as protobuf-c reads it. */
#include "tests/fuzz/fuzz.h"

#include "fs/etcd/message.h"
#include "fs/etcd/range_page.h"

static void kv_check(const struct etcd_kv *kv, const Etcd__KeyValue *other)
{
	struct etcd_kv read;

	kv_read(other, &read);
	fuzz_check(bytes_equal(kv->key, read.key) && bytes_equal(kv->value, read.value));
	fuzz_check(kv->create_revision == read.create_revision);
	fuzz_check(kv->mod_revision == read.mod_revision);
	fuzz_check(kv->version == read.version && kv->lease == read.lease);
}

static void page_check(struct range_page page, const Etcd__RangeResponse *other)
{
	struct etcd_header header;
	struct etcd_kv kv;

	header_read(other->header, &header);
	fuzz_check(page.header.cluster_id == header.cluster_id);
	fuzz_check(page.header.revision == header.revision);
	fuzz_check(page.more == other->more && page.count == other->count);
	fuzz_check(page.n_kvs == other->n_kvs);
	for (size_t i = 0; i < other->n_kvs; i++) {
		fuzz_check(range_page_next(&page, &kv));
		kv_check(&kv, other->kvs[i]);
	}
	fuzz_check(!range_page_next(&page, &kv));
}

static bool has_unknown_fields(const Etcd__RangeResponse *response)
{
	bool any = response->base.n_unknown_fields ||
		   (response->header && response->header->base.n_unknown_fields);

	for (size_t i = 0; i < response->n_kvs; i++)
		any |= response->kvs[i]->base.n_unknown_fields != 0;
	return any;
}

/* What protobuf-c has understood, written anew: it takes some fields of other types than theirs,
 * and fields without a number. */
static void understood_check(const Etcd__RangeResponse *response)
{
	size_t len = etcd__range_response__get_packed_size(response);
	uint8_t *bytes = malloc(len + 1);
	struct range_page page;

	fuzz_check(bytes && etcd__range_response__pack(response, bytes) == len);
	fuzz_check(range_page_read((struct bytes){bytes, len}, &page) == 0);
	page_check(page, response);
	free(bytes);
}

void fuzz_one(struct bytes input)
{
	Etcd__RangeResponse *response = etcd__range_response__unpack(NULL, input.len, input.data);
	struct range_page page;
	struct etcd_kv kv;
	int r = range_page_read(input, &page);

	while (r == 0 && range_page_next(&page, &kv)) {
		fuzz_touch(kv.key);
		fuzz_touch(kv.value);
	}
	if (!response)
		return;
	if (!has_unknown_fields(response))
		understood_check(response);
	etcd__range_response__free_unpacked(response, NULL);
}
