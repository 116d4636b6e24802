#include "supervisor/config/mount_spec.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* "a:1,b:2" with a scheme in front of each. NULL without memory; the caller frees it. */
static char *list_endpoints(const char *scheme, const char *hosts, const char *end)
{
	char *list = NULL;
	size_t size, length;
	FILE *file = open_memstream(&list, &size);
	const char *host;

	if (!file)
		return NULL;
	for (host = hosts; host < end; host += length + 1) {
		length = strcspn(host, ",/");
		fprintf(file, "%s%s%.*s", host > hosts ? "," : "", scheme, (int)length, host);
	}
	if (fclose(file) == 0)
		return list;
	free(list);
	return NULL;
}

/* @rest is what follows the scheme. The prefix begins behind the first slash, so that a prefix with
 * a slash of its own has two there. */
static int read_cluster(
	struct config *config, const char *scheme, const char *rest, struct refusal *refusal)
{
	const char *slash = strchrnul(rest, '/');
	CLEANUP(free) char *list = list_endpoints(scheme, rest, slash);
	int error;

	if (!list)
		return -ENOMEM;
	error = config_set(config, CONFIG_FILE, "mount", "endpoints", list, refusal);
	if (!error && slash[0] && slash[1])
		error = config_set(config, CONFIG_FILE, "mount", "prefix", slash + 1, refusal);
	return error;
}

/* mount(8) makes a path of NAME where the current directory has a file of that name. In a directory
 * like /tmp anybody may have put it there. */
static int read_path(struct config *config, const char *path, struct refusal *refusal)
{
	config->distrusts = true;
	return config_file_read(config, path, refusal);
}

/* The name of the file is in the messages for the user, so it is kept. */
static int read_named(struct config *config, const char *name, struct refusal *refusal)
{
	if (asprintf(&config->spec_file, "/etc/etcdfs/%s.conf", name) < 0) {
		config->spec_file = NULL;
		return -ENOMEM;
	}
	return config_file_read(config, config->spec_file, refusal);
}

bool mount_spec_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? errno == ENOTCONN : S_ISDIR(st.st_mode);
}

const char *mount_spec_of(const char *spec)
{
	const char *slash = strrchr(spec, '/');

	return slash && slash[1] && mount_spec_is_directory(spec) ? slash + 1 : spec;
}

int mount_spec_read(struct config *config, const char *spec, struct refusal *refusal)
{
	static const char clear[] = "etcd://", tls[] = "etcds://";

	if (!strcmp(spec, "none"))
		return 0;
	if (!strncmp(spec, clear, strlen(clear)))
		return read_cluster(config, "http://", spec + strlen(clear), refusal);
	if (!strncmp(spec, tls, strlen(tls)))
		return read_cluster(config, "https://", spec + strlen(tls), refusal);
	if (strchr(spec, '/'))
		return read_path(config, spec, refusal);
	return read_named(config, spec, refusal);
}
