#include "fs/secret.h"

#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/fs_private.h"

#define TOLD_AGAIN_MS 60000

/* One line for all that have not been told of. */
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

static void secret_tell(struct fs *fs, uint64_t id)
{
	struct secrets *secrets = &fs->secrets;

	buf_clear(&secrets->last);
	if (mirror_key(fs->mirror, id, &secrets->last) < 0)
		return;
	secrets->untold++;
	if (!fs->ending &&
		(!secrets->told_ms || clock_now_ms() - secrets->told_ms >= TOLD_AGAIN_MS))
		secrets_say(secrets);
}

static void secret_judge(struct op *op, int error)
{
	struct mirror_info info;

	(void)error; /* its time is over, or the mount's */
	if (mirror_info(op->fs->mirror, op->id, &info) == 0 && info.secret && !info.dead)
		secret_tell(op->fs, op->id);
	mirror_release(op->fs->mirror, op->id);
	op_reply(op, 0);
}

static void secret_closed(struct op *op, int error)
{
	if (error || op->fs->ending)
		secret_judge(op, error);
	else
		op_wait(op, &op->fs->secrets.closed, secret_judge);
}

void secret_released(struct fs *fs, const struct handle *handle)
{
	struct mirror_info info;
	struct op *op;

	if (!handle->made || mirror_info(fs->mirror, handle->id, &info) < 0 || !info.secret)
		return;
	op = op_new(fs, NULL, handle->id);
	if (!op)
		return;
	mirror_hold(fs->mirror, handle->id); /* the handle has it still */
	op_start(op, secret_closed);
}

void secrets_init(struct fs *fs)
{
	TAILQ_INIT(&fs->secrets.closed);
}

void secrets_end(struct fs *fs)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&fs->secrets.closed)))
		op_resume(op, 0);
	if (fs->secrets.untold)
		secrets_say(&fs->secrets);
}

void secrets_fini(struct fs *fs)
{
	buf_fini(&fs->secrets.last);
}
