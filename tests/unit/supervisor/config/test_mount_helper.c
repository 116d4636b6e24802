/* How mount(8) calls its helper, and what each kind of SPEC stands for. */
#include "supervisor/config/mount_helper.h"

#include "supervisor/config/mount_spec.h"
#include "supervisor/config/mount_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct refusal refusal;

/* Cuts @line at its blanks. options_parse() moves the words about, and the result points to them.
 */
static int parse(struct options *options, const char *line)
{
	static char words[256];
	static char *argv[32];
	int argc = 0;
	char *rest = words;

	snprintf(words, sizeof(words), "%s", line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	return options_parse(argc, argv, options, &refusal);
}

static void assert_call(const char *line, bool is_helper, const char *spec, const char *mountpoint)
{
	struct options options;
	int error = parse(&options, line);

	if (error)
		fail_msg("%s: %d: %s", line, error, refusal.text);
	assert_int_equal(options.call.is_helper, is_helper);
	if (spec)
		assert_string_equal(options.call.spec, spec);
	assert_string_equal(options.mountpoint, mountpoint);
	options_fini(&options);
}

static void assert_refused(const char *line, const char *words)
{
	struct options options;

	assert_int_equal(parse(&options, line), REFUSED);
	if (!strstr(refusal.text, words))
		fail_msg("%s: expected '%s' in '%s'", line, words, refusal.text);
	options_fini(&options);
}

static void test_calls(void **state)
{
	(void)state;
	assert_call("mount.etcdfs none /m", true, "none", "/m");
	assert_call("/sbin/mount.fuse.etcdfs none /m -o rw", true, "none", "/m");
	assert_call("mount.etcdfs -o rw,ro -sfnv none -N 1 /m -t etcdfs", true, "none", "/m");
	assert_call("etcdfs none /m -o rw,dev,suid", true, "none", "/m");
	assert_call("etcdfs /m -o rw", false, NULL, "/m");
	assert_call("/opt/mount.etcdfs.old /m", false, NULL, "/m");
	assert_refused("mount.etcdfs none", "usage: mount.etcdfs SPEC MOUNTPOINT");
	assert_refused("mount.etcdfs none /m more", "usage");
	assert_refused("mount.etcdfs none /m -x", "unknown option -x");
	assert_refused("mount.etcdfs none /m -xs", "unknown option -x");
	assert_refused("mount.etcdfs none /m -sx", "unknown option -x");
	assert_refused("mount.etcdfs none /m --read-only", "unknown option --read-only");
	assert_refused("mount.etcdfs none /m -o", "missing after -o");
	assert_refused("mount.etcdfs no-such /m", "/etc/etcdfs/no-such.conf: No such file");
	assert_refused("mount.etcdfs /no/such /m", "/no/such: No such file");
	/* Without -o, or where the first is a directory, it is the user who calls. */
	assert_refused("etcdfs none /m", "'/m': there is one mountpoint only");
	assert_refused("mount.etcdfs /tmp /m", "/etc/etcdfs/tmp.conf: No such file");
	assert_refused("etcdfs /usr/bin /tmp -o rw", "/etc/etcdfs/bin.conf: No such file");
	assert_refused("mount.etcdfs / /m", "/: is a directory");
	assert_refused("etcdfs -o rw / ls", "'ls': there is one mountpoint only");
	assert_refused("etcdfs -c /no none /m -o rw", "'/m': there is one mountpoint only");
	assert_refused("etcdfs -o remount,ro /m -- ls", "exclude each other");
}

static void test_help(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(parse(&options, "mount.etcdfs -h"), OPTIONS_E_HELP);
	options_fini(&options);
	assert_int_equal(parse(&options, "mount.etcdfs --help"), OPTIONS_E_HELP);
	options_fini(&options);
	assert_int_equal(parse(&options, "mount.etcdfs --version"), OPTIONS_E_VERSION);
	options_fini(&options);
}

static void test_options(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(
		parse(&options, "mount.etcdfs none /m -sv -o timeout=1,noexec -N x -o timeout=2,y"),
		0);
	assert_true(options.call.is_verbose && !options.call.is_fake && !options.call.remounts);
	assert_string_equal(options.call.namespace, "x");
	assert_int_equal(options.config.timeout_ms, 2000);
	assert_int_equal(options.config.mount_flags, MS_NOEXEC);
	options_fini(&options);
	assert_refused("mount.etcdfs none /m -o y", "[mount] y: there is no such key");
	/* The file is not read, and what the kernel shows is not taken for keys. */
	assert_int_equal(
		parse(&options, "mount.etcdfs no-such /m -o ro,user_id=0,remount,timeout=1"), 0);
	assert_true(options.call.remounts && options.config.read_only);
	options_fini(&options);
	assert_int_equal(parse(&options, "etcdfs -o sync,remount /m"), 0);
	assert_true(options.call.remounts && !options.call.is_helper);
	options_fini(&options);
}

static void assert_cluster(const char *spec, const char *endpoints, const char *prefix)
{
	struct config config;

	assert_int_equal(config_init(&config), 0);
	assert_int_equal(mount_spec_read(&config, spec, &refusal), 0);
	assert_string_equal(config.endpoints, endpoints);
	assert_string_equal(config.prefix, prefix);
	assert_int_equal(config_set_mount_options(&config, "prefix=p", &refusal), 0);
	assert_string_equal(config.prefix, "p");
	config_fini(&config);
}

static void test_clusters(void **state)
{
	struct config config;

	(void)state;
	assert_cluster("etcd://a:1", "http://a:1", "");
	assert_cluster("etcd://a:1/", "http://a:1", "");
	assert_cluster("etcd://a:1,b:2/app/x", "http://a:1,http://b:2", "app/x");
	assert_cluster(
		"etcds://[::1]:1,b:2//registry/", "https://[::1]:1,https://b:2", "/registry/");
	assert_int_equal(config_init(&config), 0);
	assert_int_equal(mount_spec_read(&config, "etcd:///x", &refusal), REFUSED);
	assert_string_equal(refusal.text, "[mount] endpoints: the value is empty");
	assert_int_equal(mount_spec_read(&config, "none", &refusal), 0);
	assert_null(config.endpoints);
	config_fini(&config);
}

static void test_files(void **state)
{
	char path[] = "/tmp/test_spec.XXXXXX";
	struct config config;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && dprintf(fd, "[mount]\ntimeout = 3\n") > 0);
	close(fd);
	assert_int_equal(config_init(&config), 0);
	assert_int_equal(mount_spec_read(&config, path, &refusal), 0);
	assert_int_equal(config.timeout_ms, 3000);
	config_fini(&config);
	unlink(path);
}

