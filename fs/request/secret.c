#include "fs/request/secret.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"

#define TOLD_AGAIN_MS 60000

/* Logs one line for all files not reported yet. */
static void secrets_say(struct secrets *secrets)
{
	struct bytes key = buf_bytes(&secrets->last);

	log_warning(
		"key '%.*s' (of %u such): its mode was to keep others from reading it, and they "
		"may: modes are the mount's",
		(int)key.len, (const char *)key.data, secrets->untold);
	secrets->told_ms = clock_now_ms();
	secrets->untold = 0;
}

static void secret_tell(struct secrets *secrets, uint64_t id)
{
	buf_clear(&secrets->last);
	if (mirror_key(secrets->mirror, id, &secrets->last) < 0)
		return;
	secrets->untold++;
	if (!secrets->ending &&
		(!secrets->told_ms || clock_now_ms() - secrets->told_ms >= TOLD_AGAIN_MS))
		secrets_say(secrets);
}

static void secret_judge(struct op *op, int error)
{
	struct secrets *secrets = op->arg;
	struct mirror_info info;

	(void)error; /* the timeout is over, or the mount ends */
	if (mirror_info(secrets->mirror, op->id, &info) == 0 && info.secret && !info.dead)
		secret_tell(secrets, op->id);
	mirror_release(secrets->mirror, op->id);
	op_reply(op, 0);
}

static void secret_closed(struct op *op, int error)
{
	struct secrets *secrets = op->arg;

	op_then(op, secret_judge, secrets);
	if (error || secrets->ending)
		op_next(op, error);
	else
		op_wait(op, &secrets->closed, NULL);
}

void secret_released(struct secrets *secrets, uint64_t id)
{
	struct mirror_info info;
	struct op *op;

	if (mirror_info(secrets->mirror, id, &info) < 0 || !info.secret)
		return;
	op = op_new(secrets->requests, NULL, id);
	if (!op)
		return;
	mirror_hold(secrets->mirror, id); /* the handle still holds the node */
	op_then(op, secret_closed, secrets);
	op_start(op, NULL);
}

void secrets_init(struct secrets *secrets)
{
	TAILQ_INIT(&secrets->closed);
}

void secrets_end(struct secrets *secrets)
{
	struct op *op;

	secrets->ending = true;
	while ((op = TAILQ_FIRST(&secrets->closed)))
		op_resume(op, 0);
	if (secrets->untold)
		secrets_say(secrets);
}

void secrets_fini(struct secrets *secrets)
{
	buf_fini(&secrets->last);
}
