/* A real etcd for a test: in a directory of its own, on a unix socket there and a local port. */
/*
 * Threads: one, which must live as long as the etcd: it dies with the thread that started it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct real_etcd {
	char dir[64];
	char unix_endpoint[96];
	char tcp_endpoint[64];
	char socket_path[80];
	int port;
	pid_t pid; /* 0: it does not run */
};

/* Fails the test when it cannot. Does not wait until it serves. */
void real_etcd_init(struct real_etcd *real);
void real_etcd_fini(struct real_etcd *real);

void real_etcd_start(struct real_etcd *real);
void real_etcd_kill(struct real_etcd *real); /* SIGKILL; the data stays */

void real_etcd_pause(const struct real_etcd *real, bool pause); /* SIGSTOP, SIGCONT */

/* What is not to go through the client under test. */
void real_etcd_compact(const struct real_etcd *real, long revision);
long real_etcd_put(const struct real_etcd *real); /* of some key; the new revision */
