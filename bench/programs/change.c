/*
 * Makes one change per line of stdin by netlink, and answers with the time just before it was
 * sent and the time when the kernel had done it: `up INDEX`, `down INDEX`, `add ADDRESS INDEX`,
 * `del ADDRESS INDEX` (a host route of the main table).
 */
#include "netlink.h"
#include <net/if.h>

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct {
	struct nlmsghdr header;
	char body[256];
} request;

static void begin(int type, int flags, const void *body, size_t length)
{
	memset(&request, 0, sizeof(request));
	request.header.nlmsg_type = type;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	request.header.nlmsg_len = NLMSG_LENGTH(length);
	memcpy(NLMSG_DATA(&request.header), body, length);
}

static void attribute(int type, const void *data, size_t length)
{
	struct rtattr *at = (struct rtattr *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
	at->rta_type = type;
	at->rta_len = RTA_LENGTH(length);
	memcpy(RTA_DATA(at), data, length);
	request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(at->rta_len);
}

static void link_message(int index, int up)
{
	struct ifinfomsg link = {.ifi_index = index, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};
	begin(RTM_NEWLINK, 0, &link, sizeof(link));
}

static void route_message(const char *destination, int index, int add)
{
	struct in_addr address;
	struct rtmsg route = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
	route.rtm_protocol = add ? RTPROT_BOOT : 0;
	route.rtm_scope = add ? RT_SCOPE_LINK : RT_SCOPE_NOWHERE;
	inet_pton(AF_INET, destination, &address);
	begin(add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &route, sizeof(route));
	attribute(RTA_DST, &address, sizeof(address));
	attribute(RTA_OIF, &index, sizeof(index));
}

int main(void)
{
	int sock = open_route_socket(0);
	char line[256], answer[4096];
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char word[16] = "", address[64] = "";
		int index = 0;
		if (sscanf(line, "%15s %d", word, &index) == 2 && (strcmp(word, "up") == 0 || strcmp(word, "down") == 0))
			link_message(index, strcmp(word, "up") == 0);
		else if (sscanf(line, "%15s %63s %d", word, address, &index) == 3)
			route_message(address, index, strcmp(word, "add") == 0);
		else
			return 1;
		long long before = now();
		if (send(sock, &request, request.header.nlmsg_len, 0) < 0) fail("send");
		if (recv(sock, answer, sizeof(answer), 0) < 0) fail("recv");
		long long after = now();
		printf("%lld %lld %d\n", before, after, -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error);
		fflush(stdout);
	}
	return 0;
}
