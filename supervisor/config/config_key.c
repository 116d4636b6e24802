#include "supervisor/config/config_key.h"

#include "supervisor/config/config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOUNT(name, type, member, argument, fallback, help)                                        \
	{                                                                                          \
		"mount", name, type, offsetof(struct config, member), argument, fallback, help     \
	}
#define ETCD(name, type, argument, fallback, help)                                                 \
	{                                                                                          \
		"etcd", name, type, 0, argument, fallback, help                                    \
	}
#define HOOKS(name, type, member, argument, fallback, help)                                        \
	{                                                                                          \
		"hooks", name, type, offsetof(struct config, member), argument, fallback, help     \
	}

const struct config_key config_keys[] = {
	MOUNT("mountpoint", CONFIG_WORD, mountpoint, "DIR", "none",
		"The directory to mount on, which is there and empty. One on the command line "
		"overrides it."),
	MOUNT("prefix", CONFIG_TEXT, prefix, "PREFIX", "none",
		"Show only the keys that begin with PREFIX, without it."),
	MOUNT("consistency", CONFIG_CONSISTENCY, cached, "linearizable|cached", "linearizable",
		"linearizable: a read sees everything that was written anywhere before it began. "
		"cached: it is answered from memory, and may miss what has just been written on "
		"another node."),
	MOUNT("timeout", CONFIG_SECONDS, timeout_ms, "SECONDS", "5",
		"Every operation ends within this time; a fraction is fine."),
	MOUNT("lock-ttl", CONFIG_TTL, lock_ttl_s, "SECONDS", "10",
		"How long the cluster waits for a mount of which nothing is heard before its "
		"locks and its ephemeral files end: 2 to 3600 whole seconds."),
	MOUNT("uid", CONFIG_ID, uid, "UID", "yours", "The owner that all files show."),
	MOUNT("gid", CONFIG_ID, gid, "GID", "yours", "The group that all files show."),
	MOUNT("umask", CONFIG_OCTAL, umask, "OCTAL", "022",
		"The permission bits that files and directories do not have; files are not "
		"executable either way."),
	MOUNT("fmask", CONFIG_OCTAL, fmask, "OCTAL", "as umask",
		"The permission bits that files do not have, instead of umask: with fmask=022 they "
		"are executable."),
	MOUNT("dmask", CONFIG_OCTAL, dmask, "OCTAL", "as umask",
		"The permission bits that directories do not have, instead of umask."),
	MOUNT("metadata", CONFIG_BOOL, metadata, NULL, "on",
		"Keep in etcd what is set of modes, owners, times and links; metadata=off keeps "
		"nothing, and shows nothing that is kept."),
	MOUNT("allow_other", CONFIG_BOOL, allow_other, NULL, "off",
		"Let other users in, as far as the permission bits do."),
	MOUNT("ro", CONFIG_BOOL, read_only, NULL, "off",
		"Refuse every change made through the mount."),
	MOUNT("inotify", CONFIG_BOOL, inotify, NULL, "on",
		"Make inotify events of what changes elsewhere; inotify=off makes none."),
	MOUNT("log-level", CONFIG_LOG_LEVEL, log_level, "error|warning|info|debug", "info",
		"Log what is as serious as this, or more. debug, which is -d, has each request of "
		"the kernel, and what etcd warns of."),
	MOUNT("endpoints", CONFIG_WORD, endpoints, "ENDPOINT[,ENDPOINT...]", "none",
		"Mount an existing cluster, and start no etcd: HOST:PORT, http://HOST:PORT, "
		"https://HOST:PORT or unix:///PATH. With -o several are written in double quotes."),
	MOUNT("cacert", CONFIG_WORD, cacert, "FILE", "the system's",
		"The authorities that may have signed the certificates of endpoints, or of join, "
		"in "
		"PEM."),
	MOUNT("cert", CONFIG_WORD, cert, "FILE", "none",
		"The certificate to show to the cluster, in PEM."),
	MOUNT("key", CONFIG_WORD, key, "FILE", "none", "Its private key, in PEM."),
	MOUNT("user", CONFIG_WORD, user, "USER", "none", "Log in to the cluster as this user."),
	MOUNT("password-file", CONFIG_WORD, password_file, "FILE", "none",
		"The file with the user's password, which nobody else may read."),

	ETCD("name", CONFIG_NAME, "NAME", "that of a file etcdfs/NAME.conf, else default",
		"The member's name; it also names the data and the run directory."),
	ETCD("data-dir", CONFIG_TEXT, "DIR", "/var/lib/etcdfs/NAME",
		"Where etcd keeps its data. For users other than root the default is "
		"$XDG_STATE_HOME/etcdfs/NAME."),
	ETCD("run-dir", CONFIG_WORD, "DIR", "/run/etcdfs/NAME",
		"Where the private sockets are: a directory for this etcdfs alone. For users other "
		"than root the default is $XDG_RUNTIME_DIR/etcdfs/NAME. Not a flag of etcd."),
	ETCD("binary", CONFIG_TEXT, "FILE", "etcd", "The etcd to run; not a flag of etcd."),
	ETCD("heartbeat-interval", CONFIG_COUNT, "MS", "100",
		"As etcd's, and the same for all members."),
	ETCD("election-timeout", CONFIG_COUNT, "MS", "1000",
		"As etcd's, and the same for all members: .role goes by it."),
	ETCD("max-request-bytes", CONFIG_COUNT, "BYTES", "1572864",
		"As etcd's; a value may be 16 KiB smaller than this."),
	ETCD("max-txn-ops", CONFIG_COUNT, "COUNT", "16384",
		"As etcd's, whose own default is 128: a directory of about as many keys can be "
		"renamed, if they fit into max-request-bytes; above it is EXDEV, and mv copies."),
	ETCD("quota-backend-bytes", CONFIG_INTEGER, "BYTES", "2147483648",
		"As etcd's; it is the size that df shows."),
	ETCD("join", CONFIG_TEXT, "URL", "none",
		"Join the running cluster one of whose members has this client URL "
		"(HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:///SOCKET): as a learner "
		"first, then as a "
		"voter. Needs listen-peer-urls, where the others reach this node. Not a flag of "
		"etcd."),
	ETCD("force-new-cluster", CONFIG_ONCE, "true", "false",
		"As etcd's: makes a member that has lost the others a cluster of its own, with the "
		"data that it has. For one start, and so not in FILE."),
	ETCD("config-file", CONFIG_NEVER, NULL, NULL, NULL),
	ETCD("version", CONFIG_NEVER, NULL, NULL, NULL),
	ETCD("help", CONFIG_NEVER, NULL, NULL, NULL),

	HOOKS("on-leader", CONFIG_TEXT, on_leader, "COMMAND", "none",
		"Run when this node has become the leader, and again when it leads anew in another "
		"term."),
	HOOKS("on-follower", CONFIG_TEXT, on_follower, "COMMAND", "none",
		"Run when this node does not lead any more, whatever it is instead, and at the "
		"start if it does not lead."),
	HOOKS("on-change", CONFIG_TEXT, on_change, "COMMAND", "none",
		"Run at the start, and for each other role."),
	HOOKS("timeout", CONFIG_SECONDS, hook_timeout_ms, "SECONDS", "60",
		"A hook that runs longer gets SIGTERM, and SIGKILL 5 seconds later."),
};

