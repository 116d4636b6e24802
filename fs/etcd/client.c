#include "fs/etcd/client.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <pthread.h>

enum {
	EVENTS_MAX = 8,
	ROUNDS_MAX = 64, /* after these etcd_dispatch() returns, so that the caller's other work has
			  * its turn */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_once_result;

static void curl_init(void)
{
	curl_once_result = curl_global_init(CURL_GLOBAL_ALL);
}

int etcd_new(const struct etcd_config *config, struct etcd **ret)
{
	struct etcd *etcd;
	int r;

	pthread_once(&curl_once, curl_init);
	if (curl_once_result != CURLE_OK)
		return -ENOMEM;
	etcd = calloc(1, sizeof(*etcd));
	if (!etcd)
		return -ENOMEM;
	r = poller_init(&etcd->poller);
	if (r < 0)
		goto free_etcd;
	r = channel_init(&etcd->channel, config, &etcd->poller);
	if (r < 0)
		goto fini_poller;
	mailbox_init(&etcd->mailbox);
	poller_wake(&etcd->poller); /* the first dispatch connects */
	*ret = etcd;
	return 0;

fini_poller:
	poller_fini(&etcd->poller);
free_etcd:
	free(etcd);
	return r;
}

void etcd_free(struct etcd *etcd)
{
	struct request *request;

	if (!etcd)
		return;
	mailbox_close(&etcd->mailbox);
	while ((request = mailbox_any(&etcd->mailbox)))
		request->ops->cancel(request);
	channel_fini(&etcd->channel);
	mailbox_fini(&etcd->mailbox);
	poller_fini(&etcd->poller);
	free(etcd);
}

int etcd_fd(const struct etcd *etcd)
{
	return etcd->poller.epoll_fd;
}

uint64_t etcd_connection(const struct etcd *etcd)
{
	return etcd->channel.n_connections;
}

static bool dispatch_mail(struct etcd *etcd)
{
	struct request *request;
	bool is_cancel, any = false;

	while ((request = mailbox_next(&etcd->mailbox, &is_cancel))) {
		if (is_cancel)
			request->ops->cancel(request);
		else
			request->ops->start(request);
		any = true;
	}
	return any;
}

static bool dispatch_round(struct etcd *etcd)
{
	int64_t now_ms = clock_now_ms();
	bool any = dispatch_mail(etcd);

	any |= channel_run(&etcd->channel, now_ms);
	any |= timers_run(&etcd->timers, now_ms);
	return any;
}

void etcd_dispatch(struct etcd *etcd)
{
	struct epoll_event events[EVENTS_MAX];
	unsigned n = poller_poll(&etcd->poller, events, EVENTS_MAX), rounds = 0;
	int64_t due_ms;

	for (unsigned i = 0; i < n; i++)
		channel_socket(&etcd->channel, events[i].data.fd, events[i].events);
	while (dispatch_round(etcd)) {
		if (++rounds == ROUNDS_MAX || etcd->yields) {
			etcd->yields = false;
			poller_wake(&etcd->poller);
			break;
		}
	}
	due_ms = channel_due_ms(&etcd->channel);
	if (timers_due_ms(&etcd->timers) < due_ms)
		due_ms = timers_due_ms(&etcd->timers);
	poller_arm(&etcd->poller, due_ms);
}

void etcd_attend(struct etcd *etcd)
{
	mailbox_attend(&etcd->mailbox);
}

void etcd_dispatch_requests(struct etcd *etcd)
{
	if (mailbox_has_mail(&etcd->mailbox))
		etcd_dispatch(etcd);
}

int client_post(struct etcd *etcd, struct request *request, uint64_t *ret_id)
{
	bool wake = false;
	int r = mailbox_post(&etcd->mailbox, request, ret_id, &wake);

	if (wake)
		poller_wake(&etcd->poller);
	return r;
}

void etcd_cancel(struct etcd *etcd, uint64_t id)
{
	if (mailbox_cancel(&etcd->mailbox, id))
		poller_wake(&etcd->poller);
}
