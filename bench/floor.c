/* The floor: what a broadcast costs on this machine when nothing but the kernel is in the way.
 *
 * One thread, one epoll loop. It accepts WebSocket clients and writes each POST's body to all of them, as one prepared
 * frame and one send() a client. It speaks just enough of the protocol for the load program: the accept key is the one
 * for the load program's fixed key, what clients send is thrown away, and a client that cannot be written to at once
 * misses the frame.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FILES = 65536, EVENTS = 512, REQUEST_BYTES = 1 << 17, ACCEPTS_A_TURN = 64 };

static const char WELCOME[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char DONE[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

/* Members lie side by side, so that a broadcast is one walk over an array; `place` finds one that leaves. */
static int members[MAX_FILES], place[MAX_FILES], member_count;
static char request[REQUEST_BYTES];
static unsigned char frame[REQUEST_BYTES + 10];

static void join(int fd) {
    place[fd] = member_count;
    members[member_count++] = fd;
}

static void part(int fd) {
    int at = place[fd];
    if (at >= member_count || members[at] != fd) return;
    members[at] = members[--member_count];
    place[members[at]] = at;
}

static size_t write_head(size_t length) {
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = (unsigned char)length;
        return 2;
    }
    if (length < 65536) {
        frame[1] = 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        return 4;
    }
    frame[1] = 127;
    for (int i = 0; i < 8; i++) frame[2 + i] = (unsigned char)((uint64_t)length >> (8 * (7 - i)));
    return 10;
}

static void broadcast(const char *body, size_t length) {
    size_t head = write_head(length);
    memcpy(frame + head, body, length);
    for (int i = 0; i < member_count; i++) send(members[i], frame, head + length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void accept_some(int listener, int epoll) {
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (fd >= MAX_FILES) {
            close(fd);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

/* The load program writes a request in one piece; a larger one is waited for, as loopback delivers it at once. */
static bool read_post(int fd, size_t got) {
    char *end = memmem(request, got, "\r\n\r\n", 4);
    const char *field = end ? strcasestr(request, "\r\nContent-Length:") : NULL;
    if (!field) return false;
    size_t length = strtoul(field + 17, NULL, 10), head = (size_t)(end + 4 - request);
    if (head + length >= sizeof request) return false;
    while (got < head + length) {
        ssize_t more = recv(fd, request + got, head + length - got, MSG_WAITALL);
        if (more <= 0) continue;
        got += (size_t)more;
    }
    broadcast(request + head, length);
    return true;
}

static void leave(int fd) {
    part(fd);
    close(fd);
}

static void serve(int fd) {
    ssize_t got = recv(fd, request, sizeof request - 1, 0);
    if (got <= 0) {
        leave(fd);
        return;
    }
    request[got] = 0;
    if (!strncmp(request, "GET ", 4)) {
        send(fd, WELCOME, sizeof WELCOME - 1, MSG_NOSIGNAL);
        join(fd);
    } else if (!strncmp(request, "POST ", 5)) {
        if (read_post(fd, (size_t)got)) send(fd, DONE, sizeof DONE - 1, MSG_NOSIGNAL);
        leave(fd);
    }
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) {
        perror("listen");
        exit(1);
    }
    return listener;
}

static void allow_many_files(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int count, char **words) {
    if (count != 2) {
        fprintf(stderr, "floor PORT\n");
        return 2;
    }
    allow_many_files();
    int listener = listen_on(atoi(words[1])), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener) {
                accept_some(listener, epoll);
            } else {
                serve(events[i].data.fd);
            }
        }
    }
}
