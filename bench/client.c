#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SCRATCH_BYTES = 1 << 18,
    MAX_FRAME_BYTES = 4 << 20,
    MAX_HELLO_BYTES = 8192,
    /* One address has 28,000 ports, and those of closed connections rest for a minute. */
    CLIENTS_PER_ADDRESS = 6000,
    CONNECT_PATIENCE_MS = 60000,
    /* How seldom to look for clients that are due while none was a moment ago. */
    LOOK_EVERY_MS = 10,
    LOOK_AFTER_TIMEOUTS_EVERY_MS = 1000,
};
enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

Habits habits;
Happenings happened;

static Client *clients;
/* When a waiting client is due, or a flapping one leaves; apart from the clients, so that a scan stays in the cache. */
static uint64_t *due_at;
static OnMark tell_mark;
static int connecting, ready, ready_healthy, coming_healthy, waiting;
static bool insisting, holding;
static unsigned char scratch[SCRATCH_BYTES];

static uint64_t ms(uint64_t count) { return count * 1000000ull; }

static uint32_t random_below(uint32_t bound) { return bound ? (uint32_t)random() % bound : 0; }

/* ---- making the crowd ---- */

static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) abort();
    text[size] = 0;
    fclose(file);
    return text;
}

static Cursor *cursor_of(Client *client, const char *stream, size_t length) {
    for (int i = 0; i < MAX_CURSORS; i++) {
        Cursor *cursor = &client->cursors[i];
        if (!cursor->stream) {
            /* Names from the wire do not outlive their frame, and few are ever kept. */
            *cursor = (Cursor){strndup(stream, length), length, 0};
            return cursor;
        }
        if (cursor->length == length && !memcmp(cursor->stream, stream, length)) return cursor;
    }
    return NULL;
}

/* Takes `{"pub":17,"user:…":3}`, as it stands in the file of tokens and in the answer to hello. */
static void take_cursors(Client *client, const char *json, const char *end) {
    while (json < end && *json != '}') {
        const char *name = memchr(json, '"', (size_t)(end - json));
        const char *close = name ? memchr(name + 1, '"', (size_t)(end - name - 1)) : NULL;
        if (!close || close + 2 >= end) return;
        Cursor *cursor = cursor_of(client, name + 1, (size_t)(close - name - 1));
        char *after;
        uint64_t seq = strtoull(close + 2, &after, 10);
        if (cursor && seq > cursor->seq) cursor->seq = seq;
        json = after;
    }
}

static void give_tokens(void) {
    if (!habits.tokens_path) return;
    char *line = read_whole(habits.tokens_path);
    if (!line) {
        fprintf(stderr, "no tokens in %s: everybody stays anonymous\n", habits.tokens_path);
        return;
    }
    for (int i = 0; i < habits.size && *line; i++) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        *end = 0;
        char *cursors = strchr(line, '\t');
        if (cursors) *cursors++ = 0;
        if (*line) clients[i].token = line;
        if (cursors) take_cursors(&clients[i], cursors, end);
        line = next;
    }
}

static int count_of(double percent) { return (int)(habits.size * percent / 100 + 0.5); }

void crowd_make(OnMark on_mark) {
    tell_mark = on_mark;
    clients = calloc((size_t)habits.size + 1, sizeof *clients);
    due_at = calloc((size_t)habits.size + 1, sizeof *due_at);
    if (!clients || !due_at) abort();
    int slow = count_of(habits.slow_percent), flapping = count_of(habits.flap_percent);
    for (int i = 0; i < habits.size; i++) {
        clients[i] = (Client){.owner = IS_CLIENT, .fd = -1, .index = (unsigned)i, .last_mark = -1};
        clients[i].temper = i < slow ? SLOW : i < slow + flapping ? FLAPPING : HEALTHY;
        if (habits.protocol == SYNC && habits.pub_cursor) cursor_of(&clients[i], "pub", 3)->seq = habits.pub_cursor;
    }
    waiting = habits.size;
    coming_healthy = habits.size - slow - flapping;
    if (habits.protocol == SYNC) give_tokens();
}

void crowd_begin_phase(void) {
    free(happened.ready_ms.values);
    happened = (Happenings){0};
}

int crowd_ready(void) { return ready; }
int crowd_ready_healthy(void) { return ready_healthy; }
int crowd_connected(void) { return ready + connecting; }
int crowd_coming_healthy(void) { return coming_healthy; }

/* ---- coming and going ---- */

static bool is_connecting(const Client *client) { return client->state > WAITING && client->state < READY; }

