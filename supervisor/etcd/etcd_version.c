#include "supervisor/etcd/etcd_version.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "supervisor/process/child.h"
#include "supervisor/process/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ASK_MS 10000

int etcd_version_parse(const char *output, struct etcd_version *ret)
{
	static const char word[] = "etcd Version: ";
	const char *at = strstr(output, word);

	if (!at ||
		sscanf(at + strlen(word), "%d.%d.%d", &ret->major, &ret->minor, &ret->patch) != 3)
		return -EINVAL;
	return 0;
}

int etcd_version_compare(const struct etcd_version *version, int major, int minor, int patch)
{
	if (version->major != major)
		return version->major - major;
	if (version->minor != minor)
		return version->minor - minor;
	return version->patch - patch;
}

/* Reads to the end of the output, or until the time is over. */
static void read_output(struct child *child, char *output, size_t size)
{
	struct pollfd poller = {.fd = child->output, .events = POLLIN};
	int64_t end = clock_now_ms() + ASK_MS;
	size_t used = 0;

	while (used < size - 1 && clock_now_ms() < end) {
		ssize_t got;

		if (poll(&poller, 1, end - clock_now_ms()) <= 0)
			break;
		got = read(child->output, output + used, size - 1 - used);
		if (got <= 0)
			break;
		used += got;
	}
	output[used] = '\0';
}

/* Runs etcd. *ret_status: as a shell would give it. */
static int run(const char *path, char *const *argv, char *const *envp, char *output, size_t size,
	int *ret_status, struct refusal *refusal)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_spec spec = {
		.path = path, .argv = argv, .envp = envp, .death_signal = SIGKILL, .capture = true};
	struct child_end end = {.signalled = true, .code = SIGKILL};
	int error = child_spawn(&spec, &child);

	if (error)
		return refuse(refusal, "cannot run %s: %s", path, strerror(-error));
	read_output(&child, output, size);
	if (!child_wait(&child, 1000, &end)) {
		child_signal(&child, SIGKILL);
		child_wait(&child, 1000, &end);
	}
	*ret_status = child_end_status(&end);
	return 0;
}

static int check(
	const char *path, const char *output, struct etcd_version *version, struct refusal *refusal)
{
	if (etcd_version_parse(output, version) < 0)
		return refuse(refusal, "%s is no etcd: '--version' says '%.*s'", path,
			(int)strcspn(output, "\n"), output);
	if (etcd_version_compare(version, 3, 4, 0) < 0)
		return refuse(refusal,
			"%s is etcd %d.%d.%d, which is too old: 3.4 or newer is needed", path,
			version->major, version->minor, version->patch);
	return 0;
}

int etcd_version_ask(const char *binary, struct etcd_version *ret, struct refusal *refusal)
{
	const char *const argv[] = {"etcd", "--version", NULL};
	struct etcd_version version = {0};
	CLEANUP(free) char *path = NULL;
	char output[1024];
	int error = program_find(binary, &path), status;

	if (error == -ENOENT && !strchr(binary, '/'))
		return refuse(refusal,
			"there is no %s in PATH: install it (on Debian: apt install etcd-server), "
			"or name one with -e binary=FILE",
			binary);
	if (error)
		return refuse(refusal, "cannot run %s: %s", binary, strerror(-error));
	error = run(path, (char *const *)argv, environ, output, sizeof(output), &status, refusal);
	if (!error)
		error = check(path, output, &version, refusal);
	if (error)
		return error;
	*ret = version;
	ret->path = STEAL(path);
	return 0;
}

/* etcd parses its flags before it looks whether it is to say no more than its version. */
int etcd_version_try(
	const char *path, const struct strv *argv, char *const *envp, struct refusal *refusal)
{
	CLEANUP(strv) struct strv words = {0};
	char output[1024];
	int error = 0, status;
	size_t i, length;

	for (i = 0; i < argv->count && !error; i++)
		error = strv_add(&words, "%s", argv->items[i]);
	if (!error)
		error = strv_add(&words, "--version");
	if (!error)
		error = run(path, words.items, envp, output, sizeof(output), &status, refusal);
	if (error || !status)
		return error;
	length = strcspn(output, "\n");
	if (!length)
		return refuse(refusal, "it ended with status %d", status);
	return refuse(refusal, "%.*s", (int)length, output);
}

void etcd_version_fini(struct etcd_version *version)
{
	free(version->path);
	*version = (struct etcd_version){0};
}
