/*
 * The packet is struct fs_config as it is in memory, then its strings, each with a NUL and behind a
 * byte that says whether there is one, then the prefix. Sender and receiver are the same program,
 * even when its file was replaced meanwhile, so both have the same layout.
 */
#include "fs/api/config.h"

#include "fs/api/packet.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static const size_t texts[] = {
	offsetof(struct fs_config, mountpoint),
	offsetof(struct fs_config, source),
	offsetof(struct fs_config, member),
	offsetof(struct fs_config, etcd.endpoints),
	offsetof(struct fs_config, etcd.cacert),
	offsetof(struct fs_config, etcd.cert),
	offsetof(struct fs_config, etcd.key),
	offsetof(struct fs_config, etcd.user),
	offsetof(struct fs_config, etcd.password),
	offsetof(struct fs_config, etcd.password_file),
};

#define N_TEXTS (sizeof(texts) / sizeof(texts[0]))

_Static_assert(sizeof(struct etcd_config) == 10 * sizeof(void *),
	"a pointer that is new in etcd_config is to be sent as well, or to be NULL in the child");

static const char **text_of(struct fs_config *config, size_t i)
{
	return (const char **)((char *)config + texts[i]);
}

static int pack(struct buf *ret, const struct fs_config *config)
{
	struct fs_config copy = *config;
	int error = buf_append(ret, config, sizeof(*config));
	size_t i;

	for (i = 0; i < N_TEXTS && !error; i++) {
		const char *text = *text_of(&copy, i);

		error = buf_append_byte(ret, text != NULL);
		if (!error && text)
			error = buf_append(ret, text, strlen(text) + 1);
	}
	return error ? error : buf_append_bytes(ret, config->prefix);
}

/* Takes the next string off @left. *@ret: NULL if there is none in this place. 0 or -EBADMSG. */
static int unpack_text(struct bytes *left, const char **ret)
{
	bool is_there = left->len && left->data[0];
	const uint8_t *end = is_there ? memchr(left->data + 1, 0, left->len - 1) : left->data;
	size_t length = end ? (size_t)(end + 1 - left->data) : 0;

	if (!end || !left->len)
		return -EBADMSG;
	*ret = is_there ? (const char *)left->data + 1 : NULL;
	*left = (struct bytes){left->data + length, left->len - length};
	return 0;
}

static int unpack(struct bytes packet, struct fs_config *ret)
{
	struct bytes left = {packet.data + sizeof(*ret), packet.len - sizeof(*ret)};
	int error = 0;
	size_t i;

	memcpy(ret, packet.data, sizeof(*ret));
	for (i = 0; i < N_TEXTS && !error; i++)
		error = unpack_text(&left, text_of(ret, i));
	ret->etcd.on_connection = NULL;
	ret->etcd.on_refused = NULL;
	ret->etcd.arg = NULL;
	ret->prefix = left;
	if (!error && !fs_inheritance_is_sound(&ret->inherited))
		error = -EBADMSG;
	return error;
}

void fs_config_packet_free(struct buf *packet)
{
	if (packet->data)
		explicit_bzero(packet->data, packet->len);
	buf_fini(packet);
}

static const char held_mark = 'h';

/* It was sent before this process was started. */
static int receive_held(int socket, int *ret)
{
	char mark;

	return packet_receive(socket, &mark, sizeof(mark), MSG_DONTWAIT, ret) == 1 && *ret >= 0
		       ? 0
		       : -EPIPE;
}

int fs_config_send(int socket, const struct fs_config *config)
{
	struct buf packet = {0};
	int device =
		config->inherited.init.length || config->is_given ? config->inherited.device : -1;
	int error = pack(&packet, config);

	if (!error)
		error = packet_send(socket, packet.data, packet.len, device, 0);
	if (!error && config->held)
		error = packet_send(socket, &held_mark, sizeof(held_mark), config->held, 0);
	fs_config_packet_free(&packet);
	return error;
}

int fs_config_receive(int socket, struct buf *packet, struct fs_config *ret)
{
	ssize_t length = recv(socket, NULL, 0, MSG_PEEK | MSG_TRUNC);
	int error, device;

	if (length < (ssize_t)sizeof(*ret))
		return length < 0 ? -errno : -EPIPE;
	error = buf_resize(packet, length);
	if (error)
		return error;
	if (packet_receive(socket, packet->data, packet->len, 0, &device) != length)
		return -EPIPE;
	error = unpack(buf_bytes(packet), ret);
	ret->inherited.device = device;
	if (!error && ret->held)
		error = receive_held(socket, &ret->held);
	return error;
}
