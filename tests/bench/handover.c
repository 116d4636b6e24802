/* How long a lock is on its way: from one mount's unlock to the end of another's wait. */
/*
 * handover DIRECTORY DIRECTORY WAITERS COUNT
 *	The one directory by its paths on two mounts, made if it is not there. One caller has a file
 *of it locked, and so many others wait in flock, in turns on the one mount and the other. Who has
 *got the lock lets the one before queue again, until both mounts show the whole line, and unlocks
 *then; so nothing else happens meanwhile. Prints one line of JSON (samples.h) of COUNT handovers
 *from one mount to the other.
 */
#include "tests/bench/samples.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CALLERS_MAX = 1000,
	WARM_UP = 10, /* handovers */
	PATH_BYTES = 4096,
};

struct bench {
	const char *directories[2];
	size_t n_callers, count;
	/* Of who has the lock. */
	size_t n_done;
	size_t unlocked_on; /* which mount */
	double unlocked_at;
	struct samples samples;
};

struct caller {
	struct bench *bench;
	pthread_t thread;
	size_t mount;
	int fd;
};

/* --- The line of who has the lock and who waits for it --- */

static size_t line_length(const char *directory)
{
	char path[PATH_BYTES], text[65536];
	size_t count = 0;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/.etcd/locks", directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	while ((length = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < length; i++)
			count += text[i] == '\n';
	if (length < 0 || close(fd) < 0)
		err(1, "%s", path);
	return count;
}

static void wait_for_line(const struct bench *bench, size_t length)
{
	for (size_t i = 0; i < 2; i++)
		while (line_length(bench->directories[i]) != length)
			;
}

/* --- The callers --- */

/* Returns whether there is more to be measured. */
static bool caller_lock(struct caller *caller)
{
	struct bench *bench = caller->bench;
	double now;

	if (flock(caller->fd, LOCK_EX) < 0)
		err(1, "flock");
	now = now_s();
	if (bench->unlocked_at != 0 && bench->unlocked_on != caller->mount) {
		bench->n_done++;
		if (bench->n_done > WARM_UP && bench->n_done <= WARM_UP + bench->count)
			samples_add(&bench->samples, now - bench->unlocked_at);
	}
	return bench->n_done < WARM_UP + bench->count;
}

static void caller_unlock(struct caller *caller)
{
	caller->bench->unlocked_on = caller->mount;
	caller->bench->unlocked_at = now_s();
	if (flock(caller->fd, LOCK_UN) < 0)
		err(1, "unlock");
}

static void *caller_thread(void *arg)
{
	struct caller *caller = arg;

	while (caller_lock(caller)) {
		wait_for_line(caller->bench, caller->bench->n_callers);
		caller_unlock(caller);
	}
	caller_unlock(caller);
	return NULL;
}

static void caller_start(struct caller *caller)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/file", caller->bench->directories[caller->mount]);
	caller->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (caller->fd < 0)
		err(1, "%s", path);
	if (pthread_create(&caller->thread, NULL, caller_thread, caller))
		errx(1, "pthread_create");
}

/* One after the other, so that their order is known. */
static void run(struct bench *bench)
{
	struct caller callers[CALLERS_MAX];

	for (size_t i = 0; i < bench->n_callers; i++) {
		callers[i] = (struct caller){.bench = bench, .mount = i % 2};
		caller_start(&callers[i]);
		if (i + 1 < bench->n_callers)
			wait_for_line(bench, i + 1);
	}
	for (size_t i = 0; i < bench->n_callers; i++)
		pthread_join(callers[i].thread, NULL);
}

int main(int argc, char **argv)
{
	struct bench bench = {0};
	double began = now_s();

	bench.n_callers = argc == 5 ? strtoul(argv[3], NULL, 10) + 1 : 0;
	bench.count = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	if (bench.n_callers < 2 || bench.n_callers > CALLERS_MAX || !bench.count)
		errx(2, "usage: handover DIRECTORY DIRECTORY WAITERS COUNT");
	bench.directories[0] = argv[1];
	bench.directories[1] = argv[2];
	if (mkdir(argv[1], 0755) < 0 && errno != EEXIST)
		err(1, "%s", argv[1]);
	run(&bench);
	return samples_print(&bench.samples, now_s() - began) ? 0 : 1;
}
