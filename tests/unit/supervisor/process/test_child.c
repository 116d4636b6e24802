/* Children: started, told why not, watched, ended, and gone with their parent. */
#include "supervisor/process/child.h"

#include "supervisor/process/lines.h"
#include "supervisor/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define LIMIT_MS 20000

static int spawn_shell(const char *script, bool capture, struct child *ret)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct child_spec spec = {.path = "/bin/sh",
		.argv = (char *const *)argv,
		.envp = environ,
		.cwd = "/",
		.death_signal = SIGKILL,
		.capture = capture};

	return child_spawn(&spec, ret);
}

struct output {
	struct lines lines;
	char text[256];
};

static void keep_line(void *arg, const char *line)
{
	struct output *output = arg;
	size_t used = strlen(output->text);

	snprintf(output->text + used, sizeof(output->text) - used, "%s|", line);
}

static void read_all(struct child *child, struct output *output)
{
	struct pollfd poller = {.fd = child->output, .events = POLLIN};

	*output = (struct output){.lines = {.on_line = keep_line, .arg = output}};
	do {
		assert_int_equal(poll(&poller, 1, LIMIT_MS), 1);
	} while (lines_drain(&output->lines, child->output));
}

static void test_status(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;
	char text[128];

	assert_int_equal(spawn_shell("exit 7", false, &child), 0);
	assert_true(child_wait(&child, LIMIT_MS, &end));
	assert_int_equal(child_end_status(&end), 7);
	assert_int_equal(child.pid, 0);
	child_signal(&child, SIGKILL); /* over: nobody is hit */
	assert_false(child_reap(&child, &end));
	end.age_ms = 3250;
	child_obituary(&end, true, text, sizeof(text));
	assert_string_equal(text, "ended with status 7 after 3.2 s, it had been ready");
}

/* What it has started goes with it. */
static void test_group(void **state)
{
	const char *const argv[] = {"sh", "-c", "sleep 1000 & echo; wait", NULL};
	struct child_spec spec = {.path = "/bin/sh",
		.argv = (char *const *)argv,
		.envp = environ,
		.death_signal = SIGKILL,
		.own_session = true,
		.capture = true};
	struct pollfd poller = {.events = POLLIN};
	struct child child;
	struct child_end end;
	char byte;

	assert_int_equal(child_spawn(&spec, &child), 0);
	poller.fd = child.output;
	assert_int_equal(poll(&poller, 1, LIMIT_MS), 1);
	assert_int_equal(read(child.output, &byte, 1), 1);
	assert_false(child_is_over(&child, 0));
	child_signal_group(&child, SIGTERM);
	assert_true(child_is_over(&child, LIMIT_MS));
	assert_int_equal(poll(&poller, 1, LIMIT_MS), 1);
	assert_int_equal(read(child.output, &byte, 1), 0); /* nobody has it open any more */
	assert_true(child_reap(&child, &end));
	assert_true(end.signalled);
	assert_int_equal(end.code, SIGTERM);
	child_fini(&child);
}

/* Who never stops writing is left alone after a while. */
static void test_endless_output(void **state)
{
	struct child child;
	struct child_end end;
	struct output output = {.lines = {.on_line = keep_line, .arg = &output}};

	assert_int_equal(spawn_shell("exec yes ''", true, &child), 0);
	assert_true(lines_drain(&output.lines, child.output));
	assert_true(lines_drain(&output.lines, child.output));
	child_signal(&child, SIGKILL);
	assert_true(child_wait(&child, LIMIT_MS, &end));
	lines_finish(&output.lines, child.output);
	child_fini(&child);
}

static void test_signal(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;
	char text[128];

	assert_int_equal(spawn_shell("exec sleep 600", false, &child), 0);
	assert_false(child_reap(&child, &end));
	child_signal(&child, SIGKILL);
	assert_true(child_wait(&child, LIMIT_MS, &end));
	assert_int_equal(child_end_status(&end), 128 + SIGKILL);
	end.age_ms = 0;
	child_obituary(&end, false, text, sizeof(text));
	assert_string_equal(text, "killed by signal 9 (Killed) after 0.0 s, it was never ready");
}

static void test_wait_ends(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;

	assert_int_equal(spawn_shell("exec sleep 600", false, &child), 0);
	assert_false(child_wait(&child, 10, &end));
	child_signal(&child, SIGKILL);
	assert_true(child_wait(&child, LIMIT_MS, &end));
}

static void test_output(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct output output;
	struct child_end end;

	assert_int_equal(
		spawn_shell("echo one; echo two >&2; pwd; cat; printf end", true, &child), 0);
	read_all(&child, &output);
	assert_string_equal(output.text, "one|two|/|end|");
	assert_true(child_wait(&child, LIMIT_MS, &end));
}

