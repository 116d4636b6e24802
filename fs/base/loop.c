/*
 * A poster writes to the eventfd only if the loop is asleep. The eventfd is watched for its edges,
 * since each write is one, so nobody has to read it. A write that came too late, when the loop was
 * awake for another reason, makes one turn without an event.
 */
#include "fs/base/loop.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void wake_run(void *arg, uint32_t epoll_events)
{
	(void)arg, (void)epoll_events;
}

static void loop_wake(struct loop *loop)
{
	uint64_t one = 1;

	if (write(loop->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is at its maximum, so the loop wakes up anyway */
}

int loop_init(struct loop *loop)
{
	*loop = (struct loop){0};
	lock_init(&loop->lock);
	TAILQ_INIT(&loop->tasks);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		return -errno;
	return loop_watch(loop, &loop->wake, loop->wake_fd, EPOLLIN | EPOLLET, wake_run, loop);
}

void loop_fini(struct loop *loop)
{
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	lock_fini(&loop->lock);
}

int loop_watch(struct loop *loop, struct source *source, int fd, uint32_t epoll_events,
	void (*run)(void *arg, uint32_t epoll_events), void *arg)
{
	struct epoll_event event = {.events = epoll_events, .data.ptr = source};

	*source = (struct source){.run = run, .arg = arg, .fd = fd};
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		source->fd = -1;
		return -errno;
	}
	return 0;
}

void loop_forget(struct loop *loop, struct source *source)
{
	if (source->fd >= 0)
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->fd = -1;
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t delay_ms)
{
	loop_timer_at(loop, timer, clock_now_ms() + delay_ms);
}

void loop_timer_at(struct loop *loop, struct timer *timer, int64_t due_ms)
{
	timer_set(&loop->timers, timer, due_ms);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
	timer_clear(&loop->timers, timer);
}

static void post(struct loop *loop, struct task *task, bool is_patient)
{
	bool wake;

	lock_take(&loop->lock);
	if (!task->posted) {
		TAILQ_INSERT_TAIL(&loop->tasks, task, entry);
		loop->n_tasks++;
	}
	task->posted = true;
	wake = loop->is_asleep && (!is_patient || loop->n_tasks >= loop->enough);
	loop->is_asleep &= !wake;
	lock_drop(&loop->lock);
	if (wake)
		loop_wake(loop);
}

void loop_post(struct loop *loop, struct task *task)
{
	post(loop, task, false);
}

void loop_post_patiently(struct loop *loop, struct task *task)
{
	post(loop, task, true);
}

void loop_set_enough(struct loop *loop, size_t n_tasks)
{
	lock_take(&loop->lock);
	loop->enough = n_tasks;
	lock_drop(&loop->lock);
}

static void unpost_locked(struct loop *loop, struct task *task) REQUIRES(loop->lock)
{
	if (!task->posted)
		return;
	TAILQ_REMOVE(&loop->tasks, task, entry);
	loop->n_tasks--;
	task->posted = false;
}

void loop_unpost(struct loop *loop, struct task *task)
{
	lock_take(&loop->lock);
	unpost_locked(loop, task);
	lock_drop(&loop->lock);
}

void loop_stop(struct loop *loop)
{
	lock_take(&loop->lock);
	loop->stopped = true;
	lock_drop(&loop->lock);
	loop_wake(loop);
}

static bool loop_stopped(struct loop *loop)
{
	bool stopped;

	lock_take(&loop->lock);
	stopped = loop->stopped;
	lock_drop(&loop->lock);
	return stopped;
}

/* Takes one task at a time, so that a task can still unpost one that is behind it in the queue. */
static struct task *loop_take(struct loop *loop)
{
	struct task *task;

	lock_take(&loop->lock);
	task = TAILQ_FIRST(&loop->tasks);
	if (task)
		unpost_locked(loop, task);
	lock_drop(&loop->lock);
	return task;
}

static size_t loop_count(struct loop *loop)
{
	size_t count;

	lock_take(&loop->lock);
	count = loop->n_tasks;
	lock_drop(&loop->lock);
	return count;
}

/* Returns whether the loop may sleep: no task is queued. From then on posters wake it. */
static bool loop_falls_asleep(struct loop *loop)
{
	bool is_asleep;

	lock_take(&loop->lock);
	is_asleep = loop->is_asleep = !loop->n_tasks;
	lock_drop(&loop->lock);
	return is_asleep;
}

static void loop_wakes(struct loop *loop)
{
	lock_take(&loop->lock);
	loop->is_asleep = false;
	lock_drop(&loop->lock);
}

/* The timeout for epoll_wait(): until the next timer, 0 while tasks are queued, -1 without
 * either. */
static int loop_wait_ms(struct loop *loop)
{
	int64_t due_ms = timers_due_ms(&loop->timers);
	int64_t wait_ms = due_ms - clock_now_ms();

	if (!loop_falls_asleep(loop))
		return 0;
	if (due_ms == INT64_MAX)
		return -1;
	if (wait_ms < 0)
		return 0;
	return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

/* Runs the tasks that are queued now. Tasks posted meanwhile wait for the next turn, so that a
 * flood of tasks cannot starve events and timers. */
static void tasks_run(struct loop *loop)
{
	struct task *task;

	for (size_t n = loop_count(loop); n && (task = loop_take(loop)); n--)
		task->run(task->arg);
}

/* One event a turn, because its handler may free the source of the next one. epoll puts a source
 * that is still ready behind the other ready ones, so each source has its turn. */
int loop_turn(struct loop *loop)
{
	struct epoll_event event;
	int n = epoll_wait(loop->epoll_fd, &event, 1, loop_wait_ms(loop));

	if (n < 0 && errno != EINTR)
		return -errno;
	loop_wakes(loop);
	if (loop->begin)
		loop->begin(loop->arg);
	if (n > 0) {
		struct source *source = event.data.ptr;
		source->run(source->arg, event.events);
	}
	timers_run(&loop->timers, clock_now_ms());
	tasks_run(loop);
	if (loop->end)
		loop->end(loop->arg);
	return 0;
}

int loop_run(struct loop *loop)
{
	int r = 0;

	while (r == 0 && !loop_stopped(loop))
		r = loop_turn(loop);
	return r;
}
