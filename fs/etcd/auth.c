#include "fs/etcd/auth.h"

#include "fs/etcd/message.h"

#include <errno.h>
#include <string.h>

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* The token becomes part of a header line, so a token with a line break is refused. */
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

/* Wipes the request, which holds the password. */
static void auth_wipe(struct auth *auth)
{
	struct bytes *body = &auth->stream.body;

	if (body->data)
		explicit_bzero((uint8_t *)body->data, body->len);
	frame_free(body);
}

/* Takes over @password, also on failure. */
static int auth_set_password(struct auth *auth, char *password)
{
	Etcd__AuthenticateRequest request = ETCD__AUTHENTICATE_REQUEST__INIT;
	struct bytes body = {0};

	request.name = auth->user;
	request.password = password;
	if (message_frame(&request.base, &body) < 0) {
		forget(password);
		return -ENOMEM;
	}
	forget(auth->password);
	auth_wipe(auth);
	auth->password = password;
	auth->stream.body = body;
	return 0;
}

int auth_init(struct auth *auth, const struct etcd_config *config)
{
	char *password;

	*auth = (struct auth){0};
	if (!config->user)
		return 0;
	auth->stream.ops = &auth_ops;
	auth->stream.path = "/etcdserverpb.Auth/Authenticate";
	auth->user = strdup(config->user);
	auth->file = config->password_file ? strdup(config->password_file) : NULL;
	password = strdup(config->password);
	if (!auth->user || !password || (config->password_file && !auth->file)) {
		forget(password);
		return -ENOMEM;
	}
	return auth_set_password(auth, password);
}

void auth_fini(struct auth *auth)
{
	forget(STEAL(auth->token));
	forget(STEAL(auth->password));
	auth_wipe(auth);
	free(auth->user);
	free(auth->file);
}

bool auth_read_again(struct auth *auth, char ret_why[ETCD_WORDS_SIZE])
{
	char *password = NULL;
	int r;

	ret_why[0] = '\0';
	if (!auth->file)
		return false;
	r = etcd_read_password(auth->file, &password, ret_why);
	if (r == 0 && strcmp(password, auth->password) != 0)
		return auth_set_password(auth, password) == 0;
	forget(password);
	return false;
}

/* The error of a refusal. 0 if etcd's authentication is off: everybody may then do everything, so
 * the password is ignored, as etcdctl does. */
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
