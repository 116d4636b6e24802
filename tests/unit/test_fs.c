/* A filesystem that cannot start, for want of descriptors anywhere, says so and ends. */
#include "fs/api/protocol.h"
#include "fs/fs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ENOUGH 64 /* descriptors */

/* In a process of its own: a mount that nobody can make, with @n more descriptors. Its exit status,
 * 128 and more for a signal. @ret is what it reports. */
static int run_with(unsigned n, struct fs_report *ret)
{
	int control[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
	pid = fork();
	if (pid == 0) {
		struct fs_config config = {
			.mountpoint = "/nowhere/at/all",
			.source = "etcdfs",
			.etcd = {.endpoints = "http://127.0.0.1:1"},
			.timeout_ms = 100,
			.control = control[1],
		};
		int next = dup(control[1]);
		struct rlimit limit = {next + n, next + n};
		close(next);
		setrlimit(RLIMIT_NOFILE, &limit);
		_exit(fs_run(&config));
	}
	close(control[1]);
	memset(ret, 0, sizeof(*ret));
	assert_true(recv(control[0], ret, sizeof(*ret), 0) >= 0);
	close(control[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_too_few_descriptors(void **state)
{
	struct fs_report report;
	unsigned n_starts = 0;

	(void)state;
	for (unsigned n = 0; n < ENOUGH; n++) {
		int status = run_with(n, &report);

		if (status != 1 || report.kind != FS_REPORT_FAILED)
			fail_msg("%u descriptors: status %d, report %d", n, status, report.kind);
		n_starts += !!strstr(report.text, "cannot start: ");
	}
	assert_true(n_starts > 1);
	assert_true(n_starts < ENOUGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_few_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
