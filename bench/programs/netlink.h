/* What floor.c and change.c have in common. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int open_route_socket(unsigned int groups)
{
	int one = 1, buffer = 32 << 20;
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (sock < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0) fail("netlink");
	if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	/* The kernel then filters a dump by its header: only the main table. */
	setsockopt(sock, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return sock;
}
