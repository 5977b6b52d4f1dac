/* The crowd: WebSocket clients that speak one of three protocols, come, stay, go and come again. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "measure.h"

/* What an epoll event belongs to; the first field of everything that is waited for. */
typedef enum { IS_CLIENT, IS_CALL } Owner;

typedef enum { RAW, SIO, SYNC } Protocol;

typedef enum {
    WAITING,    /* not connected; to be started once it is due */
    CONNECTING, /* SYN sent */
    UPGRADING,  /* HTTP upgrade sent */
    OPENING,    /* waits for Engine.IO's open packet */
    JOINING,    /* waits for the namespace's answer */
    GREETING,   /* waits for the answer to hello */
    READY,
    GONE /* not connected, and not coming back by itself */
} State;

typedef enum {
    HEALTHY,
    SLOW,    /* sleeps, that is reads nothing, for a minute or more at a time once it is ready */
    FLAPPING /* leaves and comes back every few seconds */
} Temper;

enum { MAX_CURSORS = 3 };

typedef struct {
    const char *stream;
    size_t length;
    uint64_t seq;
} Cursor;

typedef struct {
    Owner owner;
    int fd;
    State state;
    Temper temper;
    unsigned index;
    /* An incomplete frame, kept only until the rest of it has come. */
    unsigned char *held;
    uint32_t held_bytes, held_room;
    /* Number of the last broadcast seen, so that a double is known as one. */
    int last_mark;
    bool said_bye, said_why, asleep;
    uint32_t return_in_ms;
    uint64_t began_at, ready_at;
    const char *token;
    Cursor cursors[MAX_CURSORS];
} Client;

/* How the crowd behaves; filled from the command line before `crowd_make`. */
typedef struct {
    int epoll;
    int port;
    const char *path;
    Protocol protocol;
    int size;
    int connects_in_flight;
    double connects_a_second; /* 0: as fast as the answers come */
    double slow_percent, flap_percent;
    bool obey; /* come back when told to, after the time that was told */
    const char *tokens_path;
    const char *epoch;
    uint64_t pub_cursor;
} Habits;

/* What has happened since `crowd_begin_phase`. */
typedef struct {
    uint64_t first_syn, first_ready, last_ready;
    long became_ready;
    long cut_healthy, cut_slow, doubled;
    uint64_t frame_bytes, frames_with_mark;
    Tally failures; /* ways in which a connection did not come to be ready */
    Tally byes;     /* by reason */
    Series ready_ms;
} Happenings;

extern Habits habits;
extern Happenings happened;

/* Told of each mark found in a text frame: the number of a broadcast, or a moment (then `number` is -1). */
typedef void (*OnMark)(Client *client, int number, uint64_t stamp, uint64_t arrival);

void crowd_make(OnMark on_mark);
void crowd_begin_phase(void);
/* Starts clients that are due, as far as the bounds allow, and sends flapping ones away; call it in every turn. */
void crowd_turn(uint64_t now);
void client_event(Client *client, uint32_t events);
/* From now on nobody comes back who is cut, until `crowd_return`. */
void crowd_hold(void);
/* Makes every client come back, after the time it was told or a random one of up to `spread_ms`, until it succeeds. */
void crowd_return(uint32_t spread_ms);
void crowd_cut_rest(void);
void crowd_leave(void);
int crowd_ready(void);
int crowd_ready_healthy(void);
int crowd_connected(void);
/* Healthy clients that are on their way, or will come by themselves. */
int crowd_coming_healthy(void);

#endif
