#include "fs/etcd/target.h"

#include "fs/base/cleanup.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

/* curl before 8.0 cannot reuse a clear-text connection for a transfer that asks for prior
 * knowledge, but a transfer that asks for HTTP/2 can join one. */
enum { CURL_REUSES_PRIOR_KNOWLEDGE = 0x080000, CURL_KEEPS_TRAILERS = 0x080100 };

static int target_init_unix(struct target *target, const char *path)
{
	if (path[0] != '/' || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	target->unix_path = strdup(path);
	target->base = strdup("http://localhost");
	return target->unix_path && target->base ? 0 : -ENOMEM;
}

/* "localhost" is the one name that curl resolves without a name server. */
static bool is_address(const char *host)
{
	struct in_addr address;

	return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1 ||
	       strcmp(host, "localhost") == 0;
}

/* curl looks a name up without the dot at its end, and with non-ASCII letters as punycode:
 * name_port must have the same form. */
static int target_set_name(struct target *target, CURLU *url)
{
#ifdef CURLU_PUNYCODE
	unsigned flags = CURLU_PUNYCODE;
#else
	unsigned flags = 0;
#endif
	char *host = NULL, *port = NULL;
	size_t len;
	int r = 0;

	if (curl_url_get(url, CURLUPART_HOST, &host, flags) ||
		curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) {
		r = -EINVAL;
	} else if (!is_address(host)) {
		len = strlen(host);
		len -= host[len - 1] == '.';
		if (asprintf(&target->name_port, "%.*s:%s", (int)len, host, port) < 0)
			target->name_port = NULL;
		target->resolver = resolver_new(host);
		r = target->name_port && target->resolver ? 0 : -ENOMEM;
	}
	curl_free(host);
	curl_free(port);
	return r;
}

/* Parses @authority, which may have a host and a port, but no user, path or query. */
static int target_init_tcp(struct target *target, const char *scheme, const char *authority)
{
	size_t len = strcspn(authority, "/?#@ ");
	CURLU *url;
	int r;

	if (len == 0 || (authority[len] && strcmp(authority + len, "/") != 0))
		return -EINVAL;
	if (asprintf(&target->base, "%s://%.*s", scheme, (int)len, authority) < 0) {
		target->base = NULL;
		return -ENOMEM;
	}
	url = curl_url();
	if (!url)
		return -ENOMEM;
	r = curl_url_set(url, CURLUPART_URL, target->base, 0) ? -EINVAL
							      : target_set_name(target, url);
	curl_url_cleanup(url);
	target->is_tls = strcmp(scheme, "https") == 0;
	target->is_far = !target->is_tls;
	return r;
}

static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* Without a scheme an endpoint needs a port, as for etcdctl: a word alone is more likely a typing
 * error. */
static int target_init_any(struct target *target, const char *endpoint)
{
	bool has_tls = target->tls->cacert || target->tls->cert;
	const char *rest;

	if ((rest = after(endpoint, "unix://")))
		return target_init_unix(target, rest);
	if ((rest = after(endpoint, "http://")))
		return target_init_tcp(target, "http", rest);
	if ((rest = after(endpoint, "https://")))
		return target_init_tcp(target, "https", rest);
	if (strchr(endpoint, '/') || !strchr(endpoint, ':'))
		return -EINVAL;
	return target_init_tcp(target, has_tls ? "https" : "http", endpoint);
}

static int target_init(struct target *target, const struct tls *tls, const char *endpoint)
{
	const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
	int r;

	target->tls = tls;
	target->loses_trailers = version->version_num < CURL_KEEPS_TRAILERS;
	r = target_init_any(target, endpoint);
	if (target->is_tls)
		target->opens_version = target->joins_version = CURL_HTTP_VERSION_2TLS;
	else
		target->opens_version = target->joins_version = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	if (!target->is_tls && version->version_num < CURL_REUSES_PRIOR_KNOWLEDGE)
		target->joins_version = CURL_HTTP_VERSION_2_0;
	return r;
}

static int targets_add(struct targets *targets, const char *endpoint)
{
	struct target *longer;

	longer = reallocarray(targets->items, targets->count + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	targets->items = longer;
	longer[targets->count] = (struct target){0};
	return target_init(&longer[targets->count++], &targets->tls, endpoint);
}

static int copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int tls_init(struct tls *tls, const struct etcd_config *config)
{
	int r = copy(config->cacert, &tls->cacert);

	if (r == 0)
		r = copy(config->cert, &tls->cert);
	return r < 0 ? r : copy(config->key, &tls->key);
}

int targets_init(struct targets *targets, const struct etcd_config *config)
{
	CLEANUP(free) char *endpoints = NULL;
	char *rest, *endpoint;
	int r;

	*targets = (struct targets){0};
	if (!config->endpoints)
		return -EINVAL;
	rest = endpoints = strdup(config->endpoints);
	r = endpoints ? tls_init(&targets->tls, config) : -ENOMEM;
	while (r == 0 && (endpoint = strsep(&rest, ",")))
		r = targets_add(targets, endpoint + strspn(endpoint, " "));
	if (r < 0)
		targets_fini(targets);
	return r;
}

void targets_fini(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		free(targets->items[i].unix_path);
		free(targets->items[i].base);
		free(targets->items[i].name_port);
		resolver_free(targets->items[i].resolver);
	}
	free(targets->items);
	free(targets->tls.cacert);
	free(targets->tls.cert);
	free(targets->tls.key);
	*targets = (struct targets){0};
}

bool etcd_check_endpoints(const struct etcd_config *config, bool *ret_clear)
{
	struct targets targets;

	*ret_clear = false;
	if (targets_init(&targets, config) < 0)
		return false;
	for (size_t i = 0; i < targets.count; i++)
		*ret_clear |= targets.items[i].is_far;
	targets_fini(&targets);
	return true;
}
