/*
 * Flags come from three places: those of the configuration (unchanged), those that are always
 * needed (the private socket, the name, the data directory), and defaults for those that the
 * configuration does not give. etcd 3.4 accepts a unix socket only relative to its working
 * directory, which is the run directory; so relative file names are made absolute.
 *
 * etcd listens on the URLs of the configuration in addition to the private socket. Without such a
 * URL no port is open at all. For peers the three flags that belong together (listen, advertise,
 * initial-cluster) are filled in from each other.
 */
#include "supervisor/etcd/etcd_cmd.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_URL "unix://" PATHS_CLIENT
#define PEER_URL "unix://" PATHS_PEER

struct default_flag {
	const char *name;
	const char *value;
	struct {
		int major, minor, patch;
	} from, before; /* the versions that have the flag; before.major 0: all later ones */
};

static const struct default_flag defaults[] = {
	{"pre-vote", "true", {3, 4, 0}, {0}},
	{"logger", "zap", {3, 4, 0}, {0}},
	{"log-outputs", "stderr", {3, 4, 0}, {0}}, /* not the journal: the supervisor reads it */
	{"auto-compaction-mode", "periodic", {3, 4, 0}, {0}},
	{"auto-compaction-retention", "1h", {3, 4, 0}, {0}},
	/* A directory is renamed in one transaction, with a compare and a put for each key.
	 * max-request-bytes holds about this many keys, at 96 bytes each: the key twice, and little
	 * else. */
	{"max-txn-ops", "16384", {3, 4, 0}, {0}},
	/* An idle watch shows that it is alive. */
	{"experimental-watch-progress-notify-interval", "5s", {3, 4, 11}, {3, 6, 0}},
	{"watch-progress-notify-interval", "5s", {3, 6, 0}, {0}},
};

/* Flags that name files. */
static const char *const file_flags[] = {"cert-file", "key-file", "trusted-ca-file",
	"client-crl-file", "peer-cert-file", "peer-key-file", "peer-trusted-ca-file",
	"peer-crl-file"};

/* Flags that this file puts together, and keys that are no flags. */
static const char *const own_flags[] = {"binary", "join", "run-dir", "name", "data-dir",
	"listen-client-urls", "advertise-client-urls", "listen-peer-urls",
	"initial-advertise-peer-urls", "initial-cluster"};

#define CONTAINS(list, word) contains(list, sizeof(list) / sizeof((list)[0]), word)

static bool contains(const char *const *list, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(list[i], word))
			return true;
	return false;
}

bool etcd_cmd_names_file(const char *name)
{
	return CONTAINS(file_flags, name);
}

static bool has_flag(const struct default_flag *flag, const struct etcd_version *version)
{
	if (etcd_version_compare(version, flag->from.major, flag->from.minor, flag->from.patch) < 0)
		return false;
	return !flag->before.major || etcd_version_compare(version, flag->before.major,
					      flag->before.minor, flag->before.patch) < 0;
}

static int add_defaults(
	struct etcd_cmd *cmd, const struct config *config, const struct etcd_version *version)
{
	size_t i;
	int error = 0;

	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]) && !error; i++)
		if (!config_etcd(config, defaults[i].name) && has_flag(&defaults[i], version))
			error = strv_add(
				&cmd->argv, "--%s=%s", defaults[i].name, defaults[i].value);
	return error;
}

/* Adds the flags of the configuration, unchanged. */
static int add_given(struct etcd_cmd *cmd, const struct config *config, const char *cwd)
{
	size_t i;
	int error = 0;

	for (i = 0; i < config->n_flags && !error; i++) {
		const struct config_flag *flag = &config->flags[i];
		CLEANUP(free) char *file = NULL;

		if (CONTAINS(own_flags, flag->name))
			continue;
		if ((etcd_cmd_names_file(flag->name) || !strcmp(flag->name, "wal-dir")) &&
			*flag->value) {
			file = path_absolute(cwd, flag->value);
			if (!file)
				return -ENOMEM;
		}
		error = strv_add(&cmd->argv, "--%s=%s", flag->name, file ? file : flag->value);
	}
	return error;
}

