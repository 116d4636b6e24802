/* From the configuration to etcd's command line, and which etcd is new enough. */
#include "supervisor/etcd/etcd_cmd.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char data_dir[] = "/d", run_dir[] = "/r";
static const struct paths paths = {.data_dir = data_dir, .run_dir = run_dir};

struct fixture {
	struct config config;
	struct etcd_cmd cmd;
	struct refusal refusal;
	struct etcd_version version;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.version = {.major = 3, .minor = 4, .patch = 23}};
	*state = &fixture;
	return config_init(&fixture.config);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	etcd_cmd_fini(&fixture->cmd);
	config_fini(&fixture->config);
	return 0;
}

static int make(struct fixture *fixture, const char *first, ...)
{
	const char *option;
	va_list args;

	va_start(args, first);
	for (option = first; option; option = va_arg(args, const char *))
		assert_int_equal(
			config_set_etcd_option(&fixture->config, option, &fixture->refusal), 0);
	va_end(args);
	return etcd_cmd_init(&fixture->cmd, &fixture->config, &paths, &fixture->version, "/home/u",
		&fixture->refusal);
}

/* The value of a flag, which stands at most once; NULL if it is not there. */
static const char *flag(const struct fixture *fixture, const char *name)
{
	const char *found = NULL;
	size_t i, length = strlen(name);

	for (i = 1; i < fixture->cmd.argv.count; i++) {
		const char *word = fixture->cmd.argv.items[i];

		assert_int_equal(strncmp(word, "--", 2), 0);
		if (strncmp(word + 2, name, length) || word[2 + length] != '=')
			continue;
		assert_null(found);
		found = word + 3 + length;
	}
	return found;
}

static void test_one_member_has_no_port(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	assert_int_equal(make(fixture, NULL), 0);
	assert_string_equal(flag(fixture, "name"), "default");
	assert_string_equal(flag(fixture, "data-dir"), "/d");
	assert_string_equal(flag(fixture, "listen-client-urls"), "unix://client:0");
	assert_string_equal(flag(fixture, "advertise-client-urls"), "unix://client:0");
	assert_string_equal(flag(fixture, "listen-peer-urls"), "unix://peer:0");
	assert_string_equal(flag(fixture, "initial-advertise-peer-urls"), "unix://peer:0");
	assert_string_equal(flag(fixture, "initial-cluster"), "default=unix://peer:0");
	assert_string_equal(flag(fixture, "pre-vote"), "true");
	assert_string_equal(flag(fixture, "logger"), "zap");
	assert_string_equal(flag(fixture, "auto-compaction-mode"), "periodic");
	assert_string_equal(flag(fixture, "auto-compaction-retention"), "1h");
	assert_string_equal(flag(fixture, "max-txn-ops"), "16384");
	assert_null(flag(fixture, "peer-auto-tls"));
	assert_false(fixture->cmd.has_many_members);
	assert_false(fixture->cmd.has_clear_peers);
	assert_true(fixture->cmd.is_alone);
	for (i = 0; i < fixture->cmd.argv.count; i++)
		assert_null(strstr(fixture->cmd.argv.items[i], "http"));
}

static void test_urls_are_added(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "name=a", "listen-client-urls=http://127.0.0.1:1", NULL), 0);
	assert_string_equal(
		flag(fixture, "listen-client-urls"), "unix://client:0,http://127.0.0.1:1");
	assert_string_equal(flag(fixture, "advertise-client-urls"), "http://127.0.0.1:1");
}

static void test_given_flags_win(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		make(fixture, "pre-vote=false", "max-txn-ops=200", "auto-compaction-retention=5m",
			"binary=/x/etcd", "heartbeat-interval=50", "wal-dir=w", "cert-file=/c",
			"any-flag=", NULL),
		0);
	assert_string_equal(flag(fixture, "pre-vote"), "false");
	assert_string_equal(flag(fixture, "max-txn-ops"), "200");
	assert_string_equal(flag(fixture, "auto-compaction-retention"), "5m");
	assert_string_equal(flag(fixture, "heartbeat-interval"), "50");
	assert_string_equal(flag(fixture, "wal-dir"), "/home/u/w");
	assert_string_equal(flag(fixture, "cert-file"), "/c");
	assert_string_equal(flag(fixture, "any-flag"), "");
	assert_null(flag(fixture, "binary"));
}

static void test_cluster(void **state)
{
	struct fixture *fixture = *state;
	const char *cluster = "initial-cluster=a=https://h1:1,b=https://h2:1,a=https://h1:2";

	assert_int_equal(make(fixture, "name=a", cluster, NULL), 0);
	assert_string_equal(flag(fixture, "listen-peer-urls"), "https://h1:1,https://h1:2");
	assert_string_equal(
		flag(fixture, "initial-advertise-peer-urls"), "https://h1:1,https://h1:2");
	assert_string_equal(flag(fixture, "initial-cluster"), cluster + strlen("initial-cluster="));
	assert_string_equal(flag(fixture, "peer-auto-tls"), "true");
	assert_true(fixture->cmd.has_many_members);
	assert_false(fixture->cmd.has_clear_peers);
}

static void test_clear_peers(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "name=a", "initial-cluster=a=http://h1:1,b=http://h2:1",
				 "listen-peer-urls=http://0.0.0.0:1", NULL),
		0);
	assert_string_equal(flag(fixture, "listen-peer-urls"), "http://0.0.0.0:1");
	assert_string_equal(flag(fixture, "initial-advertise-peer-urls"), "http://h1:1");
	assert_null(flag(fixture, "peer-auto-tls"));
	assert_true(fixture->cmd.has_clear_peers);
}

