#include "tests/lib/ask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct real_etcd real;
struct client client;
struct ending ending;

int ask_start(void **state)
{
	real_etcd_init(&real);
	return 0;
}

int ask_stop(void **state)
{
	real_etcd_fini(&real);
	return 0;
}

int ask_setup(void **state)
{
	client_open(&client, real.unix_endpoint);
	return 0;
}

int ask_teardown(void **state)
{
	client_close(&client);
	return 0;
}

void ask_wait(void)
{
	client_wait(&client, &ending.count, 1);
}

void ask_put(const char *key, const char *value)
{
	client_put(&client, key, value, &ending);
	assert_int_equal(ending.error, 0);
}

void ask_get(const char *key)
{
	struct etcd_range range = {.key = bytes_of(key)};

	ending = (struct ending){0};
	etcd_range(client.etcd, &range, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
	assert_int_equal(ending.error, 0);
}

void ask_delete(const char *key, const char *range_end)
{
	struct etcd_op delete = {
		.type = ETCD_OP_DELETE, .key = bytes_of(key), .range_end = bytes_of(range_end)};
	struct etcd_txn txn = {.success = &delete, .n_success = 1};

	ask_txn(&txn);
	assert_int_equal(ending.error, 0);
}

void ask_txn(const struct etcd_txn *txn)
{
	ending = (struct ending){0};
	assert_int_equal(etcd_txn(client.etcd, txn, ASK_MS, ending_note, &ending, NULL), 0);
	ask_wait();
}
