/*
 * A transfer is in the list of its multi handle from curl_multi_add_handle() until it is removed:
 * under way, or ended and not fetched.
 */
#define CURL_DISABLE_TYPECHECK
#include "tests/fuzz/fake_curl.h"

#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <string.h>
#include <sys/queue.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct easy {
	TAILQ_ENTRY(easy) link;
	bool is_listed, has_begun, has_ended;
	CURLMsg message;
	long http_status;
	char *url;
	void *private, *write_arg, *header_arg, *read_arg, *begin_arg;
	curl_write_callback write, header;
	curl_read_callback read;
	curl_prereq_callback begin;
	const char *fields;
};

static TAILQ_HEAD(, easy) list = TAILQ_HEAD_INITIALIZER(list);
static int multi;	/* its address is the multi handle */
static bool is_calling; /* what curl calls may not remove a handle */

/* --- The server --------------------------------------------------------------------------- */

static struct easy *easy_at(size_t n)
{
	struct easy *easy;

	TAILQ_FOREACH (easy, &list, link)
		if (!easy->has_ended && !n--)
			break;
	return easy;
}

size_t fake_curl_count(void)
{
	size_t n = 0;

	while (easy_at(n))
		n++;
	return n;
}

bool fake_curl_is_idle(void)
{
	return fake_curl_count() == 0 && TAILQ_EMPTY(&list);
}

const char *fake_curl_url(size_t n)
{
	const struct easy *easy = easy_at(n);

	return easy ? easy->url : "";
}

static void easy_end(struct easy *easy, CURLcode result, long http_status)
{
	easy->has_ended = true;
	easy->http_status = http_status;
	easy->message = (CURLMsg){.msg = CURLMSG_DONE, .easy_handle = easy, .data.result = result};
}

/* Asks for the body until there is no more. False: it was given up. */
static bool body_read(struct easy *easy)
{
	char piece[16384];
	size_t n = easy->fields ? 0 : 1;

	while (n && n != CURL_READFUNC_PAUSE && n != CURL_READFUNC_ABORT)
		n = easy->read(piece, 1, sizeof(piece), easy->read_arg);
	return n != CURL_READFUNC_ABORT;
}

static struct easy *easy_begin(size_t n)
{
	struct easy *easy = easy_at(n);

	if (!easy || easy->has_begun)
		return easy;
	easy->has_begun = true;
	if (easy->begin(easy->begin_arg, NULL, NULL, 0, 0) == CURL_PREREQFUNC_OK && body_read(easy))
		return easy;
	easy_end(easy, CURLE_ABORTED_BY_CALLBACK, 0);
	return NULL;
}

void fake_curl_begin(size_t n)
{
	easy_begin(n);
}

/* As curl does it, the bytes may be changed by who gets them, and nothing follows them. */
static void easy_give(struct easy *easy, curl_write_callback give, void *arg, struct bytes bytes)
{
	char *copy = (char *)fuzz_copy(bytes);

	is_calling = true;
	if (give(copy, 1, bytes.len, arg) != bytes.len)
		easy_end(easy, CURLE_WRITE_ERROR, 200);
	is_calling = false;
	free(copy);
}

void fake_curl_header(size_t n, struct bytes line)
{
	struct easy *easy = easy_begin(n);

	if (easy)
		easy_give(easy, easy->header, easy->header_arg, line);
}

void fake_curl_body(size_t n, struct bytes piece)
{
	struct easy *easy = easy_begin(n);

	if (easy && piece.len)
		easy_give(easy, easy->write, easy->write_arg, piece);
}

void fake_curl_end(size_t n, CURLcode result, long http_status)
{
	struct easy *easy = easy_begin(n);

	if (easy)
		easy_end(easy, result, http_status);
}

/* --- Easy handles ------------------------------------------------------------------------- */

CURL *curl_easy_init(void)
{
	return calloc(1, sizeof(struct easy));
}

void curl_easy_cleanup(CURL *curl)
{
	struct easy *easy = curl;

	fuzz_check(!easy->is_listed);
	free(easy->url);
	free(easy);
}

