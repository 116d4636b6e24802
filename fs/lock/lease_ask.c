#include "fs/lock/lease_id.h"

#include "fs/base/backoff.h"

#include <sys/random.h>

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
