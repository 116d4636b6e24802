/* The configuration of a mount, as the supervisor sends it to the filesystem process. */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/buf.h"
#include "fs/base/log.h"
#include "fs/etcd/etcd.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All strings are borrowed until fs_run() returns. config.c, which sends them, must know every
 * member that is a pointer. */
struct fs_config {
	const char *mountpoint;	 /* absolute */
	const char *source;	 /* the first column of /proc/mounts */
	const char *member;	 /* the member's name; NULL: not known */
	struct etcd_config etcd; /* the endpoints and our credentials; no callbacks */
	struct bytes prefix;	 /* the prefix of every key; may be empty */
	int timeout_ms;		 /* the time limit of every operation */
	int lock_ttl_s;		 /* the time of the mount's lease */
	int64_t dead_lease;	 /* the lease of an earlier process, to be revoked; 0: none */
	uid_t uid;
	gid_t gid;
	mode_t fmask;	  /* 0777 & ~fmask is the mode of files */
	mode_t dmask;	  /* 0777 & ~dmask is the mode of directories */
	mode_t make_mask; /* the bits that no file is made with */
	bool allow_other; /* always with default_permissions */
	bool read_only;
	bool metadata;		  /* modes, owners, times and links are kept in etcd */
	bool inotify;		  /* raise inotify events for changes made elsewhere */
	bool cached;		  /* reads are answered from memory, the kernel's caches included */
	bool is_heard;		  /* the supervisor reads our stderr, and passes the log on */
	enum log_level log_level; /* LOG_LEVEL_DEBUG: with libfuse's trace */
	size_t max_value; /* limit of a value, in bytes; a write beyond it fails with EFBIG */
	int64_t quota;	  /* bytes, for df; 0: unknown, or no quota */
	int control;	  /* the socket; owned by the caller */
	/* The device number of a dead mount that an earlier process left on the mountpoint; 0:
	 * none. It is unmounted only just before the new mount, because writes made while nothing
	 * is mounted go into the directory below. */
	uint32_t dead_minor;
	/* Of the mount: MS_NOEXEC and MS_SYNCHRONOUS. Whether it is read-only may change later, and
	 * each update says so. */
	unsigned long flags;
	/* Another process has mounted, and unmounts. The first process gets its device as
	 * inherited.device, with no INIT, since the kernel has not sent it yet. */
	bool is_given;
	struct fs_inheritance inherited;
	int held; /* the file of the locks that are held (fs/lock/held.h); 0: none */
};

/* Sends @config to the filesystem process, as the first packet on the socket, with the inherited
 * device, and then `held`; `control` means nothing to the receiver, which sets its own. 0 or
 * -errno. */
int fs_config_send(int socket, const struct fs_config *config);

/* Receives what fs_config_send() has sent. @ret points into @packet, which may hold a password; the
 * inherited device and `held` are the caller's. 0 or -errno. */
int fs_config_receive(int socket, struct buf *packet, struct fs_config *ret);
void fs_config_packet_free(struct buf *packet);