/* Signals that we block or ignore are fresh in it, and no descriptor of ours is left. */
static void test_a_clean_start(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct output output;
	struct child_end end;
	sigset_t set, before;
	int leak = open("/dev/null", O_RDONLY); /* not O_CLOEXEC */

	assert_true(leak > 2);
	assert_int_equal(dup2(leak, 9), 9);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(spawn_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'; "
				     "test -e /proc/self/fd/9 && echo leaked; exit 0",
				 true, &child),
		0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(leak);
	close(9);
	read_all(&child, &output);
	assert_string_equal(output.text, "SigBlk:0000000000000000|SigIgn:0000000000000000|");
	assert_true(child_wait(&child, LIMIT_MS, &end));
}

static int spawn_path(const char *path, const char *cwd)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	const char *const argv[] = {path, NULL};
	struct child_spec spec = {.path = path,
		.argv = (char *const *)argv,
		.envp = environ,
		.cwd = cwd,
		.death_signal = SIGKILL};
	int error = child_spawn(&spec, &child);

	assert_int_equal(child.pid, 0);
	return error;
}

static void test_why_it_does_not_run(void **state)
{
	assert_int_equal(spawn_path("/no/such/program", NULL), -ENOENT);
	assert_int_equal(spawn_path("/etc/passwd", NULL), -EACCES);
	assert_int_equal(spawn_path("/bin/sh", "/no/such/directory"), -ENOENT);
	/* And no zombie of it is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A process in between starts a child and is killed: the child goes too. Its end closes the pipe
 * that only it still holds. */
static void test_it_dies_with_its_parent(void **state)
{
	int alive[2];
	struct pollfd poller;
	pid_t middle;
	char byte;

	assert_int_equal(pipe(alive), 0);
	middle = fork();
	assert_true(middle >= 0);
	if (!middle) {
		struct child child = CHILD_NONE;
		const char *const argv[] = {"sleep", "600", NULL};
		struct child_spec spec = {.argv = (char *const *)argv,
			.envp = environ,
			.death_signal = SIGKILL,
			.keep_descriptors = true};

		close(alive[0]);
		if (child_spawn(&spec, &child) || write(alive[1], "r", 1) != 1)
			_exit(1);
		raise(SIGKILL);
	}
	close(alive[1]);
	assert_int_equal(read(alive[0], &byte, 1), 1);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	poller = (struct pollfd){.fd = alive[0], .events = POLLIN};
	assert_int_equal(poll(&poller, 1, LIMIT_MS), 1);
	assert_int_equal(read(alive[0], &byte, 1), 0);
	close(alive[0]);
}

static void test_fork_keeps_one_descriptor(void **state)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;
	int ends[2], other = open("/dev/null", O_RDONLY);
	pid_t session = getsid(0);
	char byte = 0;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(child_fork(SIGKILL, false, ends[1], &child), 0);
	if (!child.pid) {
		int fd, open_fds = 0;

		for (fd = 3; fd < 64; fd++)
			open_fds += fcntl(fd, F_GETFD) >= 0;
		_exit(open_fds == 1 && getsid(0) == session && write(3, "x", 1) == 1 ? 0 : 1);
	}
	close(ends[1]);
	close(other);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	assert_true(child_wait(&child, LIMIT_MS, &end));
	assert_int_equal(child_end_status(&end), 0);
}

static void test_find_program(void **state)
{
	CLEANUP(free) char *before = strdup(getenv("PATH"));
	CLEANUP(free) char *path = NULL;
	char dir[] = "/tmp/test_child.XXXXXX", file[64];

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/prog", dir);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	setenv("PATH", dir, 1);
	/* root may execute nothing either that has no bit for it. */
	assert_int_equal(program_find("prog", &path), -EACCES);
	assert_int_equal(program_find("other", &path), -ENOENT);
	assert_int_equal(program_find("", &path), -ENOENT);
	assert_int_equal(program_find("/no/such", &path), -ENOENT);
	assert_int_equal(chmod(file, 0700), 0);
	assert_int_equal(program_find("prog", &path), 0);
	assert_string_equal(path, file);
	setenv("PATH", before, 1);
	unlink(file);
	rmdir(dir);
}

static void test_long_and_broken_lines(void **state)
{
	static struct output output;
	char many[LINES_MAX + 100];
	int ends[2];

	output = (struct output){.lines = {.on_line = keep_line, .arg = &output}};
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(write(ends[1], "a\n\nb", 4), 4);
	assert_true(lines_drain(&output.lines, ends[0]));
	assert_string_equal(output.text, "a|");
	assert_int_equal(write(ends[1], "c\n", 2), 2);
	assert_true(lines_drain(&output.lines, ends[0]));
	assert_string_equal(output.text, "a|bc|");
	memset(many, 'x', sizeof(many));
	assert_int_equal(write(ends[1], many, sizeof(many)), sizeof(many));
	assert_true(lines_drain(&output.lines, ends[0]));
	close(ends[1]);
	assert_false(lines_drain(&output.lines, ends[0]));
	assert_int_equal(output.lines.length, 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_endless_output),
		cmocka_unit_test(test_wait_ends),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_a_clean_start),
		cmocka_unit_test(test_why_it_does_not_run),
		cmocka_unit_test(test_it_dies_with_its_parent),
		cmocka_unit_test(test_fork_keeps_one_descriptor),
		cmocka_unit_test(test_find_program),
		cmocka_unit_test(test_long_and_broken_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