static int add_client_urls(struct etcd_cmd *cmd, const struct config *config)
{
	const char *listen = config_etcd(config, "listen-client-urls");
	const char *advertise = config_etcd(config, "advertise-client-urls");
	int error;

	if (listen && *listen)
		error = strv_add(&cmd->argv, "--listen-client-urls=%s,%s", CLIENT_URL, listen);
	else
		error = strv_add(&cmd->argv, "--listen-client-urls=%s", CLIENT_URL);
	if (error)
		return error;
	if (!advertise)
		advertise = listen && *listen ? listen : CLIENT_URL;
	return strv_add(&cmd->argv, "--advertise-client-urls=%s", advertise);
}

/* The URLs of @name in "a=u1,a=u2,b=u3", joined with commas; "" if there are none. *ret_others:
 * whether it names anybody else. */
static int cluster_urls(const char *cluster, const char *name, char **ret, bool *ret_others)
{
	CLEANUP(free) char *copy = strdup(cluster);
	CLEANUP(free) char *urls = calloc(1, strlen(cluster) + 1);
	char *rest = copy, *word, *url;

	if (!copy || !urls)
		return -ENOMEM;
	*ret_others = false;
	while ((word = strsep(&rest, ","))) {
		url = strchr(word, '=');
		if (!url)
			continue;
		*url++ = '\0';
		word += strspn(word, " ");
		if (strcmp(word, name)) {
			*ret_others = true;
			continue;
		}
		if (*urls)
			strcat(urls, ",");
		strcat(urls, url);
	}
	*ret = STEAL(urls);
	return 0;
}

/* Makes "name=url,name=url" of "url,url". */
static int add_initial_cluster(struct etcd_cmd *cmd, const char *name, const char *urls)
{
	CLEANUP(free) char *copy = strdup(urls);
	CLEANUP(free) char *cluster = NULL;
	char *rest = copy, *url;

	if (!copy)
		return -ENOMEM;
	while ((url = strsep(&rest, ","))) {
		char *longer;
		int length = asprintf(&longer, "%s%s%s=%s", cluster ? cluster : "",
			cluster ? "," : "", name, url);

		if (length < 0)
			return -ENOMEM;
		free(cluster);
		cluster = longer;
	}
	return strv_add(&cmd->argv, "--initial-cluster=%s", cluster ? cluster : "");
}

static int add_peer_tls(struct etcd_cmd *cmd, const struct config *config, const char *listen,
	const char *advertise)
{
	bool encrypted = strstr(listen, "https://") || strstr(advertise, "https://");

	cmd->has_clear_peers = strstr(listen, "http://") || strstr(advertise, "http://");
	if (!encrypted || config_etcd(config, "peer-auto-tls") ||
		config_etcd(config, "peer-cert-file"))
		return 0;
	return strv_add(&cmd->argv, "--peer-auto-tls=true");
}

static const char *first_of(const char *a, const char *b, const char *c, const char *d)
{
	if (a && *a)
		return a;
	if (b && *b)
		return b;
	return c && *c ? c : d;
}

static int add_peer_urls(struct etcd_cmd *cmd, const struct config *config)
{
	const char *listen = config_etcd(config, "listen-peer-urls");
	const char *advertise = config_etcd(config, "initial-advertise-peer-urls");
	const char *cluster = config_etcd(config, "initial-cluster");
	const char *name = config_name(config), *listen_on, *advertised;
	bool discovers = config_etcd(config, "discovery") || config_etcd(config, "discovery-srv");
	CLEANUP(free) char *urls = NULL;
	int error;

	error = cluster_urls(cluster ? cluster : "", name, &urls, &cmd->has_many_members);
	if (error)
		return error;
	cmd->has_many_members |= discovers || config_etcd(config, "join");
	listen_on = first_of(listen, advertise, urls, PEER_URL);
	advertised = first_of(advertise, urls, listen, PEER_URL);
	cmd->is_alone = !cmd->has_many_members && !strcmp(listen_on, PEER_URL);
	error = strv_add(&cmd->argv, "--listen-peer-urls=%s", listen_on);
	if (!error)
		error = strv_add(&cmd->argv, "--initial-advertise-peer-urls=%s", advertised);
	if (!error && cluster)
		error = strv_add(&cmd->argv, "--initial-cluster=%s", cluster);
	else if (!error && !discovers)
		error = add_initial_cluster(cmd, name, advertised);
	return error ? error : add_peer_tls(cmd, config, listen_on, advertised);
}

