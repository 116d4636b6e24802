#include "fs/api/pollers.h"

static size_t find(const struct fs_pollers *pollers, uint64_t file)
{
	size_t i = 0;

	while (i < pollers->n && pollers->list[i].file != file)
		i++;
	return i;
}

bool fs_pollers_add(struct fs_pollers *pollers, const struct fs_poller *poller)
{
	size_t i = find(pollers, poller->file);

	if (i == FS_POLLERS_MAX || (i < pollers->n && pollers->list[i].handle == poller->handle))
		return false;
	pollers->list[i] = *poller;
	pollers->n += i == pollers->n;
	return true;
}

bool fs_pollers_remove(struct fs_pollers *pollers, uint64_t file)
{
	size_t i = find(pollers, file);

	if (i == pollers->n)
		return false;
	pollers->list[i] = pollers->list[--pollers->n];
	return true;
}
