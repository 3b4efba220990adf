/*
 * The runtime of the measurements: its first instruction reads the clock, then it writes a line
 * `BEGAN_NS ENDED_NS OPERATION COUNT NAME` into the FIFO `calls` beside it. Named runtime-MS it reads its payload
 * (COUNT: routes in it; NAME: the interface) and takes MS milliseconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int count(const char *text, const char *word)
{
	int found = 0;
	for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word)) found++;
	return found;
}

/* Reads the payload; returns how many routes are in it, and the interface's name. */
static int read_payload(const char *path, char *name)
{
	int file = open(path, O_RDONLY), routes;
	size_t length = 0, size = 1 << 20;
	char *text = malloc(size + 1), *found;
	if (file < 0 || text == NULL) return -1;
	for (;;) {
		ssize_t got = read(file, text + length, size - length);
		if (got <= 0) break;
		length += got;
		if (length == size) text = realloc(text, (size *= 2) + 1);
	}
	text[length] = 0;
	routes = count(text, "\"Dest\"");
	found = strstr(text, "\"Name\":\"");
	if (found != NULL) sscanf(found + 8, "%31[^\"]", name);
	close(file);
	return routes;
}

int main(int argc, char **argv)
{
	struct timespec began, ended;
	char path[4096], line[256], name[32] = "-", *slash, *dash;
	int routes = -1, delay = 0, fifo, length;
	ssize_t got;
	clock_gettime(CLOCK_MONOTONIC, &began);
	got = readlink("/proc/self/exe", path, sizeof(path) - 8);
	if (argc < 5 || got < 0) return 2;
	path[got] = 0;
	slash = strrchr(path, '/');
	dash = strchr(slash, '-');
	if (dash != NULL) {
		delay = atoi(dash + 1);
		routes = read_payload(argv[4], name);
		usleep(delay * 1000);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	strcpy(slash, "/calls");
	fifo = open(path, O_WRONLY);
	length = snprintf(line, sizeof(line), "%lld %lld %s %d %s\n", nanoseconds(began), nanoseconds(ended), argv[2], routes, name);
	return fifo >= 0 && write(fifo, line, length) == length ? 0 : 2;
}
