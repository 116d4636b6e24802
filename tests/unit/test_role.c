/* The role that a Status of etcd says.
 * Statements: 100, 102. */
#include "supervisor/role.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum fs_role role_of(uint64_t leader, bool is_learner, struct fs_role_update *ret)
{
	struct etcd_header header = {.member_id = 1, .raft_term = 9};
	struct etcd_status status = {
		.leader = leader, .is_learner = is_learner, .raft_term = 7, .db_size = 4096};

	role_of_status(&header, &status, ret);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_role_of_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
