/*
 * A mount has nodes of four kinds: keys, ".role", ".etcd" with the names below it, and the keys of
 * older revisions. Only this file decides the kind of a request; the operations of each kind are in
 * its table.
 *
 * The notifier (touch_queue.h) is no kind of node but a caller: its requests for keys have a table
 * of their own, and so have the requests of anybody for the file that it has open.
 */
#include "fs/control/role_file.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <string.h>

enum ops_kind ops_kind(uint64_t id)
{
	if (id >= CTLDIR_FIRST_ID)
		return OPS_CTLDIR;
	if (ids_is_past(id))
		return OPS_PAST;
	return id == ROLE_FILE_ID ? OPS_ROLE : OPS_KEY;
}

enum ops_kind ops_kind_of_name(uint64_t dir, const char *name)
{
	if (ids_is_past(dir))
		return OPS_PAST; /* that has no ".etcd" */
	if (ctldir_has(dir, name))
		return OPS_CTLDIR;
	return dir == ROOT_ID && strcmp(name, ROLE_FILE_NAME) == 0 ? OPS_ROLE : ops_kind(dir);
}

int ops_change_error(fuse_req_t req, enum ops_kind kind)
{
	if (kind == OPS_PAST || supervisor_link_is_read_only(&ops_fs(req)->supervisor))
		return EROFS;
	return kind == OPS_KEY ? 0 : EPERM;
}

bool ops_refuse_change(fuse_req_t req, uint64_t dir, const char *name)
{
	int error = ops_change_error(req, name ? ops_kind_of_name(dir, name) : ops_kind(dir));

	if (error)
		fuse_reply_err(req, error);
	return error;
}
