/* A packet on the control socket, with a descriptor if one is handed over. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Sends @data as one packet, and with it @fd, which stays the caller's; -1: none. @flags as in
 * send(2). 0 or -errno. */
int packet_send(int socket, const void *data, size_t length, int fd, int flags);

/* As recv(2). *ret_fd is then the caller's; -1: none has come. */
ssize_t packet_receive(int socket, void *data, size_t size, int flags, int *ret_fd);
