#include "fs/control/ctldir.h"

#include "fs/lock/ttl_seconds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ctldir_entry {
	struct ctldir_node node;
	uint64_t lookups;
	RB_ENTRY(ctldir_entry) by_id;
	RB_ENTRY(ctldir_entry) by_name;
};

/* The names in a directory of each kind. Those of CTLDIR_SINCE, CTLDIR_AT and CTLDIR_TTL are
 * numbers, and not listed. What is made in the others is no name there. */
static const struct row {
	enum ctldir_kind dir;
	const char *name;
	enum ctldir_kind kind;
	bool root_only;
} rows[] = {
	{CTLDIR_TOP, "watch", CTLDIR_WATCH, false},
	{CTLDIR_TOP, "since", CTLDIR_SINCE, false},
	{CTLDIR_TOP, "lock", CTLDIR_LOCK, false},
	{CTLDIR_TOP, "locks", CTLDIR_LOCKS, false},
	{CTLDIR_TOP, "at", CTLDIR_AT, false},
	{CTLDIR_TOP, "ephemeral", CTLDIR_EPHEMERAL, false},
	{CTLDIR_TOP, "ttl", CTLDIR_TTL, false},
	{CTLDIR_TOP, "snapshot", CTLDIR_SNAPSHOT, true},
	{CTLDIR_TOP, "status", CTLDIR_STATUS, true},
	{CTLDIR_TOP, "members", CTLDIR_MEMBERS, true},
	{CTLDIR_TOP, "metrics", CTLDIR_METRICS, true},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

static int by_id_compare(struct ctldir_entry *a, struct ctldir_entry *b)
{
	return (a->node.id > b->node.id) - (a->node.id < b->node.id);
}

static int by_name_compare(struct ctldir_entry *a, struct ctldir_entry *b)
{
	const struct ctldir_node *x = &a->node, *y = &b->node;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

RB_GENERATE_INTERNAL(ctldir_ids, ctldir_entry, by_id, by_id_compare, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
	ctldir_names, ctldir_entry, by_name, by_name_compare, __attribute__((unused)) static)

void ctldir_init(struct ctldir *table, struct mirror *mirror, unsigned incarnation)
{
	*table = (struct ctldir){
		.mirror = mirror, .next_id = ids_first(CTLDIR_FIRST_ID, incarnation)};
	lock_init(&table->lock);
	RB_INIT(&table->ids);
	RB_INIT(&table->names);
}

void ctldir_fini(struct ctldir *table)
{
	struct ctldir_entry *entry;

	if (!table->mirror)
		return;
	while ((entry = RB_MIN(ctldir_ids, &table->ids))) {
		RB_REMOVE(ctldir_ids, &table->ids, entry);
		mirror_release(table->mirror, entry->node.dir);
		free(entry);
	}
	lock_fini(&table->lock);
}

/* --- Names -------------------------------------------------------------------------------- */

bool ctldir_has(uint64_t dir, const char *name)
{
	return dir >= CTLDIR_FIRST_ID || strcmp(name, CTLDIR_NAME) == 0;
}

bool ctldir_makes(const struct ctldir_node *node)
{
	return node->kind == CTLDIR_EPHEMERAL || node->kind == CTLDIR_TTL_SECONDS;
}

bool ctldir_is_dir(const struct ctldir_node *node)
{
	return node->kind == CTLDIR_TOP || node->kind == CTLDIR_SINCE || node->kind == CTLDIR_AT ||
	       node->kind == CTLDIR_TTL || ctldir_makes(node);
}

bool ctldir_is_report(const struct ctldir_node *node)
{
	return node->kind >= CTLDIR_STATUS;
}

static bool row_is_in(const struct row *row, const struct ctldir_node *dir)
{
	return row->dir == dir->kind && (!row->root_only || dir->dir == ROOT_ID);
}

const char *ctldir_listed(const struct ctldir_node *dir, size_t index, bool *ret_is_dir)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!row_is_in(&rows[i], dir) || index--)
			continue;
		*ret_is_dir = ctldir_is_dir(&(struct ctldir_node){.kind = rows[i].kind});
		return rows[i].name;
	}
	return NULL;
}

int ctldir_revision(const char *name, int64_t *ret)
{
	int64_t revision = 0;

	if (!*name || (name[0] == '0' && name[1]))
		return -ENOENT;
	for (; *name; name++)
		if (*name < '0' || *name > '9' || __builtin_mul_overflow(revision, 10, &revision) ||
			__builtin_add_overflow(revision, *name - '0', &revision))
			return -ENOENT;
	*ret = revision;
	return 0;
}

