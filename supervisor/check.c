/*
 * The checks are those of a start (setup.c), and a few that a start leaves to etcd, which would
 * refuse only once it runs. What changes by the minute is no matter of the configuration: whether
 * somebody else has the mountpoint, the directories or the ports now, and whether etcd answers. So
 * the file of an etcdfs that is running is right.
 */
#include "supervisor/check.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"
#include "supervisor/config/config_blame.h"
#include "supervisor/data/file.h"
#include "supervisor/data/membership.h"
#include "supervisor/mount/mountpoint.h"
#include "supervisor/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ELECTION_MAX_MS 50000 /* etcd's own limit */

struct check {
	const struct options *options;
	struct setup setup;
	struct refusal refusal; /* of the last check */
	size_t problems;
};

static void tell(struct check *check, const char *text)
{
	char line[LOG_LINE_MAX];

	log_escape(text, line, sizeof(line));
	fprintf(stderr, "%s\n", line);
	check->problems++;
}

/* Tells of a check's result, if that is a problem. The problem is that of the key that the refusal
 * names, or else of @key, which may be NULL. Returns whether there is none. */
static bool passes(struct check *check, int error, const char *section, const char *key)
{
	const struct config *config = &check->options->config;
	const struct refusal *refusal = &check->refusal;
	char text[LOG_LINE_MAX + PATH_MAX], place[16] = "";
	int line;

	if (!error)
		return true;
	if (error == REFUSED && refusal->key) {
		section = refusal->section;
		key = refusal->key;
	}
	line = key ? config_line(config, section, key) : 0;
	if (line)
		snprintf(place, sizeof(place), "%d:", line);
	snprintf(text, sizeof(text), "%s:%s %s", config->file, place,
		error == REFUSED ? refusal->text : strerror(-error));
	tell(check, text);
	return false;
}

/* --- What a start leaves to etcd ------------------------------------------------------------ */

static void check_file(struct check *check, const struct config_flag *flag)
{
	CLEANUP(free) char *path = path_absolute(check->setup.cwd, flag->value);
	int error = path ? file_check(path) : -ENOMEM;

	if (error == -EPERM)
		error = refuse_key(
			&check->refusal, "etcd", flag->name, "%s is no regular file", path);
	else if (error && error != -ENOMEM)
		error = refuse_key(
			&check->refusal, "etcd", flag->name, "%s: %s", path, strerror(-error));
	passes(check, error, "etcd", flag->name);
}

static void check_pair(struct check *check, const char *name, const char *other)
{
	const struct config *config = &check->options->config;

	if (config_etcd(config, name) && !config_etcd(config, other))
		passes(check, refuse_key(&check->refusal, "etcd", name, "needs %s as well", other),
			"etcd", name);
}

static void check_files(struct check *check)
{
	static const char *const pairs[][2] = {
		{"cert-file", "key-file"}, {"peer-cert-file", "peer-key-file"}};
	const struct config *config = &check->options->config;
	size_t i;

	for (i = 0; i < config->n_flags; i++)
		if (etcd_cmd_names_file(config->flags[i].name) && *config->flags[i].value)
			check_file(check, &config->flags[i]);
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		check_pair(check, pairs[i][0], pairs[i][1]);
		check_pair(check, pairs[i][1], pairs[i][0]);
	}
}

static void check_times(struct check *check)
{
	const struct config *config = &check->options->config;
	int64_t heartbeat_ms = config_etcd_number(config, "heartbeat-interval", 100);
	int64_t election_ms = config_etcd_number(config, "election-timeout", 1000);
	const char *key = config_line(config, "etcd", "election-timeout") ? "election-timeout"
									  : "heartbeat-interval";

	if (election_ms < 5 * heartbeat_ms)
		passes(check,
			refuse_key(&check->refusal, "etcd", key,
				"five heartbeat-intervals (%lld ms each) are longer than "
				"election-timeout (%lld ms)",
				(long long)heartbeat_ms, (long long)election_ms),
			"etcd", key);
	if (election_ms > ELECTION_MAX_MS)
		passes(check,
			refuse_key(&check->refusal, "etcd", "election-timeout",
				"must be %d ms at most", ELECTION_MAX_MS),
			"etcd", "election-timeout");
}

/* Whether etcd takes the flags. Its words name the first that it does not. */
static void check_flags(struct check *check)
{
	const struct config *config = &check->options->config;
	const struct setup *setup = &check->setup;
	char words[sizeof(check->refusal.text)];
	const struct config_flag *flag;
	int error = etcd_version_try(
		setup->version.path, &setup->cmd.argv, setup->environment.items, &check->refusal);

	if (error == REFUSED) {
		snprintf(words, sizeof(words), "%s", check->refusal.text);
		flag = config_blame_find(config, words);
		if (flag)
			refuse_key(&check->refusal, "etcd", flag->name, "%s", words);
		else
			refuse(&check->refusal, "etcd: %s", words);
	}
	passes(check, error, NULL, NULL);
}

/* --- What a start checks -------------------------------------------------------------------- */

static void check_mountpoint(struct check *check)
{
	const char *path = check->options->mountpoint;
	bool is_of_file = path == check->options->config.mountpoint;
	struct setup *setup = &check->setup;
	enum mountpoint_state state;

	if (path)
		passes(check, mountpoint_check(path, &state, setup->mountpoint, &check->refusal),
			"mount", is_of_file ? "mountpoint" : NULL);
}

/* The key that the run directory's name comes from. */
static const char *run_dir_key(const struct check *check)
{
	return config_etcd(&check->options->config, "run-dir") ? "run-dir" : "name";
}

static void check_directories(struct check *check)
{
	const struct paths *paths = &check->setup.paths;
	struct refusal *refusal = &check->refusal;

	passes(check, paths_check_dir(paths->data_dir, refusal), "etcd", "data-dir");
	passes(check, paths_check_dir(paths->run_dir, refusal), "etcd", run_dir_key(check));
	if (*check->setup.mountpoint)
		passes(check, setup_check_inside(&check->setup, refusal), "etcd", "data-dir");
	passes(check, membership_check(&check->options->config, paths->data_dir, refusal), "etcd",
		"data-dir");
}

static void check_etcd(struct check *check)
{
	const struct options *options = check->options;
	struct setup *setup = &check->setup;
	bool found, made = false;

	check_times(check);
	check_files(check);
	found = passes(check, setup_find_etcd(setup, options, &check->refusal), "etcd", "binary");
	if (passes(check, setup_choose_paths(setup, options, &check->refusal), "etcd",
		    run_dir_key(check))) {
		check_directories(check);
		made = passes(check, setup_make_command(setup, options, &check->refusal), "etcd",
			"data-dir");
	}
	if (found && made)
		check_flags(check);
}

static void check_all(struct check *check)
{
	const struct config *config = &check->options->config;
	struct setup *setup = &check->setup;

	setup->starts_etcd = !remote_cluster_is_given(config);
	passes(check, remote_cluster_check(config, &check->refusal), NULL, NULL);
	if (remote_cluster_address(config))
		passes(check,
			remote_cluster_init(&setup->cluster, config, setup->cwd, &check->refusal),
			NULL, NULL);
	check_mountpoint(check);
	if (setup->starts_etcd)
		check_etcd(check);
}

int check_run(const struct options *options)
{
	struct check check = {.options = options};
	size_t i;

	for (i = 0; i < options->problems.count; i++)
		tell(&check, options->problems.items[i]);
	if (passes(&check, setup_begin(&check.setup, &check.refusal), NULL, NULL))
		check_all(&check);
	setup_fini(&check.setup);
	return check.problems ? 1 : 0;
}
