#include "supervisor/etcd/remote_cluster.h"

#include "fs/base/cleanup.h"
#include "supervisor/data/file.h"
#include "supervisor/data/paths.h"

#include <errno.h>
#include <string.h>

bool remote_cluster_is_given(const struct config *config)
{
	return config->endpoints;
}

const char *remote_cluster_address(const struct config *config)
{
	return config->endpoints ? config->endpoints : config_etcd(config, "join");
}

/* A node that joins is a client of the cluster until it is a member; then it uses its own etcd, for
 * which it needs no user. */
static int check_alone(const struct config *config, struct refusal *refusal)
{
	const char *join = config_etcd(config, "join");
	const struct {
		const char *name, *value;
		bool joins;
	} keys[] = {{"cacert", config->cacert, true}, {"cert", config->cert, true},
		{"key", config->key, true}, {"user", config->user},
		{"password-file", config->password_file}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].value && !(join && keys[i].joins))
			return refuse_key(refusal, "mount", keys[i].name,
				"is for an existing cluster, and no endpoints are given");
	return 0;
}

static int check_pair(const char *name, const char *value, const char *other_name,
	const char *other, struct refusal *refusal)
{
	if (value && !other)
		return refuse_key(refusal, "mount", name, "needs %s as well", other_name);
	return 0;
}

int remote_cluster_check(const struct config *config, struct refusal *refusal)
{
	int error = 0;

	if (remote_cluster_is_given(config) && config->n_flags)
		return refuse_key(refusal, "etcd", config->flags[0].name,
			"endpoints names an existing cluster, so etcdfs starts no etcd that could "
			"be told");
	if (!remote_cluster_is_given(config))
		error = check_alone(config, refusal);
	if (!error)
		error = check_pair("cert", config->cert, "key", config->key, refusal);
	if (!error)
		error = check_pair("key", config->key, "cert", config->cert, refusal);
	if (!error)
		error = check_pair(
			"user", config->user, "password-file", config->password_file, refusal);
	if (!error)
		error = check_pair(
			"password-file", config->password_file, "user", config->user, refusal);
	return error;
}

/* curl opens the file again and again, in two processes. So it must be a regular file, which can be
 * read twice and does not block. */
static int take_file(
	const char *name, const char *value, const char *cwd, char **ret, struct refusal *refusal)
{
	int error;

	if (!value)
		return 0;
	*ret = path_absolute(cwd, value);
	if (!*ret)
		return -ENOMEM;
	error = file_check(*ret);
	if (error == -EPERM)
		return refuse_key(refusal, "mount", name, "%s is no regular file", *ret);
	if (error)
		return refuse_key(refusal, "mount", name, "%s: %s", *ret, strerror(-error));
	return 0;
}

static int take_password(struct remote_cluster *cluster, const struct config *config,
	const char *cwd, struct refusal *refusal)
{
	char why[ETCD_WORDS_SIZE];
	int error;

	if (!config->password_file)
		return 0;
	cluster->password_file = path_absolute(cwd, config->password_file);
	if (!cluster->password_file)
		return -ENOMEM;
	error = etcd_read_password(cluster->password_file, &cluster->password, why);
	return error == -EINVAL ? refuse_key(refusal, "mount", "password-file", "%s", why) : error;
}

static int check_address(
	struct remote_cluster *cluster, const struct config *config, struct refusal *refusal)
{
	bool is_clear, exists = remote_cluster_is_given(config);
	const char *section = exists ? "mount" : "etcd", *key = exists ? "endpoints" : "join";
	bool is_right = etcd_check_endpoints(&cluster->etcd, &is_clear);

	/* It may have a password in it, as other programs' URLs have. */
	if (!is_right && strchr(cluster->etcd.endpoints, '@'))
		return refuse_key(refusal, section, key,
			"an address with an @ in it; a password is given by user and "
			"password-file");
	if (!is_right)
		return refuse_key(refusal, section, key,
			"'%s' is no list of HOST:PORT, http://HOST:PORT, https://HOST:PORT and "
			"unix:///PATH",
			cluster->etcd.endpoints);
	cluster->is_clear = cluster->etcd.user && is_clear;
	return 0;
}

int remote_cluster_init(struct remote_cluster *cluster, const struct config *config,
	const char *cwd, struct refusal *refusal)
{
	int error;

	*cluster = (struct remote_cluster){0};
	error = take_file("cacert", config->cacert, cwd, &cluster->cacert, refusal);
	if (!error)
		error = take_file("cert", config->cert, cwd, &cluster->cert, refusal);
	if (!error)
		error = take_file("key", config->key, cwd, &cluster->key, refusal);
	if (!error)
		error = take_password(cluster, config, cwd, refusal);
	if (error)
		return error;
	cluster->etcd = (struct etcd_config){
		.endpoints = remote_cluster_address(config),
		.cacert = cluster->cacert,
		.cert = cluster->cert,
		.key = cluster->key,
		.user = config->user,
		.password = cluster->password,
		.password_file = cluster->password_file,
	};
	return check_address(cluster, config, refusal);
}

void remote_cluster_fini(struct remote_cluster *cluster)
{
	if (cluster->password)
		explicit_bzero(cluster->password, strlen(cluster->password));
	free(cluster->password);
	free(cluster->password_file);
	free(cluster->cacert);
	free(cluster->cert);
	free(cluster->key);
	*cluster = (struct remote_cluster){0};
}
