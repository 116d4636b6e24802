/*
 * A pthread mutex is not fair: a thread that unlocks it and locks it again at once mostly gets it,
 * before a waiting thread has woken up. So lock_pass() sleeps until a waiting thread has had the
 * mutex, but only for a few milliseconds, since the scheduler may keep that thread waiting.
 */
#include "fs/base/lock.h"

#include <time.h>

enum {
	PASS_NS = 20 * 1000,
	PASSES = 100,
};

void lock_init(struct lock *lock)
{
	lock->n_waiting = lock->n_waited = 0;
	pthread_mutex_init(&lock->mutex, NULL);
}

void lock_fini(struct lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
}

void lock_take(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	if (pthread_mutex_trylock(&lock->mutex) == 0)
		return;
	lock->n_waiting++;
	pthread_mutex_lock(&lock->mutex);
	lock->n_waiting--;
	lock->n_waited++;
}

void lock_drop(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	pthread_mutex_unlock(&lock->mutex);
}

bool lock_pass(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	static const struct timespec moment = {.tv_nsec = PASS_NS};
	unsigned n_waited = lock->n_waited;

	if (!lock->n_waiting)
		return false;
	pthread_mutex_unlock(&lock->mutex);
	for (int i = 0; i < PASSES && lock->n_waited == n_waited; i++)
		nanosleep(&moment, NULL);
	pthread_mutex_lock(&lock->mutex);
	return true;
}
