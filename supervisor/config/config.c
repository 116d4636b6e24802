#include "supervisor/config/config.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_key.h"
#include "supervisor/config/mount_word.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int config_init(struct config *config)
{
	*config = (struct config){
		.timeout_ms = 5000,
		.lock_ttl_s = 10,
		.hook_timeout_ms = 60000,
		.uid = getuid(),
		.gid = getgid(),
		.umask = CONFIG_UMASK,
		.fmask = CONFIG_NO_MASK,
		.dmask = CONFIG_NO_MASK,
		.metadata = true,
		.inotify = true,
		.log_level = LOG_LEVEL_INFO,
		.prefix = strdup(""),
	};
	return config->prefix ? 0 : -ENOMEM;
}

void config_fini(struct config *config)
{
	size_t i;

	for (i = 0; i < config->n_flags; i++) {
		free(config->flags[i].name);
		free(config->flags[i].value);
	}
	free(config->flags);
	free(config->instance);
	free(config->mountpoint);
	free(config->spec_file);
	free(config->prefix);
	free(config->on_leader);
	free(config->on_follower);
	free(config->on_change);
	free(config->endpoints);
	free(config->cacert);
	free(config->cert);
	free(config->key);
	free(config->user);
	free(config->password_file);
	*config = (struct config){0};
}

static struct config_flag *flag_find(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->n_flags; i++)
		if (!strcmp(config->flags[i].name, name))
			return &config->flags[i];
	return NULL;
}

static int flag_add(struct config *config, const char *name, struct config_flag **ret)
{
	struct config_flag *flags;
	char *copy = strdup(name);

	flags = copy ? realloc(config->flags, (config->n_flags + 1) * sizeof(*flags)) : NULL;
	if (!flags) {
		free(copy);
		return -ENOMEM;
	}
	config->flags = flags;
	*ret = &flags[config->n_flags++];
	**ret = (struct config_flag){.name = copy};
	return 0;
}

static int twice(const char *section, const char *name, struct refusal *refusal)
{
	return refuse(refusal, "[%s] %s: given twice", section, name);
}

static int set_etcd(struct config *config, enum config_origin origin, const char *name,
	const char *value, struct refusal *refusal)
{
	struct config_flag *flag = flag_find(config, name);
	char *copy;
	int error;

	if (flag && flag->origin == origin)
		return twice("etcd", name, refusal);
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	if (!flag) {
		error = flag_add(config, name, &flag);
		if (error) {
			free(copy);
			return error;
		}
	}
	free(flag->value);
	flag->value = copy;
	flag->origin = origin;
	flag->line = origin == CONFIG_FILE ? config->line : 0;
	return 0;
}

