/* Which hook is run for which change of the role, and that the latest is never left out.
 * Statements: 130-132, 134. */
#include "supervisor/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct hook_state state_of(enum fs_role role, uint64_t term)
{
	return (struct hook_state){.known = true, .role = role, .term = term};
}

/* What is due after a change from the one to the other: "" or the names. */
static void check(
	struct hook_state from, struct hook_state to, const char *leadership, const char *change)
{
	if (hook_is_due(HOOK_LEADERSHIP, &from, &to))
		assert_string_equal(hook_name(HOOK_LEADERSHIP, &to), leadership);
	else
		assert_string_equal("", leadership);
	assert_int_equal(hook_is_due(HOOK_CHANGE, &from, &to), *change == 'o');
	assert_string_equal(hook_name(HOOK_CHANGE, &to), "on-change");
}

static void test_start(void **state)
{
	struct hook_state nothing = {.known = false};

	check(nothing, nothing, "", "");
	check(nothing, state_of(FS_ROLE_LEADER, 2), "on-leader", "on-change");
	check(nothing, state_of(FS_ROLE_FOLLOWER, 2), "on-follower", "on-change");
	check(nothing, state_of(FS_ROLE_CANDIDATE, 2), "on-follower", "on-change");
	check(nothing, state_of(FS_ROLE_OFFLINE, 0), "on-follower", "on-change");
	check(nothing, state_of(FS_ROLE_LEARNER, 2), "on-follower", "on-change");
}

static void test_every_pair(void **state)
{
	int from, to;

	for (from = 0; from < FS_ROLES_; from++)
		for (to = 0; to < FS_ROLES_; to++) {
			const char *leadership = "";

			if (to == FS_ROLE_LEADER && from != FS_ROLE_LEADER)
				leadership = "on-leader";
			if (to != FS_ROLE_LEADER && from == FS_ROLE_LEADER)
				leadership = "on-follower";
			check(state_of(from, 3), state_of(to, 3), leadership,
				from == to ? "" : "on-change");
		}
}

static void test_terms(void **state)
{
	check(state_of(FS_ROLE_LEADER, 3), state_of(FS_ROLE_LEADER, 5), "on-leader", "on-change");
	check(state_of(FS_ROLE_LEADER, 3), state_of(FS_ROLE_LEADER, 3), "", "");
	check(state_of(FS_ROLE_FOLLOWER, 3), state_of(FS_ROLE_FOLLOWER, 5), "", "");
	check(state_of(FS_ROLE_OFFLINE, 3), state_of(FS_ROLE_OFFLINE, 0), "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
