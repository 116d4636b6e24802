/* Callers on a filesystem: so many threads make one operation again and again. */
/*
 * load OPERATION DIRECTORY CALLERS LIMIT
 *	LIMIT is a time, as in 0.8s, or a number of calls of all callers together. DIRECTORY is
 *made. read	open, read and close of the caller's own file
 *	stat	the status of that file, by its name
 *	fstat	the same of the open file: one request to the filesystem
 *	write	open with O_TRUNC, write and close of that file
 *	fsync	write and fsync of that file, which stays open
 *	create	what a shell does for `echo v >new`, a new name each time
 *	append	open with O_APPEND, write and close of the one file of all
 *	flock	flock and unlock of the caller's own file, which stays open
 * Prints one line of JSON (samples.h). With a time, callers begin a tenth of it earlier, and only
 * what ends within it is counted.
 */
#include "tests/bench/samples.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char value[] = "a value of sixty bytes, which is what a setting or lock has\n";

enum {
	VALUE = sizeof(value) - 1,
	CALLERS_MAX = 4096,
};

struct caller {
	struct run *run;
	pthread_t thread;
	char name[32];
	int fd;
	size_t index, serial;
	struct samples samples;
};

struct run {
	int (*operate)(struct caller *);
	void (*prepare)(struct caller *);
	double seconds; /* 0: by number */
	double begin, end;
	long left; /* calls; atomic */
	pthread_barrier_t ready;
};

/* --- The operations: 0 or an errno --- */

static int finish(int fd, bool is_done)
{
	int error = is_done ? 0 : errno ? errno : EIO;

	return close(fd) < 0 && !error ? errno : error;
}

static int operate_read(struct caller *caller)
{
	char buffer[4096];
	int fd = open(caller->name, O_RDONLY);

	return fd < 0 ? errno : finish(fd, read(fd, buffer, sizeof(buffer)) == VALUE);
}

static int operate_stat(struct caller *caller)
{
	struct stat status;

	return stat(caller->name, &status) < 0 ? errno : 0;
}

static int operate_fstat(struct caller *caller)
{
	struct stat status;

	return fstat(caller->fd, &status) < 0 ? errno : 0;
}

static int operate_fsync(struct caller *caller)
{
	bool is_done;

	errno = 0;
	is_done = pwrite(caller->fd, value, VALUE, 0) == VALUE && fsync(caller->fd) == 0;
	return is_done ? 0 : errno ? errno : EIO;
}

