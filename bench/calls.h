/* HTTP requests beside the crowd: the posts that trigger broadcasts, and people who read and write meanwhile. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "measure.h"

typedef struct Call Call;

/* Told once a call is answered (`status` is the HTTP status) or broken off (0). */
typedef void (*OnAnswer)(Call *call, int status, uint64_t now);

struct Call {
    Owner owner;
    int fd;
    int port;
    int number; /* of the post or of the sender */
    bool keeps_alive, writing, busy;
    char *request;
    size_t request_bytes, written;
    char *answer;
    size_t answer_bytes;
    /* When it was due: a call that had to wait for the one before it has waited, and that counts. */
    uint64_t due_at;
    /* When its first byte was written. */
    uint64_t begun_at;
    const char *label;
    OnAnswer on_answer;
};

/* One line of a file of calls; all strings are parts of the file's text. */
typedef struct {
    const char *label, *method, *path, *authorization, *body;
} Line;

typedef struct {
    Line *list;
    int count;
} Lines;

/* `PATH<TAB>AUTHORIZATION or -<TAB>BODY`, one post a line. */
Lines read_posts(const char *path);
/* `LABEL<TAB>METHOD<TAB>PATH<TAB>AUTHORIZATION or -<TAB>BODY or -`, one request a line. */
Lines read_requests(const char *path);

/* Connects first and takes `begun_at` just before the request is written. */
void call_begin(Call *call, const Line *line);
void call_event(Call *call, uint32_t events);
void call_drop(Call *call);

#endif
