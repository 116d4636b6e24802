#include "tests/lib/real_etcd.h"

#include "tests/lib/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* One that is free now; the kernel does not hand it out again soon. */
static int free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

void real_etcd_init(struct real_etcd *real)
{
	*real = (struct real_etcd){.port = free_port()};
	client_mkdir(real->dir);
	snprintf(real->socket_path, sizeof(real->socket_path), "%s/c:1", real->dir);
	snprintf(real->unix_endpoint, sizeof(real->unix_endpoint), "unix://%s", real->socket_path);
	snprintf(real->tcp_endpoint, sizeof(real->tcp_endpoint), "http://127.0.0.1:%d", real->port);
	real_etcd_start(real);
}

void real_etcd_fini(struct real_etcd *real)
{
	real_etcd_kill(real);
	client_rmdir(real->dir);
}

static void child_exec(const char *dir, char *urls, pid_t parent)
{
	char *const argv[] = {(char[]){"etcd"}, (char[]){"--name=n"}, (char[]){"--data-dir=data"},
		(char[]){"--logger=zap"}, urls, (char[]){"--advertise-client-urls=unix://c:1"},
		(char[]){"--listen-peer-urls=unix://p:2"},
		(char[]){"--initial-advertise-peer-urls=unix://p:2"},
		(char[]){"--initial-cluster=n=unix://p:2"}, NULL};
	int log;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || chdir(dir) < 0)
		_exit(127);
	log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	unlink("c:1");
	unlink("p:2");
	execvp(argv[0], argv);
	_exit(127);
}

void real_etcd_start(struct real_etcd *real)
{
	pid_t parent = getpid();
	char urls[128];

	snprintf(urls, sizeof(urls), "--listen-client-urls=unix://c:1,%s", real->tcp_endpoint);
	real->pid = fork();
	assert_true(real->pid >= 0);
	if (real->pid == 0)
		child_exec(real->dir, urls, parent);
}

void real_etcd_kill(struct real_etcd *real)
{
	if (!real->pid)
		return;
	kill(real->pid, SIGKILL);
	waitpid(real->pid, NULL, 0);
	real->pid = 0;
}

void real_etcd_pause(const struct real_etcd *real, bool pause)
{
	assert_int_equal(kill(real->pid, pause ? SIGSTOP : SIGCONT), 0);
}

static size_t keep(char *data, size_t size, size_t count, void *arg)
{
	return buf_append(arg, data, size * count) < 0 ? 0 : size * count;
}

/* etcd's JSON gateway. */
static void gateway(
	const struct real_etcd *real, const char *url, const char *body, struct buf *ret)
{
	CURL *curl = curl_easy_init();
	long code = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, real->socket_path);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	assert_int_equal(code, 200);
	assert_int_equal(buf_append_byte(ret, 0), 0);
	curl_easy_cleanup(curl);
}

void real_etcd_compact(const struct real_etcd *real, long revision)
{
	CLEANUP(buf) struct buf answer = {0};
	char body[64];

	snprintf(body, sizeof(body), "{\"revision\":\"%ld\"}", revision);
	gateway(real, "http://localhost/v3/kv/compaction", body, &answer);
}

long real_etcd_put(const struct real_etcd *real)
{
	static const char name[] = "\"revision\":\"";
	CLEANUP(buf) struct buf answer = {0};
	const char *revision;

	gateway(real, "http://localhost/v3/kv/put", "{\"key\":\"eA==\",\"value\":\"eA==\"}",
		&answer);
	revision = strstr((const char *)answer.data, name);
	assert_non_null(revision);
	return strtol(revision + strlen(name), NULL, 10);
}
