/* The JSON of .etcd/status and .etcd/members: exact numbers, odd texts, and no memory.
 * Statements: 120, 121, 407. */
#include "fs/control/status_json.h"
#include "tests/lib/alloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

const char *fs_role_name(enum fs_role role)
{
	return role == FS_ROLE_LEADER ? "leader" : "another";
}

static struct status_json well(void)
{
	return (struct status_json){
		.name = "a",
		.role = {.role = FS_ROLE_LEADER,
			.term = 7,
			.cluster_id = UINT64_MAX,
			.member_id = 0x8e9e05c52164694d,
			.leader_id = 0x8e9e05c52164694d,
			.db_size = INT64_MAX,
			.version = "3.4.23"},
		.pid = 11,
		.child = {.pid = 12},
		.synced = true,
		.revision = INT64_MAX,
		.locks_held = 3,
		.locks_waiting = 2,
		.locks_lost = 1,
	};
}

static void test_status(void **state)
{
	CLEANUP(buf) struct buf text = {0};
	struct status_json status = well();
	cJSON *json, *etcd, *etcdfs, *locks;

	strcpy(status.child.last_words, "\"quoted\" \x01 \xff\xc3");
	assert_int_equal(status_json_status(&status, &text), 0);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	assert_non_null(strstr((char *)text.data, "\t9223372036854775807,\n"));
	assert_non_null(strstr((char *)text.data, "\"8e9e05c52164694d\""));
	assert_non_null(strstr((char *)text.data, "\"ffffffffffffffff\""));
	json = cJSON_Parse((char *)text.data);
	assert_non_null(json);
	assert_string_equal(cJSON_GetObjectItem(json, "health")->valuestring, "ok");
	etcd = cJSON_GetObjectItem(json, "etcd");
	assert_string_equal(
		cJSON_GetObjectItem(etcd, "last_words")->valuestring, "\"quoted\" \x01 ??");
	locks = cJSON_GetObjectItem(json, "locks");
	assert_int_equal(cJSON_GetObjectItem(locks, "held")->valueint, 3);
	assert_int_equal(cJSON_GetObjectItem(locks, "waiting")->valueint, 2);
	assert_int_equal(cJSON_GetObjectItem(locks, "lost")->valueint, 1);
	etcdfs = cJSON_GetObjectItem(json, "etcdfs");
	assert_int_equal(cJSON_GetObjectItem(etcdfs, "pid")->valueint, 11);
	assert_string_equal(cJSON_GetObjectItem(etcdfs, "version")->valuestring, ETCDFS_VERSION);
	cJSON_Delete(json);
}

static void test_health(void **state)
{
	struct status_json status = well();

	status.role.no_space = true;
	assert_non_null(strstr(report_health(&status), "NOSPACE"));
	status.role.role = FS_ROLE_CANDIDATE;
	assert_non_null(strstr(report_health(&status), "quorum"));
	status.role.role = FS_ROLE_OFFLINE;
	assert_non_null(strstr(report_health(&status), "does not answer"));
	status.child.pid = 0;
	strcpy(status.child.last_end, "killed");
	assert_non_null(strstr(report_health(&status), "down"));
	strcpy(status.refusal, "etcd takes us no longer: why");
	assert_string_equal(report_health(&status), status.refusal);
	status.silent = true;
	assert_non_null(strstr(report_health(&status), "supervisor"));
}

static void render_members(struct buf *ret, int *ret_error)
{
	static const char *const urls[] = {"http://a:1", "http://b:2"};
	const struct etcd_member members[] = {
		{.id = 1, .name = "one", .peer_urls = urls, .n_peer_urls = 2},
		{.id = 2, .name = "", .peer_urls = urls, .n_peer_urls = 1, .is_learner = true},
	};
	const struct etcd_reply reply = {.members = members, .n_members = 2};

	*ret_error = status_json_members(&reply, 1, ret);
}

static void test_members(void **state)
{
	CLEANUP(buf) struct buf text = {0};
	cJSON *json;
	int error;

	render_members(&text, &error);
	assert_int_equal(error, 0);
	assert_int_equal(buf_append_byte(&text, 0), 0);
	json = cJSON_Parse((char *)text.data);
	assert_int_equal(cJSON_GetArraySize(json), 2);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(json, 0), "leader")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(json, 1), "name")));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(json, 1), "learner")));
	cJSON_Delete(json);
}

/* Ours and cJSON's: the Nth allocation fails, for every N. */
static void test_no_memory(void **state)
{
	struct status_json status = well();
	struct cJSON_Hooks hooks = {malloc, free};
	int error = -ENOMEM;

	cJSON_InitHooks(&hooks); /* so that cJSON's allocations are counted too */
	for (int n = 0; error; n++) {
		CLEANUP(buf) struct buf text = {0};

		alloc_fail_after(n);
		error = status_json_status(&status, &text);
		if (!error)
			render_members(&text, &error);
		alloc_fail_never();
		assert_true(error == 0 || error == -ENOMEM);
	}
	cJSON_InitHooks(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
