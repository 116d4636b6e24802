#include "fs/control/status_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

CLEANUP_POINTER(struct cJSON, cJSON_Delete)

/* --- Values: each is NULL without memory ---------------------------------------------------- */

static cJSON *number(int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return cJSON_CreateRaw(text);
}

static cJSON *id(uint64_t value)
{
	char text[24];

	if (!value)
		return cJSON_CreateNull();
	snprintf(text, sizeof(text), "%" PRIx64, value);
	return cJSON_CreateString(text);
}

/* Bytes that are not ASCII become '?', because JSON is UTF-8 and etcd's log may be cut inside a
 * character. */
static cJSON *text_or_null(const char *text)
{
	cJSON *item;

	if (!text || !*text)
		return cJSON_CreateNull();
	item = cJSON_CreateString(text);
	for (char *at = item ? item->valuestring : NULL; at && *at; at++)
		if (*at & 0x80)
			*at = '?';
	return item;
}

static cJSON *strings(const char *const *items, size_t n_items)
{
	CLEANUP(cJSON_Delete) cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < n_items; i++)
		if (!cJSON_AddItemToArray(array, text_or_null(items[i])))
			return NULL;
	return STEAL(array);
}

static bool add(cJSON *object, const char *name, cJSON *item)
{
	if (item && cJSON_AddItemToObjectCS(object, name, item))
		return true;
	cJSON_Delete(item);
	return false;
}

static int print(const cJSON *json, struct buf *ret)
{
	char *text = json ? cJSON_Print(json) : NULL;
	int r = text ? buf_printf(ret, "%s\n", text) : -ENOMEM;

	cJSON_free(text);
	return r;
}

/* --- The status ----------------------------------------------------------------------------- */

const char *report_health(const struct status_json *status)
{
	enum fs_role role = status->role.role;

	if (status->silent)
		return "the process that looks after etcd (the supervisor) does not answer";
	if (*status->refusal)
		return status->refusal;
	if (role == FS_ROLE_OFFLINE && !status->child.pid && *status->child.last_end)
		return "etcd is down";
	if (role == FS_ROLE_OFFLINE)
		return "etcd does not answer";
	if (role == FS_ROLE_CANDIDATE)
		return "no leader: the cluster has no quorum";
	if (role == FS_ROLE_LEARNER)
		return "a learner does not serve: it has to be promoted first";
	if (status->role.corrupt)
		return "the members' data differ (alarm CORRUPT)";
	if (status->role.no_space)
		return "etcd's space is used up (alarm NOSPACE)";
	return status->synced ? "ok" : "the keyspace has not been read yet";
}

static cJSON *alarms(const struct fs_role_update *role)
{
	const char *names[2];
	size_t n = 0;

	if (role->no_space)
		names[n++] = "NOSPACE";
	if (role->corrupt)
		names[n++] = "CORRUPT";
	return strings(names, n);
}

/* Null when the mount has not started an etcd. */
static cJSON *child_json(const struct fs_child_update *child)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();

	if (!child->pid && !*child->last_end)
		return cJSON_CreateNull();
	if (!add(object, "pid", child->pid ? number(child->pid) : cJSON_CreateNull()) ||
		!add(object, "restarts", number(child->restarts)) ||
		!add(object, "last_end", text_or_null(child->last_end)) ||
		!add(object, "last_words", text_or_null(child->last_words)))
		return NULL;
	return STEAL(object);
}

/* Our own, which is also the supervisor's but for the moment of an upgrade. */
static cJSON *program_json(pid_t pid)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();

	if (!add(object, "version", cJSON_CreateString(ETCDFS_VERSION)) ||
		!add(object, "pid", number(pid)))
		return NULL;
	return STEAL(object);
}

static bool add_role(cJSON *object, const struct fs_role_update *role)
{
	return add(object, "member_id", id(role->member_id)) &&
	       add(object, "cluster_id", id(role->cluster_id)) &&
	       add(object, "role", cJSON_CreateString(fs_role_name(role->role))) &&
	       add(object, "term", number(role->term)) &&
	       add(object, "leader", id(role->leader_id));
}

static bool add_database(cJSON *object, const struct fs_role_update *role)
{
	return add(object, "version", text_or_null(role->version)) &&
	       add(object, "db_size", number(role->db_size)) &&
	       add(object, "db_size_in_use", number(role->db_size_in_use)) &&
	       add(object, "alarms", alarms(role));
}

/* Null when the mount has no lease. */
static bool add_lease(cJSON *object, const struct status_json *status)
{
	bool is_there = status->lease != 0;

	return add(object, "lease", is_there ? id((uint64_t)status->lease) : cJSON_CreateNull()) &&
	       add(object, "lease_remaining_s",
		       is_there ? number(status->lease_left_s) : cJSON_CreateNull());
}

static cJSON *locks_json(const struct status_json *status)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();

	if (!add(object, "held", number(status->locks_held)) ||
		!add(object, "waiting", number(status->locks_waiting)) ||
		!add(object, "lost", number(status->locks_lost)))
		return NULL;
	return STEAL(object);
}

int status_json_status(const struct status_json *status, struct buf *ret)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();

	if (!add(object, "health", text_or_null(report_health(status))) ||
		!add(object, "name", text_or_null(status->name)) ||
		!add_role(object, &status->role) ||
		!add(object, "revision", number(status->revision)) || !add_lease(object, status) ||
		!add(object, "locks", locks_json(status)) || !add_database(object, &status->role) ||
		!add(object, "etcd", child_json(&status->child)) ||
		!add(object, "etcdfs", program_json(status->pid)))
		return -ENOMEM;
	return print(object, ret);
}

/* --- The members ---------------------------------------------------------------------------- */

static cJSON *member_json(const struct etcd_member *member, uint64_t leader)
{
	CLEANUP(cJSON_Delete) cJSON *object = cJSON_CreateObject();

	if (!add(object, "id", id(member->id)) ||
		!add(object, "name", text_or_null(member->name)) ||
		!add(object, "peer_urls", strings(member->peer_urls, member->n_peer_urls)) ||
		!add(object, "client_urls", strings(member->client_urls, member->n_client_urls)) ||
		!add(object, "learner", cJSON_CreateBool(member->is_learner)) ||
		!add(object, "leader", cJSON_CreateBool(member->id == leader)))
		return NULL;
	return STEAL(object);
}

int status_json_members(const struct etcd_reply *reply, uint64_t leader, struct buf *ret)
{
	CLEANUP(cJSON_Delete) cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < reply->n_members; i++) {
		cJSON *member = member_json(&reply->members[i], leader);

		if (!member || !cJSON_AddItemToArray(array, member)) {
			cJSON_Delete(member);
			return -ENOMEM;
		}
	}
	return print(array, ret);
}