/* The peer URLs that the other members are told; refuses URLs that they cannot reach. */
static int check_join(struct etcd_cmd *cmd, const struct config *config, struct refusal *refusal)
{
	static const char *const others[] = {
		"initial-cluster", "initial-cluster-state", "discovery", "discovery-srv"};
	const char *listen = config_etcd(config, "listen-peer-urls");
	const char *urls = first_of(
		config_etcd(config, "initial-advertise-peer-urls"), listen, NULL, PEER_URL);
	CLEANUP(free) char *copy = strdup(urls);
	char *rest = copy, *url;
	int error = copy ? 0 : -ENOMEM;

	if (!config_etcd(config, "join"))
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (config_etcd(config, others[i]))
			return refuse_key(refusal, "etcd", "join",
				"the cluster that is joined says who its members are: %s cannot be "
				"given as well",
				others[i]);
	if (!strncmp(urls, "unix", 4))
		return refuse_key(refusal, "etcd", "join",
			"the other members need an address of this node: give one with -e "
			"listen-peer-urls=http://HOST:PORT");
	while (!error && (url = strsep(&rest, ",")))
		error = strv_add(&cmd->peer_urls, "%s", url);
	return error;
}

int etcd_cmd_join(struct etcd_cmd *cmd, const char *initial_cluster)
{
	static const char word[] = "--initial-cluster=";
	char **item = cmd->argv.items, *text;

	while (*item && strncmp(*item, word, strlen(word)) != 0)
		item++;
	if (!*item || asprintf(&text, "%s%s", word, initial_cluster) < 0)
		return -ENOMEM;
	free(*item);
	*item = text;
	return strv_add(&cmd->argv, "--initial-cluster-state=existing");
}

/* etcd does it at each start with the flag, and so would drop those that have joined since. */
void etcd_cmd_served(struct etcd_cmd *cmd)
{
	static const char word[] = "--force-new-cluster=";
	size_t from, to = 0;

	for (from = 0; from < cmd->argv.count; from++) {
		if (!strncmp(cmd->argv.items[from], word, strlen(word)))
			free(cmd->argv.items[from]);
		else
			cmd->argv.items[to++] = cmd->argv.items[from];
	}
	cmd->argv.items[to] = NULL;
	cmd->argv.count = to;
}

static int check_cluster(const struct config *config, struct refusal *refusal)
{
	const char *cluster = config_etcd(config, "initial-cluster"), *name = config_name(config);
	CLEANUP(free) char *urls = NULL;
	bool others;

	if (!cluster)
		return 0;
	if (cluster_urls(cluster, name, &urls, &others) < 0)
		return -ENOMEM;
	if (!*urls)
		return refuse_key(refusal, "etcd", "initial-cluster",
			"the member '%s' itself is not in it", name);
	return 0;
}

int etcd_cmd_init(struct etcd_cmd *cmd, const struct config *config, const struct paths *paths,
	const struct etcd_version *version, const char *cwd, struct refusal *refusal)
{
	int error;

	*cmd = (struct etcd_cmd){0};
	error = check_cluster(config, refusal);
	if (!error)
		error = check_join(cmd, config, refusal);
	if (!error)
		error = strv_add(&cmd->argv, "etcd");
	if (!error)
		error = strv_add(&cmd->argv, "--name=%s", config_name(config));
	if (!error)
		error = strv_add(&cmd->argv, "--data-dir=%s", paths->data_dir);
	if (!error)
		error = add_client_urls(cmd, config);
	if (!error)
		error = add_peer_urls(cmd, config);
	if (!error)
		error = add_defaults(cmd, config, version);
	if (!error)
		error = add_given(cmd, config, cwd);
	return error;
}

void etcd_cmd_fini(struct etcd_cmd *cmd)
{
	strv_fini(&cmd->argv);
	strv_fini(&cmd->peer_urls);
}

int etcd_cmd_environment(char *const *from, struct strv *ret)
{
	int error = 0;

	/* ETCD_UNSUPPORTED_ARCH is no flag, and etcd does not run on some machines without it. */
	for (; *from && !error; from++)
		if (strncmp(*from, "ETCD_", 5) || !strncmp(*from, "ETCD_UNSUPPORTED_ARCH=", 22))
			error = strv_add(ret, "%s", *from);
	return error;
}
