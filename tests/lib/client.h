/* A client under test: dispatches it, and remembers what its callbacks were told. */
/*
 * Threads: one; the thread of the test is the dispatching thread.
 */
#pragma once

#include "tests/lib/put.h"

enum { CLIENT_WAIT_MS = 10000 };

/* One request's end. */
struct ending {
	unsigned count; /* of callbacks */
	int error;
	char message[256];
	struct etcd_header header;
	size_t n_kvs;
	bool more;
	int64_t number; /* the reply's count */
	bool succeeded;
	char branches[256]; /* "1" or "0" for each */
	struct etcd_kv kv;  /* the first; its bytes are in key and value */
	char key[64];
	char value[256];
	struct etcd_status status;
	char version[32];
	size_t n_members;
	struct etcd_member member; /* the last; its name and first peer URL are in name and url */
	char name[64], url[64];
	uint64_t member_id;
	int64_t ttl_s, granted_ttl_s;
};

void ending_note(void *arg, int error, const struct etcd_reply *reply); /* an etcd_reply_fn */

struct client {
	struct etcd *etcd;
	unsigned n_up, n_down; /* calls of on_connection */
	unsigned n_refused;    /* calls of on_refused */
	char reason[256];
};

/* Fails the test when it cannot. */
void client_open(struct client *client, const char *endpoints);
/* The callbacks are the client's. */
void client_open_with(struct client *client, const struct etcd_config *config);
void client_close(struct client *client);

/* Dispatches until *@counter is at least @count; fails the test after CLIENT_WAIT_MS. */
void client_wait(struct client *client, const unsigned *counter, unsigned count);

/* Dispatches for a while: to see that something does not happen. */
void client_dispatch_for(struct client *client, int ms);

/* A Range of "key", from start to end. */
void client_range(struct client *client, int timeout_ms, struct ending *ret);
void client_put(struct client *client, const char *key, const char *value, struct ending *ret);

/* A private directory with a trailing path, e.g. for a socket; removed by client_rmdir(). */
void client_mkdir(char ret_path[64]);
void client_rmdir(const char *path);
