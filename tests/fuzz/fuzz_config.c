/* A configuration file, read in both ways, and the command line of etcd that it makes. */
#include "tests/fuzz/fuzz.h"

#include "supervisor/config/config_blame.h"
#include "supervisor/config/config_file.h"
#include "supervisor/etcd/etcd_cmd.h"

#include <string.h>
#include <sys/mman.h>

typedef int read_fn(struct config *config, const char *path, struct refusal *refusal);

static int check(struct config *config, const char *path, struct refusal *refusal)
{
	CLEANUP(strv) struct strv problems = {0};
	int r = config_file_check(config, path, &problems, refusal);

	return r == 0 && problems.count ? refuse(refusal, "%s", problems.items[0]) : r;
}

/* What is made of a configuration that is right. */
static void use(const struct config *config)
{
	char data_dir[] = "/d", run_dir[] = "/r", endpoint[] = "unix:///r/client:0";
	struct paths paths = {.data_dir = data_dir, .run_dir = run_dir, .endpoint = endpoint};
	struct etcd_version version = {.major = 3, .minor = 4, .patch = 23};
	const struct config_flag *flag = config_blame_find(config, "no port: 2379");
	struct etcd_cmd command;
	struct refusal refusal;
	char text[256];

	fuzz_check(config_max_value(config) > 0);
	config_quota(config);
	if (flag)
		config_blame_where(config, flag, text, sizeof(text));
	etcd_cmd_init(&command, config, &paths, &version, "/", &refusal);
	etcd_cmd_fini(&command);
}

static int file_read(read_fn *read, const char *path)
{
	struct refusal refusal = {""};
	struct config config;
	int r;

	fuzz_check(config_init(&config) == 0);
	r = read(&config, path, &refusal);
	fuzz_check(r == 0 || (r == REFUSED && refusal.text[0]));
	if (r == 0)
		use(&config);
	config_fini(&config);
	return r;
}

void fuzz_one(struct bytes input)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fuzz_check(write(fd, input.data, input.len) == (ssize_t)input.len);
	fuzz_check(file_read(config_file_read, path) == file_read(check, path));
	close(fd);
}
