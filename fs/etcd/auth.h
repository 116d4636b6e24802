/* Authentication: user and password become a token, which every request then carries. */
/*
 * Owner:   the channel, which handles the end of the stream.
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
	char *file;  /* the file that the password was read from; NULL: none */
	char *token; /* the answer, until auth_result() takes it */
};

/* 0 or -ENOMEM. */
int auth_init(struct auth *auth, const struct etcd_config *config);
void auth_fini(struct auth *auth);

/* After a refusal: reads the password's file again. True: there is another password in it, and the
 * stream's request now has that one. Else @ret_why says why the file cannot be read, or is "". */
bool auth_read_again(struct auth *auth, char ret_why[ETCD_WORDS_SIZE]);

/* The result of the stream that has ended. 0: *@ret_headers is new, with a token or, if etcd's
 * authentication is off, without. -EACCES: wrong user or password. -EAGAIN, -ENOMEM. */
int auth_result(struct auth *auth, const struct stream_end *end, struct headers **ret_headers);
