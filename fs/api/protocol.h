/* What the supervisor and the filesystem process say to each other. */
/*
 * Both talk over one SOCK_SEQPACKET pair, one struct a packet: updates go down to the filesystem,
 * reports come up to the supervisor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The program's first argument in the two processes that are executed anew. */
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

/* Sends @report up; a supervisor that is gone is not an error. */
void fs_report_send(int socket, const struct fs_report *report);

/* The same, of FS_REPORT_FAILED. */
void fs_report_failed(int socket, const char *format, ...) __attribute__((format(printf, 2, 3)));