static int seconds_parse(const char *name, struct ctldir_node *ret)
{
	ret->kind = CTLDIR_TTL_SECONDS;
	ret->number = ttl_parse(name, strlen(name));
	return ret->number ? 0 : -EINVAL;
}

static int child_of(const struct ctldir_node *dir, const char *name, struct ctldir_node *ret)
{
	*ret = (struct ctldir_node){.dir = dir->dir, .kind = CTLDIR_SINCE_REVISION};
	if (!ctldir_is_dir(dir))
		return -ENOTDIR;
	if (dir->kind == CTLDIR_SINCE)
		return ctldir_revision(name, &ret->number);
	if (dir->kind == CTLDIR_TTL)
		return seconds_parse(name, ret);
	for (size_t i = 0; i < N_ROWS; i++)
		if (row_is_in(&rows[i], dir) && strcmp(rows[i].name, name) == 0) {
			ret->kind = rows[i].kind;
			return 0;
		}
	return -ENOENT;
}

static int top_of(struct mirror *mirror, uint64_t dir, struct ctldir_node *ret)
{
	struct mirror_info info;
	int r = mirror_info(mirror, dir, &info);

	if (r == 0 && info.dead)
		r = -ESTALE;
	*ret = (struct ctldir_node){.kind = CTLDIR_TOP, .dir = dir};
	return r == 0 && !info.is_dir ? -ENOTDIR : r;
}

/* --- The table ---------------------------------------------------------------------------- */

static struct ctldir_entry *entry_locked(struct ctldir *table, uint64_t id) REQUIRES(table->lock)
{
	struct ctldir_entry wanted = {.node.id = id};

	return RB_FIND(ctldir_ids, &table->ids, &wanted);
}

/* Counts a lookup of @node. Returns true if the table has taken @entry for it. */
static bool count_locked(struct ctldir *table, struct ctldir_entry *entry, struct ctldir_node *node)
	REQUIRES(table->lock)
{
	struct ctldir_entry *known;

	entry->node = *node;
	known = RB_INSERT(ctldir_names, &table->names, entry);
	if (!known) {
		entry->node.id = table->next_id++;
		RB_INSERT(ctldir_ids, &table->ids, entry);
	}
	*node = (known ? known : entry)->node;
	(known ? known : entry)->lookups++;
	return !known;
}

static int ctldir_count(struct ctldir *table, struct ctldir_node *node)
{
	CLEANUP(free) struct ctldir_entry *entry = calloc(1, sizeof(*entry));
	int r = entry ? mirror_hold(table->mirror, node->dir) : -ENOMEM;
	bool taken;

	if (r < 0)
		return r;
	lock_take(&table->lock);
	taken = count_locked(table, entry, node);
	lock_drop(&table->lock);
	if (taken)
		entry = NULL;
	else
		mirror_release(table->mirror, node->dir);
	return 0;
}

int ctldir_lookup(struct ctldir *table, uint64_t dir, const char *name, struct ctldir_node *ret)
{
	struct ctldir_node parent, child;
	int r;

	if (dir < CTLDIR_FIRST_ID) {
		r = top_of(table->mirror, dir, &child);
	} else {
		r = ctldir_info(table, dir, &parent);
		if (r == 0)
			r = child_of(&parent, name, &child);
	}
	if (r == 0)
		r = ctldir_count(table, &child);
	if (r == 0)
		*ret = child;
	return r;
}

void ctldir_forget(struct ctldir *table, uint64_t id, uint64_t count)
{
	struct ctldir_entry *entry;
	uint64_t dir = 0;

	lock_take(&table->lock);
	entry = entry_locked(table, id);
	if (entry && entry->lookups > count) {
		entry->lookups -= count;
	} else if (entry) {
		dir = entry->node.dir;
		RB_REMOVE(ctldir_ids, &table->ids, entry);
		RB_REMOVE(ctldir_names, &table->names, entry);
		free(entry);
	}
	lock_drop(&table->lock);
	if (dir)
		mirror_release(table->mirror, dir);
}

int ctldir_info(struct ctldir *table, uint64_t id, struct ctldir_node *ret)
{
	struct ctldir_entry *entry;

	lock_take(&table->lock);
	entry = entry_locked(table, id);
	if (entry)
		*ret = entry->node;
	lock_drop(&table->lock);
	return entry ? 0 : -ESTALE;
}
