#include "supervisor/etcd/etcd_process.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* etcd repeats it every half minute. */
static void tell_clock(struct server *server, const char *text)
{
	if (server->told_clock || !etcd_log_is_clock(text))
		return;
	server->told_clock = true;
	log_warning("the members' clocks differ; etcd says: %s", text);
}

static void on_line(void *arg, const char *line)
{
	struct server *server = arg;
	const char *text;

	if (etcd_log_add(&server->log, line, &text) > ETCD_LOG_PLAIN) {
		log_debug("etcd: %s", text);
		tell_clock(server, text);
	}
	if (strstr(text, "permanently removed from the cluster"))
		server->says_removed = true;
	if (etcd_log_is_hint(text))
		server->handler->hint(server->arg);
}

static void tell_end(struct server *server, const char *obituary)
{
	struct fs_child_update *told = &server->told;

	told->pid = 0;
	snprintf(told->last_end, sizeof(told->last_end), "%s", obituary);
	etcd_log_last_words(&server->log, told->last_words, sizeof(told->last_words));
	server->handler->changed(server->arg);
}

static void tell_start(struct server *server)
{
	server->told.restarts += server->told.last_end[0] != '\0';
	server->told.pid = server->child.pid;
	server->handler->changed(server->arg);
}

/* @has_words: what it said last may be why. */
static void restart_later(struct server *server, const char *obituary, bool has_words)
{
	char words[1024], text[1200];
	int delay_ms;

	words[0] = '\0';
	if (has_words || !server->policy.proven)
		etcd_log_last_words(&server->log, words, sizeof(words));
	snprintf(text, sizeof(text), "%s%s%s", obituary, *words ? "; its last words: " : "", words);
	if (restart_policy_died(
		    &server->policy, clock_now_ms(), restart_policy_dice(), &delay_ms)) {
		server->handler->failed(server->arg, text);
		return;
	}
	if (restart_policy_tells(&server->policy, clock_now_ms()))
		log_error("etcd %s; it is started again in %d ms", text, delay_ms);
	loop_timer_set(server->loop, &server->restart, delay_ms);
}

static void on_end(void *arg)
{
	struct server *server = arg;
	struct child_end end;

	child_output_finish(&server->output);
	if (!child_reap(&server->child, &end))
		return;
	child_obituary(&end, server->policy.ready, server->obituary, sizeof(server->obituary));
	tell_end(server, server->obituary);
	server->handler->died(server->arg);
	if (server->stopping) {
		log_debug("etcd %s", server->obituary);
		server->handler->stopped(server->arg);
	} else if (!end.signalled && !end.code) {
		server->handler->quit(server->arg);
	} else {
		restart_later(server, server->obituary, !end.signalled);
	}
}

void server_restart(struct server *server)
{
	if (!server->stopping && !server->child.pid)
		restart_later(server, server->obituary, true);
}

int server_start(struct server *server)
{
	struct child_spec spec = {.path = server->program,
		.argv = server->argv,
		.envp = server->envp,
		.cwd = server->paths->run_dir,
		.death_signal = SIGKILL, /* etcd is made to survive it; a stuck one must not stay */
		.no_core = true,
		.own_session = true,
		.capture = true};
	int error;

	paths_clear_sockets(server->paths);
	etcd_log_reset(&server->log);
	server->told_clock = false;
	server->says_removed = false;
	restart_policy_started(&server->policy);
	error = child_spawn(&spec, &server->child);
	if (!error)
		error = child_exit_await(&server->exit);
	if (!error)
		error = child_output_watch(&server->output);
	if (error)
		return error;
	log_debug("etcd runs, process %d", server->child.pid);
	tell_start(server);
	return 0;
}

static void on_restart(void *arg)
{
	struct server *server = arg;
	char text[160];
	int error;

	if (server->stopping)
		return;
	error = server_start(server);
	if (!error)
		return;
	snprintf(text, sizeof(text), "cannot be run: %s", strerror(-error));
	restart_later(server, text, false);
}

void server_init(struct server *server)
{
	server->child = (struct child)CHILD_NONE;
	child_exit_init(&server->exit, server->loop, &server->child, on_end, server);
	child_output_init(&server->output, server->loop, &server->child, on_line, server);
	server->restart = (struct timer){.run = on_restart, .arg = server};
}

void server_fini(struct server *server)
{
	child_exit_forget(&server->exit);
	child_output_close(&server->output);
	loop_timer_clear(server->loop, &server->restart);
	child_fini(&server->child);
}

void server_is_ready(struct server *server)
{
	if (server->child.pid)
		restart_policy_ready(&server->policy, clock_now_ms());
}

void server_keep(struct server *server)
{
	restart_policy_keep(&server->policy);
}

void server_retire(struct server *server)
{
	server->stopping = true;
	loop_timer_clear(server->loop, &server->restart);
}

bool server_stop(struct server *server)
{
	server_retire(server);
	child_signal(&server->child, SIGTERM);
	return server->child.pid;
}

void server_kill(struct server *server)
{
	child_signal(&server->child, SIGKILL);
}