static bool is_coming(const Client *client) { return client->state == WAITING || is_connecting(client); }

static void set_state(Client *client, State state) {
    bool healthy = client->temper == HEALTHY;
    coming_healthy -= healthy && is_coming(client);
    connecting -= is_connecting(client);
    waiting -= client->state == WAITING;
    if (client->state == READY) {
        ready--;
        ready_healthy -= healthy;
    }
    client->state = state;
    coming_healthy += healthy && is_coming(client);
    connecting += is_connecting(client);
    waiting += state == WAITING;
    if (state == READY) {
        ready++;
        ready_healthy += healthy;
    }
}

static void wait_for(Client *client, uint32_t wait_ms) {
    set_state(client, WAITING);
    due_at[client->index] = now_ns() + ms(wait_ms);
}

static void drop_socket(Client *client) {
    if (client->fd >= 0) close(client->fd);
    client->fd = -1;
    free(client->held);
    client->held = NULL;
    client->held_bytes = client->held_room = 0;
}

/* What a client does next once its connection is gone, whoever ended it. */
static void decide_return(Client *client) {
    bool told = client->said_bye && habits.obey;
    client->said_bye = client->said_why = client->asleep = false;
    if (holding) {
        set_state(client, GONE);
    } else if (told) {
        wait_for(client, client->return_in_ms);
    } else if (client->temper != HEALTHY) {
        wait_for(client, 500 + random_below(2000));
    } else if (insisting || habits.obey) {
        wait_for(client, 100 + random_below(400));
    } else {
        set_state(client, GONE);
    }
}

/* The connection did not come to be ready. */
static void fail(Client *client, const char *why) {
    if (!client->said_bye && !client->said_why) tally(&happened.failures, why);
    drop_socket(client);
    decide_return(client);
}

/* The server, or the network, ended the connection. */
static void ended(Client *client) {
    if (client->state != READY) {
        fail(client, "cut");
        return;
    }
    if (client->temper == HEALTHY) happened.cut_healthy++;
    if (client->temper == SLOW) happened.cut_slow++;
    drop_socket(client);
    decide_return(client);
}

static void watch(Client *client, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(habits.epoll, operation, client->fd, &event);
}

static int open_socket(const Client *client) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (client->temper == SLOW) {
        /* With the kernel's usual buffers a phone may sleep through megabytes before anybody notices. */
        int few = 4096;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    }
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + client->index / CLIENTS_PER_ADDRESS);
    /* The port is chosen at connect, so that one port may serve towards several servers. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    bind(fd, (struct sockaddr *)&from, sizeof from);
    return fd;
}

static void start(Client *client) {
    uint64_t now = now_ns();
    client->fd = open_socket(client);
    client->began_at = now;
    client->return_in_ms = 0;
    if (!happened.first_syn) happened.first_syn = now;
    set_state(client, CONNECTING);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)habits.port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (client->fd < 0 ||
        (connect(client->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)) {
        fail(client, errno == ECONNREFUSED ? "refused" : strerror(errno));
        return;
    }
    watch(client, EPOLL_CTL_ADD, EPOLLOUT);
}

/* A small message on a quiet socket always fits; where it does not, the connection is as good as gone. */
static bool write_all(Client *client, const void *bytes, size_t length) {
    return send(client->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool write_frame(Client *client, int opcode, const char *payload, size_t length) {
    /* Not zeros: some servers skip the work of unmasking then, and no real phone gives them that. */
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    unsigned char frame[MAX_HELLO_BYTES + 8];
    size_t head = 2;
    if (length > MAX_HELLO_BYTES) return false;
    frame[0] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (unsigned char)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    head += 4;
    for (size_t i = 0; i < length; i++) frame[head + i] = (unsigned char)payload[i] ^ mask[i & 3];
    return write_all(client, frame, head + length);
}

static bool say(Client *client, const char *text) { return write_frame(client, TEXT, text, strlen(text)); }

static void leave(Client *client) {
    write_frame(client, CLOSE, "\x03\xe8", 2);
    drop_socket(client);
    decide_return(client);
}

static void connected(Client *client) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        fail(client, error == ECONNREFUSED ? "refused" : strerror(error));
        return;
    }
    char request[512];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                          habits.path, habits.port);
    if (!write_all(client, request, (size_t)length)) {
        fail(client, "cut");
        return;
    }
    set_state(client, UPGRADING);
    watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP);
}

