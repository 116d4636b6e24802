#include "fs/etcd/auth.h"

#include "fs/etcd/client.h"
#include "fs/etcd/rpc.pb-c.h"

#include <errno.h>
#include <string.h>

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* A token is a header line: nothing in it may end one. */
static int auth_message(struct stream *stream, struct bytes message)
{
	struct auth *auth = CONTAINER(stream, struct auth, stream);
	Etcd__AuthenticateResponse *response =
		etcd__authenticate_response__unpack(NULL, message.len, message.data);

	if (!response)
		return -EIO;
	forget(STEAL(auth->token));
	if (response->token[0] && !strpbrk(response->token, "\r\n"))
		auth->token = strdup(response->token);
	etcd__authenticate_response__free_unpacked(response, NULL);
	return auth->token ? 0 : -EIO;
}

static const struct stream_ops auth_ops = {.message = auth_message};

int auth_init(struct auth *auth, const struct etcd_config *config)
{
	Etcd__AuthenticateRequest request = ETCD__AUTHENTICATE_REQUEST__INIT;
	size_t len;

	*auth = (struct auth){0};
	if (!config->user)
		return 0;
	request.name = (char *)(uintptr_t)config->user;
	request.password = (char *)(uintptr_t)config->password;
	len = etcd__authenticate_request__get_packed_size(&request);
	auth->body = malloc(FRAME_HEADER_SIZE + len);
	if (!auth->body)
		return -ENOMEM;
	frame_header_write(auth->body, (uint32_t)len);
	etcd__authenticate_request__pack(&request, auth->body + FRAME_HEADER_SIZE);
	auth->stream.ops = &auth_ops;
	auth->stream.path = "/etcdserverpb.Auth/Authenticate";
	auth->stream.body = (struct bytes){auth->body, FRAME_HEADER_SIZE + len};
	return 0;
}

void auth_fini(struct auth *auth)
{
	forget(STEAL(auth->token));
	if (auth->body)
		explicit_bzero(auth->body, auth->stream.body.len);
	free(auth->body);
}

/* Where authentication is not enabled everybody may do everything, as for etcdctl. */
static int auth_refusal(const struct stream_end *end)
{
	if (end->error)
		return -EAGAIN;
	if (strstr(end->message, "authentication is not enabled"))
		return 0;
	return end->code == GRPC_INVALID_ARGUMENT || end->code == GRPC_PERMISSION_DENIED ||
			       end->code == GRPC_UNAUTHENTICATED
		       ? -EACCES
		       : -EAGAIN;
}

int auth_result(struct auth *auth, const struct stream_end *end, struct headers **ret_headers)
{
	bool is_done = !end->error && end->code == GRPC_OK && auth->token;
	struct headers *headers;
	int r = is_done ? 0 : auth_refusal(end);

	if (r < 0) {
		forget(STEAL(auth->token));
		return r;
	}
	headers = headers_new(is_done ? auth->token : NULL);
	forget(STEAL(auth->token));
	if (!headers)
		return -ENOMEM;
	*ret_headers = headers;
	return 0;
}