const size_t n_config_keys = sizeof(config_keys) / sizeof(config_keys[0]);

const struct config_key *config_key_find(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < n_config_keys; i++)
		if (!strcmp(config_keys[i].section, section) && !strcmp(config_keys[i].name, name))
			return &config_keys[i];
	return NULL;
}

static int parse_bool(const char *value, bool *ret, struct refusal *refusal)
{
	static const char *const words[][2] = {
		{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
	size_t i;

	if (!value) {
		*ret = true;
		return 0;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i][0]) && strcmp(value, words[i][1]))
			continue;
		*ret = !strcmp(value, words[i][1]);
		return 0;
	}
	return refuse(refusal, "'%s' is neither on nor off", value);
}

static int parse_seconds(const char *value, int *ret_ms, struct refusal *refusal)
{
	char *end;
	double seconds;

	seconds = strtod(value, &end);
	if (end == value || *end || !strchr("0123456789.", value[0]) || !isfinite(seconds) ||
		seconds < 0.001 || seconds > 86400)
		return refuse(
			refusal, "'%s' is no number of seconds between 0.001 and 86400", value);
	*ret_ms = (int)lround(seconds * 1000);
	return 0;
}

static int parse_name(const char *value, struct refusal *refusal)
{
	if (!strcmp(value, ".") || !strcmp(value, "..") || strpbrk(value, "/,=") ||
		strlen(value) > 64)
		return refuse(refusal,
			"'%s' cannot be a name: it is also a directory's, at most 64 bytes without "
			"any of / , =",
			value);
	return 0;
}

