/*
 * The floor: what any monitor does at least between an event and its runtime, and nothing else. It
 * subscribes to links, addresses and routes, dumps what an event is about, writes a small file and starts the runtime:
 * `floor -r RUNTIME -s SANDBOX`. No rules, no comparison, no state.
 */
#include "netlink.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

static char buffer[1 << 16];
static unsigned int sequence;
static const char *runtime, *sandbox;
static char file[4096];

static void dump(int sock, int type, const void *body, size_t length)
{
	struct {
		struct nlmsghdr header;
		char body[64];
	} request = {.header = {.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = ++sequence}};
	request.header.nlmsg_len = NLMSG_LENGTH(length);
	memcpy(request.body, body, length);
	if (send(sock, &request, request.header.nlmsg_len, 0) < 0) fail("send");
	for (;;) {
		ssize_t got = recv(sock, buffer, sizeof(buffer), 0);
		int left = got;
		if (got < 0) fail("recv");
		for (struct nlmsghdr *at = (struct nlmsghdr *)buffer; NLMSG_OK(at, left); at = NLMSG_NEXT(at, left))
			if (at->nlmsg_type == NLMSG_DONE || at->nlmsg_type == NLMSG_ERROR) return;
	}
}

static void call(const char *operation)
{
	extern char **environ;
	char *args[] = {(char *)runtime, "kata-network", (char *)operation, (char *)sandbox, file, NULL};
	pid_t child;
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	if (fd < 0 || write(fd, "[]", 2) != 2) fail(file);
	close(fd);
	if (posix_spawn(&child, runtime, NULL, NULL, args, environ) != 0) fail(runtime);
	waitpid(child, NULL, 0);
	unlink(file);
}

int main(int argc, char **argv)
{
	int option;
	while ((option = getopt(argc, argv, "r:s:")) != -1) {
		if (option == 'r') runtime = optarg;
		if (option == 's') sandbox = optarg;
	}
	if (runtime == NULL || sandbox == NULL) return 1;
	snprintf(file, sizeof(file), "%s/floor-%s.json", getenv("NETMON_STATE_DIR") ?: "/tmp", sandbox);
	int events = open_route_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE);
	int queries = open_route_socket(0);
	for (;;) {
		int links = 0, routes = 0;
		for (int flags = 0;; flags = MSG_DONTWAIT) {
			ssize_t got = recv(events, buffer, sizeof(buffer), flags);
			int left = got;
			if (got < 0) break;
			for (struct nlmsghdr *at = (struct nlmsghdr *)buffer; NLMSG_OK(at, left); at = NLMSG_NEXT(at, left)) {
				struct rtmsg *route = NLMSG_DATA(at);
				int about_routes = at->nlmsg_type == RTM_NEWROUTE || at->nlmsg_type == RTM_DELROUTE;
				if (!about_routes) links = 1;
				else if (route->rtm_table == RT_TABLE_MAIN) routes = 1;
			}
		}
		if (links) {
			struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
			struct ifaddrmsg address = {.ifa_family = AF_INET};
			dump(queries, RTM_GETLINK, &link, sizeof(link));
			dump(queries, RTM_GETADDR, &address, sizeof(address));
			call("add-iface");
		}
		if (routes) {
			struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN};
			dump(queries, RTM_GETROUTE, &route, sizeof(route));
			call("update-routes");
		}
	}
}
