#include "tests/lib/client.h"

#include "fs/base/clock.h"

#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void note_text(char *to, size_t size, struct bytes from)
{
	size_t len = from.len < size - 1 ? from.len : size - 1;

	if (len)
		memcpy(to, from.data, len);
	to[len] = '\0';
}

void ending_note(void *arg, int error, const struct etcd_reply *reply)
{
	struct ending *ending = arg;

	ending->count++;
	ending->error = error;
	ending->header = reply->header;
	ending->n_kvs = reply->n_kvs;
	ending->more = reply->more;
	ending->number = reply->count;
	ending->succeeded = reply->succeeded;
	for (size_t i = 0; i < reply->n_branches; i++)
		ending->branches[i] = reply->branches[i] ? '1' : '0';
	ending->status = reply->status;
	snprintf(ending->message, sizeof(ending->message), "%s", reply->message);
	snprintf(ending->version, sizeof(ending->version), "%s",
		reply->status.version ? reply->status.version : "");
	ending->n_members = reply->n_members;
	ending->member_id = reply->member_id;
	ending->ttl_s = reply->ttl_s;
	ending->granted_ttl_s = reply->granted_ttl_s;
	if (reply->n_members) {
		ending->member = reply->members[reply->n_members - 1];
		snprintf(ending->name, sizeof(ending->name), "%s", ending->member.name);
		snprintf(ending->url, sizeof(ending->url), "%s", ending->member.peer_urls[0]);
	}
	if (reply->n_kvs) {
		ending->kv = reply->kvs[0];
		note_text(ending->key, sizeof(ending->key), reply->kvs[0].key);
		note_text(ending->value, sizeof(ending->value), reply->kvs[0].value);
	}
}

static void on_connection(void *arg, bool connected, const char *reason)
{
	struct client *client = arg;

	if (connected)
		client->n_up++;
	else
		client->n_down++;
	snprintf(client->reason, sizeof(client->reason), "%s", reason);
}

static void on_refused(void *arg, const char *reason)
{
	struct client *client = arg;

	client->n_refused++;
	snprintf(client->reason, sizeof(client->reason), "%s", reason);
}

void client_open_with(struct client *client, const struct etcd_config *config)
{
	struct etcd_config own = *config;

	*client = (struct client){0};
	own.on_connection = on_connection;
	own.on_refused = on_refused;
	own.arg = client;
	assert_int_equal(etcd_new(&own, &client->etcd), 0);
}

void client_open(struct client *client, const char *endpoints)
{
	struct etcd_config config = {.endpoints = endpoints};

	client_open_with(client, &config);
}

void client_close(struct client *client)
{
	etcd_free(STEAL(client->etcd));
}

static void client_step(struct client *client, int64_t until_ms)
{
	struct pollfd pollfd = {.fd = etcd_fd(client->etcd), .events = POLLIN};
	int64_t left_ms = until_ms - clock_now_ms();

	poll(&pollfd, 1, left_ms > 0 ? (int)left_ms : 0);
	etcd_dispatch(client->etcd);
}

void client_wait(struct client *client, const unsigned *counter, unsigned count)
{
	int64_t until_ms = clock_now_ms() + CLIENT_WAIT_MS;

	while (*counter < count && clock_now_ms() < until_ms)
		client_step(client, until_ms);
	assert_true(*counter >= count);
}

void client_dispatch_for(struct client *client, int ms)
{
	int64_t until_ms = clock_now_ms() + ms;

	while (clock_now_ms() < until_ms)
		client_step(client, until_ms);
}

void client_range(struct client *client, int timeout_ms, struct ending *ret)
{
	struct etcd_range range = {.key = BYTES_LITERAL("key")};

	*ret = (struct ending){0};
	assert_int_equal(etcd_range(client->etcd, &range, timeout_ms, ending_note, ret, NULL), 0);
	client_wait(client, &ret->count, 1);
}

void client_put(struct client *client, const char *key, const char *value, struct ending *ret)
{
	*ret = (struct ending){0};
	assert_int_equal(
		put_one(client->etcd, bytes_of(key), bytes_of(value), 5000, ending_note, ret, NULL),
		0);
	client_wait(client, &ret->count, 1);
}

void client_mkdir(char ret_path[64])
{
	snprintf(ret_path, 64, "/tmp/etcdfs-test-XXXXXX");
	assert_non_null(mkdtemp(ret_path));
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	return remove(path);
}

void client_rmdir(const char *path)
{
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
