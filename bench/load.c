/* The load program: opens a crowd of WebSocket clients, triggers broadcasts by HTTP, and measures what comes of it.
 *
 * Phases: `connect` (until everybody is ready), `run` (posts, requests or a length of time), `storm` (everybody was cut
 * and comes back). Each prints one JSON object on stdout; progress goes to stderr. One epoll loop, one thread.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "calls.h"
#include "client.h"
#include "measure.h"

enum { EVENTS = 1024, MAX_SENDERS = 256, MAX_LABELS = 8, MAX_SAMPLES = 4096 };

/* ---- what is asked for ---- */

static struct {
    const char *pids_path, *posts_path, *requests_path;
    int post_port, senders;
    double gap_ms, every_ms, rest_ms, request_every_ms, duration_s, patience_s, sample_s, limit_s;
    bool storm;
    uint32_t storm_spread_ms;
    int storm_in_flight;
} asked = {.senders = 1, .gap_ms = 100, .rest_ms = 1000, .patience_s = 30, .limit_s = 900, .storm_in_flight = 8192};

static const char USAGE[] =
    "load --port P [options]\n"
    "  the crowd:  --path /… --protocol raw|sio|sync --clients N --connects-in-flight C --rate CONNECTS_A_SECOND\n"
    "              --tokens FILE (line i for client i: token, or token<TAB>{\"stream\":seq,…}) --epoch E --cursor SEQ\n"
    "              --slow PERCENT (that sleep) --flap PERCENT (that leave and come)\n"
    "              --obey (come back when cut, and as `bye` says)\n"
    "  the server: --pids 1,2,… or --pids-file FILE (read again in each phase)\n"
    "  posts:      --posts FILE (PATH<TAB>AUTHORIZATION or -<TAB>BODY; the k-th makes frames with `bench-<k>-`)\n"
    "              --post-port P, --gap MS after everybody has the one before, or --every MS whatever happens\n"
    "              --rest MS of quiet before the first\n"
    "  requests:   --requests FILE (LABEL<TAB>METHOD<TAB>PATH<TAB>AUTHORIZATION or -<TAB>BODY or -), in turn\n"
    "              --senders C at once, --request-every MS for each of them (0: as soon as answered)\n"
    "  time:       --duration S, --sample S between readings of memory, --patience S for a phase that stands still,\n"
    "              --limit S for everything\n"
    "  storm:      --storm, once everybody has been cut or after SIGUSR1; --storm-spread MS, --storm-in-flight C\n";

static Pids pids;
static uint64_t started_at;
static volatile sig_atomic_t storm_signalled, stop_signalled;

/* ---- broadcasts ---- */

typedef struct {
    uint64_t begun_at, last_at;
    long expected, seen;
    bool answered, over;
} Broadcast;

static Lines posts, requests;
static Broadcast *broadcasts;
static Call *post_calls;
static int posts_begun, posts_over, passes_open, passes_begun, incomplete;
static uint64_t next_post_at, last_progress_at;
static Series delivery_ms, last_ms, answer_ms;
static Tally post_answers;
static long stamped;

static void settle(int number) {
    Broadcast *broadcast = &broadcasts[number];
    if (broadcast->over || !broadcast->answered || broadcast->seen < broadcast->expected) return;
    broadcast->over = true;
    posts_over++;
    passes_open--;
    if (broadcast->expected) series_add(&last_ms, ms_between(broadcast->begun_at, broadcast->last_at));
    if (!asked.every_ms) next_post_at = now_ns() + (uint64_t)(asked.gap_ms * 1e6);
}

