/* Members of a cluster, with names and URLs of any bytes: their JSON, and what a join makes of
 * them. */
#include "tests/fuzz/fuzz.h"

#include "fs/control/status_json.h"
#include "supervisor/etcd/join_plan.h"

#include <cjson/cJSON.h>

enum { MEMBERS = 8, URLS = 4 };

struct texts {
	char *urls[URLS];
	char *name;
};

static void member_make(struct bytes *input, struct texts *texts, struct etcd_member *ret)
{
	*ret = (struct etcd_member){.id = fuzz_number(input, 8),
		.n_peer_urls = fuzz_byte(input) % (URLS + 1),
		.is_learner = fuzz_byte(input) & 1};
	texts->name = fuzz_string(fuzz_text(input, '\n'));
	for (size_t i = 0; i < URLS; i++)
		texts->urls[i] = fuzz_string(
			i < ret->n_peer_urls ? fuzz_text(input, '\n') : (struct bytes){0});
	ret->name = texts->name;
	ret->peer_urls = ret->client_urls = (const char *const *)texts->urls;
	ret->n_client_urls = ret->n_peer_urls;
}

static void json_check(const struct etcd_reply *reply)
{
	CLEANUP(buf) struct buf text = {0};
	cJSON *array;

	fuzz_check(status_json_members(reply, 1, &text) == 0);
	array = cJSON_ParseWithLength((const char *)text.data, text.len);
	fuzz_check(cJSON_GetArraySize(array) == (int)reply->n_members);
	cJSON_Delete(array);
}

static void join_check(const struct etcd_member *members, size_t n_members)
{
	CLEANUP(strv) struct strv urls = {0};
	const struct join_node node = {"b", &urls};
	struct refusal refusal = {""};
	char *cluster;
	uint64_t id;
	int r;

	fuzz_check(strv_add(&urls, "http://b:2380") == 0);
	r = join_plan(&node, members, n_members, &id, &refusal);
	fuzz_check(r == 0 || (r == REFUSED && refusal.text[0]));
	cluster = join_initial_cluster(&node, r ? 0 : id, members, n_members);
	fuzz_check(cluster);
	free(cluster);
}

void fuzz_one(struct bytes input)
{
	struct texts texts[MEMBERS];
	struct etcd_member members[MEMBERS];
	struct etcd_reply reply = {.members = members};

	while (input.len && reply.n_members < MEMBERS) {
		member_make(&input, &texts[reply.n_members], &members[reply.n_members]);
		reply.n_members++;
	}
	json_check(&reply);
	join_check(members, reply.n_members);
	for (size_t i = 0; i < reply.n_members; i++) {
		for (size_t k = 0; k < URLS; k++)
			free(texts[i].urls[k]);
		free(texts[i].name);
	}
}
