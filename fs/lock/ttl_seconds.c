#include "fs/lock/ttl_seconds.h"

int64_t ttl_parse(const char *text, size_t len)
{
	int64_t seconds = 0;

	if (!len || text[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		seconds = 10 * seconds + text[i] - '0';
		if (seconds > TTL_MAX_S)
			return 0;
	}
	return seconds;
}