static void on_mark(Client *client, int number, uint64_t stamp, uint64_t arrival) {
    if (number < 0) {
        series_add(&delivery_ms, ms_between(stamp, arrival));
        stamped++;
        last_progress_at = arrival;
        return;
    }
    /* An item that is put again later (read marks, corrections) carries its old mark, and is no delivery. */
    if (number >= posts.count || !broadcasts || !broadcasts[number].begun_at) return;
    if (client->last_mark >= number) {
        if (client->last_mark == number) happened.doubled++;
        return;
    }
    client->last_mark = number;
    Broadcast *broadcast = &broadcasts[number];
    /* Only those count who were there, and reading, when it began. */
    if (client->temper != HEALTHY || client->ready_at > broadcast->begun_at) return;
    broadcast->seen++;
    broadcast->last_at = last_progress_at = arrival;
    series_add(&delivery_ms, ms_between(broadcast->begun_at, arrival));
    settle(number);
}

static void on_post_answer(Call *call, int status, uint64_t now) {
    char name[NAME_BYTES];
    Broadcast *broadcast = &broadcasts[call->number];
    snprintf(name, sizeof name, "%d", status);
    tally(&post_answers, name);
    series_add(&answer_ms, ms_between(broadcast->begun_at, now));
    broadcast->answered = true;
    /* What was refused reaches nobody. */
    if (status < 200 || status > 299) broadcast->expected = broadcast->seen;
    settle(call->number);
}

static void begin_post(void) {
    Call *call = &post_calls[posts_begun];
    *call = (Call){.owner = IS_CALL, .fd = -1, .number = posts_begun, .on_answer = on_post_answer};
    call->port = asked.post_port ? asked.post_port : habits.port;
    posts_begun++;
    passes_open++;
    passes_begun++;
    if (asked.every_ms) next_post_at += (uint64_t)(asked.every_ms * 1e6);
    call_begin(call, &posts.list[call->number]);
}

/* The moment of a broadcast is the one just before its request is written. */
static void mark_begun(Call *call) {
    Broadcast *broadcast = &broadcasts[call->number];
    broadcast->begun_at = now_ns();
    broadcast->expected = crowd_ready_healthy();
}

static void turn_posts(uint64_t now) {
    if (posts_begun < posts.count && now >= next_post_at && (asked.every_ms || !passes_open)) begin_post();
    for (int i = posts_over; i < posts_begun; i++) {
        Broadcast *broadcast = &broadcasts[i];
        uint64_t quiet_since = broadcast->last_at ? broadcast->last_at : broadcast->begun_at;
        if (broadcast->over || !quiet_since || seconds_between(quiet_since, now) < asked.patience_s) continue;
        fprintf(stderr, "broadcast %d: %ld of %ld came\n", i, broadcast->seen, broadcast->expected);
        incomplete++;
        broadcast->over = true;
        posts_over++;
        passes_open--;
        next_post_at = now;
    }
}

/* ---- people who read and write meanwhile ---- */

typedef struct {
    const char *label;
    Series outside_ms, inside_ms;
    Tally answers;
} Label;

static Call senders[MAX_SENDERS];
static int passes_when_begun[MAX_SENDERS];
static bool began_inside[MAX_SENDERS];
static Label labels[MAX_LABELS];
static int label_count;
static long lines_used;
static bool sending;

static Label *label_of(const char *name) {
    int i = 0;
    while (i < label_count && strcmp(labels[i].label, name)) i++;
    if (i == MAX_LABELS) return &labels[MAX_LABELS - 1];
    if (i == label_count) labels[label_count++].label = name;
    return &labels[i];
}

static void begin_request(Call *sender, uint64_t now) {
    if (!asked.request_every_ms) sender->due_at = now;
    began_inside[sender->number] = passes_open > 0;
    passes_when_begun[sender->number] = passes_begun;
    call_begin(sender, &requests.list[lines_used++ % requests.count]);
}

static void on_request_answer(Call *sender, int status, uint64_t now) {
    Label *label = label_of(sender->label);
    bool inside = began_inside[sender->number] || passes_begun != passes_when_begun[sender->number];
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%d", status);
    tally(&label->answers, name);
    series_add(inside ? &label->inside_ms : &label->outside_ms, ms_between(sender->due_at, now));
    sender->due_at += (uint64_t)(asked.request_every_ms * 1e6);
    if (asked.request_every_ms) return;
    last_progress_at = now;
    if (sending) begin_request(sender, now);
}

