/* Whose fault it is, from what etcd 3.4 and 3.5 really say. */
#include "supervisor/config/config_blame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The keys given, "KEY=VALUE" each, and whom the words blame (NULL: nobody). */
static void check(const char *words, const char *blamed, const char *const *given)
{
	struct refusal refusal;
	struct config config;
	const struct config_flag *flag;

	assert_int_equal(config_init(&config), 0);
	for (; *given; given++)
		assert_int_equal(config_set_etcd_option(&config, *given, &refusal), 0);
	flag = config_blame_find(&config, words);
	if (blamed) {
		assert_non_null(flag);
		assert_string_equal(flag->name, blamed);
	} else {
		assert_null(flag);
	}
	config_fini(&config);
}

#define CHECK(words, blamed, ...) check(words, blamed, (const char *const[]){__VA_ARGS__, NULL})

static void test_names(void **state)
{
	CHECK("flag provided but not defined: -no-such-flag", "no-such-flag", "name=x",
		"no-such-flag=1");
	CHECK("invalid value \"x\" for flag -snapshot-count: parse error", "snapshot-count",
		"name=x", "snapshot-count=x");
	CHECK("failed to verify flags: --election-timeout[1000ms] should be at least as 5 times as "
	      "--heartbeat-interval[2000ms]",
		"heartbeat-interval", "heartbeat-interval=2000");
	CHECK("--initial-cluster has a=http://h:1 but missing from --initial-advertise-peer-urls=",
		"initial-cluster", "initial-advertise-peer-urls=http://h:2",
		"initial-cluster=a=http://h:1");
	CHECK("--initial-cluster-state=new", NULL, "initial-cluster=a=http://h:1");
}

static void test_values(void **state)
{
	CHECK("listen tcp 127.0.0.1:2380: bind: address already in use", "listen-peer-urls",
		"initial-cluster=a=http://127.0.0.1:2380",
		"initial-advertise-peer-urls=http://127.0.0.1:2380",
		"listen-client-urls=http://127.0.0.1:2379",
		"listen-peer-urls=http://127.0.0.1:2380");
	CHECK("listen tcp 127.0.0.1:2380: bind: address already in use", "initial-cluster",
		"initial-cluster=a=http://127.0.0.1:2380,b=http://127.0.0.1:2480");
	CHECK("listen tcp 127.0.0.1:23801: bind: address already in use", NULL,
		"listen-peer-urls=http://127.0.0.1:2380");
	CHECK("unknown auto-compaction-mode \"weekly\"", "auto-compaction-mode",
		"auto-compaction-mode=weekly");
	CHECK("open /x/cert.pem: no such file or directory", "peer-cert-file",
		"peer-cert-file=/x/cert.pem", "peer-key-file=/x/key.pem");
}

static void test_nobody(void **state)
{
	CHECK("the disk is made of cheese", NULL, "name=disk", "quota-backend-bytes=1",
		"initial-cluster-state=new");
	CHECK("the disk is made of cheese", NULL, "name=cheese");
	CHECK("", NULL, "initial-cluster-token=");
}

static void test_where(void **state)
{
	struct config config = {.file = "/etc/etcdfs.conf"};
	struct config_flag flag = {.name = strdup("name"), .line = 7};
	char text[64];

	config_blame_where(&config, &flag, text, sizeof(text));
	assert_string_equal(text, "/etc/etcdfs.conf, line 7: [etcd] name: ");
	flag.line = 0;
	config_blame_where(&config, &flag, text, sizeof(text));
	assert_string_equal(text, "[etcd] name: ");
	flag.line = 7;
	config_blame_where(&config, &flag, text, 8);
	assert_string_equal(text, "/etc/et");
	free(flag.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
