#include "supervisor/relay.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define ROW(member)                                                                                \
	{                                                                                          \
#member, offsetof(struct relay, member), sizeof(((struct relay *)NULL)->member)    \
	}

static const struct row {
	char name[32];
	size_t offset, size;
} rows[] = {
	ROW(version),
	ROW(starts_etcd),
	ROW(cached),
	ROW(allow_other),
	ROW(data_dir),
	ROW(run_dir),
	ROW(prefix),
	ROW(mountpoint),
	ROW(is_background),
	ROW(is_given),
	ROW(read_only),
	ROW(without_quorum),
	ROW(flags),
	ROW(umask),
	ROW(keeps_run_dir),
	ROW(keeps_parent),
	ROW(data_lock),
	ROW(run_lock),
	ROW(filesystem),
	ROW(etcd),
	ROW(hook),
	ROW(command),
	ROW(control),
	ROW(device),
	ROW(filesystem_output),
	ROW(etcd_output),
	ROW(hook_output),
	ROW(inheritance),
	ROW(lease),
	ROW(held),
	ROW(etcd_told),
	ROW(claim),
	ROW(past_term),
	ROW(hook_told),
	ROW(hook_last),
	ROW(hook_due_ms),
	ROW(hook_overdue),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
#define MEMBER_MAX (1 << 20) /* bytes; none is half as large */

/* Before each member in the file. */
struct heading {
	char name[32];
	uint64_t size;
};

static int write_row(int file, const struct relay *relay, const struct row *row)
{
	struct heading heading = {.size = row->size};

	memcpy(heading.name, row->name, sizeof(heading.name));
	if (write(file, &heading, sizeof(heading)) != sizeof(heading) ||
		write(file, (const char *)relay + row->offset, row->size) != (ssize_t)row->size)
		return errno ? -errno : -ENOSPC;
	return 0;
}

int relay_write(const struct relay *relay)
{
	CLEANUP(fd) int file = memfd_create("etcdfs", MFD_CLOEXEC);
	int error = file < 0 ? -errno : 0;
	size_t i;

	errno = 0;
	for (i = 0; i < N_ROWS && !error; i++)
		error = write_row(file, relay, &rows[i]);
	return error ? error : STEAL_FD(file);
}

static const struct row *find(const struct heading *heading)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (!memcmp(rows[i].name, heading->name, sizeof(heading->name)))
			return &rows[i];
	return NULL;
}

static int refuse_member(const char *name, struct refusal *refusal)
{
	return refuse(refusal, "what the running program leaves is not understood (%s)", name);
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, 0, size);
}

/* Whether no member leads beyond its own memory. */
static bool is_sound(const struct relay *relay)
{
	const struct fs_child_update *etcd = &relay->etcd_told;

	return is_text(relay->data_dir, sizeof(relay->data_dir)) &&
	       is_text(relay->run_dir, sizeof(relay->run_dir)) &&
	       is_text(relay->prefix, sizeof(relay->prefix)) &&
	       is_text(relay->mountpoint, sizeof(relay->mountpoint)) &&
	       is_text(etcd->last_end, sizeof(etcd->last_end)) &&
	       is_text(etcd->last_words, sizeof(etcd->last_words)) &&
	       fs_inheritance_is_sound(&relay->inheritance) && relay->hook_last < HOOK_SLOTS_;
}

int relay_read(int file, struct relay *ret, struct refusal *refusal)
{
	struct heading heading;
	const struct row *row;
	off_t at = 0;

	*ret = (struct relay){0};
	while (pread(file, &heading, sizeof(heading), at) == sizeof(heading)) {
		at += sizeof(heading);
		row = find(&heading);
		if (row &&
			(row->size != heading.size || pread(file, (char *)ret + row->offset,
							      row->size, at) != (ssize_t)row->size))
			return refuse_member(row->name, refusal);
		if (heading.size > MEMBER_MAX)
			return refuse_member("its form", refusal);
		at += heading.size;
	}
	if (ret->version != RELAY_VERSION)
		return refuse(refusal,
			"this version cannot go on with what the running one leaves: unmount and "
			"start anew");
	return is_sound(ret) ? 0 : refuse_member("its values", refusal);
}

void relay_set_cloexec(const struct relay *relay, bool closes)
{
	const int files[] = {relay->data_lock, relay->run_lock, relay->control, relay->device,
		relay->filesystem_output, relay->etcd_output, relay->hook_output,
		relay->held ? relay->held : -1};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] >= 0)
			fcntl(files[i], F_SETFD, closes ? FD_CLOEXEC : 0);
}