static void make_senders(uint64_t now) {
    sending = requests.count > 0;
    for (int i = 0; i < asked.senders && sending; i++) {
        /* What is left of an earlier phase must not speak for a new sender. */
        if (senders[i].on_answer) call_drop(&senders[i]);
        senders[i] = (Call){.owner = IS_CALL, .fd = -1, .number = i, .keeps_alive = true};
        senders[i].port = habits.port;
        senders[i].on_answer = on_request_answer;
        senders[i].due_at = now + (uint64_t)(asked.request_every_ms * 1e6 * i / asked.senders);
    }
}

static void turn_senders(uint64_t now) {
    for (int i = 0; i < asked.senders && sending; i++)
        if (!senders[i].busy && now >= senders[i].due_at) begin_request(&senders[i], now);
}

static void print_requests(double seconds) {
    if (!label_count) return;
    printf(",\"requests\":{");
    for (int i = 0; i < label_count; i++) {
        Label *label = &labels[i];
        printf("%s\"%s\":{\"a_second\":%.1f", i ? "," : "", label->label,
               (double)(label->inside_ms.count + label->outside_ms.count) / seconds);
        tally_print(stdout, "answers", &label->answers);
        series_print(stdout, "outside_ms", &label->outside_ms);
        series_print(stdout, "inside_ms", &label->inside_ms);
        printf("}");
        series_clear(&label->outside_ms);
        series_clear(&label->inside_ms);
        label->answers = (Tally){0};
    }
    printf("},\"lines_used\":%ld", lines_used);
}

/* ---- the loop ---- */

static void tell_progress(const char *phase, uint64_t now) {
    static uint64_t told_at;
    if (seconds_between(told_at, now) < 1) return;
    told_at = now;
    fprintf(stderr, "\r%-8s %d of %d ready, %ld failures, %d of %d broadcasts   ", phase, crowd_ready(), habits.size,
            tally_total(&happened.failures), posts_over, posts.count);
}

static bool out_of_time(uint64_t now) { return stop_signalled || seconds_between(started_at, now) > asked.limit_s; }

static uint64_t turn(const char *phase) {
    static struct epoll_event events[EVENTS];
    bool counts_ms = sending || posts_begun < posts.count;
    /* While a broadcast is under way nobody sleeps here. A real phone is another machine; here every frame that found
       us asleep would have its sender pay for waking us, and the slower the server, the more often. */
    int count = epoll_wait(habits.epoll, events, EVENTS, passes_open ? 0 : counts_ms ? 1 : 5);
    for (int i = 0; i < count; i++) {
        Owner *owner = events[i].data.ptr;
        if (*owner == IS_CLIENT) {
            client_event((Client *)owner, events[i].events);
            continue;
        }
        Call *call = (Call *)owner;
        if (call->on_answer == on_post_answer && call->writing && !call->begun_at) mark_begun(call);
        call_event(call, events[i].events);
    }
    uint64_t now = now_ns();
    crowd_turn(now);
    turn_senders(now);
    tell_progress(phase, now);
    return now;
}

static void print_common(void) {
    tally_print(stdout, "failures", &happened.failures);
    tally_print(stdout, "byes", &happened.byes);
    printf(",\"cut_healthy\":%ld,\"cut_slow\":%ld}\n", happened.cut_healthy, happened.cut_slow);
    fflush(stdout);
    fputc('\n', stderr);
}

/* ---- phases ---- */

