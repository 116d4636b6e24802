/* The configuration: what the file and the command line may say, and what is refused, and how.
 * Statements: 310, 311. */
#include "supervisor/config/config.h"

#include "fs/base/cleanup.h"
#include "supervisor/config/config_file.h"
#include "supervisor/config/config_key.h"
#include "supervisor/config/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

struct fixture {
	struct config config;
	struct refusal refusal;
	char path[64];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fd;

	strcpy(fixture->path, "/tmp/test_config.XXXXXX");
	fd = mkstemp(fixture->path);
	if (fd < 0 || config_init(&fixture->config) < 0)
		return -1;
	close(fd);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	config_fini(&fixture->config);
	free(fixture);
	return 0;
}

static int read_bytes(struct fixture *fixture, const char *text, size_t length)
{
	FILE *file = fopen(fixture->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
	return config_file_read(&fixture->config, fixture->path, &fixture->refusal);
}

static int read_text(struct fixture *fixture, const char *text)
{
	return read_bytes(fixture, text, strlen(text));
}

/* The line names the file and its line, and says @words. */
static void assert_refused(struct fixture *fixture, const char *text, int line, const char *words)
{
	char place[128];

	assert_int_equal(read_text(fixture, text), REFUSED);
	snprintf(place, sizeof(place), "%s, line %d: ", fixture->path, line);
	assert_ptr_equal(strstr(fixture->refusal.text, place), fixture->refusal.text);
	if (!strstr(fixture->refusal.text, words))
		fail_msg("expected '%s' in '%s'", words, fixture->refusal.text);
	config_fini(&fixture->config);
	assert_int_equal(config_init(&fixture->config), 0);
}

static void test_defaults(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;

	assert_int_equal(read_text(fixture, ""), 0);
	assert_string_equal(config_name(config), "default");
	assert_string_equal(config->prefix, "");
	assert_int_equal(config->timeout_ms, 5000);
	assert_int_equal(config->umask, 022);
	assert_int_equal(config_fmask(config), 0133);
	assert_int_equal(config_dmask(config), 022);
	assert_int_equal(config->uid, getuid());
	assert_false(config->allow_other);
	assert_int_equal(config_max_value(config), 1536 * 1024 - 16 * 1024);
	assert_int_equal(config_quota(config), INT64_C(2) << 30);
}

static void test_file(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;

	assert_int_equal(
		read_text(fixture, "# a comment\n; another\n\n[etcd]\n"
				   "name = \"infra0\"\n"
				   "  data-dir=/srv/x y \n"
				   "max-request-bytes = 8000\n"
				   "quota-backend-bytes = 4096\n"
				   "[mount]\r\n"
				   "prefix = \"/a b\"\r\n"
				   "timeout = 0.25\numask = "
				   "077\ndmask=0\nuid=7\ngid=8\nallow_other = yes\nro = on"),
		0);
	assert_string_equal(config_name(config), "infra0");
	assert_string_equal(config_etcd(config, "data-dir"), "/srv/x y");
	assert_string_equal(config->prefix, "/a b");
	assert_int_equal(config->timeout_ms, 250);
	assert_int_equal(config->umask, 077);
	assert_int_equal(config_fmask(config), 0177);
	assert_int_equal(config_dmask(config), 0);
	assert_int_equal(config->uid, 7);
	assert_int_equal(config->gid, 8);
	assert_true(config->allow_other);
	assert_true(config->read_only);
	assert_int_equal(config_max_value(config), 7000);
	assert_int_equal(config_quota(config), 4096);
}

/* inih itself takes lines of some 200 bytes. */
static void test_long_lines(void **state)
{
	struct fixture *fixture = *state;
	char text[4096], value[2048] = "", comment[1024];
	int i;

	for (i = 0; i < 40; i++)
		sprintf(value + strlen(value), "%smember%d=https://10.0.0.%d:2380;#x",
			i ? ", " : "", i, i);
	memset(comment, 'c', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	snprintf(text, sizeof(text), "; %s\n[etcd]\ninitial-cluster = \"%s\"\nname = n\nbad\n",
		comment, value);
	assert_refused(fixture, text, 5, "neither a [section] nor KEY = VALUE");
	*strrchr(text, 'b') = '\0';
	assert_int_equal(read_text(fixture, text), 0);
	assert_string_equal(config_etcd(&fixture->config, "initial-cluster"), value);
	assert_string_equal(config_name(&fixture->config), "n");
	snprintf(text, sizeof(text), "[mount]\nro = on\n%s\n", comment);
	assert_refused(fixture, text, 3, "neither a [section] nor KEY = VALUE");
}

static void test_refused_lines(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *words;
	} cases[] = {
		{"name = x\n", 1, "before the first [section]"},
		{"\n[nope]\n", 2, "[nope]: there is no such section"},
		{"[mount\nro = on\n", 1, "the ] of the section is missing"},
		{"[mount]\n= on\n", 2, "without a key"},
		{"[mount]\nro\n", 2, "neither a [section] nor KEY = VALUE"},
		{"[mount]\ncolour = red\n", 2, "[mount] colour: there is no such key"},
		{"[mount]\nname = x\n", 2, "[mount] name: there is no such key"},
		{"[mount]\nro = on\n\nro = on\n", 4, "[mount] ro: given twice"},
		{"[etcd]\nname = a\nname = a\n", 3, "[etcd] name: given twice"},
		{"[etcd]\nx-flag = a\n[mount]\n[etcd]\nx-flag = b\n", 5, "given twice"},
		{"[etcd]\nname = \"a\n", 2, "[etcd] name: the closing quote is missing"},
		{"[etcd]\nname = \"\n", 2, "the closing quote is missing"},
		{"[etcd]\nname =\n", 2, "[etcd] name: the value is empty"},
		{"[etcd]\nname = a/b\n", 2, "cannot be a name"},
		{"[etcd]\nname = ..\n", 2, "cannot be a name"},
		{"[etcd]\n--name = a\n", 2, "without its dashes"},
		{"[etcd]\nName = a\n", 2, "no flag of etcd"},
		{"[etcd]\nconfig-file = a\n", 2, "config-file: cannot be used"},
		{"[etcd]\nforce-new-cluster = true\n", 2, "cluster: is for one start"},
		{"[etcd]\nelection-timeout = 1s\n", 2, "'1s' is no whole number"},
		{"[etcd]\nelection-timeout = 0\n", 2, "'0' is no whole number"},
		{"[mount]\ntimeout = 0\n", 2, "no number of seconds"},
		{"[mount]\ntimeout = -1\n", 2, "no number of seconds"},
		{"[mount]\ntimeout = nan\n", 2, "no number of seconds"},
		{"[mount]\ntimeout = 5s\n", 2, "no number of seconds"},
		{"[mount]\ntimeout = 1e99\n", 2, "no number of seconds"},
		{"[mount]\numask = 8\n", 2, "'8' is no octal mode"},
		{"[mount]\numask = 1000\n", 2, "'1000' is no octal mode"},
		{"[mount]\nuid = -1\n", 2, "'-1' is no id"},
		{"[mount]\nuid = 4294967295\n", 2, "'4294967295' is no id"},
		{"[mount]\nuid = root\n", 2, "'root' is no id"},
		{"[mount]\nro = perhaps\n", 2, "'perhaps' is neither on nor off"},
		{"[mount]\nconsistency = weak\n", 2,
			"'weak' is neither 'linearizable' nor 'cached'"},
		{"[mount]\npassword-file =\n", 2, "password-file: the value is empty"},
		{"[hooks]\ntimeout = x\n", 2, "[hooks] timeout: 'x' is no number of seconds"},
		{"[hooks]\non-sunday = x\n", 2, "[hooks] on-sunday: there is no such key"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(*state, cases[i].text, cases[i].line, cases[i].words);
}

static void test_no_text(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(read_bytes(fixture, "[mount]\nr\0o = on\n", 17), REFUSED);
	assert_non_null(strstr(fixture->refusal.text, "line 2: a NUL byte"));
}

static void test_no_file(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		config_file_read(&fixture->config, "/no/such.ini", &fixture->refusal), REFUSED);
	assert_string_equal(fixture->refusal.text, "/no/such.ini: No such file or directory");
	assert_int_equal(config_file_read(&fixture->config, "/tmp", &fixture->refusal), REFUSED);
	assert_string_equal(fixture->refusal.text, "/tmp: is a directory");
}

static void test_the_command_line_beats_the_file(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;
	struct refusal *refusal = &fixture->refusal;

	assert_int_equal(read_text(fixture, "[etcd]\nname=a\n[mount]\ntimeout=1\nro=on\n"), 0);
	assert_int_equal(config_set_etcd_option(config, "name=b=c", refusal), REFUSED);
	assert_int_equal(config_set_etcd_option(config, "name=b", refusal), 0);
	assert_int_equal(config_set_mount_options(config, "timeout=2,ro=off", refusal), 0);
	assert_string_equal(config_name(config), "b");
	assert_int_equal(config->n_flags, 1);
	assert_int_equal(config->timeout_ms, 2000);
	assert_false(config->read_only);
	assert_int_equal(config_set_etcd_option(config, "name=c", refusal), REFUSED);
	assert_int_equal(config_set_mount_options(config, "ro", refusal), REFUSED);
	assert_string_equal(refusal->text, "[mount] ro: given twice");
	assert_int_equal(config_set_etcd_option(config, "force-new-cluster=1", refusal), REFUSED);
}

static void test_words_of_mount(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;

	assert_int_equal(config_set_mount_options(config,
				 "rw,nosuid,nodev,noatime,_netdev,noauto,user,x-systemd.automount,"
				 "comment=abc,,allow_other",
				 &fixture->refusal),
		0);
	assert_true(config->allow_other);
	assert_null(config->user);
	assert_int_equal(
		config_set_mount_options(config,
			"user=x,endpoints=\"a:1,b:2\",prefix=a\"b,cacert=\"c\"", &fixture->refusal),
		0);
	assert_string_equal(config->user, "x");
	assert_string_equal(config->endpoints, "a:1,b:2");
	assert_string_equal(config->prefix, "a\"b");
	assert_string_equal(config->cacert, "c");
	assert_int_equal(
		config_set_mount_options(config, "endpoints=", &fixture->refusal), REFUSED);
	assert_int_equal(config_set_mount_options(config, "nonsense", &fixture->refusal), REFUSED);
	assert_int_equal(config_set_mount_options(config, "timeout", &fixture->refusal), REFUSED);
	assert_string_equal(fixture->refusal.text, "[mount] timeout: needs a value");
}

static void test_flags_of_mount(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;
	struct refusal *refusal = &fixture->refusal;

	assert_int_equal(config_set_mount_options(config, "noexec,sync,dev,suid", refusal), 0);
	assert_int_equal(config->mount_flags, MS_NOEXEC | MS_SYNCHRONOUS);
	assert_int_equal(config_set_mount_options(config, "exec,async,noexec", refusal), 0);
	assert_int_equal(config->mount_flags, MS_NOEXEC);
	/* rw takes back the ro before it, and not that of the file. */
	assert_int_equal(config_set_mount_options(config, "ro,rw", refusal), 0);
	assert_false(config->read_only);
	config_fini(config);
	assert_int_equal(config_init(config), 0);
	assert_int_equal(read_text(fixture, "[mount]\nro = on\n"), 0);
	assert_int_equal(config_set_mount_options(config, "rw", refusal), 0);
	assert_true(config->read_only);
}

static void test_options_of_fstab(void **state)
{
	struct fixture *fixture = *state;
	struct config *config = &fixture->config;
	struct refusal *refusal = &fixture->refusal;

	config->last_wins = true;
	assert_int_equal(config_set_mount_options(config, "timeout=1,timeout=2", refusal), 0);
	assert_int_equal(config->timeout_ms, 2000);
	config->skips_unknown = true;
	assert_int_equal(config_set_mount_options(config, "colour=red,ro", refusal), 0);
	assert_true(config->read_only);
	assert_int_equal(config_set_mount_options(config, "timeout=0", refusal), REFUSED);
}

/* Rows that the help shows have all that it needs, and a name stands once in its section. */
static void test_the_table(void **state)
{
	size_t i;

	assert_true(n_config_keys <= CONFIG_KEYS_MAX);
	for (i = 0; i < n_config_keys; i++) {
		const struct config_key *key = &config_keys[i];
		bool is_refused = key->type == CONFIG_NEVER;

		assert_ptr_equal(config_key_find(key->section, key->name), key);
		assert_int_equal(is_refused, !key->help);
		assert_int_equal(is_refused, !key->fallback);
		assert_int_equal(key->type == CONFIG_BOOL || is_refused, !key->argument);
	}
}

/* options_parse() moves the words about, and the result points to them. */
static int parse(struct options *options, struct refusal *refusal, const char *first, ...)
{
	static char *argv[32];
	const char *word;
	va_list args;
	int argc = 0;

	argv[argc++] = (char *)"etcdfs";
	va_start(args, first);
	for (word = first; word; word = va_arg(args, const char *))
		argv[argc++] = (char *)word;
	va_end(args);
	argv[argc] = NULL;
	return options_parse(argc, argv, options, refusal);
}

static void test_options(void **state)
{
	struct fixture *fixture = *state;
	struct options options;

	assert_int_equal(read_text(fixture, "[mount]\ntimeout = 1\nro = on\n"), 0);
	assert_int_equal(parse(&options, &fixture->refusal, "-o", "timeout=3", "-fc", fixture->path,
				 "-e", "name=n", "/mnt", "-d", "--", "sh", "-c", "x", NULL),
		0);
	assert_true(options.foreground && options.debug && options.config.read_only);
	assert_int_equal(options.config.timeout_ms, 3000);
	assert_string_equal(options.mountpoint, "/mnt");
	assert_string_equal(options.command[0], "sh");
	assert_string_equal(options.command[2], "x");
	assert_null(options.command[3]);
	options_fini(&options);
}

static void test_log_level(void **state)
{
	struct fixture *fixture = *state;
	struct options options;

	assert_int_equal(fixture->config.log_level, LOG_LEVEL_INFO);
	assert_refused(fixture, "[mount]\nlog-level = loud\n", 2, "log-level: 'loud' is none of");
	assert_int_equal(read_text(fixture, "[mount]\nlog-level = error\n"), 0);
	assert_int_equal(fixture->config.log_level, LOG_LEVEL_ERROR);
	assert_int_equal(parse(&options, &fixture->refusal, "-c", fixture->path, "/mnt", NULL), 0);
	assert_int_equal(options.config.log_level, LOG_LEVEL_ERROR);
	options_fini(&options);
	assert_int_equal(parse(&options, &fixture->refusal, "-dc", fixture->path, "/mnt", NULL), 0);
	assert_int_equal(options.config.log_level, LOG_LEVEL_DEBUG);
	options_fini(&options);
}

static void assert_usage(
	int result, struct options *options, struct refusal *refusal, const char *words)
{
	assert_int_equal(result, REFUSED);
	assert_non_null(strstr(refusal->text, words));
	options_fini(options);
}

/* The command line's mountpoint goes before the file's. */
static void test_the_mountpoint(void **state)
{
	struct fixture *fixture = *state;
	struct refusal *refusal = &fixture->refusal;
	const char *file = fixture->path;
	struct options options;

	assert_int_equal(read_text(fixture, "[mount]\nmountpoint = /mnt/file\n"), 0);
	assert_int_equal(parse(&options, refusal, "-c", file, NULL), 0);
	assert_string_equal(options.mountpoint, "/mnt/file");
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "-c", file, "/mnt", NULL), 0);
	assert_string_equal(options.mountpoint, "/mnt");
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "-o", "mountpoint=/mnt/o", "-c", file, NULL), 0);
	assert_string_equal(options.mountpoint, "/mnt/o");
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "-uc", file, NULL), 0);
	assert_true(options.unmount_dead);
	options_fini(&options);
}