static void test_own_certificates(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "name=a", "initial-advertise-peer-urls=https://h1:1",
				 "peer-cert-file=/c", NULL),
		0);
	assert_string_equal(flag(fixture, "initial-cluster"), "a=https://h1:1");
	assert_null(flag(fixture, "peer-auto-tls"));
	assert_false(fixture->cmd.has_many_members);
	assert_false(fixture->cmd.is_alone); /* others may join it later */
}

static void test_discovery(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "discovery=https://d/x", NULL), 0);
	assert_null(flag(fixture, "initial-cluster"));
	assert_true(fixture->cmd.has_many_members);
}

static void test_a_cluster_without_us(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		make(fixture, "name=c", "initial-cluster=a=http://h1:1,b=http://h2:1", NULL),
		REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "'c' itself is not in it"));
}

static const char *progress_flag(struct fixture *fixture, int minor, int patch)
{
	const char *old, *new;

	fixture->version.minor = minor;
	fixture->version.patch = patch;
	etcd_cmd_fini(&fixture->cmd);
	assert_int_equal(make(fixture, NULL), 0);
	old = flag(fixture, "experimental-watch-progress-notify-interval");
	new = flag(fixture, "watch-progress-notify-interval");
	assert_true(!old || !new);
	return old ? "old" : new ? "new" : "none";
}

static void test_join(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "name=b", "join=http://a:2379",
				 "listen-peer-urls=http://b:2380,http://c:2380", NULL),
		0);
	assert_null(flag(fixture, "join"));
	assert_string_equal(flag(fixture, "initial-cluster"), "b=http://b:2380,b=http://c:2380");
	assert_int_equal(fixture->cmd.peer_urls.count, 2);
	assert_string_equal(fixture->cmd.peer_urls.items[1], "http://c:2380");
	assert_true(fixture->cmd.has_many_members);
	assert_int_equal(etcd_cmd_join(&fixture->cmd, "a=http://a:2380,b=http://b:2380"), 0);
	assert_string_equal(flag(fixture, "initial-cluster"), "a=http://a:2380,b=http://b:2380");
	assert_string_equal(flag(fixture, "initial-cluster-state"), "existing");
}

static void test_join_without_an_address(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "join=http://a:2379", NULL), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "listen-peer-urls"));
}

static void test_a_new_cluster_is_forced_once(void **state)
{
	struct fixture *fixture = *state;
	char **items;
	size_t count;

	assert_int_equal(make(fixture, "force-new-cluster=true", "any-flag=x", NULL), 0);
	items = fixture->cmd.argv.items;
	count = fixture->cmd.argv.count;
	assert_true(config_forces_new_cluster(&fixture->config));
	assert_string_equal(flag(fixture, "force-new-cluster"), "true");
	for (int i = 0; i < 2; i++) {
		etcd_cmd_served(&fixture->cmd);
		assert_null(flag(fixture, "force-new-cluster"));
		assert_string_equal(flag(fixture, "any-flag"), "x");
		assert_int_equal(fixture->cmd.argv.count, count - 1);
		assert_ptr_equal(fixture->cmd.argv.items, items);
		assert_null(items[count - 1]);
	}
}

static void test_flags_by_version(void **state)
{
	assert_string_equal(progress_flag(*state, 4, 0), "none");
	assert_string_equal(progress_flag(*state, 4, 10), "none");
	assert_string_equal(progress_flag(*state, 4, 11), "old");
	assert_string_equal(progress_flag(*state, 5, 0), "old");
	assert_string_equal(progress_flag(*state, 6, 0), "new");
	assert_string_equal(progress_flag(*state, 10, 0), "new");
}

static void test_environment(void **state)
{
	const char *const from[] = {"PATH=/bin", "ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379",
		"ETCD_UNSUPPORTED_ARCH=riscv64", "ETCDFS_X=1", NULL};
	CLEANUP(strv) struct strv to = {0};

	assert_int_equal(etcd_cmd_environment((char *const *)from, &to), 0);
	assert_int_equal(to.count, 3);
	assert_string_equal(to.items[0], "PATH=/bin");
	assert_string_equal(to.items[1], "ETCD_UNSUPPORTED_ARCH=riscv64");
	assert_string_equal(to.items[2], "ETCDFS_X=1");
	assert_null(to.items[3]);
}

static void test_version(void **state)
{
	struct etcd_version version = {0};

	assert_int_equal(etcd_version_parse("etcd Version: 3.5.16\nGit SHA: x\n", &version), 0);
	assert_int_equal(version.major * 10000 + version.minor * 100 + version.patch, 30516);
	assert_true(etcd_version_compare(&version, 3, 5, 16) == 0);
	assert_true(etcd_version_compare(&version, 3, 5, 17) < 0);
	assert_true(etcd_version_compare(&version, 3, 4, 99) > 0);
	assert_true(etcd_version_compare(&version, 4, 0, 0) < 0);
	assert_int_equal(etcd_version_parse("etcd Version: 3.6.0-rc.2\n", &version), 0);
	assert_int_equal(version.minor, 6);
	assert_int_equal(etcd_version_parse("", &version), -EINVAL);
	assert_int_equal(etcd_version_parse("etcd Version: new\n", &version), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_member_has_no_port, setup, teardown),
		cmocka_unit_test_setup_teardown(test_urls_are_added, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_flags_win, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cluster, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clear_peers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_certificates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_discovery, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_cluster_without_us, setup, teardown),
		cmocka_unit_test_setup_teardown(test_join, setup, teardown),
		cmocka_unit_test_setup_teardown(test_join_without_an_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_new_cluster_is_forced_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flags_by_version, setup, teardown),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
