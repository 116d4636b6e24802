/* The file of the locks that are held, beside a model, while its process dies again and again. */
#include "fs/lock/held.h"

#include "tests/lib/alloc.h"

#include "tests/unit/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_LOCKS = 20, NAME_MAX_LENGTH = 900 };

struct model {
	struct held_lock locks[N_LOCKS];
	size_t slots[N_LOCKS];
	bool there[N_LOCKS], seen[N_LOCKS];
};

/* Names of all lengths, each of another letter. */
static struct bytes name_of(size_t i, size_t length)
{
	static uint8_t names[N_LOCKS][NAME_MAX_LENGTH];

	memset(names[i], 'a' + (int)i, length);
	return (struct bytes){names[i], length};
}

static struct held_lock some_lock(size_t i)
{
	return (struct held_lock){{(uint64_t)random(), (uint64_t)random()}, (uint64_t)random(),
		(unsigned)random() % 2, random() % 2,
		name_of(i, (size_t)random() % NAME_MAX_LENGTH)};
}

static int see(void *arg, size_t slot, const struct held_lock *lock)
{
	struct model *model = arg;
	size_t i = 0;

	while (i < N_LOCKS && !(model->there[i] && model->slots[i] == slot))
		i++;
	assert_in_range(i, 0, N_LOCKS - 1);
	assert_false(model->seen[i]);
	model->seen[i] = true;
	assert_memory_equal(&lock->file, &model->locks[i].file, sizeof(lock->file));
	assert_int_equal(lock->owner, model->locks[i].owner);
	assert_int_equal(lock->kind, model->locks[i].kind);
	assert_int_equal(lock->below, model->locks[i].below);
	assert_true(bytes_equal(lock->name, model->locks[i].name));
	return 0;
}

/* The process has died; the next one has what it had, and no more. */
static void die(struct held *held, struct model *model)
{
	int file = held->file;

	held_fini(held);
	held_init(held, file);
	memset(model->seen, 0, sizeof(model->seen));
	assert_int_equal(held_take_over(held, see, model), 0);
	assert_memory_equal(model->seen, model->there, sizeof(model->seen));
}

static void change(struct held *held, struct model *model)
{
	size_t i = (size_t)random() % N_LOCKS;

	if (!model->there[i]) {
		model->locks[i] = some_lock(i);
		assert_int_equal(held_add(held, &model->locks[i], &model->slots[i]), 0);
		model->there[i] = true;
	} else if (random() % 3 == 0) {
		model->locks[i].file = (struct held_file){(uint64_t)random(), (uint64_t)random()};
		held_set_file(held, model->slots[i], model->locks[i].file);
	} else {
		held_remove(held, model->slots[i]);
		model->there[i] = false;
	}
}

static void as_the_model(void **state)
{
	struct model model = {0};
	struct held held;
	struct stat info;

	(void)state;
	srandom(test_seed());
	held_init(&held, memfd_create("test", 0));
	for (int step = 0; step < 20000; step++) {
		change(&held, &model);
		if (random() % 20 == 0)
			die(&held, &model);
	}
	fstat(held.file, &info);
	assert_in_range(info.st_size, 0, 4 * N_LOCKS * NAME_MAX_LENGTH);
	close(held.file);
	held_fini(&held);
}

static void without_memory_or_room(void **state)
{
	const struct held_lock lock = {.name = BYTES_LITERAL("key")};
	struct model model = {.locks[0] = lock, .there[0] = true};
	int file = memfd_create("test", 0);
	struct held held;
	size_t slot;
	int tries = 0;

	(void)state;
	held_init(&held, file);
	do {
		alloc_fail_after(tries++);
		model.slots[0] = 1;
	} while (held_add(&held, &lock, &model.slots[0]) == -ENOMEM);
	assert_in_range(tries, 2, 10);
	for (alloc_fail_after(0), tries = 0; tries < 10; tries++) {
		held_fini(&held);
		held_init(&held, file);
		model.seen[0] = false;
		alloc_fail_after(tries);
		if (held_take_over(&held, see, &model) == 0)
			break;
	}
	alloc_fail_never();
	assert_in_range(tries, 1, 9);

	held.file = open("/dev/full", O_RDWR);
	assert_int_equal(held_add(&held, &lock, &slot), -ENOSPC);
	assert_int_equal(slot, HELD_NONE);
	close(held.file);
	held.file = file;
	die(&held, &model);
	close(file);
	held_fini(&held);
}

/* Where the supervisor gave none nothing is kept, and nothing fails. */
static void without_a_file(void **state)
{
	const struct held_lock lock = {.name = BYTES_LITERAL("key")};
	struct model model = {0};
	struct held held;
	size_t slot;

	(void)state;
	held_init(&held, 0);
	assert_int_equal(held_add(&held, &lock, &slot), 0);
	assert_int_equal(slot, HELD_NONE);
	held_set_file(&held, slot, lock.file);
	held_remove(&held, slot);
	assert_int_equal(held_take_over(&held, see, &model), 0);
	held_fini(&held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_model),
		cmocka_unit_test(without_memory_or_room),
		cmocka_unit_test(without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