static void print_connects(const char *phase, bool after_restart, Usage before, Usage after) {
    /* A server that has just been started lets clients in, to wait, long before it can answer one. */
    uint64_t from = after_restart ? happened.first_ready : happened.first_syn;
    double seconds = seconds_between(from, happened.last_ready);
    long count = happened.became_ready;
    printf("{\"phase\":\"%s\",\"asked\":%d,\"ready\":%d,\"seconds\":%.3f,\"per_second\":%.0f", phase, habits.size,
           crowd_ready(), seconds, seconds > 0 ? (double)count / seconds : 0);
    printf(",\"unanswered_s\":%.3f", seconds_between(happened.first_syn, happened.first_ready));
    printf(",\"server_cpu_us\":%.1f,\"load_cpu_s\":%.2f", count ? (after.cpu_s - before.cpu_s) * 1e6 / (double)count : 0,
           own_cpu_s());
    printf(",\"rss_before_kb\":%ld,\"rss_kb\":%ld,\"rss_kb_each\":%.2f", before.rss_kb, after.rss_kb,
           count ? (double)(after.rss_kb - before.rss_kb) / (double)count : 0);
    series_print(stdout, "ready_ms", &happened.ready_ms);
    print_requests(seconds);
    print_common();
}

/* Until everybody who can still come has come; false if that stands still or somebody is lost. */
static bool gather(const char *phase, bool after_restart) {
    crowd_begin_phase();
    Usage before = usage_of(&pids);
    bool restarted = false;
    last_progress_at = now_ns();
    long seen = 0;
    for (;;) {
        uint64_t now = turn(phase);
        if (after_restart && happened.first_ready && !restarted) {
            /* The server is another process by now, and what it spent on its start is not the phones' doing. */
            restarted = true;
            if (asked.pids_path) pids_read(&pids, asked.pids_path);
            before = usage_of(&pids);
        }
        long sum = happened.became_ready + tally_total(&happened.failures);
        if (sum != seen) seen = sum, last_progress_at = now;
        if (!crowd_coming_healthy() || out_of_time(now) || seconds_between(last_progress_at, now) > asked.patience_s) break;
    }
    print_connects(phase, after_restart, before, usage_of(&pids));
    return crowd_ready() > 0;
}

static double idle_cpu_a_second(void) {
    Usage before = usage_of(&pids);
    uint64_t from = now_ns(), now = from;
    while (ms_between(from, now) < asked.rest_ms && !out_of_time(now)) now = turn("rest");
    return now > from ? (usage_of(&pids).cpu_s - before.cpu_s) / seconds_between(from, now) : 0;
}

static long samples[MAX_SAMPLES];
static int sample_count;

static void take_sample(uint64_t from, uint64_t now) {
    if (asked.sample_s <= 0 || sample_count == MAX_SAMPLES) return;
    if (seconds_between(from, now) >= asked.sample_s * sample_count) samples[sample_count++] = usage_of(&pids).rss_kb;
}

static void print_run(double seconds, double idle, Usage before, Usage after) {
    long expected = 0, seen = stamped;
    for (int i = 0; i < posts_begun; i++) {
        expected += broadcasts[i].expected;
        seen += broadcasts[i].seen;
    }
    double cpu = after.cpu_s - before.cpu_s, net = cpu - idle * seconds;
    printf("{\"phase\":\"run\",\"clients\":%d,\"seconds\":%.3f,\"posts\":%d,\"incomplete\":%d", crowd_ready(), seconds,
           posts_begun, incomplete);
    printf(",\"expected\":%ld,\"seen\":%ld,\"doubled\":%ld,\"frame_bytes\":%.0f", expected, seen, happened.doubled,
           happened.frames_with_mark ? (double)happened.frame_bytes / (double)happened.frames_with_mark : 0);
    printf(",\"server_cpu_s\":%.3f,\"idle_cpu_a_second\":%.4f", cpu, idle);
    printf(",\"cpu_us_a_delivery\":%.3f,\"net_cpu_us_a_delivery\":%.3f", seen ? cpu * 1e6 / (double)seen : 0,
           seen ? net * 1e6 / (double)seen : 0);
    printf(",\"load_cpu_s\":%.2f,\"rss_kb\":%ld", own_cpu_s(), after.rss_kb);
    series_print(stdout, "delivery_ms", &delivery_ms);
    series_print(stdout, "last_ms", &last_ms);
    series_print(stdout, "answer_ms", &answer_ms);
    tally_print(stdout, "answers", &post_answers);
    print_requests(seconds);
    printf(",\"sample_s\":%.1f,\"rss_samples_kb\":[", asked.sample_s);
    for (int i = 0; i < sample_count; i++) printf("%s%ld", i ? "," : "", samples[i]);
    printf("]");
    print_common();
}

