#include "supervisor/etcd/etcd_process.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Logs it once, because etcd repeats it every half minute. */
static void tell_clock(struct etcd_process *process, const char *text)
{
	if (process->told_clock || !etcd_log_is_clock(text))
		return;
	process->told_clock = true;
	log_warning("the members' clocks differ; etcd says: %s", text);
}

static void on_line(void *arg, const char *line)
{
	struct etcd_process *process = arg;
	const char *text;

	if (etcd_log_add(&process->log, line, &text) > ETCD_LOG_PLAIN) {
		log_debug("etcd: %s", text);
		tell_clock(process, text);
	}
	if (strstr(text, "permanently removed from the cluster"))
		process->says_removed = true;
	if (etcd_log_is_hint(text))
		process->handler->hint(process->arg);
}

static void tell_end(struct etcd_process *process, const char *obituary)
{
	struct fs_child_update *told = &process->told;

	told->pid = 0;
	snprintf(told->last_end, sizeof(told->last_end), "%s", obituary);
	etcd_log_last_words(&process->log, told->last_words, sizeof(told->last_words));
	process->handler->changed(process->arg);
}

static void tell_start(struct etcd_process *process)
{
	process->told.restarts += process->told.last_end[0] != '\0';
	process->told.pid = process->child.pid;
	process->handler->changed(process->arg);
}

/* @has_words: its last words may be the reason. */
static void restart_later(struct etcd_process *process, const char *obituary, bool has_words)
{
	char words[1024], text[1200];
	int delay_ms;

	words[0] = '\0';
	if (has_words || !process->policy.proven)
		etcd_log_last_words(&process->log, words, sizeof(words));
	snprintf(text, sizeof(text), "%s%s%s", obituary, *words ? "; its last words: " : "", words);
	if (restart_policy_died(
		    &process->policy, clock_now_ms(), restart_policy_dice(), &delay_ms)) {
		process->handler->failed(process->arg, text);
		return;
	}
	if (restart_policy_tells(&process->policy, clock_now_ms()))
		log_error("etcd %s; it is started again in %d ms", text, delay_ms);
	loop_timer_set(process->loop, &process->restart, delay_ms);
}

static void on_end(void *arg)
{
	struct etcd_process *process = arg;
	struct child_end end;

	child_output_finish(&process->output);
	if (!child_reap(&process->child, &end))
		return;
	child_obituary(&end, process->policy.ready, process->obituary, sizeof(process->obituary));
	tell_end(process, process->obituary);
	process->handler->died(process->arg);
	if (process->stopping) {
		log_debug("etcd %s", process->obituary);
		process->handler->stopped(process->arg);
	} else if (!end.signalled && !end.code) {
		process->handler->quit(process->arg);
	} else {
		restart_later(process, process->obituary, !end.signalled);
	}
}

void etcd_process_restart(struct etcd_process *process)
{
	if (!process->stopping && !process->child.pid)
		restart_later(process, process->obituary, true);
}

int etcd_process_start(struct etcd_process *process)
{
	struct child_spec spec = {.path = process->program,
		.argv = process->argv,
		.envp = process->envp,
		.cwd = process->paths->run_dir,
		.death_signal = SIGKILL, /* etcd's data survive it, and one that hangs must go */
		.no_core = true,
		.own_session = true,
		.capture = true};
	int error;

	paths_clear_sockets(process->paths);
	etcd_log_reset(&process->log);
	process->told_clock = false;
	process->says_removed = false;
	restart_policy_started(&process->policy);
	error = child_spawn(&spec, &process->child);
	if (error)
		return error;
	child_exit_await(&process->exit);
	child_output_watch(&process->output);
	log_debug("etcd runs, process %d", process->child.pid);
	tell_start(process);
	return 0;
}

void etcd_process_take(
	struct etcd_process *process, const struct child *child, const struct fs_child_update *told)
{
	process->told = *told;
	etcd_log_reset(&process->log);
	restart_policy_keep(&process->policy);
	process->handler->changed(process->arg);
	if (!child->pid) {
		loop_timer_set(process->loop, &process->restart, 0);
		return;
	}
	process->child = *child;
	child_exit_await(&process->exit);
	child_output_watch(&process->output);
}

static void on_restart(void *arg)
{
	struct etcd_process *process = arg;
	char text[160];
	int error;

	if (process->stopping)
		return;
	error = etcd_process_start(process);
	if (!error)
		return;
	snprintf(text, sizeof(text), "cannot be run: %s", strerror(-error));
	restart_later(process, text, false);
}

void etcd_process_init(struct etcd_process *process)
{
	process->child = (struct child)CHILD_NONE;
	child_exit_init(&process->exit, process->loop, &process->child, on_end, process);
	child_output_init(&process->output, process->loop, &process->child, on_line, process);
	process->restart = (struct timer){.run = on_restart, .arg = process};
}

void etcd_process_fini(struct etcd_process *process)
{
	child_exit_forget(&process->exit);
	child_output_close(&process->output);
	loop_timer_clear(process->loop, &process->restart);
	child_fini(&process->child);
}

void etcd_process_is_ready(struct etcd_process *process)
{
	if (process->child.pid)
		restart_policy_ready(&process->policy, clock_now_ms());
}

void etcd_process_keep(struct etcd_process *process)
{
	restart_policy_keep(&process->policy);
}

void etcd_process_retire(struct etcd_process *process)
{
	process->stopping = true;
	loop_timer_clear(process->loop, &process->restart);
}

bool etcd_process_stop(struct etcd_process *process)
{
	etcd_process_retire(process);
	child_signal(&process->child, SIGTERM);
	return process->child.pid;
}

void etcd_process_kill(struct etcd_process *process)
{
	child_signal(&process->child, SIGKILL);
}
