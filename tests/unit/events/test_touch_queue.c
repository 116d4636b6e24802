/* No touch that is due is lost when the process that makes them is.
 * Statements: 84. */
#include "fs/base/clock.h"
#include "fs/ops/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LOG "TEST_TOUCHES_LOG" /* the environment: the descriptor of a file */
#define PATIENCE_MS 20000

/* --- In the place of the notifier: this program again, which only says what it is told --- */

static int notifier(void)
{
	int log_fd = atoi(getenv(LOG));
	struct notifier_order order;

	while (recv(STDIN_FILENO, &order, sizeof(order), 0) > 0) {
		struct notifier_answer answer = {.serial = order.serial};
		dprintf(log_fd, "%d %s\n", order.step, order.path);
		send(STDIN_FILENO, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	return 0;
}

/* --- The mount, without one --- */

static struct fixture {
	struct fs fs;
	struct fs_config config;
	struct timer tick; /* so that a turn ends where nothing happens */
	int64_t revision;
	int log_fd;
} fixture;

static void tick_run(void *arg)
{
	(void)arg;
	loop_timer_set(&fixture.fs.loop, &fixture.tick, 5);
}

static bool hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision)
{
	(void)mod_revision;
	((struct trail **)arg)[event] = trail;
	return true;
}

/* An empty keyspace. */
static int list_nothing(void)
{
	CLEANUP(mirror_list_free) struct mirror_list *list = NULL;
	int r = mirror_list_new(fixture.fs.mirror, &list);
	bool forked;

	return r < 0 ? r : mirror_replace(fixture.fs.mirror, ++fixture.revision, list, &forked);
}

static int setup(void **state)
{
	char text[16];

	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture.config = (struct fs_config){.mountpoint = "/nowhere", .inotify = true};
	fixture.fs.config = &fixture.config;
	fixture.tick = (struct timer){.run = tick_run};
	fixture.log_fd = memfd_create("touches", 0);
	snprintf(text, sizeof(text), "%d", fixture.log_fd);
	setenv(LOG, text, 1);
	if (loop_init(&fixture.fs.loop) < 0 ||
		mirror_new((struct bytes){0}, &fixture.fs.mirror) < 0 || list_nothing() < 0)
		return -1;
	tick_run(NULL);
	touch_queue_init(&fixture.fs.touches, &fixture.config, &fixture.fs.loop, fixture.fs.mirror,
		&fixture.fs.counters);
	touch_queue_start(&fixture.fs.touches, fixture.fs.mount.device_minor);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	touch_queue_fini(&fixture.fs.touches);
	mirror_free(fixture.fs.mirror);
	loop_fini(&fixture.fs.loop);
	close(fixture.log_fd);
	return 0;
}

/* A new key that is due for a touch. */
static void appear(const char *key)
{
	struct etcd_event event = {
		.type = ETCD_EVENT_PUT,
		.kv = {.key = bytes_of(key), .mod_revision = ++fixture.revision, .version = 1},
	};
	struct trail *trails[TREE_VANISHED + 1] = {0};

	mirror_listen(fixture.fs.mirror, hear, trails);
	assert_int_equal(mirror_apply(fixture.fs.mirror, fixture.revision, &event, 1), 0);
	mirror_listen(fixture.fs.mirror, NULL, NULL);
	assert_non_null(trails[TREE_APPEARED]);
	touch_queue_add(&fixture.fs.touches, TREE_APPEARED, trails[TREE_APPEARED]);
}

static bool is_made(const char *key)
{
	char log[256] = "", line[32];

	snprintf(line, sizeof(line), "%d %s\n", NOTIFIER_CREATE, key);
	return pread(fixture.log_fd, log, sizeof(log) - 1, 0) >= 0 && strstr(log, line);
}

static void assert_made(const char *key)
{
	int64_t end_ms = clock_now_ms() + PATIENCE_MS;

	while (!is_made(key) && clock_now_ms() < end_ms)
		assert_int_equal(loop_turn(&fixture.fs.loop), 0);
	assert_true(is_made(key));
}

/* Dead, and nobody has looked yet. */
static void kill_notifier(void)
{
	pid_t pid = fixture.fs.touches.notifier.pid;
	siginfo_t info;

	assert_int_not_equal(pid, 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
}

/* --- Tests --- */

static void test_made(void **state)
{
	(void)state;
	appear("a");
	assert_made("a");
	appear("b");
	assert_made("b");
}

static void test_dies_idle(void **state)
{
	(void)state;
	appear("a");
	assert_made("a");
	while (fixture.fs.touches.stepping)
		assert_int_equal(loop_turn(&fixture.fs.loop), 0);
	kill_notifier();
	appear("b"); /* before its end is seen */
	appear("c");
	assert_made("b");
	assert_made("c");
}

static void test_dies_at_work(void **state)
{
	pid_t pid = fixture.fs.touches.notifier.pid;

	(void)state;
	kill(pid, SIGSTOP);
	appear("a");
	appear("b");
	kill_notifier();
	assert_made("a");
	assert_made("b");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dies_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dies_at_work, setup, teardown),
	};

	if (argc > 1 && strcmp(argv[1], FS_NOTIFIER) == 0)
		return notifier();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
