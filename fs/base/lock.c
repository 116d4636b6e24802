#include "fs/base/lock.h"

void lock_init(struct lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
}

void lock_fini(struct lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
}

void lock_take(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	pthread_mutex_lock(&lock->mutex);
}

void lock_drop(struct lock *lock) THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	pthread_mutex_unlock(&lock->mutex);
}
