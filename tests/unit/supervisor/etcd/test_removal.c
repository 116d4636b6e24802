/* What a list of the members says about a member: that it is there, that it is not, or nothing.
 * Statements: 282. */
#include "supervisor/etcd/removal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct etcd_member members[] = {{.id = 1}, {.id = 2}};

static int judge(uint64_t list_of, size_t n_members, uint64_t cluster_id, uint64_t member)
{
	struct etcd_reply reply = {
		.header.cluster_id = list_of, .members = members, .n_members = n_members};

	return removal_judge(&reply, cluster_id, member);
}

static void test_judge(void **state)
{
	assert_int_equal(judge(7, 2, 7, 1), 0);
	assert_int_equal(judge(7, 2, 7, 2), 0);
	assert_int_equal(judge(7, 2, 7, 3), 1);
	assert_int_equal(judge(7, 1, 7, 2), 1);
}

/* Of another cluster, which has its place by now, or of nobody that is known. */
static void test_no_proof(void **state)
{
	assert_int_equal(judge(8, 2, 7, 3), -1);
	assert_int_equal(judge(8, 2, 7, 1), -1);
	assert_int_equal(judge(7, 2, 7, 0), -1);
	assert_int_equal(judge(0, 2, 0, 3), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_no_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