/* What a node is called whose configuration is @file in a directory of its own. */
static const char *name_of(const char *file)
{
	static char name[128];
	char dir[] = "/tmp/test_config.XXXXXX", path[192];
	struct config config;
	struct refusal refusal;
	FILE *stream;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(config_init(&config), 0);
	assert_true(snprintf(path, sizeof(path), "%s/%s", dir, "etcdfs") > 0 && !mkdir(path, 0700));
	assert_true(snprintf(path, sizeof(path), "%s/%s", dir, "other") > 0 && !mkdir(path, 0700));
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	stream = fopen(path, "w");
	assert_true(stream && !fclose(stream));
	assert_int_equal(config_file_read(&config, path, &refusal), 0);
	snprintf(name, sizeof(name), "%s", config_name(&config));
	config_fini(&config);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
	return name;
}

static void test_the_name_of_the_file(void **state)
{
	static const char long_name[] =
		"etcdfs/0123456789012345678901234567890123456789012345678901234567890123456.conf";

	(void)state;
	assert_string_equal(name_of("etcdfs/kv.conf"), "kv");
	assert_string_equal(name_of("other/../etcdfs/a.b.conf"), "a.b");
	assert_string_equal(name_of("other/kv.conf"), "default");
	assert_string_equal(name_of("etcdfs/kv.ini"), "default");
	assert_string_equal(name_of("etcdfs/.conf"), "default");
	assert_string_equal(name_of("etcdfs/a,b.conf"), "default");
	assert_string_equal(name_of(long_name), "default");
}