/* Longer than Engine.IO waits for an answer to its ping (25 + 20 s). */
static void fall_asleep(Client *client, uint64_t now) {
    client->asleep = true;
    due_at[client->index] = now + ms(60000 + random_below(30000));
    watch(client, EPOLL_CTL_MOD, EPOLLRDHUP);
}

/* Only by reading does it learn that it was cut: behind a full buffer no end of the connection arrives. */
static void wake_up(Client *client, uint64_t now) {
    client->asleep = false;
    due_at[client->index] = now + ms(5000);
    watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP);
}

static void become_ready(Client *client) {
    uint64_t now = now_ns();
    client->ready_at = now;
    if (!happened.first_ready) happened.first_ready = now;
    happened.last_ready = now;
    happened.became_ready++;
    series_add(&happened.ready_ms, ms_between(client->began_at, now));
    set_state(client, READY);
    if (client->temper == SLOW) fall_asleep(client, now);
    if (client->temper == FLAPPING) due_at[client->index] = now + ms(2000 + random_below(4000));
}

/* ---- reading ---- */

static bool starts_with(const char *text, size_t length, const char *prefix) {
    size_t wanted = strlen(prefix);
    return length >= wanted && !memcmp(text, prefix, wanted);
}

/* Text frames have a byte of room behind them for the 0 that `read_frames` puts there, so that numbers end. */
static const char *after(const char *text, size_t length, const char *key) {
    const char *at = memmem(text, length, key, strlen(key));
    return at ? at + strlen(key) : NULL;
}

static bool say_hello(Client *client) {
    char hello[MAX_HELLO_BYTES];
    size_t used = (size_t)snprintf(hello, sizeof hello, "42/sync,0[\"hello\",{\"client\":\"bench\"");
    if (client->token) used += (size_t)snprintf(hello + used, sizeof hello - used, ",\"token\":\"%s\"", client->token);
    if (habits.epoch) used += (size_t)snprintf(hello + used, sizeof hello - used, ",\"epoch\":\"%s\"", habits.epoch);
    const char *before = ",\"cursors\":{";
    for (int i = 0; i < MAX_CURSORS && client->cursors[i].stream && used < sizeof hello; i++) {
        const Cursor *cursor = &client->cursors[i];
        used += (size_t)snprintf(hello + used, sizeof hello - used, "%s\"%s\":%llu", before, cursor->stream,
                                 (unsigned long long)cursor->seq);
        before = ",";
    }
    const char *end = client->cursors[0].stream ? "}}]" : "}]";
    if (used + strlen(end) >= sizeof hello) return false;
    strcpy(hello + used, end);
    return say(client, hello);
}

static void hear_bye(Client *client, const char *text, size_t length) {
    const char *reason = after(text, length, "\"reason\":\"");
    const char *retry = after(text, length, "\"retry_after_ms\":");
    client->said_bye = true;
    client->return_in_ms = retry ? (uint32_t)strtoul(retry, NULL, 10) : 0;
    tally_bytes(&happened.byes, reason ? reason : "none", reason ? strcspn(reason, "\"") : 4);
}

/* Rows of one stream in order, so the last seq of the frame is how far its stream has come. */
static void follow_rows(Client *client, const char *text, size_t length) {
    const char *end = text + length, *stream = after(text, length, "\"stream\":\"");
    if (!stream) return;
    Cursor *cursor = cursor_of(client, stream, strcspn(stream, "\""));
    for (const char *at = text; cursor && (at = after(at, (size_t)(end - at), "\"seq\":"));) {
        uint64_t seq = strtoull(at, NULL, 10);
        if (seq > cursor->seq) cursor->seq = seq;
    }
}

/* A mark is `bench-<number of the broadcast>-` or `bench-@<moment in ns>-`, anywhere in the text. */
static void find_marks(Client *client, const char *text, size_t length) {
    const char *end = text + length;
    bool marked = false;
    uint64_t told = 0;
    for (const char *at = text; (at = after(at, (size_t)(end - at), "bench-"));) {
        bool is_stamp = *at == '@';
        char *stop;
        uint64_t value = strtoull(at + is_stamp, &stop, 10);
        /* An article and its bell come in one frame and carry the same mark. */
        if (*stop != '-' || (marked && value == told)) continue;
        told = value;
        if (!marked) happened.frames_with_mark++, happened.frame_bytes += length;
        marked = true;
        tell_mark(client, is_stamp ? -1 : (int)value, value, now_ns());
    }
}