static void easy_set_url(struct easy *easy, const char *url)
{
	free(easy->url);
	easy->url = strdup(url);
	fuzz_check(easy->url);
}

CURLcode curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
	struct easy *easy = curl;
	va_list args;

	va_start(args, option);
	switch ((int)option) {
	case CURLOPT_PRIVATE:
		easy->private = va_arg(args, void *);
		break;
	case CURLOPT_WRITEFUNCTION:
		easy->write = va_arg(args, curl_write_callback);
		break;
	case CURLOPT_WRITEDATA:
		easy->write_arg = va_arg(args, void *);
		break;
	case CURLOPT_HEADERFUNCTION:
		easy->header = va_arg(args, curl_write_callback);
		break;
	case CURLOPT_HEADERDATA:
		easy->header_arg = va_arg(args, void *);
		break;
	case CURLOPT_READFUNCTION:
		easy->read = va_arg(args, curl_read_callback);
		break;
	case CURLOPT_READDATA:
		easy->read_arg = va_arg(args, void *);
		break;
	case CURLOPT_PREREQFUNCTION:
		easy->begin = va_arg(args, curl_prereq_callback);
		break;
	case CURLOPT_PREREQDATA:
		easy->begin_arg = va_arg(args, void *);
		break;
	case CURLOPT_POSTFIELDS:
		easy->fields = va_arg(args, const char *);
		break;
	case CURLOPT_URL:
		easy_set_url(easy, va_arg(args, const char *));
		break;
	}
	va_end(args);
	return CURLE_OK;
}

CURLcode curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
	struct easy *easy = curl;
	va_list args;

	va_start(args, info);
	if (info == CURLINFO_PRIVATE)
		*va_arg(args, void **) = easy->private;
	else if (info == CURLINFO_RESPONSE_CODE)
		*va_arg(args, long *) = easy->http_status;
	va_end(args);
	return CURLE_OK;
}

CURLcode curl_easy_pause(CURL *curl, int bitmask)
{
	(void)curl, (void)bitmask;
	return CURLE_OK;
}

/* --- Multi handles ------------------------------------------------------------------------ */

CURLM *curl_multi_init(void)
{
	return (CURLM *)&multi;
}

CURLMcode curl_multi_cleanup(CURLM *curl)
{
	(void)curl;
	fuzz_check(TAILQ_EMPTY(&list));
	return CURLM_OK;
}

CURLMcode curl_multi_setopt(CURLM *curl, CURLMoption option, ...)
{
	(void)curl, (void)option;
	return CURLM_OK;
}

CURLMcode curl_multi_add_handle(CURLM *curl, CURL *handle)
{
	struct easy *easy = handle;

	(void)curl;
	fuzz_check(!easy->is_listed);
	easy->is_listed = true;
	easy->has_begun = easy->has_ended = false;
	TAILQ_INSERT_TAIL(&list, easy, link);
	return CURLM_OK;
}

CURLMcode curl_multi_remove_handle(CURLM *curl, CURL *handle)
{
	struct easy *easy = handle;

	(void)curl;
	fuzz_check(!is_calling);
	if (easy->is_listed)
		TAILQ_REMOVE(&list, easy, link);
	easy->is_listed = false;
	return CURLM_OK;
}

CURLMsg *curl_multi_info_read(CURLM *curl, int *ret_left)
{
	struct easy *easy;

	(void)curl;
	*ret_left = 0;
	TAILQ_FOREACH (easy, &list, link)
		if (easy->has_ended)
			return &easy->message;
	return NULL;
}

CURLMcode curl_multi_socket_action(CURLM *curl, curl_socket_t fd, int events, int *ret_running)
{
	(void)curl, (void)fd, (void)events;
	*ret_running = (int)fake_curl_count();
	return CURLM_OK;
}

CURLMcode curl_multi_timeout(CURLM *curl, long *ret_ms)
{
	(void)curl;
	*ret_ms = -1;
	return CURLM_OK;
}
