/* What the rooms of fs/etcd share of a client; etcd.h is for everybody else. */
#pragma once

#include "fs/base/timer.h"
#include "fs/etcd/channel.h"
#include "fs/etcd/etcd.h"
#include "fs/etcd/mailbox.h"

#include <stddef.h>

#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct etcd {
	struct poller poller;
	struct mailbox mailbox;
	struct channel channel; /* this and the timers: the dispatching thread only */
	struct timers timers;
};

/* Any thread: hands a request over. 0, or -ECANCELED when the client is being freed. */
int client_post(struct etcd *etcd, struct request *request, uint64_t *ret_id);