static bool hear_hello_answer(Client *client, const char *text, size_t length) {
    if (!after(text, length, "\"epoch\"")) {
        const char *code = after(text, length, "\"code\":\"");
        char why[NAME_BYTES];
        snprintf(why, sizeof why, "hello %.*s", code ? (int)strcspn(code, "\"") : 1, code ? code : "?");
        tally(&happened.failures, why);
        client->said_why = true;
        return false;
    }
    const char *heads = after(text, length, "\"streams\":{");
    if (heads) take_cursors(client, heads, text + length);
    become_ready(client);
    return true;
}

/* Returns false when the client cannot be used any more. */
static bool hear_socketio(Client *client, const char *text, size_t length) {
    bool sync = habits.protocol == SYNC;
    if (text[0] == '2' && length == 1) return say(client, "3");
    if (text[0] == '1' || starts_with(text, length, sync ? "41/sync" : "41")) return false;
    if (sync && starts_with(text, length, "42/sync,[\"bye\"")) hear_bye(client, text, length);
    if (client->state == OPENING && text[0] == '0') {
        set_state(client, JOINING);
        return say(client, sync ? "40/sync," : "40");
    }
    if (client->state == JOINING && starts_with(text, length, "44")) return false;
    if (client->state == JOINING && starts_with(text, length, "40")) {
        if (sync) {
            set_state(client, GREETING);
            return say_hello(client);
        }
        become_ready(client);
    } else if (client->state == GREETING && starts_with(text, length, "43/sync,0[")) {
        return hear_hello_answer(client, text, length);
    } else if (client->state == READY) {
        if (sync && starts_with(text, length, "42/sync,[\"change\"")) follow_rows(client, text, length);
        find_marks(client, text, length);
    }
    return true;
}

static bool hear(Client *client, int opcode, char *payload, size_t length) {
    if (opcode == CLOSE) return false;
    if (opcode == PING) return length < 126 && write_frame(client, PONG, payload, length);
    if ((opcode != TEXT && opcode != BINARY) || !length) return true;
    if (habits.protocol != RAW) return hear_socketio(client, payload, length);
    find_marks(client, payload, length);
    return true;
}

/* Returns how many bytes the HTTP answer took, 0 if it is not complete yet, -1 for another answer than 101. */
static ssize_t read_upgrade(Client *client, const char *bytes, size_t length) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (!starts_with(bytes, length, "HTTP/1.1 101")) {
        const char *retry = after(bytes, length, "\r\nRetry-After: ");
        char why[NAME_BYTES];
        snprintf(why, sizeof why, "http %.3s", length > 12 ? bytes + 9 : "?");
        tally(&happened.failures, why);
        if (retry) client->said_bye = true, client->return_in_ms = (uint32_t)strtoul(retry, NULL, 10) * 1000;
        return -1;
    }
    if (habits.protocol == RAW) {
        become_ready(client);
    } else {
        set_state(client, OPENING);
    }
    return end + 4 - bytes;
}

/* Takes whole frames off the front; returns how many bytes they took, or -1 when the connection is over. */
static ssize_t read_frames(Client *client, unsigned char *bytes, size_t length) {
    size_t used = 0;
    while (length - used >= 2) {
        unsigned char *frame = bytes + used;
        uint64_t payload = frame[1] & 127;
        size_t head = payload == 126 ? 4 : payload == 127 ? 10 : 2;
        if (length - used < head) break;
        if (head > 2) {
            payload = 0;
            for (size_t i = 2; i < head; i++) payload = payload << 8 | frame[i];
        }
        if (payload > MAX_FRAME_BYTES) return -1;
        if (length - used < head + payload) break;
        unsigned char behind = frame[head + payload];
        frame[head + payload] = 0;
        bool goes_on = hear(client, frame[0] & 15, (char *)frame + head, payload);
        frame[head + payload] = behind;
        if (!goes_on) return -1;
        used += head + payload;
        /* What was heard may have ended the connection, or stopped the reading. */
        if (client->fd < 0) break;
    }
    return (ssize_t)used;
}

/* Keeps what is left of a read until the rest comes; nothing is kept, and no memory, between whole frames. */
static void hold(Client *client, const unsigned char *bytes, size_t length) {
    if (!length) {
        free(client->held);
        client->held = NULL;
        client->held_bytes = client->held_room = 0;
        return;
    }
    if (client->held) {
        memmove(client->held, bytes, length);
    } else {
        client->held_room = (uint32_t)length + 4096;
        client->held = malloc(client->held_room);
        if (!client->held) abort();
        memcpy(client->held, bytes, length);
    }
    client->held_bytes = (uint32_t)length;
}