/* Of NAME mount(8) makes a path where the current directory, like /tmp, has a file of that name. */
static void test_file_of_others(void **state)
{
	char path[] = "/tmp/test_spec.XXXXXX";
	struct config config;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && dprintf(fd, "[mount]\n") > 0);
	assert_int_equal(fchmod(fd, 0664), 0);
	assert_int_equal(config_init(&config), 0);
	assert_int_equal(mount_spec_read(&config, path, &refusal), REFUSED);
	assert_non_null(strstr(refusal.text, ": others may write it"));
	if (getuid() == 0) {
		assert_int_equal(fchmod(fd, 0644), 0);
		assert_int_equal(fchown(fd, 65534, 0), 0);
		assert_int_equal(mount_spec_read(&config, path, &refusal), REFUSED);
		assert_non_null(strstr(refusal.text, ": belongs to another user (uid 65534)"));
	}
	close(fd);
	unlink(path);
	/* Nobody writes into this one, and nobody is waited for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(chmod(path, 0622), 0);
	alarm(10);
	assert_int_equal(mount_spec_read(&config, path, &refusal), REFUSED);
	alarm(0);
	config_fini(&config);
	unlink(path);
}

static void test_words(void **state)
{
	unsigned long flags = 0;

	(void)state;
	assert_true(mount_word_take("noexec", &flags) && flags == MS_NOEXEC);
	assert_true(mount_word_take("sync", &flags) && flags == (MS_NOEXEC | MS_SYNCHRONOUS));
	assert_true(mount_word_take("exec", &flags) && flags == MS_SYNCHRONOUS);
	assert_true(mount_word_take("x-systemd.automount", &flags));
	assert_true(mount_word_take("X-anything=1", &flags));
	assert_true(mount_word_take("comment=x", &flags));
	assert_true(mount_word_take("nofail", &flags) && flags == MS_SYNCHRONOUS);
	assert_false(mount_word_take("ro", &flags));
	assert_false(mount_word_take("rw", &flags));
	assert_false(mount_word_take("user=x", &flags));
	assert_false(mount_word_take("", &flags));
	assert_true(mount_word_is_in("ro,remount", "remount"));
	assert_true(mount_word_is_in("remount", "remount"));
	assert_true(mount_word_is_in("xremount,remount,ro", "remount"));
	assert_false(mount_word_is_in("remounts,x-remount", "remount"));
	assert_false(mount_word_is_in("", "remount"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_clusters),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_file_of_others),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
