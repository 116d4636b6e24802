/* A directory of a unit test's own, which is gone afterwards. */
#pragma once

#include "supervisor/config/refusal.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[32];
	struct refusal refusal;
};

static inline int setup(void **state)
{
	static struct fixture fixture;

	strcpy(fixture.dir, "/tmp/test_mount.XXXXXX");
	*state = &fixture;
	return mkdtemp(fixture.dir) ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", fixture->dir);
	return system(command);
}

/* The path of @name in it; the last four stay valid. */
static inline const char *in(struct fixture *fixture, const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", fixture->dir, name);
	return path;
}

static inline void make_file(struct fixture *fixture, const char *name)
{
	int fd = open(in(fixture, name), O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}
