/* A process that does not read what it is told is noticed; a late or a debugged one is let be.
 * Statements: 156, 314. */
#include "supervisor/process/watchdog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int open_ends(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
}

static int close_ends(void **state)
{
	(void)state;
	return close(ends[0]) | close(ends[1]);
}

static void tell(void)
{
	assert_int_equal(send(ends[0], "x", 1, 0), 1);
}

static void hear(void)
{
	char byte;

	assert_int_equal(recv(ends[1], &byte, 1, MSG_DONTWAIT), 1);
}

/* How many looks it takes to be lost, of at most @most. */
static int looks(struct watchdog *watchdog, pid_t pid, int most)
{
	int i;

	for (i = 1; i <= most; i++)
		if (watchdog_has_expired(watchdog, ends[0], pid, 4 * WATCHDOG_MS))
			return i;
	return 0;
}

static void test_unread_is_lost_after_the_limit(void **state)
{
	struct watchdog watchdog = {0};

	(void)state;
	assert_int_equal(looks(&watchdog, getpid(), 10), 0);
	tell();
	assert_int_equal(looks(&watchdog, getpid(), 10), 4);
}

static void test_who_is_late_is_let_be(void **state)
{
	struct watchdog watchdog = {0};

	(void)state;
	tell();
	assert_int_equal(looks(&watchdog, getpid(), 3), 0);
	hear();
	assert_int_equal(looks(&watchdog, getpid(), 10), 0);
	tell();
	assert_int_equal(looks(&watchdog, getpid(), 3), 0);
}

/* Without a look of its own: whoever has another limit asks what the looks have found. */
static void test_silence_is_measured_by_the_looks(void **state)
{
	struct watchdog watchdog = {0};

	(void)state;
	tell();
	assert_int_equal(looks(&watchdog, getpid(), 2), 0);
	assert_true(watchdog_is_silent(&watchdog, getpid(), 2 * WATCHDOG_MS));
	assert_false(watchdog_is_silent(&watchdog, getpid(), 2 * WATCHDOG_MS + 1));
	hear();
	assert_int_equal(looks(&watchdog, getpid(), 1), 0);
	assert_false(watchdog_is_silent(&watchdog, getpid(), 1));
}

static void test_a_debugger_may_take_its_time(void **state)
{
	struct watchdog watchdog = {0};
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	tell();
	assert_int_equal(looks(&watchdog, pid, 20), 0);
	assert_int_equal(looks(&watchdog, pid, 3), 0);
	assert_false(watchdog_is_silent(&watchdog, pid, 2 * WATCHDOG_MS));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_unread_is_lost_after_the_limit, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(test_who_is_late_is_let_be, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(
			test_silence_is_measured_by_the_looks, open_ends, close_ends),
		cmocka_unit_test_setup_teardown(
			test_a_debugger_may_take_its_time, open_ends, close_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
