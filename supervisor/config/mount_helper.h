/* The command line with which mount(8) calls its helper, mount.etcdfs. */
/*
 * Owner:   the options (options.h), which point into argv.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/options.h"

/* The bits of mount(8)'s exit status. */
enum {
	MOUNT_HELPER_USAGE = 1, /* the call, the configuration, or no permission */
	MOUNT_HELPER_SYSTEM = 2,
	MOUNT_HELPER_INTERRUPTED = 8,
	MOUNT_HELPER_FAILED = 32,
};

/* Whether @program, the first word of the command line, is a name of the helper. */
bool mount_helper_is(const char *program);

/* Parses SPEC DIR [-sfnv] [-N NAMESPACE] [-t TYPE] [-o OPTIONS]. As options_parse(), which has
 * initialized @options. */
int mount_helper_parse(int argc, char **argv, struct options *options, struct refusal *refusal);

/* Reads what the SPEC in @options stands for; its -o is to be read after that. A remount goes by
 * its -o alone, in which mount(8) repeats what it finds in fstab or in the kernel's list. 0,
 * -ENOMEM or REFUSED. */
int mount_helper_read_spec(struct options *options, struct refusal *refusal);
