#include "fs/request/walk.h"

#include "fs/base/clock.h"

#include <linux/fuse.h>

/* A thread sends the next request of a call within microseconds. A slot this old belongs to a
 * thread that has ended, or whose call the kernel has ended, and another thread may take it. */
#define KEPT_MS 2000
#define FRESH_MS 100 /* within one call the kernel does not take as long from one to the next */

void walks_init(struct walks *walks, bool checked, bool kept)
{
	lock_init(&walks->lock);
	walks->checked = checked;
	walks->kept = kept;
}

void walks_fini(struct walks *walks)
{
	lock_fini(&walks->lock);
}

/* The thread's slot; NULL: it has none. */
static struct walk_slot *slot_locked(struct walks *walks, pid_t thread) REQUIRES(walks->lock)
{
	struct walk_slot *slot = &walks->slots[(unsigned)thread % WALKS];

	return thread > 0 && slot->thread == thread ? slot : NULL;
}

/* A slot without which its thread loses no more than a barrier shared is free for others. */
static bool slot_is_needed(const struct walk_slot *slot)
{
	return slot->thread && (!slot->fresh || slot->given.id || slot->stale);
}

/* The same, but made if need be; NULL: another thread has the slot. */
static struct walk_slot *slot_take_locked(struct walks *walks, pid_t thread) REQUIRES(walks->lock)
{
	struct walk_slot *slot = &walks->slots[(unsigned)thread % WALKS];
	int64_t now_ms = clock_now_ms();

	if (thread <= 0)
		return NULL;
	if (slot->thread != thread) {
		if (slot_is_needed(slot) && now_ms - slot->since_ms < KEPT_MS)
			return NULL;
		*slot = (struct walk_slot){.thread = thread};
	}
	slot->since_ms = now_ms;
	return slot;
}

/* Requests that the kernel sends outside of any call. */
static bool is_aside(uint32_t opcode)
{
	return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT ||
	       opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR;
}

/* Requests that may follow a LOOKUP which has found nothing. */
static bool makes_name(uint32_t opcode)
{
	return opcode == FUSE_CREATE || opcode == FUSE_MKDIR || opcode == FUSE_MKNOD ||
	       opcode == FUSE_SYMLINK || opcode == FUSE_LINK;
}

/* A walk begins: the second one of a call, or that of another call. */
static void slot_begin(struct walk_slot *slot)
{
	if (slot->again)
		slot->stale = 0;
	slot->again = slot->stale;
	slot->in = slot->given = (struct walk_place){0};
	slot->looked = 0;
	slot->asked = false;
}

static void slot_look(struct walk_slot *slot, uint64_t dir)
{
	if (slot->given.id == dir)
		slot->in = slot->given;
	else if (slot->looked != dir)
		slot_begin(slot);
	slot->looked = dir;
	slot->given = (struct walk_place){0};
}

/* How the request came to @id; @of_name: the request is for a name in @id. */
static struct walk slot_now(
	const struct walks *walks, const struct walk_slot *slot, uint64_t id, bool of_name)
{
	const struct walk_place *place = of_name ? &slot->in : &slot->given;
	bool by_path = place->id == id;

	return (struct walk){
		.known = !walks->kept || slot->again,
		.by_path = by_path,
		.confirmed = by_path && (place->confirmed || slot->again),
	};
}

/* A GETATTR where the kernel checks modes: for a directory on the way, which is used next; or for
 * the directory in which it has looked a name up, before it makes or removes that name. */
static struct walk slot_check(const struct walks *walks, struct walk_slot *slot, uint64_t id)
{
	struct walk now;

	if (slot->given.id != id && slot->looked == id)
		return (struct walk){.known = !walks->kept || slot->again};
	if (slot->given.id != id || slot->asked)
		slot_begin(slot);
	now = slot_now(walks, slot, id, false);
	slot->asked = true;
	if (!now.by_path)
		slot->looked = id;
	return now;
}

