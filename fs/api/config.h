/* How a mount is to be made, as the supervisor tells the filesystem process. */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All strings are borrowed until fs_run() returns. What has a pointer here is sent by config.c. */
struct fs_config {
	const char *mountpoint; /* absolute */
	const char *source; /* the first column of /proc/mounts, "etcdfs" or the member's name */
	const char *member; /* the member's name; NULL: not known */
	struct etcd_config etcd; /* where it is, and who we are to it; no callbacks */
	struct bytes prefix;	 /* of every key; may be empty */
	int timeout_ms;		 /* of every operation */
	uid_t uid;
	gid_t gid;
	mode_t fmask;	  /* 0777 & ~fmask is what files show, */
	mode_t dmask;	  /* 0777 & ~dmask directories */
	bool allow_other; /* always with default_permissions */
	bool read_only;
	bool inotify;	  /* make inotify events of what other nodes change */
	bool cached;	  /* reads are answered from memory, also from the kernel's */
	bool debug;	  /* libfuse's trace on stderr */
	size_t max_value; /* bytes; larger ones are EFBIG in write */
	int64_t quota;	  /* bytes, for df; 0: not known, or none */
	int control;	  /* the socket; owned by the caller */
	/* Of the dead mount of an earlier process there, which is taken off just before: who
	 * writes there while nothing is mounted writes into the directory below. 0: none. */
	uint32_t dead_minor;
};

/* For the filesystem process, as the first packet on the socket; `control` is its own affair. 0 or
 * -errno. */
int fs_config_send(int socket, const struct fs_config *config);

/* What fs_config_send() has sent: @ret points into @packet, which has a password in it, perhaps. 0
 * or -errno. */
int fs_config_receive(int socket, struct buf *packet, struct fs_config *ret);
void fs_config_packet_free(struct buf *packet);
