#include "fs/etcd/headers.h"

#include "fs/base/cleanup.h"
#include "fs/etcd/multi.h"

#include <stdio.h>

static struct curl_slist *lines_new(const char *const *lines, size_t n_lines)
{
	struct curl_slist *list = NULL, *longer;

	for (size_t i = 0; i < n_lines; i++) {
		if (!lines[i])
			continue;
		longer = curl_slist_append(list, lines[i]);
		if (!longer) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

static struct curl_slist *list_new(const char *authorization, bool has_leader)
{
	const char *const lines[] = {"content-type: application/grpc", "te: trailers",
		"Accept:", "Expect:", authorization, has_leader ? "hasleader: true" : NULL};

	return lines_new(lines, sizeof(lines) / sizeof(*lines));
}

struct headers *headers_new(const char *token)
{
	CLEANUP(free) char *line = NULL;
	struct headers *headers;

	if (token && asprintf(&line, "authorization: %s", token) < 0) {
		line = NULL;
		return NULL;
	}
	headers = calloc(1, sizeof(*headers));
	if (!headers)
		return NULL;
	headers->refs = 1;
	headers->plain = list_new(line, false);
	headers->has_leader = list_new(line, true);
	if (headers->plain && headers->has_leader)
		return headers;
	headers_unref(headers);
	return NULL;
}

struct headers *headers_ref(struct headers *headers)
{
	headers->refs++;
	return headers;
}

void headers_unref(struct headers *headers)
{
	if (!headers || --headers->refs)
		return;
	curl_slist_free_all(headers->plain);
	curl_slist_free_all(headers->has_leader);
	free(headers);
}
