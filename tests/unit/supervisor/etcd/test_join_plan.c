/* A node and the members of the cluster that it wants to join: what is done about it. */
#include "supervisor/etcd/join_plan.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const url_a[] = {"http://a:2380"};
static const char *const url_b[] = {"http://b:2380", "http://b:2390"};
static const char *const url_unix[] = {"unix://peer:0"};
static char own_url[] = "http://b:2390";
static char *own_urls[] = {own_url, NULL};
static const struct strv own = {own_urls, 1};
static const struct join_node node = {"b", &own};

static struct refusal refusal;

static int plan(const struct etcd_member *members, size_t n, uint64_t *ret_id)
{
	refusal.text[0] = '\0';
	*ret_id = 99;
	return join_plan(&node, members, n, ret_id, &refusal);
}

static void test_new(void **state)
{
	const struct etcd_member members[] = {
		{.id = 1, .name = "a", .peer_urls = url_a, .n_peer_urls = 1}};
	uint64_t id;

	assert_int_equal(plan(members, 1, &id), 0);
	assert_int_equal(id, 0);
}

static void test_never_started(void **state)
{
	const struct etcd_member members[] = {
		{.id = 1, .name = "a", .peer_urls = url_a, .n_peer_urls = 1},
		{.id = 2, .name = "", .peer_urls = url_b, .n_peer_urls = 2, .is_learner = true}};
	uint64_t id;

	assert_int_equal(plan(members, 2, &id), 0);
	assert_int_equal(id, 2);
}

static void refused(const char *name, const char *const *urls, const char *words)
{
	const struct etcd_member members[] = {
		{.id = 0xabc, .name = name, .peer_urls = urls, .n_peer_urls = 1}};
	uint64_t id;

	assert_int_equal(plan(members, 1, &id), REFUSED);
	assert_non_null(strstr(refusal.text, words));
}

static void test_refusals(void **state)
{
	static const char *const same[] = {"http://b:2390"};

	refused("b", url_a, "a member 'b' already");
	refused("c", same, "its member 'c' has the peer URL http://b:2390");
	refused("b", same, "etcdctl member remove abc");
	refused("a", url_unix, "etcdctl member update abc");
}

static void test_initial_cluster(void **state)
{
	const struct etcd_member members[] = {
		{.id = 1, .name = "a", .peer_urls = url_a, .n_peer_urls = 1},
		{.id = 2, .name = "", .peer_urls = url_b, .n_peer_urls = 2},
		{.id = 0xfe, .name = "", .peer_urls = url_a, .n_peer_urls = 1}};
	CLEANUP(free) char *cluster = join_initial_cluster(&node, 2, members, 3);

	assert_string_equal(
		cluster, "a=http://a:2380,b=http://b:2380,b=http://b:2390,fe=http://a:2380");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_initial_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