static void test_refused_options(void **state)
{
	struct fixture *fixture = *state;
	struct refusal *refusal = &fixture->refusal;
	struct options options;

	assert_usage(parse(&options, refusal, NULL), &options, refusal, "no mountpoint");
	assert_usage(parse(&options, refusal, "", NULL), &options, refusal, "is empty");
	assert_usage(parse(&options, refusal, "a", "b", NULL), &options, refusal,
		"'b': there is one mountpoint only");
	assert_usage(parse(&options, refusal, "a", "--", NULL), &options, refusal, "no command");
	assert_usage(parse(&options, refusal, "--debug", "-xf", NULL), &options, refusal, "'-x'");
	assert_usage(parse(&options, refusal, "--nope", "a", NULL), &options, refusal, "'--nope'");
	assert_usage(
		parse(&options, refusal, "a", "-o", NULL), &options, refusal, "needs an argument");
	assert_usage(parse(&options, refusal, "-c", "x", "-c", "y", "a", NULL), &options, refusal,
		"given twice");
	assert_usage(parse(&options, refusal, "-c", "x", "--check", "y", NULL), &options, refusal,
		"given twice");
	assert_usage(parse(&options, refusal, "--check", "x", "--leave", "a", NULL), &options,
		refusal, "exclude each other");
	assert_usage(parse(&options, refusal, "--check", "/no/such", NULL), &options, refusal,
		"/no/such: No such file");
	assert_int_equal(parse(&options, refusal, "--help", NULL), OPTIONS_E_HELP);
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "--help", "me", NULL), OPTIONS_E_HELP);
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "-fh", "all", NULL), OPTIONS_E_HELP_ALL);
	options_fini(&options);
	assert_int_equal(parse(&options, refusal, "-V", NULL), OPTIONS_E_VERSION);
	options_fini(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_command_line_beats_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_of_mount, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flags_of_mount, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options_of_fstab, setup, teardown),
		cmocka_unit_test(test_the_table),
		cmocka_unit_test_setup_teardown(test_options, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_mountpoint, setup, teardown),
		cmocka_unit_test(test_the_name_of_the_file),
		cmocka_unit_test_setup_teardown(test_log_level, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_options, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
