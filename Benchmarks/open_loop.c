// An open-loop HTTP client: requests are due at a fixed rate, whether or not earlier ones are answered, as they come from
// many users. A latency counts from when a request was due, so a server that stalls cannot slow its clients down and look
// fast ("coordinated omission"; Gil Tene's wrk2 does the same).
//
// usage: open_loop PORT RATE SECONDS CONNECTIONS PATH BODY_FILE
// prints: requests/s, p50, p90, p99, p99.9 and the greatest latency in microseconds
//
// One thread with epoll. A request that is due waits for the next free connection if all are busy.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
    int socket;
    int64_t due;       // when the request in flight was due; 0 if none is
    size_t received;   // bytes of the answer so far
    size_t length;     // bytes of the whole answer; 0 while its head is incomplete
    char answer[1 << 16];
};

static char request[1 << 20];
static size_t request_length;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "open_loop: %s (%s)\n", what, strerror(errno));
    exit(1);
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int handle = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address)) fail("cannot connect");
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return handle;
}

static void begin(struct connection *connection, int64_t due) {
    connection->due = due;
    connection->received = connection->length = 0;
    if (send(connection->socket, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) fail("cannot send");
}

// Takes what has come; returns whether the answer is whole.
static int receive(struct connection *connection) {
    ssize_t count = recv(connection->socket, connection->answer + connection->received,
                         sizeof connection->answer - 1 - connection->received, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count <= 0) fail("the server closed a connection");
    connection->received += count;
    connection->answer[connection->received] = 0;
    if (connection->length == 0) {
        char *end = strstr(connection->answer, "\r\n\r\n");
        if (!end) return 0;
        char *length = strcasestr(connection->answer, "\r\nContent-Length:");
        if (strncmp(connection->answer, "HTTP/1.1 200", 12) || !length) fail("an answer is not 200");
        connection->length = end + 4 - connection->answer + strtoul(length + 17, 0, 10);
        if (connection->length >= sizeof connection->answer) fail("an answer is too long");
    }
    return connection->received >= connection->length;
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count != 7) {
        fprintf(stderr, "usage: open_loop PORT RATE SECONDS CONNECTIONS PATH BODY_FILE\n");
        return 2;
    }
    int port = atoi(arguments[1]), connections = atoi(arguments[4]);
    double rate = atof(arguments[2]);
    int64_t total = rate * atof(arguments[3]);
    static char body[1 << 19];
    FILE *file = fopen(arguments[6], "r");
    if (!file) fail("cannot open the body");
    size_t body_length = fread(body, 1, sizeof body - 1, file);
    fclose(file);
    request_length = snprintf(request, sizeof request,
                              "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                              arguments[5], body_length, body);

    // Timers are else rounded up to 50 microseconds later.
    prctl(PR_SET_TIMERSLACK, 1);
    int events = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all), **idle = calloc(connections, sizeof *idle);
    int64_t *latencies = malloc(total * sizeof *latencies);
    if (!all || !idle || !latencies) fail("no memory");
    int free_count = 0;
    for (int i = 0; i < connections; i++) {
        all[i].socket = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(events, EPOLL_CTL_ADD, all[i].socket, &event)) fail("cannot wait for a connection");
        idle[free_count++] = &all[i];
    }
    int64_t start = now() + 10000000, sent = 0, answered = 0;
    while (answered < total) {
        int64_t time = now(), due = start + (int64_t)(sent * 1e9 / rate);
        while (sent < total && free_count > 0 && due <= time) {
            begin(idle[--free_count], due);
            due = start + (int64_t)(++sent * 1e9 / rate);
        }
        int64_t wait = sent < total && free_count > 0 ? due - now() : 1000000000;
        if (wait < 0) wait = 0;
        struct timespec timeout = {wait / 1000000000, wait % 1000000000};
        struct epoll_event ready[64];
        int number = epoll_pwait2(events, ready, 64, &timeout, 0);
        if (number < 0 && errno != EINTR) fail("cannot wait");
        for (int i = 0; i < number; i++) {
            struct connection *connection = ready[i].data.ptr;
            if (!connection->due || !receive(connection)) continue;
            latencies[answered++] = now() - connection->due;
            connection->due = 0;
            idle[free_count++] = connection;
        }
    }
    double seconds = (now() - start) / 1e9;
    qsort(latencies, total, sizeof *latencies, ascending);
    double shares[] = {0.5, 0.9, 0.99, 0.999};
    printf("%.0f", total / seconds);
    for (int i = 0; i < 4; i++) printf(" %.1f", latencies[(int64_t)(shares[i] * (total - 1))] / 1e3);
    printf(" %.1f\n", latencies[total - 1] / 1e3);
    return 0;
}
