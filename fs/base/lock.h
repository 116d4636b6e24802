/* A mutex that clang's thread-safety analysis understands. */
/*
 * A public function takes and drops the lock. A function that needs the lock held is called
 * x_locked() and marked REQUIRES. The order in which locks may be taken is in docs/architecture.md.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#if defined(__clang__)
#define THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define THREAD_ATTRIBUTE(x)
#endif

#define REQUIRES(...) THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRES(...) THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASES(...) THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

struct THREAD_ATTRIBUTE(capability("mutex")) lock {
	pthread_mutex_t mutex;
	atomic_uint n_waiting; /* threads that wait for the mutex now */
	atomic_uint n_waited;  /* how often a thread has got the mutex after waiting */
};

void lock_init(struct lock *lock);
void lock_fini(struct lock *lock);
void lock_take(struct lock *lock) ACQUIRES(lock);
void lock_drop(struct lock *lock) RELEASES(lock);

/* Long work calls this now and then: if a thread waits for the lock, drops the lock, lets that
 * thread have it, and takes it again. True: the lock was dropped, so what it protects may have
 * changed. */
bool lock_pass(struct lock *lock) REQUIRES(lock);
