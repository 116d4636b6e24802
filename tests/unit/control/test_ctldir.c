/* The names below ".etcd": one id while it is known, a held directory; and the keys of a directory.
 */
#include "fs/control/ctldir.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mirror *mirror;
static struct ctldir table;

/* d/k and LONG/y, of which LONG needs two names. */
static int setup_prefix(struct bytes prefix)
{
	static char deep[400];
	struct mirror_list *list;
	bool forked;
	struct etcd_kv kvs[] = {
		{.mod_revision = 5, .create_revision = 5, .version = 1},
		{.mod_revision = 6, .create_revision = 6, .version = 1},
	};

	snprintf(deep, sizeof(deep), "%.*sd/k", (int)prefix.len, (const char *)prefix.data);
	kvs[0].key = bytes_of(strdup(deep));
	snprintf(deep, sizeof(deep), "%.*s%0300d/y", (int)prefix.len, (const char *)prefix.data, 0);
	kvs[1].key = bytes_of(deep);
	assert_int_equal(mirror_new(prefix, &mirror), 0);
	assert_int_equal(mirror_list_new(mirror, &list), 0);
	assert_int_equal(mirror_list_add(list, 6, kvs, 2), 0);
	assert_int_equal(mirror_replace(mirror, 6, list, &forked), 0);
	mirror_list_free(list);
	free((void *)kvs[0].key.data);
	ctldir_init(&table, mirror, 0);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_prefix((struct bytes){0});
}

static int teardown(void **state)
{
	(void)state;
	ctldir_fini(&table);
	mirror_free(mirror);
	return 0;
}

static uint64_t node_of(uint64_t dir, const char *name)
{
	struct mirror_info info;

	assert_int_equal(mirror_lookup(mirror, dir, name, 0, &info), 0);
	return info.id;
}

static struct ctldir_node look(uint64_t dir, const char *name)
{
	struct ctldir_node node;

	assert_int_equal(ctldir_lookup(&table, dir, name, &node), 0);
	return node;
}

static void check_no(int error, uint64_t dir, const char *name)
{
	struct ctldir_node node;

	assert_int_equal(ctldir_lookup(&table, dir, name, &node), error);
}

