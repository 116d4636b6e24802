/* A fake etcd and a client of it, made for each test. */
#pragma once

#include "tests/lib/client.h"
#include "tests/lib/fake_etcd.h"

#define DATA(...)                                                                                  \
	{                                                                                          \
		(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})             \
	}
#define EMPTY DATA(0, 0, 0, 0, 0) /* an empty message: a good answer to anything */

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

struct fixture {
	char dir[64];
	char endpoint[128];
	struct fake_etcd *fake;
	struct client client;
};

/* For cmocka; *@state is the fixture. */
int fixture_setup(void **state);
int fixture_setup_streams(void **state); /* the server allows ten streams at a time */
int fixture_teardown(void **state);