static int parse_consistency(const char *value, bool *ret_cached, struct refusal *refusal)
{
	*ret_cached = !strcmp(value, "cached");
	if (*ret_cached || !strcmp(value, "linearizable"))
		return 0;
	return refuse(refusal, "'%s' is neither 'linearizable' nor 'cached'", value);
}

static int parse_log_level(const char *value, enum log_level *ret, struct refusal *refusal)
{
	if (log_level_find(value, ret))
		return 0;
	return refuse(refusal, "'%s' is none of error, warning, info, debug", value);
}

static int parse_integer(const char *value, int base, long long min, long long max,
	const char *what, long long *ret, struct refusal *refusal)
{
	char *end;

	errno = 0;
	*ret = strtoll(value, &end, base);
	/* strtoll() accepts leading space and a plus sign, which nobody writes on purpose. */
	if (!strchr("-0123456789", value[0]) || errno || end == value || *end || *ret < min ||
		*ret > max)
		return refuse(refusal, "'%s' is no %s", value, what);
	return 0;
}

static int parse_text(const char *value, char **ret)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

/* Values of [etcd] are only checked, because etcd gets them as they were given. */
static int parse_etcd(const struct config_key *key, const char *value, struct refusal *refusal)
{
	long long number;

	switch (key->type) {
	case CONFIG_NAME:
		return parse_name(value, refusal);
	case CONFIG_INTEGER:
		return parse_integer(
			value, 10, INT64_MIN, INT64_MAX, "whole number", &number, refusal);
	case CONFIG_COUNT:
		return parse_integer(
			value, 10, 1, INT32_MAX, "whole number from 1 on", &number, refusal);
	case CONFIG_ONCE:
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return refuse(refusal, "'%s' is neither true nor false", value);
		return 0;
	default:
		return 0;
	}
}

int config_key_parse(const struct config_key *key, const char *value, struct config *config,
	struct refusal *refusal)
{
	void *member = (char *)config + key->offset;
	long long number = 0;
	int error;

	if (key->type == CONFIG_NEVER)
		return refuse(refusal, "cannot be used: etcdfs runs etcd by flags of its own");
	if (key->type == CONFIG_BOOL)
		return parse_bool(value, member, refusal);
	if (!value)
		return refuse(refusal, "needs a value");
	if (!*value && key->type != CONFIG_TEXT)
		return refuse(refusal, "the value is empty");
	if (!strcmp(key->section, "etcd"))
		return parse_etcd(key, value, refusal);

	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_WORD:
		return parse_text(value, member);
	case CONFIG_SECONDS:
		return parse_seconds(value, member, refusal);
	case CONFIG_TTL:
		error = parse_integer(value, 10, 2, 3600, "whole number of seconds from 2 to 3600",
			&number, refusal);
		if (!error)
			*(int *)member = (int)number;
		return error;
	case CONFIG_CONSISTENCY:
		return parse_consistency(value, member, refusal);
	case CONFIG_LOG_LEVEL:
		return parse_log_level(value, member, refusal);
	case CONFIG_OCTAL:
		error = parse_integer(value, 8, 0, 0777, "octal mode up to 0777", &number, refusal);
		if (!error)
			*(mode_t *)member = number;
		return error;
	default:
		/* uid_t and gid_t are the same type; -1 is no id, but means "unchanged". */
		error = parse_integer(value, 10, 0, (uid_t)-2, "id", &number, refusal);
		if (!error)
			*(uid_t *)member = number;
		return error;
	}
}
