/* One thread's loop: descriptors to watch, timers, and tasks that any thread may post. */
/*
 * Owner:   the thread that runs it. Sources, timers and tasks are embedded in the caller's structs,
 *          which must not be freed before loop_forget(), loop_timer_clear() and loop_unpost().
 * Threads: any for loop_post...(), loop_unpost() and loop_stop(). Everything else, and all that the
 *          loop runs, belongs to the thread that runs the loop.
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/base/timer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/queue.h>

struct source {
	void (*run)(void *arg, uint32_t epoll_events);
	void *arg;
	int fd; /* -1 while it is not watched */
};

struct task {
	void (*run)(void *arg);
	void *arg;
	bool posted;
	TAILQ_ENTRY(task) entry;
};

TAILQ_HEAD(task_list, task);

struct loop {
	struct lock lock; /* protects the members down to stopped */
	struct task_list tasks;
	size_t n_tasks;
	size_t enough;	/* so many tasks wake the loop, though none of them is urgent */
	bool is_asleep; /* it waits, and nobody has woken it yet */
	bool stopped;
	struct timers timers;
	int epoll_fd;
	int wake_fd;
	struct source wake;
	/* Called before and after all that a turn runs, if not NULL. Set before the first turn. */
	void (*begin)(void *arg);
	void (*end)(void *arg);
	void *arg;
};

int loop_init(struct loop *loop); /* 0 or -errno; either way loop_fini() is called at the end */
void loop_fini(struct loop *loop);

/* Waits for one event, timer or task; then handles one event, the timers that are due and the tasks
 * that are queued by then. 0 or -errno. */
int loop_turn(struct loop *loop);
int loop_run(struct loop *loop);  /* turns until loop_stop(). 0 or -errno */
void loop_stop(struct loop *loop);

/* Runs @run with @arg whenever @epoll_events happen to @fd (EPOLLIN; 0: only EPOLLHUP and
 * EPOLLERR). @fd stays the caller's. 0 or -errno. */
int loop_watch(struct loop *loop, struct source *source, int fd, uint32_t epoll_events,
	void (*run)(void *arg, uint32_t epoll_events), void *arg);
void loop_forget(struct loop *loop, struct source *source); /* no effect if not watched */

/* Runs @timer once, @delay_ms from now. A timer that is set already is moved. */
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t delay_ms);
void loop_timer_at(struct loop *loop, struct timer *timer, int64_t due_ms); /* of clock_now_ms() */
void loop_timer_clear(struct loop *loop, struct timer *timer);

/* Runs @task soon, in order of posting; a task posted by a running task runs in the next turn. A
 * task that is posted already keeps its place. */
void loop_post(struct loop *loop, struct task *task);

/* The same for a task that may wait until the loop wakes for another reason, or until as many tasks
 * wait as loop_set_enough() has said: 0, as at first, means that none waits. */
void loop_post_patiently(struct loop *loop, struct task *task);

/* Whoever raises the number sees to it that the loop soon wakes for another reason, by a timer at
 * the latest. The loop's thread only. */
void loop_set_enough(struct loop *loop, size_t n_tasks);

void loop_unpost(struct loop *loop, struct task *task);
