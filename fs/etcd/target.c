#include "fs/etcd/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

/* Before 8.0 curl cannot reuse a clear-text connection for a transfer that says prior knowledge,
 * but a transfer that says HTTP/2 can join one. */
enum { CURL_REUSES_PRIOR_KNOWLEDGE = 0x080000, CURL_KEEPS_TRAILERS = 0x080100 };

static const char unix_scheme[] = "unix://";
static const char http_scheme[] = "http://";

static int target_init_unix(struct target *target, const char *path)
{
	if (path[0] != '/' || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	target->unix_path = strdup(path);
	target->base = strdup("http://localhost");
	return target->unix_path && target->base ? 0 : -ENOMEM;
}

/* Only a host and a port: no user, path or query. */
static int target_init_http(struct target *target, const char *endpoint)
{
	const char *authority = endpoint + strlen(http_scheme);
	size_t len = strcspn(authority, "/?#@ ");
	CURLU *url;
	int r;

	if (len == 0 || (authority[len] && strcmp(authority + len, "/") != 0))
		return -EINVAL;
	target->base = strndup(endpoint, strlen(http_scheme) + len);
	url = curl_url();
	if (!target->base || !url)
		r = -ENOMEM;
	else
		r = curl_url_set(url, CURLUPART_URL, target->base, 0) ? -EINVAL : 0;
	curl_url_cleanup(url);
	return r;
}

static struct curl_slist *headers_new(bool has_leader)
{
	static const char *const lines[] = {
		"content-type: application/grpc", "te: trailers", "Accept:", "Expect:", NULL};
	struct curl_slist *list = NULL, *longer;

	for (size_t i = 0; lines[i]; i++) {
		longer = curl_slist_append(list, lines[i]);
		if (!longer)
			goto free_list;
		list = longer;
	}
	if (!has_leader)
		return list;
	longer = curl_slist_append(list, "hasleader: true");
	if (!longer)
		goto free_list;
	return longer;

free_list:
	curl_slist_free_all(list);
	return NULL;
}

static int target_init_any(struct target *target, const char *endpoint)
{
	if (!endpoint)
		return -EINVAL;
	if (strncmp(endpoint, unix_scheme, strlen(unix_scheme)) == 0)
		return target_init_unix(target, endpoint + strlen(unix_scheme));
	if (strncmp(endpoint, http_scheme, strlen(http_scheme)) == 0)
		return target_init_http(target, endpoint);
	return -EINVAL;
}

int target_init(struct target *target, const char *endpoint)
{
	const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
	int r;

	*target = (struct target){0};
	target->http_version = version->version_num < CURL_REUSES_PRIOR_KNOWLEDGE
				       ? CURL_HTTP_VERSION_2_0
				       : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	target->loses_trailers = version->version_num < CURL_KEEPS_TRAILERS;
	r = target_init_any(target, endpoint);
	if (r == 0) {
		target->headers = headers_new(false);
		target->headers_has_leader = headers_new(true);
		if (!target->headers || !target->headers_has_leader)
			r = -ENOMEM;
	}
	if (r < 0)
		target_fini(target);
	return r;
}

void target_fini(struct target *target)
{
	curl_slist_free_all(target->headers);
	curl_slist_free_all(target->headers_has_leader);
	free(target->unix_path);
	free(target->base);
	*target = (struct target){0};
}