/* Files can be made in them, and none can be found. */
static void test_made(void **state)
{
	static const char *const bad[] = {"0", "007", "-1", "1.5", "x", "", "1000000001"};
	uint64_t d = node_of(ROOT_ID, "d");
	struct ctldir_node top = look(d, ".etcd"), ttl = look(top.id, "ttl");
	struct ctldir_node ephemeral = look(top.id, "ephemeral"), five = look(ttl.id, "5");

	(void)state;
	assert_true(ctldir_makes(&ephemeral) && ctldir_makes(&five));
	assert_false(ctldir_makes(&ttl) || ctldir_makes(&top));
	assert_true(ctldir_is_dir(&ephemeral) && ctldir_is_dir(&ttl) && ctldir_is_dir(&five));
	assert_int_equal(five.number, 5);
	assert_int_equal(five.dir, d);
	assert_int_equal(look(ttl.id, "1000000000").number, 1000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check_no(-EINVAL, ttl.id, bad[i]);
	check_no(-ENOENT, five.id, "k");
	check_no(-ENOENT, ephemeral.id, "k");
	ctldir_forget(&table, look(ttl.id, "1000000000").id, 2);
	ctldir_forget(&table, five.id, 1);
	ctldir_forget(&table, ephemeral.id, 1);
	ctldir_forget(&table, ttl.id, 1);
	ctldir_forget(&table, top.id, 1);
}

static void delete_d(void)
{
	struct etcd_event event = {
		.type = ETCD_EVENT_DELETE,
		.kv = {.key = BYTES_LITERAL("d/k"), .mod_revision = 7},
	};

	assert_int_equal(mirror_apply(mirror, 7, &event, 1), 0);
}

static void test_names(void **state)
{
	uint64_t d = node_of(ROOT_ID, "d");
	struct ctldir_node top = look(d, ".etcd"), watch = look(top.id, "watch");
	struct ctldir_node since = look(top.id, "since"),
			   at = look(since.id, "9223372036854775807");
	bool is_dir;

	(void)state;
	assert_true(ctldir_has(d, ".etcd") && ctldir_has(top.id, "anything"));
	assert_false(ctldir_has(d, "etcd"));
	assert_true(top.id >= CTLDIR_FIRST_ID);
	assert_int_equal(watch.kind, CTLDIR_WATCH);
	assert_int_equal(watch.dir, d);
	assert_int_equal(at.kind, CTLDIR_SINCE_REVISION);
	assert_true(at.number == INT64_MAX);
	assert_int_equal(look(since.id, "0").number, 0);
	assert_true(ctldir_is_dir(&top) && ctldir_is_dir(&since));
	assert_false(ctldir_is_dir(&watch) || ctldir_is_dir(&at));
	assert_string_equal(ctldir_listed(&top, 0, &is_dir), "watch");
	assert_false(is_dir);
	assert_string_equal(ctldir_listed(&top, 1, &is_dir), "since");
	assert_true(is_dir);
	assert_string_equal(ctldir_listed(&top, 2, &is_dir), "lock");
	assert_false(is_dir);
	assert_string_equal(ctldir_listed(&top, 3, &is_dir), "locks");
	assert_false(is_dir);
	assert_string_equal(ctldir_listed(&top, 4, &is_dir), "at");
	assert_true(is_dir);
	assert_string_equal(ctldir_listed(&top, 5, &is_dir), "ephemeral");
	assert_true(is_dir);
	assert_string_equal(ctldir_listed(&top, 6, &is_dir), "ttl");
	assert_true(is_dir);
	assert_null(ctldir_listed(&top, 7, &is_dir));
	top.dir = ROOT_ID;
	assert_string_equal(ctldir_listed(&top, 7, &is_dir), "snapshot");
	assert_false(is_dir);
	assert_string_equal(ctldir_listed(&top, 10, &is_dir), "metrics");
	assert_null(ctldir_listed(&top, 11, &is_dir));
	assert_null(ctldir_listed(&since, 0, &is_dir));
	check_no(-ENOENT, top.id, "x");
	check_no(-ENOENT, top.id, "0");
	check_no(-ENOTDIR, watch.id, "x");
	check_no(-ENOTDIR, node_of(d, "k"), ".etcd");
	check_no(-ESTALE, 4711, ".etcd");
	check_no(-ESTALE, CTLDIR_FIRST_ID + 4711, "watch");
}

static void test_no_revisions(void **state)
{
	static const char *const names[] = {
		"", "-1", "+1", "01", "00", "1x", " 1", "0x1", "9223372036854775808", "watch"};
	struct ctldir_node since = look(look(ROOT_ID, ".etcd").id, "since");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		check_no(-ENOENT, since.id, names[i]);
}

/* One id as long as the kernel knows it, and then never again. */
static void test_forget(void **state)
{
	struct ctldir_node first = look(ROOT_ID, ".etcd"), other, found;

	(void)state;
	assert_int_equal(look(ROOT_ID, ".etcd").id, first.id);
	assert_int_equal(look(ROOT_ID, ".etcd").id, first.id);
	other = look(node_of(ROOT_ID, "d"), ".etcd");
	assert_int_not_equal(other.id, first.id);
	ctldir_forget(&table, first.id, 2);
	assert_int_equal(ctldir_info(&table, first.id, &found), 0);
	ctldir_forget(&table, first.id, 1);
	assert_int_equal(ctldir_info(&table, first.id, &found), -ESTALE);
	assert_int_equal(ctldir_info(&table, other.id, &found), 0);
	ctldir_forget(&table, first.id, 1);
	assert_int_not_equal(look(ROOT_ID, ".etcd").id, first.id);
}

/* The directory of a name that is known is answered for, dead or not; then it goes. */
static void test_hold(void **state)
{
	uint64_t d = node_of(ROOT_ID, "d");
	struct ctldir_node top = look(d, ".etcd"), watch = look(top.id, "watch");
	struct mirror_range range;
	struct mirror_info info;

	(void)state;
	delete_d();
	assert_int_equal(mirror_info(mirror, d, &info), 0);
	assert_true(info.dead);
	check_no(-ESTALE, d, ".etcd");
	assert_int_equal(mirror_range(mirror, d, &range), -ESTALE);
	look(top.id, "watch");
	ctldir_forget(&table, watch.id, 2);
	assert_int_equal(mirror_info(mirror, d, &info), 0);
	ctldir_forget(&table, top.id, 1);
	assert_int_equal(mirror_info(mirror, d, &info), -ESTALE);
}

static void check_bytes(const struct buf *buf, const char *expected, size_t len)
{
	assert_int_equal(buf->len, len);
	if (len)
		assert_memory_equal(buf->data, expected, len);
}

static void check_range(uint64_t dir, const char *path, const char *first, size_t first_len,
	const char *end, size_t end_len)
{
	struct mirror_range range = {0};

	assert_int_equal(mirror_range(mirror, dir, &range), 0);
	check_bytes(&range.path, path, strlen(path));
	check_bytes(&range.first, first, first_len);
	check_bytes(&range.end, end, end_len);
	mirror_range_fini(&range);
}

/* The id, and with a '/' the path, of the directory that is the first half of LONG. */
static uint64_t half_of_long(char *ret_path)
{
	struct mirror_names *names;
	uint64_t id = 0;

	assert_int_equal(mirror_names(mirror, ROOT_ID, &names), 0);
	for (size_t i = 0; i < names->n_names; i++)
		if (names->names[i].name[0] == '0') {
			id = names->names[i].id;
			sprintf(ret_path, "%s/", names->names[i].name);
		}
	mirror_names_free(names);
	assert_true(id);
	return id;
}

static void test_range(void **state)
{
	struct mirror_range range;
	char half[300];
	uint64_t id = half_of_long(half);

	(void)state;
	check_range(ROOT_ID, "", "\0", 1, "\0", 1);
	check_range(node_of(ROOT_ID, "d"), "d/", "d/", 2, "d0", 2);
	check_range(id, half, "\0", 1, "\0", 1);
	assert_int_equal(mirror_range(mirror, 4711, &range), -ESTALE);
	assert_int_equal(
		mirror_range(mirror, node_of(node_of(ROOT_ID, "d"), "k"), &range), -ENOTDIR);
}

static int setup_app(void **state)
{
	(void)state;
	return setup_prefix(BYTES_LITERAL("app/"));
}

static void test_range_prefix(void **state)
{
	char half[300];

	(void)state;
	check_range(ROOT_ID, "", "app/", 4, "app0", 4);
	check_range(node_of(ROOT_ID, "d"), "d/", "app/d/", 6, "app/d0", 6);
	check_range(half_of_long(half), half, "app/", 4, "app0", 4);
}

static void *look_often(void *arg)
{
	struct ctldir_node top, watch;

	for (int i = 0; i < 2000; i++) {
		top = look(ROOT_ID, ".etcd");
		watch = look(top.id, "watch");
		ctldir_forget(&table, watch.id, 1);
		ctldir_forget(&table, top.id, 1);
	}
	return arg;
}

static void test_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_often, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_null(RB_ROOT(&table.ids));
	assert_null(RB_ROOT(&table.names));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_made),
		TEST(test_no_revisions),
		TEST(test_forget),
		TEST(test_hold),
		TEST(test_range),
		cmocka_unit_test_setup_teardown(test_range_prefix, setup_app, teardown),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
