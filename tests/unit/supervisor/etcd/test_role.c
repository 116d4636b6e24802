/* The role that a Status of etcd says.
 * Statements: 100, 102. */
#include "supervisor/etcd/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum fs_role role_of(uint64_t leader, bool is_learner, struct fs_role_update *ret)
{
	struct etcd_header header = {.member_id = 1, .raft_term = 9};
	struct etcd_status status = {
		.leader = leader, .is_learner = is_learner, .raft_term = 7, .db_size = 4096};

	role_of_status(&header, &status, 6, ret);
	return ret->role;
}

static void test_role_of_a_status(void **state)
{
	struct fs_role_update update;

	assert_int_equal(role_of(1, false, &update), FS_ROLE_LEADER);
	assert_int_equal(update.term, 7);
	assert_int_equal(update.member_id, 1);
	assert_int_equal(update.leader_id, 1);
	assert_int_equal(update.db_size, 4096);
	assert_true(role_serves(&update));
	assert_int_equal(role_of(2, false, &update), FS_ROLE_FOLLOWER);
	assert_true(role_serves(&update));
	assert_int_equal(role_of(0, false, &update), FS_ROLE_CANDIDATE);
	assert_false(role_serves(&update));
	assert_int_equal(role_of(2, true, &update), FS_ROLE_LEARNER);
	role_of_client(&update);
	assert_int_equal(update.role, FS_ROLE_CANDIDATE);
	assert_false(role_serves(&update));
	role_of(1, false, &update);
	role_of_client(&update);
	assert_int_equal(update.role, FS_ROLE_FOLLOWER);
	assert_true(role_serves(&update));
	role_of(0, false, &update);
	role_of_client(&update);
	assert_int_equal(update.role, FS_ROLE_CANDIDATE);
	update.role = FS_ROLE_OFFLINE;
	assert_false(role_serves(&update));
}

/* Elected, and the first entry of its term is not applied yet: the term is that of another. */
static void test_elected_in_no_past_term(void **state)
{
	struct etcd_header header = {.member_id = 1};
	struct etcd_status status = {.leader = 1, .raft_term = 7};
	struct fs_role_update update;

	role_of_status(&header, &status, 7, &update);
	assert_int_equal(update.role, FS_ROLE_CANDIDATE);
	assert_int_equal(update.leader_id, 0);
	assert_false(role_serves(&update));
	status.raft_term = 8;
	role_of_status(&header, &status, 7, &update);
	assert_int_equal(update.role, FS_ROLE_LEADER);
	status.leader = 2;
	role_of_status(&header, &status, 8, &update);
	assert_int_equal(update.role, FS_ROLE_FOLLOWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role_of_a_status),
		cmocka_unit_test(test_elected_in_no_past_term),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
