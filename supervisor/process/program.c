#include "supervisor/process/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns 0, -ENOENT, -EACCES or another -errno. */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0)
		return -EACCES;
	return 0;
}

static int find_in(const char *name, const char *search, char **ret)
{
	int error = -ENOENT;

	while (*search) {
		size_t length = strcspn(search, ":");
		char *path;

		/* An empty element is the current directory. */
		if (asprintf(&path, "%.*s%s%s", (int)length, search, length ? "/" : "./", name) < 0)
			return -ENOMEM;
		if (check(path) == 0) {
			*ret = path;
			return 0;
		}
		if (check(path) == -EACCES)
			error = -EACCES;
		free(path);
		search += length + (search[length] == ':');
	}
	return error;
}

int program_find(const char *name, char **ret)
{
	const char *search = getenv("PATH");
	int error;

	if (!*name)
		return -ENOENT;
	if (!strchr(name, '/'))
		return find_in(name, search ? search : "/usr/local/bin:/usr/bin:/bin", ret);
	error = check(name);
	if (error)
		return error;
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}
