/* Names below ".etcd", looked up from one to the next: each has one id, and its number one name. */
#include "tests/fuzz/fuzz.h"

#include "fs/control/ctldir.h"
#include "fs/lock/ttl_seconds.h"

#include <inttypes.h>
#include <string.h>

static struct mirror *mirror_of_nothing(void)
{
	struct mirror_list *list;
	struct mirror *mirror;
	bool forked;

	fuzz_check(mirror_new((struct bytes){0}, &mirror) == 0);
	fuzz_check(mirror_list_new(mirror, &list) == 0);
	fuzz_check(mirror_replace(mirror, 1, list, &forked) == 0);
	mirror_list_free(list);
	return mirror;
}

static void number_check(const char *name)
{
	int64_t revision, seconds = ttl_parse(name, strlen(name));
	char text[32];

	fuzz_check(seconds >= 0 && seconds <= TTL_MAX_S);
	if (ctldir_revision(name, &revision) < 0) {
		fuzz_check(!seconds);
		return;
	}
	snprintf(text, sizeof(text), "%" PRId64, revision);
	fuzz_check(strcmp(text, name) == 0);
	fuzz_check(!seconds || seconds == revision);
}

/* Where the next name is looked up. */
static uint64_t look(struct ctldir *table, uint64_t dir, const char *name)
{
	struct ctldir_node node, again;

	if (!ctldir_has(dir, name) || ctldir_lookup(table, dir, name, &node) < 0)
		return ROOT_ID;
	fuzz_check(ctldir_lookup(table, dir, name, &again) == 0 && again.id == node.id);
	fuzz_check(ctldir_info(table, node.id, &again) == 0 && again.number == node.number);
	ctldir_forget(table, node.id, 1);
	return ctldir_is_dir(&node) ? node.id : ROOT_ID;
}

void fuzz_one(struct bytes input)
{
	struct mirror *mirror = mirror_of_nothing();
	uint64_t dir = ROOT_ID;
	struct ctldir table;

	ctldir_init(&table, mirror, 0);
	while (input.len) {
		char *name = fuzz_string(fuzz_text(&input, '/'));
		number_check(name);
		dir = look(&table, dir, name);
		free(name);
	}
	ctldir_fini(&table);
	mirror_free(mirror);
}
