/* The cluster's members: asked for, added, refused a promotion, removed; by a real etcd. */
#include "tests/lib/ask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const urls[] = {"http://127.0.0.1:9", "http://127.0.0.2:9"};

static void list(void)
{
	ending = (struct ending){0};
	assert_int_equal(etcd_member_list(client.etcd, ASK_MS, ending_note, &ending, NULL), 0);
	ask_wait();
	assert_int_equal(ending.error, 0);
}

static void add(const char *const *of, size_t n)
{
	ending = (struct ending){0};
	etcd_member_add(client.etcd, of, n, true, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
}

static void take_away(uint64_t member)
{
	ending = (struct ending){0};
	etcd_member_remove(client.etcd, member, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
}

static void test_list(void **state)
{
	list();
	assert_int_equal(ending.n_members, 1);
	assert_string_equal(ending.name, "n");
	assert_string_equal(ending.url, "unix://p:2");
	assert_int_equal(ending.member.id, ending.header.member_id);
	assert_int_equal(ending.member.n_peer_urls, 1);
	assert_int_equal(ending.member.n_client_urls, 1);
	assert_false(ending.member.is_learner);
}

static void test_learner(void **state)
{
	uint64_t learner;

	add(urls, 2);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.n_members, 2);
	learner = ending.member_id;
	assert_true(learner);
	list();
	assert_int_equal(ending.n_members, 2);
	add(urls + 1, 1);
	assert_int_equal(ending.error, -EINVAL);
	assert_non_null(strstr(ending.message, "Peer URLs already exists"));
	ending = (struct ending){0};
	etcd_member_promote(client.etcd, learner, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
	assert_int_equal(ending.error, -EINVAL);
	assert_non_null(strstr(ending.message, "in sync with leader"));
	take_away(learner);
	assert_int_equal(ending.error, 0);
	assert_int_equal(ending.n_members, 1);
	take_away(learner);
	assert_int_equal(ending.error, -ENOENT);
}

static void test_status_without_alarms(void **state)
{
	ending = (struct ending){0};
	etcd_member_status(client.etcd, ASK_MS, ending_note, &ending, NULL);
	ask_wait();
	assert_int_equal(ending.error, 0);
	assert_false(ending.status.no_space || ending.status.corrupt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REAL_TEST(test_list),
		REAL_TEST(test_learner),
		REAL_TEST(test_status_without_alarms),
	};

	return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
