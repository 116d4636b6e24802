#include "fs/etcd/grpc_status.h"

#include "fs/etcd/etcd.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void grpc_status_fini(struct grpc_status *status)
{
	buf_fini(&status->message);
	status->code = GRPC_NONE;
}

void grpc_status_clear(struct grpc_status *status)
{
	buf_clear(&status->message);
	status->code = GRPC_NONE;
}

const char *grpc_status_message(const struct grpc_status *status)
{
	return status->message.len ? (const char *)status->message.data : "";
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum grpc_code parse_code(const char *text, size_t len)
{
	int code = 0;

	if (len == 0 || len > 2)
		return GRPC_UNKNOWN;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return GRPC_UNKNOWN;
		code = code * 10 + text[i] - '0';
	}
	return code < GRPC_CODES_ ? (enum grpc_code)code : GRPC_UNKNOWN;
}

/* Percent-decoding. Malformed escapes stay as they are, and a NUL becomes a blank, so that it does
 * not end the text. */
static int decode_message(struct buf *buf, const char *text, size_t len)
{
	int r;

	buf_clear(buf);
	r = buf_reserve(buf, len + 1);
	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
		uint8_t byte = (uint8_t)text[i];

		if (low >= 0) {
			byte = (uint8_t)(high << 4 | low);
			i += 2;
		}
		buf->data[buf->len++] = byte ? byte : ' ';
	}
	buf->data[buf->len++] = '\0';
	return 0;
}

static bool line_value(const char *name, const char **line, size_t *len)
{
	size_t name_len = strlen(name);
	const char *at = *line, *end = *line + *len;

	if (*len < name_len || strncasecmp(at, name, name_len) != 0)
		return false;
	at += name_len;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
		end--;
	*line = at;
	*len = (size_t)(end - at);
	return true;
}

int grpc_status_take(struct grpc_status *status, const char *line, size_t len)
{
	if (line_value("grpc-status:", &line, &len)) {
		status->code = parse_code(line, len);
		return 0;
	}
	if (line_value("grpc-message:", &line, &len))
		return decode_message(&status->message, line, len);
	return 0;
}

static int exhausted_error(const char *message)
{
	if (strstr(message, "database space exceeded"))
		return -ENOSPC;
	if (strstr(message, "larger than max"))
		return -EFBIG;
	return -EAGAIN;
}

static int invalid_error(const char *message)
{
	if (strstr(message, "request is too large"))
		return -EFBIG;
	if (strstr(message, "too many operations"))
		return -EXDEV;
	if (strstr(message, "user name is empty"))
		return -EACCES;
	if (strstr(message, "revision of auth store is old"))
		return -EAGAIN;
	if (strstr(message, "lease already exists"))
		return -EEXIST;
	return -EINVAL;
}

/* Snapshot, Defragment and Alarm say with UNKNOWN, and with "auth:" in the place of "etcdserver:",
 * what other methods have a status of their own for. Nothing was done then. */
static bool is_refused(const char *message)
{
	return strcmp(message, "auth: permission denied") == 0 ||
	       strcmp(message, "auth: user name is empty") == 0 ||
	       strcmp(message, "auth: invalid auth token") == 0;
}

bool grpc_status_is_stale(enum grpc_code code, const char *message)
{
	if (code == GRPC_INVALID_ARGUMENT)
		return strstr(message, "user name is empty") ||
		       strstr(message, "revision of auth store is old");
	if (code == GRPC_UNKNOWN)
		return is_refused(message) && !strstr(message, "permission denied");
	return code == GRPC_UNAUTHENTICATED;
}

int grpc_status_error(enum grpc_code code, const char *message, bool is_change)
{
	switch (code) {
	case GRPC_OK:
		return 0;
	case GRPC_INVALID_ARGUMENT:
	case GRPC_FAILED_PRECONDITION:
		return invalid_error(message);
	case GRPC_NOT_FOUND:
		return strstr(message, "requested lease not found") ? ETCD_E_NO_LEASE : -ENOENT;
	case GRPC_ALREADY_EXISTS:
		return -EEXIST;
	case GRPC_PERMISSION_DENIED:
	case GRPC_UNAUTHENTICATED:
		return -EACCES;
	case GRPC_RESOURCE_EXHAUSTED:
		return exhausted_error(message);
	case GRPC_OUT_OF_RANGE:
		return strstr(message, "compacted") ? ETCD_E_COMPACTED : -EINVAL;
	case GRPC_UNIMPLEMENTED:
		return -EOPNOTSUPP;
	case GRPC_NONE:
	case GRPC_INTERNAL:
	case GRPC_DATA_LOSS:
		return is_change ? ETCD_E_UNKNOWN : -EIO;
	case GRPC_UNKNOWN:
		if (is_refused(message))
			return -EACCES;
		break;
	case GRPC_CANCELED:
	case GRPC_DEADLINE_EXCEEDED:
	case GRPC_ABORTED:
	case GRPC_UNAVAILABLE:
	case GRPC_CODES_:
		break;
	}
	return is_change ? ETCD_E_UNKNOWN : -ETIMEDOUT;
}

bool grpc_status_is_retried(enum grpc_code code)
{
	return code == GRPC_UNAVAILABLE;
}
