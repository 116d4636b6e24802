#include "fs/control/hidden.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hidden_entry {
	struct hidden hidden;
	uint64_t lookups;
	RB_ENTRY(hidden_entry) by_id;
	RB_ENTRY(hidden_entry) by_name;
};

/* What stands in a directory of this kind. A revision has no name here. */
static const struct row {
	enum hidden_kind dir;
	const char *name;
	enum hidden_kind kind;
	bool root_only;
} rows[] = {
	{HIDDEN_TOP, "watch", HIDDEN_WATCH, false},
	{HIDDEN_TOP, "since", HIDDEN_SINCE, false},
	{HIDDEN_TOP, "status", HIDDEN_STATUS, true},
	{HIDDEN_TOP, "members", HIDDEN_MEMBERS, true},
	{HIDDEN_TOP, "metrics", HIDDEN_METRICS, true},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))

static int by_id_compare(struct hidden_entry *a, struct hidden_entry *b)
{
	return (a->hidden.id > b->hidden.id) - (a->hidden.id < b->hidden.id);
}

static int by_name_compare(struct hidden_entry *a, struct hidden_entry *b)
{
	const struct hidden *x = &a->hidden, *y = &b->hidden;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->revision > y->revision) - (x->revision < y->revision);
}

RB_GENERATE_INTERNAL(hidden_ids, hidden_entry, by_id, by_id_compare, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(
	hidden_names, hidden_entry, by_name, by_name_compare, __attribute__((unused)) static)

void hidden_init(struct hidden_table *table, struct mirror *mirror)
{
	*table = (struct hidden_table){.mirror = mirror, .next_id = HIDDEN_FIRST_ID};
	lock_init(&table->lock);
	RB_INIT(&table->ids);
	RB_INIT(&table->names);
}

void hidden_fini(struct hidden_table *table)
{
	struct hidden_entry *entry;

	if (!table->mirror)
		return;
	while ((entry = RB_MIN(hidden_ids, &table->ids))) {
		RB_REMOVE(hidden_ids, &table->ids, entry);
		mirror_release(table->mirror, entry->hidden.dir);
		free(entry);
	}
	lock_fini(&table->lock);
}

/* --- Names -------------------------------------------------------------------------------- */

bool hidden_has(uint64_t dir, const char *name)
{
	return dir >= HIDDEN_FIRST_ID || strcmp(name, HIDDEN_NAME) == 0;
}

bool hidden_is_dir(const struct hidden *hidden)
{
	return hidden->kind == HIDDEN_TOP || hidden->kind == HIDDEN_SINCE;
}

bool hidden_is_report(const struct hidden *hidden)
{
	return hidden->kind >= HIDDEN_STATUS;
}

static bool row_is_in(const struct row *row, const struct hidden *dir)
{
	return row->dir == dir->kind && (!row->root_only || dir->dir == MIRROR_ROOT_ID);
}

const char *hidden_listed(const struct hidden *dir, size_t index, bool *ret_is_dir)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!row_is_in(&rows[i], dir) || index--)
			continue;
		*ret_is_dir = hidden_is_dir(&(struct hidden){.kind = rows[i].kind});
		return rows[i].name;
	}
	return NULL;
}

/* A number as it is written: one revision has one name. */
static int revision_parse(const char *name, int64_t *ret)
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

static int child_of(const struct hidden *dir, const char *name, struct hidden *ret)
{
	*ret = (struct hidden){.dir = dir->dir, .kind = HIDDEN_SINCE_REVISION};
	if (!hidden_is_dir(dir))
		return -ENOTDIR;
	if (dir->kind == HIDDEN_SINCE)
		return revision_parse(name, &ret->revision);
	for (size_t i = 0; i < N_ROWS; i++)
		if (row_is_in(&rows[i], dir) && strcmp(rows[i].name, name) == 0) {
			ret->kind = rows[i].kind;
			return 0;
		}
	return -ENOENT;
}

static int top_of(struct mirror *mirror, uint64_t dir, struct hidden *ret)
{
	struct mirror_info info;
	int r = mirror_info(mirror, dir, &info);

	if (r == 0 && info.dead)
		r = -ESTALE;
	*ret = (struct hidden){.kind = HIDDEN_TOP, .dir = dir};
	return r == 0 && !info.is_dir ? -ENOTDIR : r;
}

/* --- The table ---------------------------------------------------------------------------- */

static struct hidden_entry *entry_locked(struct hidden_table *table, uint64_t id)
	REQUIRES(table->lock)
{
	struct hidden_entry wanted = {.hidden.id = id};

	return RB_FIND(hidden_ids, &table->ids, &wanted);
}

/* Counts a lookup of what @hidden describes. True: its entry is @entry, which is the table's now.
 */
static bool count_locked(struct hidden_table *table, struct hidden_entry *entry,
	struct hidden *hidden) REQUIRES(table->lock)
{
	struct hidden_entry *known;

	entry->hidden = *hidden;
	known = RB_INSERT(hidden_names, &table->names, entry);
	if (!known) {
		entry->hidden.id = table->next_id++;
		RB_INSERT(hidden_ids, &table->ids, entry);
	}
	*hidden = (known ? known : entry)->hidden;
	(known ? known : entry)->lookups++;
	return !known;
}

static int hidden_count(struct hidden_table *table, struct hidden *hidden)
{
	CLEANUP(free) struct hidden_entry *entry = calloc(1, sizeof(*entry));
	int r = entry ? mirror_hold(table->mirror, hidden->dir) : -ENOMEM;
	bool taken;

	if (r < 0)
		return r;
	lock_take(&table->lock);
	taken = count_locked(table, entry, hidden);
	lock_drop(&table->lock);
	if (taken)
		entry = NULL;
	else
		mirror_release(table->mirror, hidden->dir);
	return 0;
}

int hidden_lookup(struct hidden_table *table, uint64_t dir, const char *name, struct hidden *ret)
{
	struct hidden parent, child;
	int r;

	if (dir < HIDDEN_FIRST_ID) {
		r = top_of(table->mirror, dir, &child);
	} else {
		r = hidden_info(table, dir, &parent);
		if (r == 0)
			r = child_of(&parent, name, &child);
	}
	if (r == 0)
		r = hidden_count(table, &child);
	if (r == 0)
		*ret = child;
	return r;
}

void hidden_forget(struct hidden_table *table, uint64_t id, uint64_t count)
{
	struct hidden_entry *entry;
	uint64_t dir = 0;

	lock_take(&table->lock);
	entry = entry_locked(table, id);
	if (entry && entry->lookups > count) {
		entry->lookups -= count;
	} else if (entry) {
		dir = entry->hidden.dir;
		RB_REMOVE(hidden_ids, &table->ids, entry);
		RB_REMOVE(hidden_names, &table->names, entry);
		free(entry);
	}
	lock_drop(&table->lock);
	if (dir)
		mirror_release(table->mirror, dir);
}

int hidden_info(struct hidden_table *table, uint64_t id, struct hidden *ret)
{
	struct hidden_entry *entry;

	lock_take(&table->lock);
	entry = entry_locked(table, id);
	if (entry)
		*ret = entry->hidden;
	lock_drop(&table->lock);
	return entry ? 0 : -ESTALE;
}
