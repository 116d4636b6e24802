#include "fs/etcd/call.h"

#include <errno.h>

/* protobuf-c wants arrays of pointers to messages, so the messages are in arrays of their own. */
struct txn_op {
	Etcd__RequestOp op;
	union {
		Etcd__PutRequest put;
		Etcd__DeleteRangeRequest delete_range;
	};
};

struct txn {
	Etcd__TxnRequest request;
	Etcd__Compare *compares;
	struct txn_op *ops;
	void **pointers;
};

static void txn_cleanup(struct txn *txn)
{
	free(txn->compares);
	free(txn->ops);
	free(txn->pointers);
}

static void compare_write(const struct etcd_compare *from, Etcd__Compare *to)
{
	etcd__compare__init(to);
	to->target = from->target;
	to->result = from->result;
	to->key = binary_of(from->key);
	to->range_end = binary_of(from->range_end);
	if (from->target == ETCD_COMPARE_MOD) {
		to->operand_case = ETCD__COMPARE__OPERAND_MOD_REVISION;
		to->mod_revision = from->number;
	} else {
		to->operand_case = ETCD__COMPARE__OPERAND_CREATE_REVISION;
		to->create_revision = from->number;
	}
}

static void op_write(const struct etcd_op *from, struct txn_op *to)
{
	etcd__request_op__init(&to->op);
	switch (from->type) {
	case ETCD_OP_PUT:
		etcd__put_request__init(&to->put);
		to->put.key = binary_of(from->key);
		to->put.value = binary_of(from->value);
		to->put.lease = from->lease;
		to->op.op_case = ETCD__REQUEST_OP__OP_PUT;
		to->op.put = &to->put;
		break;
	case ETCD_OP_DELETE:
		etcd__delete_range_request__init(&to->delete_range);
		to->delete_range.key = binary_of(from->key);
		to->delete_range.range_end = binary_of(from->range_end);
		to->op.op_case = ETCD__REQUEST_OP__OP_DELETE_RANGE;
		to->op.delete_range = &to->delete_range;
		break;
	}
}

static int txn_alloc(struct txn *txn, size_t n_compares, size_t n_ops)
{
	/* One more of each, so that no size is zero. */
	txn->compares = calloc(n_compares + 1, sizeof(*txn->compares));
	txn->ops = calloc(n_ops + 1, sizeof(*txn->ops));
	txn->pointers = calloc(n_compares + n_ops + 1, sizeof(*txn->pointers));
	return txn->compares && txn->ops && txn->pointers ? 0 : -ENOMEM;
}

static int txn_write(struct txn *txn, const struct etcd_txn *from)
{
	void **pointer;

	if (txn_alloc(txn, from->n_compares, from->n_success) < 0)
		return -ENOMEM;
	etcd__txn_request__init(&txn->request);
	pointer = txn->pointers;
	txn->request.compare = (Etcd__Compare **)pointer;
	txn->request.n_compare = from->n_compares;
	txn->request.success = (Etcd__RequestOp **)(pointer + from->n_compares);
	txn->request.n_success = from->n_success;
	for (size_t i = 0; i < from->n_compares; i++) {
		compare_write(&from->compares[i], &txn->compares[i]);
		*pointer++ = &txn->compares[i];
	}
	for (size_t i = 0; i < from->n_success; i++) {
		op_write(&from->success[i], &txn->ops[i]);
		*pointer++ = &txn->ops[i].op;
	}
	return 0;
}

static int txn_read(struct answer *answer)
{
	const Etcd__TxnResponse *response = (const void *)answer->message;

	answer->reply.succeeded = response->succeeded;
	return 0;
}

static const struct method txn_method = {
	.path = "/etcdserverpb.KV/Txn",
	.answer = &etcd__txn_response__descriptor,
	.read = txn_read,
};

int etcd_txn(struct etcd *etcd, const struct etcd_txn *txn, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	CLEANUP(txn) struct txn packed = {0};
	int r = txn_write(&packed, txn);

	if (r < 0)
		return r;
	return call_start(etcd, &txn_method, &packed.request.base, txn->n_success > 0, timeout_ms,
		fn, arg, ret_id);
}

/* --- Several transactions in one request --- */

struct branch {
	Etcd__SharedOp op;
	struct txn txn;
	struct txn_op claim;
};

struct shared {
	Etcd__SharedRequest request;
	struct branch *branches;
	size_t n_branches;
	void **pointers;
};

static void shared_cleanup(struct shared *shared)
{
	for (size_t i = 0; shared->branches && i < shared->n_branches; i++)
		txn_cleanup(&shared->branches[i].txn);
	free(shared->branches);
	free(shared->pointers);
}

/* etcd (3.4 and 3.5) computes the quota, and before 3.4.42 and 3.5.28 checks rights, only by the
 * operations of the outermost transaction, not by those of the transactions in it. So the outermost
 * transaction also puts each key, in the branch for a compare that fails. It has no compare, so
 * etcd never executes that branch. */
static int branch_write(struct branch *branch, const struct etcd_txn *from)
{
	const struct etcd_op claim = {.type = ETCD_OP_PUT, .key = from->success[0].key};

	etcd__shared_op__init(&branch->op);
	branch->op.txn = &branch->txn.request;
	op_write(&claim, &branch->claim);
	return txn_write(&branch->txn, from);
}

static int shared_write(struct shared *shared, const struct etcd_txn *txns, size_t n_txns)
{
	int r = 0;

	shared->n_branches = n_txns;
	shared->branches = calloc(n_txns, sizeof(*shared->branches));
	shared->pointers = calloc(2 * n_txns, sizeof(*shared->pointers));
	if (!shared->branches || !shared->pointers)
		return -ENOMEM;
	etcd__shared_request__init(&shared->request);
	shared->request.success = (Etcd__SharedOp **)shared->pointers;
	shared->request.failure = (Etcd__RequestOp **)(shared->pointers + n_txns);
	shared->request.n_success = shared->request.n_failure = n_txns;
	for (size_t i = 0; r == 0 && i < n_txns; i++) {
		r = branch_write(&shared->branches[i], &txns[i]);
		shared->request.success[i] = &shared->branches[i].op;
		shared->request.failure[i] = &shared->branches[i].claim.op;
	}
	return r;
}

static int shared_read(struct answer *answer)
{
	const Etcd__SharedResponse *response = (const void *)answer->message;
	bool *branches = calloc(response->n_responses + 1, sizeof(*branches));

	if (!branches)
		return -ENOMEM;
	for (size_t i = 0; i < response->n_responses; i++)
		branches[i] = response->responses[i]->txn && response->responses[i]->txn->succeeded;
	answer->items = branches;
	answer->reply.branches = branches;
	answer->reply.n_branches = response->n_responses;
	answer->reply.succeeded = response->succeeded;
	return 0;
}

static const struct method shared_method = {
	.path = "/etcdserverpb.KV/Txn",
	.answer = &etcd__shared_response__descriptor,
	.read = shared_read,
};

int etcd_txns(struct etcd *etcd, const struct etcd_txn *txns, size_t n_txns, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	CLEANUP(shared) struct shared shared = {0};
	int r = shared_write(&shared, txns, n_txns);

	if (r < 0)
		return r;
	return call_start(
		etcd, &shared_method, &shared.request.base, true, timeout_ms, fn, arg, ret_id);
}
