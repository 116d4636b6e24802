/*
 * An op waits only while another has the file, and the one that has it passes it on. So the waiting
 * ops need no other care, even when some of them leave at their deadline.
 */
#include "fs/file/turns.h"

#include <errno.h>

/* The turns of one file; exists while an op has it. */
struct turns {
	TAILQ_ENTRY(turns) entry;
	uint64_t id;
	size_t n_sharing;
	bool alone;
	bool share_next; /* those who wait to share go before those who wait to be alone */
	bool passing;
	struct op_list to_be_alone, to_share;
};

static struct turns *turns_find(struct turns_list *list, uint64_t id)
{
	struct turns *turns;

	TAILQ_FOREACH (turns, list, entry)
		if (turns->id == id)
			return turns;
	return NULL;
}

static struct turns *turns_new(struct turns_list *list, uint64_t id)
{
	struct turns *turns = calloc(1, sizeof(*turns));

	if (!turns)
		return NULL;
	turns->id = id;
	TAILQ_INIT(&turns->to_be_alone);
	TAILQ_INIT(&turns->to_share);
	TAILQ_INSERT_TAIL(list, turns, entry);
	return turns;
}

static void turns_give(struct turns *turns, enum turn turn)
{
	if (turn == TURN_ALONE)
		turns->alone = true;
	else
		turns->n_sharing++;
}

void turns_take(struct turns_list *list, struct op *op, enum turn turn, op_fn *next)
{
	struct turns *turns = turns_find(list, op->id);
	bool waits =
		turns && (turn == TURN_ALONE || turns->alone || !TAILQ_EMPTY(&turns->to_be_alone));

	if (!turns)
		turns = turns_new(list, op->id);
	if (waits)
		op_wait(op, turn == TURN_ALONE ? &turns->to_be_alone : &turns->to_share, next);
	else if (turns)
		turns_give(turns, turn);
	if (!waits)
		next(op, turns ? 0 : -ENOMEM);
}

/* Returns whether an op has got a turn. */
static bool turns_pass_one(struct turns *turns)
{
	struct op *sharer = TAILQ_FIRST(&turns->to_share);
	struct op *loner = TAILQ_FIRST(&turns->to_be_alone);

	if (turns->alone)
		return false;
	if (sharer && (turns->share_next || !loner)) {
		turns_give(turns, TURN_SHARED);
		op_resume(sharer, 0);
		return true;
	}
	turns->share_next = false;
	if (!loner || turns->n_sharing)
		return false;
	turns_give(turns, TURN_ALONE);
	op_resume(loner, 0);
	return true;
}

/* An op that gets a turn may end it at once, which calls this again. */
static void turns_pass(struct turns_list *list, struct turns *turns)
{
	if (turns->passing)
		return;
	turns->passing = true;
	while (turns_pass_one(turns))
		;
	turns->passing = false;
	if (turns->alone || turns->n_sharing)
		return;
	TAILQ_REMOVE(list, turns, entry);
	free(turns);
}

void turns_end(struct turns_list *list, uint64_t id, enum turn turn)
{
	struct turns *turns = turns_find(list, id);

	if (turn == TURN_ALONE) {
		turns->alone = false;
		turns->share_next = true;
	} else {
		turns->n_sharing--;
	}
	turns_pass(list, turns);
}

struct op *turns_take_in(struct turns_list *list, uint64_t id, op_fn *next)
{
	struct turns *turns = turns_find(list, id);
	struct op *op;

	TAILQ_FOREACH (op, &turns->to_be_alone, entry)
		if (op_unwait(op, next))
			break;
	return op;
}
