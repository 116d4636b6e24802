#include "tests/lib/fixture.h"

#include <stdio.h>
#include <string.h>

static int setup(void **state, unsigned max_streams)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	client_mkdir(fixture->dir);
	snprintf(fixture->endpoint, sizeof(fixture->endpoint), "unix://%s/s", fixture->dir);
	fixture->fake = fake_etcd_new(fixture->endpoint + strlen("unix://"), max_streams);
	client_open(&fixture->client, fixture->endpoint);
	*state = fixture;
	return 0;
}

int fixture_setup(void **state)
{
	return setup(state, 0);
}

int fixture_setup_streams(void **state)
{
	return setup(state, 10);
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	client_close(&fixture->client);
	fake_etcd_free(fixture->fake);
	client_rmdir(fixture->dir);
	free(fixture);
	return 0;
}