static void make_room(Client *client, size_t more) {
    size_t needed = client->held_bytes + more + 1;
    if (needed <= client->held_room) return;
    client->held_room = (uint32_t)(needed * 2);
    client->held = realloc(client->held, client->held_room);
    if (!client->held) abort();
}

static void digest(Client *client, unsigned char *bytes, size_t length) {
    ssize_t taken = 0;
    if (client->state == UPGRADING) {
        taken = read_upgrade(client, (char *)bytes, length);
        if (taken < 0) {
            drop_socket(client);
            decide_return(client);
            return;
        }
    }
    if (client->state > UPGRADING && client->state <= READY) {
        ssize_t frames = read_frames(client, bytes + taken, length - (size_t)taken);
        if (client->fd < 0) return;
        if (frames < 0) {
            ended(client);
            return;
        }
        taken += frames;
    }
    hold(client, bytes + taken, length - (size_t)taken);
}

/* One read a turn: what is left makes epoll report the client again, and nobody starves behind a busy one. */
static void read_some(Client *client) {
    unsigned char *into = scratch;
    size_t before = client->held_bytes, room = sizeof scratch - 1;
    if (client->held) {
        room = 65536;
        make_room(client, room);
        into = client->held + before;
    }
    ssize_t got = recv(client->fd, into, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        ended(client);
        return;
    }
    digest(client, client->held ? client->held : scratch, before + (size_t)got);
}

void client_event(Client *client, uint32_t events) {
    if (client->fd < 0) return;
    if (client->state == CONNECTING) {
        connected(client);
    } else if (client->state == READY && client->asleep) {
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) ended(client);
    } else {
        read_some(client);
    }
}

/* ---- turns ---- */

static void start_due(uint64_t now) {
    static uint64_t look_at, began_at;
    static double allowance;
    static int position;
    if (!waiting || now < look_at) return;
    if (habits.connects_a_second > 0) {
        allowance += began_at ? seconds_between(began_at, now) * habits.connects_a_second : 1;
        if (allowance > habits.connects_in_flight) allowance = habits.connects_in_flight;
        began_at = now;
    }
    for (int looked = 0; looked < habits.size && waiting && connecting < habits.connects_in_flight; looked++) {
        if (habits.connects_a_second > 0 && allowance < 1) return;
        position = (position + 1) % habits.size;
        if (clients[position].state != WAITING || due_at[position] > now) continue;
        start(&clients[position]);
        allowance--;
    }
    if (connecting < habits.connects_in_flight) look_at = now + ms(LOOK_EVERY_MS);
}

/* The restless stand in front of all others. */
static void stir_restless(uint64_t now) {
    static uint64_t look_at;
    if (now < look_at) return;
    look_at = now + ms(LOOK_EVERY_MS);
    for (int i = 0; i < habits.size && clients[i].temper != HEALTHY; i++) {
        if (clients[i].state != READY || due_at[i] > now) continue;
        if (clients[i].temper == FLAPPING) {
            leave(&clients[i]);
        } else if (clients[i].asleep) {
            wake_up(&clients[i], now);
        } else {
            fall_asleep(&clients[i], now);
        }
    }
}

static void give_up_late(uint64_t now) {
    static uint64_t look_at;
    if (!connecting || now < look_at) return;
    look_at = now + ms(LOOK_AFTER_TIMEOUTS_EVERY_MS);
    for (int i = 0; i < habits.size; i++)
        if (is_connecting(&clients[i]) && now > clients[i].began_at + ms(CONNECT_PATIENCE_MS))
            fail(&clients[i], "timed out");
}

void crowd_turn(uint64_t now) {
    start_due(now);
    stir_restless(now);
    give_up_late(now);
}

void crowd_hold(void) { holding = true; }

void crowd_return(uint32_t spread_ms) {
    holding = false;
    insisting = true;
    for (int i = 0; i < habits.size; i++) {
        if (clients[i].fd >= 0) continue;
        uint32_t told = clients[i].return_in_ms;
        wait_for(&clients[i], told ? told : random_below(spread_ms));
    }
}

void crowd_cut_rest(void) {
    for (int i = 0; i < habits.size; i++) {
        if (clients[i].fd >= 0) drop_socket(&clients[i]);
        set_state(&clients[i], GONE);
    }
}

void crowd_leave(void) {
    for (int i = 0; i < habits.size; i++) {
        if (clients[i].fd < 0) continue;
        write_frame(&clients[i], CLOSE, "\x03\xe8", 2);
        drop_socket(&clients[i]);
        set_state(&clients[i], GONE);
    }
}
