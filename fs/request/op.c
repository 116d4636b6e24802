/*
 * libfuse calls the interrupt function in the FUSE thread while it holds the request's own lock, so
 * that function only posts a task. Before any reply the interrupt function is removed, which waits
 * for one that is running; after that nobody else knows the op.
 */
#include "fs/request/op.h"

#include "fs/base/clock.h"
#include "fs/etcd/etcd.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* How long an interrupted call goes on. Programs do not expect a handled signal to end a call on a
 * file, but a signal that ends the program must free it even if etcd is away. The kernel reports
 * only the first signal, and not which one it was. */
#define INTERRUPTED_MS 1000

int op_errno(int error)
{
	if (error == ETCD_E_UNKNOWN)
		return ETIMEDOUT;
	return error > 0 ? EIO : -error;
}

static void op_free(struct op *op)
{
	loop_unpost(op->requests->loop, &op->interrupt);
	loop_timer_clear(op->requests->loop, &op->timer);
	buf_fini(&op->data);
	op->requests->n_ops--;
	free(op);
}

/* How long a patient op took says nothing of us. */
static void count_reply(const struct op *op)
{
	if (!op->patient)
		counter_add_reply(
			op->requests->counters, op->opcode, clock_now_us() - op->began_us);
}

/* Afterwards no interrupt comes for the op. */
fuse_req_t op_take_req(struct op *op)
{
	fuse_req_t req = STEAL(op->req);

	if (!req)
		return NULL;
	fuse_req_interrupt_func(req, NULL, NULL);
	count_reply(op);
	return req;
}

static void reply_error(struct op *op, int error)
{
	int said = op_errno(error);

	if (said == ETIMEDOUT)
		counter_add(op->requests->counters, COUNTER_TIMEOUTS);
	if (said == EINTR)
		counter_add(op->requests->counters, COUNTER_INTERRUPTED);
	fuse_reply_err(op_take_req(op), said);
}

/* The deadline has passed, or the caller was interrupted. */
static void op_give_up(struct op *op, int error)
{
	if (op->waiting) {
		op_resume(op, error);
		return;
	}
	op->given_up = true;
	/* The timer is set again, so that any later wait of the unanswered op ends too. */
	loop_timer_set(op->requests->loop, &op->timer, op->requests->config->timeout_ms);
	if (op->give_up)
		op->give_up(op);
	if (op->req)
		reply_error(op, error);
}

static void timer_run(void *arg)
{
	struct op *op = arg;
	bool in_time = clock_now_ms() < op->deadline;

	op_give_up(op, op->interrupted && in_time ? -EINTR : -ETIMEDOUT);
}

static void interrupt_run(void *arg)
{
	struct op *op = arg;

	if (!op->req)
		return; /* it has been answered meanwhile */
	op->interrupted = true;
	if (op->patient)
		op_give_up(op, -EINTR);
	else if (op_remaining_ms(op) > INTERRUPTED_MS)
		loop_timer_set(op->requests->loop, &op->timer, INTERRUPTED_MS);
}

static void interrupted(fuse_req_t req, void *arg)
{
	struct op *op = arg;

	(void)req;
	loop_post(op->requests->loop, &op->interrupt);
}

static void start_run(void *arg)
{
	struct op *op = arg;

	if (!op->patient)
		loop_timer_at(op->requests->loop, &op->timer, op->deadline);
	if (op->req)
		fuse_req_interrupt_func(op->req, interrupted, op);
	op_next(op, 0);
}

#define OUTAGE_MS 500

/* An op with no request (what the mount does on its own) is never hurried. */
static int patience_ms(const struct op *op)
{
	int timeout_ms = op->requests->config->timeout_ms;

	return op->hurried && timeout_ms > OUTAGE_MS ? OUTAGE_MS : timeout_ms;
}

struct op *op_new(struct requests *requests, fuse_req_t req, uint64_t id)
{
	struct op *op = calloc(1, sizeof(*op));

