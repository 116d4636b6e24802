/* One mount of etcd's keyspace, run in a process of its own. */
/*
 * The supervisor executes the program anew (fs_process()), and sends the configuration over one
 * SOCK_SEQPACKET pair; fs_run() then returns when the mount is gone. Both talk over that pair, one
 * struct a packet: updates go down, reports come up. The end of the socket means that the other
 * side is gone: the filesystem then unmounts and ends.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum fs_role {
	FS_ROLE_OFFLINE,   /* etcd is down, or does not answer */
	FS_ROLE_CANDIDATE, /* up, no leader known */
	FS_ROLE_FOLLOWER,
	FS_ROLE_LEADER,
	FS_ROLE_LEARNER,
	FS_ROLES_,
};

/* "offline", "candidate", ...; static. */
const char *fs_role_name(enum fs_role role);

/* What etcd's Status said last. Sent again before valid_ms is over, or the mount says "offline": a
 * role is never shown on the word of a supervisor that has stopped. */
struct fs_role_update {
	enum fs_role role;
	uint64_t term;
	uint64_t cluster_id;
	uint64_t member_id;
	uint64_t leader_id;
	int64_t db_size; /* bytes; for df */
	int64_t db_size_in_use;
	bool no_space; /* alarms of the cluster */
	bool corrupt;
	char version[24];
	int valid_ms; /* from its arrival; 0: for ever */
	/* Of clock_boot_ms(): from then on a leader's word is "candidate", whether somebody is
	 * there to say so or not; 0: never, where nobody else can lead. */
	int64_t leads_until_ms;
};

/* The etcd that the supervisor keeps running. */
struct fs_child_update {
	pid_t pid; /* 0: it does not run now */
	uint64_t restarts;
	char last_end[160]; /* how the one before ended, "" while none has */
	char last_words[512];
};

/* Down: one of these. */
struct fs_update {
	enum fs_update_kind {
		FS_UPDATE_ROLE,
		FS_UPDATE_CHILD,
	} kind;
	union {
		struct fs_role_update role;
		struct fs_child_update child;
	};
};

#define FS_REFUSAL_SIZE 512

/* Up. */
struct fs_report {
	enum fs_report_kind {
		FS_REPORT_MOUNTED, /* the kernel's INIT is answered; mountinfo has the device */
		FS_REPORT_SYNCED,  /* and the keyspace is there, and a leader: sent once */
		FS_REPORT_REFUSED, /* etcd takes us not, or no longer: text says why; "": it does
				      again */
		FS_REPORT_FAILED,  /* could not mount, or not yet; text says why in the user's
				      words */
	} kind;
	char text[FS_REFUSAL_SIZE];
};

/* All strings are borrowed until fs_run() returns. What has a pointer here is sent by launch.c. */
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

/* The process: the program executed with FS_PROCESS as its first argument (others are for who looks
 * at the processes), and the socket as its standard input. The exit status: fs_run()'s. */
#define FS_PROCESS "--filesystem"
int fs_process(void);

/* For the process, as the first packet; control is its own affair. 0 or -errno. */
int fs_config_send(int socket, const struct fs_config *config);

/* Mounts and serves until the mount is unmounted, SIGTERM or SIGINT arrives (both end it the same
 * way), or the control socket ends. No thread may be running in the process when it is called.
 * 0: ended as asked, nothing is mounted any more. 1: failed (reported and logged). */
int fs_run(const struct fs_config *config);

/* The mapping of names (fs/key.h): the path below the mount of what stands after the prefix in a
 * key, and back. Appended; 0 or -errno as there. */
int fs_path_of_key(struct bytes key, struct buf *ret_path);
int fs_key_of_path(struct bytes path, struct buf *ret_key);

/* The process that makes inotify events: fs_run() executes the program anew, with FS_NOTIFIER as
 * its first argument, and these behind it. The exit status. */
#define FS_NOTIFIER "--notifier"
int fs_notifier(int argc, char **argv);