static void run(void) {
    double idle = idle_cpu_a_second();
    crowd_begin_phase();
    Usage before = usage_of(&pids);
    uint64_t from = now_ns(), now = from;
    next_post_at = last_progress_at = from;
    make_senders(from);
    for (;;) {
        bool posted = posts_over == posts.count, time_over = seconds_between(from, now) >= asked.duration_s;
        if (sending && time_over && posted) sending = false;
        if ((posted && time_over) || out_of_time(now)) break;
        turn_posts(now);
        take_sample(from, now);
        now = turn("run");
    }
    print_run(seconds_between(from, now), idle, before, usage_of(&pids));
}

static bool await_cut(void) {
    printf("{\"phase\":\"waiting\"}\n");
    fflush(stdout);
    crowd_begin_phase();
    crowd_hold();
    uint64_t now = now_ns();
    while (!storm_signalled && crowd_connected() && !out_of_time(now)) now = turn("waiting");
    if (crowd_connected()) crowd_cut_rest();
    return !out_of_time(now);
}

static void storm(void) {
    habits.obey = true;
    habits.connects_in_flight = asked.storm_in_flight;
    make_senders(now_ns());
    crowd_return(asked.storm_spread_ms);
    gather("storm", true);
}

/* ---- the command line ---- */

enum {
    PORT = 1, PATH, PROTOCOL, CLIENTS, IN_FLIGHT, RATE, TOKENS, EPOCH, CURSOR, SLOW_PERCENT, FLAP_PERCENT, OBEY, PIDS,
    PIDS_FILE, POSTS, POST_PORT, GAP, EVERY, REST, REQUESTS, SENDERS, REQUEST_EVERY, DURATION, SAMPLE, PATIENCE, LIMIT,
    STORM, STORM_SPREAD, STORM_IN_FLIGHT
};

static const struct option OPTIONS[] = {
    {"port", 1, 0, PORT}, {"path", 1, 0, PATH}, {"protocol", 1, 0, PROTOCOL}, {"clients", 1, 0, CLIENTS},
    {"connects-in-flight", 1, 0, IN_FLIGHT}, {"rate", 1, 0, RATE}, {"tokens", 1, 0, TOKENS}, {"epoch", 1, 0, EPOCH},
    {"cursor", 1, 0, CURSOR}, {"slow", 1, 0, SLOW_PERCENT}, {"flap", 1, 0, FLAP_PERCENT}, {"obey", 0, 0, OBEY},
    {"pids", 1, 0, PIDS}, {"pids-file", 1, 0, PIDS_FILE}, {"posts", 1, 0, POSTS}, {"post-port", 1, 0, POST_PORT},
    {"gap", 1, 0, GAP}, {"every", 1, 0, EVERY}, {"rest", 1, 0, REST}, {"requests", 1, 0, REQUESTS},
    {"senders", 1, 0, SENDERS}, {"request-every", 1, 0, REQUEST_EVERY}, {"duration", 1, 0, DURATION},
    {"sample", 1, 0, SAMPLE}, {"patience", 1, 0, PATIENCE}, {"limit", 1, 0, LIMIT}, {"storm", 0, 0, STORM},
    {"storm-spread", 1, 0, STORM_SPREAD}, {"storm-in-flight", 1, 0, STORM_IN_FLIGHT}, {0, 0, 0, 0}};

