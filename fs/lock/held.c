/*
 * The file consists of slots. An entry takes as many slots, one after the other, as it needs: the
 * first word of the first one is their number, that of the others is 0, and so is that of a free
 * slot. The process may be killed at any moment, so this number is written last, and first made 0.
 */
#include "fs/lock/held.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOT_SIZE 256
#define SLOT_ROOM (SLOT_SIZE - sizeof(uint64_t))

/* What an entry consists of; the name follows. */
struct entry {
	struct held_file file;
	uint64_t owner;
	uint32_t kind, below;
	uint64_t name_length;
};

void held_init(struct held *held, int file)
{
	*held = (struct held){.file = file};
}

void held_fini(struct held *held)
{
	free(STEAL(held->used));
}

static off_t place_of(size_t slot)
{
	return (off_t)slot * SLOT_SIZE;
}

static int write_at(struct held *held, off_t at, const void *data, size_t length)
{
	ssize_t n = pwrite(held->file, data, length, at);

	return n == (ssize_t)length ? 0 : n < 0 ? -errno : -ENOSPC;
}

static int write_count(struct held *held, size_t slot, uint64_t count)
{
	return write_at(held, place_of(slot), &count, sizeof(count));
}

/* --- Free slots --- */

static int grow(struct held *held, size_t n)
{
	uint8_t *used = n > held->n ? realloc(held->used, n) : held->used;

	if (n && !used)
		return -ENOMEM;
	if (n > held->n) {
		memset(used + held->n, 0, n - held->n);
		held->n = n;
	}
	held->used = used;
	return 0;
}

/* The first of @count free slots in a row, the last of which may be new ones. */
static int find_room(struct held *held, size_t count, size_t *ret)
{
	size_t first = 0;

	for (size_t i = 0; i < held->n && i - first < count; i++)
		if (held->used[i])
			first = i + 1;
	*ret = first;
	return first + count > held->n ? grow(held, first + count) : 0;
}

static void mark(struct held *held, size_t slot, size_t count, bool used)
{
	memset(held->used + slot, used, count);
}

/* --- Entries --- */

static int pack(const struct held_lock *lock, struct buf *ret)
{
	struct entry entry = {
		lock->file, lock->owner, lock->kind, lock->below, lock->name.len};
	int r = buf_append(ret, &entry, sizeof(entry));

	return r < 0 ? r : buf_append_bytes(ret, lock->name);
}

static int write_slots(struct held *held, size_t slot, struct bytes entry, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		struct bytes part = bytes_slice(entry, i * SLOT_ROOM, SLOT_ROOM);

		r = write_at(held, place_of(slot + i) + (off_t)sizeof(uint64_t), part.data,
			part.len);
	}
	return r < 0 ? r : write_count(held, slot, count);
}

int held_add(struct held *held, const struct held_lock *lock, size_t *ret_slot)
{
	CLEANUP(buf) struct buf entry = {0};
	size_t slot = 0, count;
	int r;

	*ret_slot = HELD_NONE;
	if (!held->file)
		return 0;
	r = pack(lock, &entry);
	count = (entry.len + SLOT_ROOM - 1) / SLOT_ROOM;
	if (r == 0)
		r = find_room(held, count, &slot);
	if (r == 0)
		r = write_slots(held, slot, buf_bytes(&entry), count);
	if (r < 0)
		return r;
	mark(held, slot, count, true);
	*ret_slot = slot;
	return 0;
}

void held_set_file(struct held *held, size_t slot, struct held_file file)
{
	if (slot != HELD_NONE)
		write_at(held,
			place_of(slot) + (off_t)(sizeof(uint64_t) + offsetof(struct entry, file)),
			&file, sizeof(file));
}

static uint64_t count_of(const struct held *held, size_t slot)
{
	uint64_t count = 0;

	if (pread(held->file, &count, sizeof(count), place_of(slot)) != sizeof(count))
		return 0;
	return count <= held->n - slot ? count : 0;
}

void held_remove(struct held *held, size_t slot)
{
	size_t count = slot == HELD_NONE ? 0 : count_of(held, slot);

	if (!count)
		return;
	write_count(held, slot, 0);
	mark(held, slot, count, false);
}

/* --- What a predecessor has left --- */

static int read_slots(const struct held *held, size_t slot, size_t count, struct buf *ret)
{
	int r = buf_resize(ret, count * SLOT_ROOM);

	for (size_t i = 0; i < count && r == 0; i++)
		if (pread(held->file, ret->data + i * SLOT_ROOM, SLOT_ROOM,
			    place_of(slot + i) + (off_t)sizeof(uint64_t)) < 0)
			r = -errno;
	return r;
}

static int take_entry(struct held *held, size_t slot, size_t count, held_see_fn *see, void *arg)
{
	CLEANUP(buf) struct buf bytes = {0};
	struct held_lock lock;
	struct entry entry;
	int r = read_slots(held, slot, count, &bytes);

	if (r < 0)
		return r;
	memcpy(&entry, bytes.data, sizeof(entry));
	lock = (struct held_lock){entry.file, entry.owner, entry.kind, entry.below,
		bytes_slice(buf_bytes(&bytes), sizeof(entry), entry.name_length)};
	mark(held, slot, count, true);
	return see(arg, slot, &lock);
}

int held_take_over(struct held *held, held_see_fn *see, void *arg)
{
	size_t slot = 0, count;
	struct stat info;
	int r;

	if (!held->file || fstat(held->file, &info) < 0)
		return 0;
	r = grow(held, ((size_t)info.st_size + SLOT_SIZE - 1) / SLOT_SIZE);
	for (; slot < held->n && r == 0; slot += count ? count : 1) {
		count = count_of(held, slot);
		if (count)
			r = take_entry(held, slot, count, see, arg);
	}
	return r;
}
