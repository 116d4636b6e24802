/* The end of a child in the loop; of one that a debugger holds, too. */
#include "supervisor/process/child_exit.h"

#include "fs/base/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_MS 20000

struct life {
	struct loop loop;
	struct child child;
	struct child_exit exit;
	struct timer limit;
	bool over;
};

static void on_end(void *arg)
{
	struct life *life = arg;

	life->over = true;
}

static void on_limit(void *arg)
{
	(void)arg;
}

/* The loop refuses a descriptor that it watches already. */
static void start(struct life *life, bool is_unwatchable)
{
	static struct source other;

	const char *const argv[] = {"sleep", "60", NULL};
	struct child_spec spec = {
		.argv = (char *const *)argv, .envp = environ, .cwd = "/", .death_signal = SIGKILL};

	*life = (struct life){.limit = {.run = on_limit}};
	assert_int_equal(loop_init(&life->loop), 0);
	assert_int_equal(child_spawn(&spec, &life->child), 0);
	if (is_unwatchable)
		loop_watch(&life->loop, &other, life->child.pidfd, 0, NULL, NULL);
	child_exit_init(&life->exit, &life->loop, &life->child, on_end, life);
	child_exit_await(&life->exit);
}

static void begin(struct life *life)
{
	start(life, false);
}

static void turn(struct life *life, int for_ms)
{
	int64_t end = clock_now_ms() + for_ms;

	loop_timer_set(&life->loop, &life->limit, for_ms);
	while (!life->over && clock_now_ms() < end)
		assert_int_equal(loop_turn(&life->loop), 0);
	loop_timer_clear(&life->loop, &life->limit);
}

static void finish(struct life *life)
{
	struct child_end end;

	assert_true(life->over);
	assert_true(child_reap(&life->child, &end));
	assert_int_equal(child_end_status(&end), 128 + SIGKILL);
	child_exit_forget(&life->exit);
	child_fini(&life->child);
	loop_fini(&life->loop);
}

/* Holds @pid until the pipe ends; -1: it may not. */
static pid_t hold(pid_t pid, int ends[2])
{
	char byte;
	int held[2];
	pid_t holder;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(held), 0);
	holder = fork();
	if (!holder) {
		close(ends[1]);
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
			_exit(1);
		_exit(write(held[1], "x", 1) != 1 || read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	close(held[1]);
	if (read(held[0], &byte, 1) != 1) {
		waitpid(holder, NULL, 0);
		holder = -1;
	}
	close(held[0]);
	return holder;
}

static void test_its_end(void **state)
{
	struct life life;

	(void)state;
	begin(&life);
	turn(&life, 50);
	assert_false(life.over);
	child_signal(&life.child, SIGKILL);
	turn(&life, LIMIT_MS);
	finish(&life);
}

static void test_that_cannot_be_watched(void **state)
{
	struct life life;

	(void)state;
	start(&life, true);
	turn(&life, 100);
	assert_false(life.over);
	child_signal(&life.child, SIGKILL);
	turn(&life, LIMIT_MS);
	finish(&life);
}

static void test_held_by_a_debugger(void **state)
{
	struct life life;
	int ends[2];
	pid_t holder;

	(void)state;
	begin(&life);
	holder = hold(life.child.pid, ends);
	child_signal(&life.child, SIGKILL);
	if (holder > 0) {
		assert_true(child_is_over(&life.child, LIMIT_MS));
		turn(&life, 300);
		assert_false(life.over);
	}
	close(ends[1]);
	turn(&life, LIMIT_MS);
	finish(&life);
	if (holder > 0)
		assert_int_equal(waitpid(holder, NULL, 0), holder);
	else
		skip();
}

static void test_forgotten(void **state)
{
	struct life life;

	(void)state;
	begin(&life);
	child_exit_forget(&life.exit);
	child_signal(&life.child, SIGKILL);
	assert_true(child_is_over(&life.child, LIMIT_MS));
	turn(&life, 100);
	assert_false(life.over);
	life.over = true;
	finish(&life);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_its_end),
		cmocka_unit_test(test_that_cannot_be_watched),
		cmocka_unit_test(test_held_by_a_debugger),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
