#define _GNU_SOURCE
#include "calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_BYTES = 16384 };

/* ---- files of calls ---- */

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) abort();
    text[size] = 0;
    fclose(file);
    return text;
}

static Lines read_lines(const char *path, bool labelled) {
    Lines lines = {NULL, 0};
    char *text = read_file(path);
    for (char *line; (line = strsep(&text, "\n"));) {
        if (!*line) continue;
        if (lines.count % 1024 == 0)
            lines.list = realloc(lines.list, (size_t)(lines.count + 1024) * sizeof *lines.list);
        if (!lines.list) abort();
        Line one = {.label = "post", .method = "POST"};
        if (labelled) {
            one.label = strsep(&line, "\t");
            one.method = strsep(&line, "\t");
        }
        one.path = strsep(&line, "\t");
        one.authorization = strsep(&line, "\t");
        one.body = line;
        if (!one.path || !one.authorization || !one.body) {
            fprintf(stderr, "%s: line %d lacks a field\n", path, lines.count + 1);
            exit(2);
        }
        if (!strcmp(one.authorization, "-")) one.authorization = NULL;
        if (!strcmp(one.body, "-")) one.body = "";
        lines.list[lines.count++] = one;
    }
    return lines;
}

Lines read_posts(const char *path) { return read_lines(path, false); }
Lines read_requests(const char *path) { return read_lines(path, true); }

/* ---- one call ---- */

static void write_request(Call *call, const Line *line) {
    bool edits = !strcmp(line->method, "PATCH");
    free(call->request);
    int length = asprintf(&call->request,
                          "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: %s\r\n%s%s%s%s"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          line->method, line->path, call->port, call->keeps_alive ? "keep-alive" : "close",
                          line->authorization ? "Authorization: " : "", line->authorization ? line->authorization : "",
                          line->authorization ? "\r\n" : "", edits ? "If-Match: *\r\n" : "", strlen(line->body),
                          line->body);
    if (length < 0) abort();
    call->request_bytes = (size_t)length;
    call->written = call->answer_bytes = 0;
    call->label = line->label;
}

static void watch_call(Call *call, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = call};
    call->writing = (events & EPOLLOUT) != 0;
    epoll_ctl(habits.epoll, operation, call->fd, &event);
}

void call_drop(Call *call) {
    if (call->fd >= 0) close(call->fd);
    call->fd = -1;
}

static void finish(Call *call, int status) {
    if (!call->keeps_alive || !status) call_drop(call);
    call->busy = false;
    call->on_answer(call, status, now_ns());
}

/* Where there is no connection yet, the request follows once there is one. */
void call_begin(Call *call, const Line *line) {
    write_request(call, line);
    call->begun_at = 0;
    call->busy = true;
    if (!call->answer) call->answer = malloc(ANSWER_BYTES + 1);
    if (!call->answer) abort();
    if (call->fd >= 0) {
        watch_call(call, EPOLL_CTL_MOD, EPOLLOUT);
        return;
    }
    int on = 1;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)call->port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    call->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(call->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(call->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) {
        finish(call, 0);
        return;
    }
    watch_call(call, EPOLL_CTL_ADD, EPOLLOUT);
}

static void write_more(Call *call) {
    if (!call->begun_at) call->begun_at = now_ns();
    ssize_t sent =
        send(call->fd, call->request + call->written, call->request_bytes - call->written, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {
        finish(call, 0);
        return;
    }
    call->written += (size_t)sent;
    if (call->written == call->request_bytes) watch_call(call, EPOLL_CTL_MOD, EPOLLIN);
}

/* The body's length by the header, or -1 where only the end of the connection tells. */
static long body_length(const char *head, int status) {
    if (status == 204 || status == 304) return 0;
    const char *field = strcasestr(head, "\r\nContent-Length:");
    return field ? strtol(field + 17, NULL, 10) : -1;
}

/* Of an answer that is larger than the room for it only the beginning is kept, and the rest is counted. */
static void read_more(Call *call) {
    size_t kept = call->answer_bytes < ANSWER_BYTES ? call->answer_bytes : ANSWER_BYTES / 2;
    ssize_t got = recv(call->fd, call->answer + kept, ANSWER_BYTES - kept, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
        if (kept == call->answer_bytes) call->answer[kept + (size_t)got] = 0;
        call->answer_bytes += (size_t)got;
    }
    char *end = call->answer_bytes ? strstr(call->answer, "\r\n\r\n") : NULL;
    int status = end ? atoi(call->answer + 9) : 0;
    if (got <= 0) {
        /* The end of the connection is the end of an answer without a length, and no answer otherwise. */
        call_drop(call);
        finish(call, end && body_length(call->answer, status) < 0 ? status : 0);
        return;
    }
    if (!end) return;
    long body = body_length(call->answer, status);
    if (body >= 0 && call->answer_bytes >= (size_t)(end + 4 - call->answer) + (size_t)body) finish(call, status);
}

void call_event(Call *call, uint32_t events) {
    if (call->fd < 0) return;
    if (!call->busy) {
        /* The server has closed a connection that nobody is using; the next request opens another. */
        call_drop(call);
    } else if (call->writing && !(events & (EPOLLERR | EPOLLHUP))) {
        write_more(call);
    } else {
        read_more(call);
    }
}
