/* The protocol between the supervisor and the filesystem process. */
/*
 * One SOCK_SEQPACKET socket pair, one struct a packet: the supervisor sends updates down, the
 * filesystem process sends reports up.
 */
#pragma once

#include "fs/api/pollers.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The first argument of the program when it is executed again as one of these processes. */
#define FS_PROCESS "--filesystem"
#define FS_NOTIFIER "--notifier"

enum fs_role {
	FS_ROLE_OFFLINE,   /* etcd is down, or does not answer */
	FS_ROLE_CANDIDATE, /* up, no leader known */
	FS_ROLE_FOLLOWER,
	FS_ROLE_LEADER,
	FS_ROLE_LEARNER,
	FS_ROLES_,
};

/* "offline", "candidate" and so on; a static string. */
const char *fs_role_name(enum fs_role role);

/* The last Status of etcd. The supervisor sends it again before valid_ms is over; else the mount
 * shows "offline", so that no role outlives a supervisor that was stopped. */
struct fs_role_update {
	enum fs_role role;
	uint64_t term;
	uint64_t cluster_id;
	uint64_t member_id;
	uint64_t leader_id;
	int64_t db_size; /* bytes; for df */
	int64_t db_size_in_use;
	bool no_space; /* the cluster's alarm NOSPACE */
	bool corrupt;
	char version[24];
	int valid_ms; /* how long it holds, from its arrival; 0: without limit */
	/* A time of clock_boot_ms(). After it the mount shows "candidate" in place of "leader",
	 * even if the supervisor says nothing more; 0: no limit, where no other member can lead. */
	int64_t leads_until_ms;
};

/* The etcd that the supervisor keeps running. */
struct fs_child_update {
	pid_t pid; /* 0: etcd does not run now */
	uint64_t restarts;
	char last_end[160]; /* how the last etcd process ended; "": none has yet */
	char last_words[512];
};

/* What the supervisor sends down. */
struct fs_update {
	enum fs_update_kind {
		FS_UPDATE_ROLE,
		FS_UPDATE_CHILD,
	} kind;
	bool read_only; /* whether the mount is now, in each update */
	union {
		struct fs_role_update role;
		struct fs_child_update child;
	};
};

#define FS_REFUSAL_SIZE 512

/* The kernel's INIT, the first request of a mount, with its header. */
struct fs_init {
	uint32_t length; /* 0: there is none */
	_Alignas(uint64_t) uint8_t bytes[248];
};

/* How many processes can serve a mount, one after the other: each numbers its own nodes. */
#define FS_INCARNATIONS_MAX (1U << 16)

/* The mount that a filesystem process has left when it died, for its successor. */
struct fs_inheritance {
	struct fs_init init;  /* length 0: there is no such mount */
	int device;	      /* the mount's /dev/fuse */
	unsigned incarnation; /* how many processes have served the mount before */
	uint32_t device_minor;
	int mount_id;
	pid_t notifier; /* the predecessor's last one; 0: none */
	struct fs_pollers pollers;
};

/* Whether its counts are those of what it has room for. */
bool fs_inheritance_is_sound(const struct fs_inheritance *inheritance);

/* What the filesystem process sends up. */
struct fs_report {
	enum fs_report_kind {
		FS_REPORT_MOUNTED,  /* the kernel's INIT was answered: mountinfo lists the mount */
		FS_REPORT_SYNCED,   /* the keyspace is loaded and etcd has a leader; sent once */
		FS_REPORT_REFUSED,  /* etcd refuses us (credentials, TLS), for the reason in text;
				     * "": no longer */
		FS_REPORT_FAILED,   /* cannot mount, or not yet, for the reason in text, worded for
				     * the user */
		FS_REPORT_DEVICE,   /* with the mount's /dev/fuse, which a successor may serve */
		FS_REPORT_NOTIFIER, /* another notifier runs */
		FS_REPORT_POLLED,   /* an open file is polled for the first time */
		FS_REPORT_RELEASED, /* such a file is closed */
		FS_REPORT_LEASE,    /* the mount is about to take another lease */
	} kind;
	union {
		char text[FS_REFUSAL_SIZE];
		struct fs_init init;	 /* of FS_REPORT_DEVICE */
		pid_t notifier;		 /* of FS_REPORT_NOTIFIER */
		struct fs_poller poller; /* of FS_REPORT_POLLED and FS_REPORT_RELEASED */
		int64_t lease;		 /* of FS_REPORT_LEASE */
	};
};

/* Sends @report to the supervisor. A supervisor that has ended is not an error. */
void fs_report_send(int socket, const struct fs_report *report);

/* The same for what need not arrive. Returns false if that would fill the socket, because the
 * supervisor is stopped: nobody may wait for it, and what has to arrive needs the room. */
bool fs_report_try(int socket, const struct fs_report *report);

/* Sends FS_REPORT_DEVICE with @device and the kernel's INIT. */
void fs_report_device(int socket, int device, const struct fs_init *init);

/* Sends FS_REPORT_FAILED with a formatted text. */
void fs_report_failed(int socket, const char *format, ...) __attribute__((format(printf, 2, 3)));
