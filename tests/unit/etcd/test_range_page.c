/* A page's bytes, read as protobuf-c has written them, and what is no page. */
#include "fs/etcd/message.h"
#include "fs/etcd/range_page.h"
#include "tests/unit/seed.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 4 };

static Etcd__KeyValue kvs[KEYS];
static Etcd__KeyValue *kv_list[KEYS];
static Etcd__Header header;

static Etcd__RangeResponse response_make(void)
{
	Etcd__RangeResponse response = ETCD__RANGE_RESPONSE__INIT;

	etcd__header__init(&header);
	header.cluster_id = UINT64_MAX;
	header.member_id = 3;
	header.revision = 77;
	header.raft_term = 9;
	for (int i = 0; i < KEYS; i++) {
		etcd__key_value__init(&kvs[i]);
		kvs[i].key = binary_of(BYTES_LITERAL("some key"));
		kvs[i].key.len -= i;
		kvs[i].value = binary_of(i % 2 ? (struct bytes){0} : BYTES_LITERAL("\0value"));
		kvs[i].create_revision = i ? INT64_MAX : -1;
		kvs[i].mod_revision = 1 << 7 * i;
		kvs[i].version = i;
		kvs[i].lease = i == 2 ? -5 : 0;
		kv_list[i] = &kvs[i];
	}
	response.header = &header;
	response.kvs = kv_list;
	response.n_kvs = KEYS;
	response.more = true;
	response.count = 1000000;
	return response;
}

static uint8_t *packed(struct bytes *ret)
{
	Etcd__RangeResponse response = response_make();
	uint8_t *data = malloc(etcd__range_response__get_packed_size(&response));

	assert_non_null(data);
	*ret = (struct bytes){data, etcd__range_response__pack(&response, data)};
	return data;
}

static void assert_kv(const struct etcd_kv *kv, const Etcd__KeyValue *packed_kv)
{
	struct etcd_kv right;

	kv_read(packed_kv, &right);
	assert_true(bytes_equal(kv->key, right.key));
	assert_true(bytes_equal(kv->value, right.value));
	assert_int_equal(kv->create_revision, right.create_revision);
	assert_int_equal(kv->mod_revision, right.mod_revision);
	assert_int_equal(kv->version, right.version);
	assert_int_equal(kv->lease, right.lease);
}

static void a_page_is_read(void **state)
{
	struct range_page page;
	struct bytes message;
	uint8_t *data = packed(&message);
	struct etcd_kv kv;

	assert_int_equal(range_page_read(message, &page), 0);
	assert_true(page.header.cluster_id == UINT64_MAX);
	assert_int_equal(page.header.member_id, 3);
	assert_int_equal(page.header.revision, 77);
	assert_int_equal(page.header.raft_term, 9);
	assert_true(page.more);
	assert_int_equal(page.count, 1000000);
	assert_int_equal(page.n_kvs, KEYS);
	assert_true(bytes_equal(page.last_key, bytes_of("some ")));
	for (int i = 0; i < KEYS; i++) {
		assert_true(range_page_next(&page, &kv));
		assert_kv(&kv, &kvs[i]);
	}
	assert_int_equal(page.n_kvs, 0);
	assert_false(range_page_next(&page, &kv));
	free(data);
}

/* What protobuf-c does not read is no page; what is one, is read to its end. */
static void a_cut_page(void **state)
{
	struct bytes message;
	CLEANUP(free) uint8_t *data = packed(&message);

	for (size_t len = 0; len < message.len; len++) {
		struct bytes cut = {malloc(len + 1), len}; /* behind it nothing may be read */
		Etcd__RangeResponse *response;
		struct range_page page;
		int r;
		memcpy((uint8_t *)cut.data, data, len);
		response = etcd__range_response__unpack(NULL, len, cut.data);
		r = range_page_read(cut, &page);
		assert_int_equal(r, response ? 0 : -EIO);
		if (response)
			assert_int_equal(page.n_kvs, response->n_kvs);
		if (response)
			etcd__range_response__free_unpacked(response, NULL);
		free((uint8_t *)cut.data);
	}
}

static void random_bytes_do_no_harm(void **state)
{
	struct bytes message;
	uint8_t *data = packed(&message);

	srand(test_seed());
	for (int i = 0; i < 20000; i++) {
		CLEANUP(free) uint8_t *copy = bytes_dup(message);
		struct range_page page;
		struct etcd_kv kv;
		size_t n = 0, sum = 0;
		for (int j = rand() % 4; j >= 0; j--)
			copy[rand() % message.len] = (uint8_t)rand();
		if (range_page_read((struct bytes){copy, message.len}, &page) < 0)
			continue;
		for (size_t left = page.n_kvs; range_page_next(&page, &kv); n++) {
			assert_true(n < left);
			sum += kv.key.len + kv.value.len;
		}
		assert_int_equal(page.n_kvs, 0);
		assert_true(sum <= message.len);
	}
	free(data);
}

/* Of a newer etcd: fields of each wire type that nobody knows here, and one of them cut. */
static void what_is_not_known_is_skipped(void **state)
{
	static const uint8_t message[] = {0x50, 0x96, 1, 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x52, 1, 'x',
		0x55, 1, 2, 3, 4, 0x20, 5};
	static const uint8_t group[] = {0x53, 0x54}, zero[] = {0, 1};
	struct range_page page;

	assert_int_equal(range_page_read((struct bytes){message, sizeof(message)}, &page), 0);
	assert_int_equal(page.count, 5);
	assert_int_equal(page.n_kvs, 0);
	assert_int_equal(range_page_read((struct bytes){message, 10}, &page), -EIO);
	assert_int_equal(range_page_read((struct bytes){group, 2}, &page), -EIO);
	assert_int_equal(range_page_read((struct bytes){zero, 2}, &page), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_read),
		cmocka_unit_test(a_cut_page),
		cmocka_unit_test(random_bytes_do_no_harm),
		cmocka_unit_test(what_is_not_known_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
