/* The command line: parses it, and has the rows of --help and the man page about it. */
/*
 * Owner:   options_fini() frees it; mountpoint and command point into argv, or into the config.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/strv.h"

#include <stdbool.h>
#include <stdio.h>

/* What only mount(8) and those who call us in its place say. */
struct mount_call {
	bool is_helper;	       /* the exit status is as mount(8) has it */
	bool remounts;	       /* change the mount that is there */
	bool is_fake;	       /* -f: only read the configuration */
	bool is_verbose;       /* -v */
	const char *spec;      /* what is mounted (mount_spec.h), and the mount's source; or NULL */
	const char *namespace; /* -N: of the mount namespace, a file or a process; or NULL */
};

/* How --lock takes the lock. */
struct lock_options {
	const char *path; /* of the file, or of a directory; NULL: nothing is to be locked */
	bool shared;
	bool nonblock;
	int timeout_ms;	     /* 0: it waits for ever, unless nonblock */
	int conflict_status; /* the exit status if the lock cannot be had in that time */
	const char *given;   /* one of the options that only --lock has; or NULL */
};

struct options {
	struct config config;
	bool foreground;
	bool debug; /* the config's log_level is set accordingly */
	struct mount_call call;
	const char *words;	  /* the last -o; or NULL */
	bool leave;		  /* instead of a mount: end the mount, and its membership */
	bool unmount_dead;	  /* instead of a mount: take a dead mount off */
	bool check;		  /* instead of a mount: say whether the file is right */
	struct strv problems;	  /* with check: what is wrong in the file, a line each */
	const char *path;	  /* instead of a mount: show the key of this path; or NULL */
	const char *key;	  /* instead of a mount: show the path of this key; or NULL */
	struct lock_options lock; /* instead of a mount: run the command with a lock */
	const char *fuse_fd;	  /* the number of an open /dev/fuse that is mounted; or NULL */
	const char *mountpoint;	  /* as typed; NULL: not given, and not needed for what is asked */
	char **argv;		  /* as it was given */
	const char *program;	  /* the path of the file that we were executed from */
	char **command;		  /* ends with NULL; NULL: none */
};

enum {
	OPTIONS_E_HELP = REFUSED + 1, /* --help was asked for */
	OPTIONS_E_HELP_ALL,	      /* --help all was */
	OPTIONS_E_VERSION,	      /* --version was asked for */
};

/* Returns 0, -ENOMEM, REFUSED or OPTIONS_E_...; @ret must be freed in each case. */
int options_parse(int argc, char **argv, struct options *ret, struct refusal *refusal);
void options_fini(struct options *options);

/* One row of the command line, for --help and the man page. */
struct option_row {
	char letter;
	const char *name;     /* the long form, or NULL */
	const char *argument; /* or NULL; in brackets: may be left out */
	const char *help;     /* --help shows the first sentence: 52 characters at most */
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;
extern const struct option_row lock_rows[]; /* those that only --lock has */
extern const size_t n_lock_rows;