	if (!op) {
		if (req)
			fuse_reply_err(req, ENOMEM);
		return NULL;
	}
	op->requests = requests;
	op->req = req;
	op->id = id;
	op->hurried = req && requests->hurries && requests->hurries(requests->arg);
	op->began_us = clock_now_us();
	op->deadline = op->began_us / 1000 + patience_ms(op);
	if (req) {
		op->walk = requests->walks.now;
		op->opcode = requests->opcode;
		requests->opcode = 0;
	}
	op->timer = (struct timer){.run = timer_run, .arg = op};
	op->start = (struct task){.run = start_run, .arg = op};
	op->interrupt = (struct task){.run = interrupt_run, .arg = op};
	requests->n_ops++;
	return op;
}

static bool set_name(struct op *op, char *ret, const char *name)
{
	if (strlen(name) > 255) {
		op_reply(op, -ENAMETOOLONG);
		return false;
	}
	strcpy(ret, name);
	return true;
}

bool op_set_name(struct op *op, const char *name)
{
	return set_name(op, op->name, name);
}

bool op_set_new_name(struct op *op, const char *name)
{
	return set_name(op, op->new_name, name);
}

void op_then(struct op *op, op_fn *run, void *arg)
{
	if (!run)
		return;
	assert(op->n_steps < OP_DEPTH);
	op->steps[op->n_steps++] = (struct op_step){run, arg};
}

void op_next(struct op *op, int error)
{
	const struct op_step *step;

	assert(op->n_steps > 0);
	step = &op->steps[--op->n_steps];
	op->arg = step->arg;
	step->run(op, error);
}

void op_start(struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	loop_post(op->requests->loop, &op->start);
}

void op_start_patiently(struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	loop_post_patiently(op->requests->loop, &op->start);
}

int op_remaining_ms(const struct op *op)
{
	int64_t remaining = op->deadline - clock_now_ms();

	return remaining > 0 ? (int)remaining : 1;
}

void op_extend(struct op *op)
{
	if (op->interrupted || op->given_up)
		return;
	op->deadline = clock_now_ms() + op->requests->config->timeout_ms;
	loop_timer_at(op->requests->loop, &op->timer, op->deadline);
}

void op_wait(struct op *op, struct op_list *list, op_fn *next)
{
	op_then(op, next, NULL);
	op->waiting = list;
	TAILQ_INSERT_TAIL(list, op, entry);
}

static void op_leave(struct op *op)
{
	TAILQ_REMOVE(op->waiting, op, entry);
	op->waiting = NULL;
}

void op_resume(struct op *op, int error)
{
	op_leave(op);
	op_next(op, error);
}

bool op_unwait(struct op *op, op_fn *next)
{
	if (op->steps[op->n_steps - 1].run != next)
		return false;
	op_leave(op);
	op->n_steps--;
	return true;
}

/* --- Replies --- */

/* ESTALE is right for a descriptor, but not for a path. */
static int error_of_path(struct op *op, int error)
{
	if (error == -ESTALE && !op->handle)
		error = op->requests->path_error(op);
	if (error == -ENOENT)
		walks_missing(&op->requests->walks, fuse_req_ctx(op->req)->pid);
	return error;
}

void op_reply(struct op *op, int error)
{
	if (op->req)
		reply_error(op, error_of_path(op, error));
	op_free(op);
}

void op_reply_attr(struct op *op, const struct stat *attr, double seconds)
{
	if (op->req)
		fuse_reply_attr(op_take_req(op), attr, seconds);
	op_free(op);
}

void op_reply_readlink(struct op *op, const char *target)
{
	if (op->req)
		fuse_reply_readlink(op_take_req(op), target);
	op_free(op);
}

bool op_reply_entry(struct op *op, const struct fuse_entry_param *entry)
{
	bool taken = op->req && fuse_reply_entry(op_take_req(op), entry) == 0;

	op_free(op);
	return taken;
}

bool op_reply_open(struct op *op, const struct fuse_file_info *file)
{
	bool taken = op->req && fuse_reply_open(op_take_req(op), file) == 0;

	op_free(op);
	return taken;
}

bool op_reply_create(
	struct op *op, const struct fuse_entry_param *entry, const struct fuse_file_info *file)
{
	bool taken = op->req && fuse_reply_create(op_take_req(op), entry, file) == 0;

	op_free(op);
	return taken;
}