/* Whether the thread's last request, a GETATTR, was of the same call, so that its barrier will do
 * for this one. */
static bool slot_shares(const struct walk_slot *slot, uint32_t opcode, uint64_t id)
{
	bool opens = opcode == FUSE_OPEN || opcode == FUSE_OPENDIR;

	return slot->fresh == id && clock_now_ms() - slot->fresh_ms < FRESH_MS &&
	       (opcode == FUSE_LOOKUP || (opens && slot->given.id == id));
}

static struct walk step_locked(struct walks *walks, struct walk_slot *slot, uint32_t opcode,
	uint64_t id) REQUIRES(walks->lock)
{
	bool looks = opcode == FUSE_LOOKUP, checks = walks->checked && opcode == FUSE_GETATTR;
	bool of_name = looks || makes_name(opcode) || opcode == FUSE_UNLINK || opcode == FUSE_RMDIR;
	bool shares = slot_shares(slot, opcode, id);
	struct walk now;

	slot->fresh = 0;
	/* A LOOKUP that finds nothing ends a call, unless the name is made next, or the kernel had
	 * known another node for it and asks again. */
	if (slot->missing && !makes_name(opcode) && !((looks || checks) && slot->looked == id)) {
		slot->stale = 0;
		slot_begin(slot);
	}
	slot->missing &= checks;
	if (checks) {
		slot->fresh = id;
		slot->fresh_ms = clock_now_ms();
		return slot_check(walks, slot, id);
	}
	if (looks)
		slot_look(slot, id);
	else if (!of_name && slot->given.id != id)
		slot_begin(slot);
	now = slot_now(walks, slot, id, of_name);
	now.current = shares;
	if (!looks)
		*slot = (struct walk_slot){0};
	return now;
}

void walks_step(struct walks *walks, pid_t thread, uint32_t opcode, uint64_t id)
{
	/* There is one slot a thread, so the walk to a rename's second name overwrites that to the
	 * first. */
	bool two_walks = opcode == FUSE_RENAME || opcode == FUSE_RENAME2;
	struct walk_slot *slot;

	walks->now = (struct walk){.known = thread > 0 && !two_walks && !walks->kept};
	if (is_aside(opcode))
		return;
	lock_take(&walks->lock);
	slot = slot_locked(walks, thread);
	if (!slot && walks->checked && opcode == FUSE_GETATTR)
		slot = slot_take_locked(walks, thread);
	if (slot && two_walks)
		*slot = (struct walk_slot){0};
	else if (slot)
		walks->now = step_locked(walks, slot, opcode, id);
	lock_drop(&walks->lock);
}

bool walks_give(struct walks *walks, pid_t thread, uint64_t id, bool confirmed)
{
	struct walk_slot *slot;

	lock_take(&walks->lock);
	slot = slot_take_locked(walks, thread);
	if (slot) {
		slot->given = (struct walk_place){.id = id, .confirmed = confirmed};
		slot->asked = false;
	}
	lock_drop(&walks->lock);
	return slot;
}

void walks_unsure(struct walks *walks, pid_t thread)
{
	struct walk_slot *slot;

	lock_take(&walks->lock);
	slot = slot_locked(walks, thread);
	if (slot)
		slot->fresh = 0;
	lock_drop(&walks->lock);
}

void walks_missing(struct walks *walks, pid_t thread)
{
	struct walk_slot *slot;

	lock_take(&walks->lock);
	slot = slot_locked(walks, thread);
	if (slot)
		slot->missing = true;
	lock_drop(&walks->lock);
}

void walks_stale(struct walks *walks, pid_t thread, uint64_t id, bool of_name)
{
	struct walk_slot *slot;

	lock_take(&walks->lock);
	slot = slot_take_locked(walks, thread);
	if (slot) {
		slot->stale = id;
		slot->again = false;
		slot->given = (struct walk_place){0};
		if (!of_name)
			slot->in = (struct walk_place){0};
		slot->looked = of_name ? id : 0;
	}
	lock_drop(&walks->lock);
}