static int check_etcd_name(const char *name, struct refusal *refusal)
{
	if (name[0] == '-')
		return refuse(refusal, "[etcd] %s: write the flag without its dashes", name);
	if (!name[0] || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return refuse(refusal, "[etcd] %s: no flag of etcd looks like this", name);
	return 0;
}

static int set_checked(struct config *config, enum config_origin origin,
	const struct config_key *key, const char *value, struct refusal *refusal)
{
	struct refusal reason;
	size_t row = key - config_keys;
	int error;

	if (config->origins[row] == origin && !config->last_wins)
		return twice(key->section, key->name, refusal);
	if (key->type == CONFIG_ONCE && origin == CONFIG_FILE)
		return refuse_key(refusal, key->section, key->name,
			"is for one start: give it on the command line, with -e");
	error = config_key_parse(key, value, config, &reason);
	if (error == REFUSED)
		return refuse(refusal, "[%s] %s: %.1900s", key->section, key->name, reason.text);
	if (error)
		return error;
	config->origins[row] = origin;
	config->lines[row] = origin == CONFIG_FILE ? config->line : 0;
	return 0;
}

int config_set(struct config *config, enum config_origin origin, const char *section,
	const char *name, const char *value, struct refusal *refusal)
{
	const struct config_key *key;
	bool is_etcd = !strcmp(section, "etcd");
	int error;

	_Static_assert(sizeof(config->origins) / sizeof(config->origins[0]) == CONFIG_KEYS_MAX,
		"one origin for each row");
	key = config_key_find(section, name);
	if (!key && !is_etcd)
		return refuse(refusal, "[%s] %s: there is no such key", section, name);
	error = key ? set_checked(config, origin, key, value, refusal)
		    : check_etcd_name(name, refusal);
	if (error || !is_etcd)
		return error;
	if (!value)
		return refuse(refusal, "[etcd] %s: needs a value", name);
	return set_etcd(config, origin, name, value, refusal);
}

/* mount(8) says rw to its helper whenever it does not say ro. So rw takes back the ro of an -o, and
 * not that of the file. */
static bool take_writable(struct config *config, const char *word)
{
	size_t row = config_key_find("mount", "ro") - config_keys;

	if (strcmp(word, "rw") != 0)
		return false;
	if (config->origins[row] == CONFIG_COMMAND_LINE)
		config->read_only = false;
	return true;
}

static int set_mount_option(struct config *config, char *word, struct refusal *refusal)
{
	char *value;

	if (!*word || take_writable(config, word) || mount_word_take(word, &config->mount_flags))
		return 0;
	value = strchr(word, '=');
	if (value)
		*value++ = '\0';
	if (config->skips_unknown && !config_key_find("mount", word))
		return 0;
	return config_set(config, CONFIG_COMMAND_LINE, "mount", word, value, refusal);
}

/* Takes the word up to the next comma; a part in double quotes after the = may contain commas, as
 * in mount(8). NULL at the end. */
static char *next_option(char **rest)
{
	char *word = *rest, *quote, *end;

	if (!word)
		return NULL;
	quote = strpbrk(word, ",\"");
	if (!quote || *quote != '"' || quote == word || quote[-1] != '=')
		return strsep(rest, ",");
	end = strchr(quote + 1, '"');
	if (!end || (end[1] && end[1] != ','))
		return strsep(rest, ",");
	*rest = end[1] ? end + 2 : NULL;
	*end = '\0';
	memmove(quote, quote + 1, end - quote);
	return word;
}

int config_set_mount_options(struct config *config, const char *options, struct refusal *refusal)
{
	CLEANUP(free) char *copy = strdup(options);
	char *rest = copy, *word;
	int error = 0;

	if (!copy)
		return -ENOMEM;
	while (!error && (word = next_option(&rest)))
		error = set_mount_option(config, word, refusal);
	return error;
}

static int set_option(struct config *config, const char *section, char letter, const char *option,
	struct refusal *refusal)
{
	CLEANUP(free) char *copy = strdup(option);
	char *value;

	if (!copy)
		return -ENOMEM;
	value = strchr(copy, '=');
	if (!value)
		return refuse(refusal, "-%c %s: write KEY=VALUE", letter, option);
	*value++ = '\0';
	return config_set(config, CONFIG_COMMAND_LINE, section, copy, value, refusal);
}

int config_set_etcd_option(struct config *config, const char *option, struct refusal *refusal)
{
	return set_option(config, "etcd", 'e', option, refusal);
}

int config_set_hook_option(struct config *config, const char *option, struct refusal *refusal)
{
	return set_option(config, "hooks", 'H', option, refusal);
}

const char *config_etcd(const struct config *config, const char *name)
{
	const struct config_flag *flag = flag_find(config, name);

	return flag ? flag->value : NULL;
}

int64_t config_etcd_number(const struct config *config, const char *name, int64_t fallback)
{
	const char *value = config_etcd(config, name);

	return value ? strtoll(value, NULL, 10) : fallback;
}

int config_line(const struct config *config, const char *section, const char *name)
{
	const struct config_flag *flag = strcmp(section, "etcd") ? NULL : flag_find(config, name);
	const struct config_key *key = config_key_find(section, name);

	if (flag)
		return flag->line;
	return key ? config->lines[key - config_keys] : 0;
}

bool config_forces_new_cluster(const struct config *config)
{
	const char *value = config_etcd(config, "force-new-cluster");

	return value && !strcmp(value, "true");
}

const char *config_name(const struct config *config)
{
	const char *name = config_etcd(config, "name");

	if (name)
		return name;
	return config->instance ? config->instance : "default";
}

/*
 * etcd 3.4.23 limits the encoded raft request, not the value. Measured: with the default of 1572864
 * the largest value of a single put with a key of one byte is 1572840, 24 bytes less. A transaction
 * that compares, puts and renames contains each key up to four times, and a key is as long as a
 * path: 16 KiB are enough for that. With a very low limit seven eighths of it remain for the value.
 */
size_t config_max_value(const struct config *config)
{
	int64_t request = config_etcd_number(config, "max-request-bytes", 1536 * 1024);
	int64_t room = 16 * 1024;

	return request - (room < request / 8 ? room : request / 8);
}

mode_t config_fmask(const struct config *config)
{
	return config->fmask == CONFIG_NO_MASK ? config->umask | 0111 : config->fmask;
}

/* The default is what is shown, and takes nothing from what a caller asks for. */
mode_t config_make_mask(const struct config *config)
{
	bool is_default = config->umask == CONFIG_UMASK && config->fmask == CONFIG_NO_MASK &&
			  config->dmask == CONFIG_NO_MASK;

	return is_default ? 0 : config_dmask(config);
}

mode_t config_dmask(const struct config *config)
{
	return config->dmask == CONFIG_NO_MASK ? config->umask : config->dmask;
}

int64_t config_quota(const struct config *config)
{
	int64_t quota = config_etcd_number(config, "quota-backend-bytes", 0);

	/* In etcd 0 means its default; a negative quota means no limit, so df has none to show. */
	return quota ? (quota < 0 ? 0 : quota) : INT64_C(2) << 30;
}