static Protocol protocol_of(const char *name) {
    return !strcmp(name, "raw") ? RAW : !strcmp(name, "sio") ? SIO : SYNC;
}

static void take_crowd_option(int option, const char *value) {
    switch (option) {
        case PORT: habits.port = atoi(value); break;
        case PATH: habits.path = value; break;
        case PROTOCOL: habits.protocol = protocol_of(value); break;
        case CLIENTS: habits.size = atoi(value); break;
        case IN_FLIGHT: habits.connects_in_flight = atoi(value); break;
        case RATE: habits.connects_a_second = atof(value); break;
        case TOKENS: habits.tokens_path = value; break;
        case EPOCH: habits.epoch = value; break;
        case CURSOR: habits.pub_cursor = strtoull(value, NULL, 10); break;
        case SLOW_PERCENT: habits.slow_percent = atof(value); break;
        case FLAP_PERCENT: habits.flap_percent = atof(value); break;
        case OBEY: habits.obey = true; break;
    }
}

static void take_option(int option, const char *value) {
    switch (option) {
        case PIDS: pids_parse(&pids, value); break;
        case PIDS_FILE: asked.pids_path = value; break;
        case POSTS: asked.posts_path = value; break;
        case POST_PORT: asked.post_port = atoi(value); break;
        case GAP: asked.gap_ms = atof(value); break;
        case EVERY: asked.every_ms = atof(value); break;
        case REST: asked.rest_ms = atof(value); break;
        case REQUESTS: asked.requests_path = value; break;
        case SENDERS: asked.senders = atoi(value); break;
        case REQUEST_EVERY: asked.request_every_ms = atof(value); break;
        case DURATION: asked.duration_s = atof(value); break;
        case SAMPLE: asked.sample_s = atof(value); break;
        case PATIENCE: asked.patience_s = atof(value); break;
        case LIMIT: asked.limit_s = atof(value); break;
        case STORM: asked.storm = true; break;
        case STORM_SPREAD: asked.storm_spread_ms = (uint32_t)atoi(value); break;
        case STORM_IN_FLIGHT: asked.storm_in_flight = atoi(value); break;
        default: take_crowd_option(option, value);
    }
}

static void read_command_line(int count, char **words) {
    habits = (Habits){.path = "/", .protocol = SYNC, .size = 0, .connects_in_flight = 100};
    for (int option; (option = getopt_long(count, words, "", OPTIONS, NULL)) != -1;) {
        if (option == '?') {
            fputs(USAGE, stderr);
            exit(2);
        }
        take_option(option, optarg);
    }
    if (!habits.port || asked.senders < 1 || asked.senders > MAX_SENDERS || habits.connects_in_flight < 1) {
        fputs(USAGE, stderr);
        exit(2);
    }
    if (asked.pids_path) pids_read(&pids, asked.pids_path);
    if (asked.requests_path) requests = read_requests(asked.requests_path);
    if (!asked.posts_path) return;
    posts = read_posts(asked.posts_path);
    broadcasts = calloc((size_t)posts.count + 1, sizeof *broadcasts);
    post_calls = calloc((size_t)posts.count + 1, sizeof *post_calls);
    if (!broadcasts || !post_calls) abort();
}

static void on_signal(int number) {
    if (number == SIGUSR1) {
        storm_signalled = 1;
    } else {
        stop_signalled = 1;
    }
}

static void allow_many_files(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int count, char **words) {
    read_command_line(count, words);
    allow_many_files();
    signal(SIGUSR1, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    started_at = now_ns();
    srandom((unsigned)started_at);
    habits.epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd_make(on_mark);
    bool came = !habits.size || gather("connect", false);
    if (came && (posts.count || requests.count || asked.duration_s > 0)) run();
    if (came && asked.storm && await_cut()) storm();
    crowd_leave();
    return came ? 0 : 1;
}
