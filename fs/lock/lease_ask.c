#include "fs/lock/lease_ask.h"

#include "fs/etcd/etcd.h"

#include <errno.h>
#include <sys/random.h>

enum {
	AGAIN_MIN_MS = 100,
	AGAIN_MAX_MS = 1000,
};

int64_t lease_new_id(void)
{
	uint64_t id = 0;

	while (!id) {
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			id = (uint64_t)backoff_chance() << 32 | backoff_chance();
		id &= INT64_MAX;
	}
	return (int64_t)id;
}

bool lease_is_away(int error)
{
	return error == ETCD_E_UNKNOWN || error == -ETIMEDOUT || error == -EAGAIN;
}

struct backoff lease_backoff(void)
{
	return (struct backoff){.min_ms = AGAIN_MIN_MS, .max_ms = AGAIN_MAX_MS};
}