static int operate_write(struct caller *caller)
{
	int fd = open(caller->name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	return fd < 0 ? errno : finish(fd, write(fd, value, VALUE) == VALUE);
}

/* The shell moves the file to its standard output, which ends one descriptor before the write. */
static int operate_create(struct caller *caller)
{
	char name[64];
	int opened, fd;

	snprintf(name, sizeof(name), "new-%zu-%zu", caller->index, caller->serial++);
	opened = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (opened < 0)
		return errno;
	fd = dup(opened);
	close(opened);
	return finish(fd, write(fd, value, VALUE) == VALUE);
}

static int operate_append(struct caller *caller)
{
	int fd = open("all", O_WRONLY | O_APPEND);

	return fd < 0 ? errno : finish(fd, write(fd, "line\n", 5) == 5);
}

static int operate_flock(struct caller *caller)
{
	return flock(caller->fd, LOCK_EX) < 0 || flock(caller->fd, LOCK_UN) < 0 ? errno : 0;
}

/* --- What they need --- */

static void prepare_file(struct caller *caller)
{
	int error = operate_write(caller);

	if (error)
		errx(1, "%s: %s", caller->name, strerror(error));
}

static void prepare_open_file(struct caller *caller)
{
	prepare_file(caller);
	caller->fd = open(caller->name, O_RDWR);
}

static void prepare_all(struct caller *caller)
{
	int fd = caller->index ? -1 : open("all", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (!caller->index && (fd < 0 || write(fd, "line\n", 5) != 5 || close(fd) < 0))
		err(1, "all");
}

static void prepare_nothing(struct caller *caller)
{
	(void)caller;
}

static const struct {
	const char *name;
	int (*operate)(struct caller *);
	void (*prepare)(struct caller *);
} operations[] = {
	{"read", operate_read, prepare_file},
	{"stat", operate_stat, prepare_file},
	{"fstat", operate_fstat, prepare_open_file},
	{"write", operate_write, prepare_file},
	{"fsync", operate_fsync, prepare_open_file},
	{"create", operate_create, prepare_nothing},
	{"append", operate_append, prepare_all},
	{"flock", operate_flock, prepare_open_file},
};

/* --- The callers --- */

static void call(struct caller *caller)
{
	struct run *run = caller->run;
	double began = now_s(), ended;
	int error = run->operate(caller);

	ended = now_s();
	if (run->seconds && (ended < run->begin || ended > run->end))
		return;
	if (!error) {
		samples_add(&caller->samples, ended - began);
		return;
	}
	caller->samples.failed++;
	caller->samples.error = caller->samples.error ? caller->samples.error : error;
}

static bool is_next(struct run *run)
{
	if (run->seconds)
		return now_s() < run->end;
	return __atomic_fetch_sub(&run->left, 1, __ATOMIC_RELAXED) > 0;
}

static void *caller_thread(void *arg)
{
	struct caller *caller = arg;
	struct run *run = caller->run;

	run->prepare(caller);
	pthread_barrier_wait(&run->ready);
	pthread_barrier_wait(&run->ready);
	while (is_next(run))
		call(caller);
	return NULL;
}

static void run_callers(struct run *run, size_t callers, struct samples *all)
{
	struct caller *list = calloc(callers, sizeof(*list));

	if (!list)
		errx(1, "no memory");
	pthread_barrier_init(&run->ready, NULL, (unsigned)callers + 1);
	for (size_t i = 0; i < callers; i++) {
		list[i] = (struct caller){.run = run, .index = i};
		snprintf(list[i].name, sizeof(list[i].name), "file-%zu", i);
		if (pthread_create(&list[i].thread, NULL, caller_thread, &list[i]))
			errx(1, "no thread for caller %zu", i);
	}
	pthread_barrier_wait(&run->ready);
	run->begin = now_s() + run->seconds / 10;
	run->end = run->begin + run->seconds;
	pthread_barrier_wait(&run->ready);
	for (size_t i = 0; i < callers; i++) {
		pthread_join(list[i].thread, NULL);
		samples_take(all, &list[i].samples);
	}
	free(list);
}

static void misused(void)
{
	errx(2, "usage: load read|stat|fstat|write|fsync|create|append|flock DIRECTORY CALLERS "
		"LIMIT");
}

/* "0.8s" or "1000" */
static void set_limit(struct run *run, const char *limit)
{
	char *rest;
	double number = strtod(limit, &rest);

	if (number <= 0 || (*rest && strcmp(rest, "s") != 0))
		misused();
	if (*rest)
		run->seconds = number;
	else
		run->left = (long)number;
}

int main(int argc, char **argv)
{
	size_t callers = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	struct samples all = {0};
	struct run run = {0};
	double seconds;

	if (callers < 1 || callers > CALLERS_MAX)
		misused();
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, argv[1]) == 0) {
			run.operate = operations[i].operate;
			run.prepare = operations[i].prepare;
		}
	}
	if (!run.operate)
		misused();
	set_limit(&run, argv[4]);
	if ((mkdir(argv[2], 0755) < 0 && errno != EEXIST) || chdir(argv[2]) < 0)
		err(1, "%s", argv[2]);
	run_callers(&run, callers, &all);
	seconds = run.seconds ? run.seconds : now_s() - run.begin;
	return samples_print(&all, seconds) ? 0 : 1;
}
