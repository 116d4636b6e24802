/* Who we are to etcd: user and password become a token, which every request then carries. */
/*
 * Owner:   the channel, which reads the end of the stream itself.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/headers.h"
#include "fs/etcd/stream.h"

struct auth {
	struct stream stream;
	char *user; /* NULL: none */
	char *password;
	char *file;  /* where the password is; NULL: not known */
	char *token; /* the answer */
};

/* 0 or -ENOMEM. */
int auth_init(struct auth *auth, const struct etcd_config *config);
void auth_fini(struct auth *auth);

/* The password was refused: is there another one in its file by now? Then the stream asks with
 * that. Else @ret_why says why the file cannot be read, "" if it can. */
bool auth_read_again(struct auth *auth, char ret_why[ETCD_WORDS_SIZE]);

/* What a stream that has ended says, with @ret_headers in fresh memory:
 * 0 (a token, or an etcd that wants none), -EACCES (user or password are wrong), -EAGAIN, -ENOMEM.
 */
int auth_result(struct auth *auth, const struct stream_end *end, struct headers **ret_headers);
