#define _GNU_SOURCE
#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t in_ns(struct timespec at) { return (uint64_t)at.tv_sec * 1000000000ull + (uint64_t)at.tv_nsec; }

uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return in_ns(at);
}

/* Signed, because a stamp from a reply may lie a little after the moment it is compared with. */
double seconds_between(uint64_t from, uint64_t to) { return (double)(int64_t)(to - from) / 1e9; }
double ms_between(uint64_t from, uint64_t to) { return (double)(int64_t)(to - from) / 1e6; }

void pids_parse(Pids *pids, const char *comma_separated) {
    pids->count = 0;
    for (const char *at = comma_separated; at && *at && pids->count < MAX_PIDS;) {
        char *end;
        long pid = strtol(at, &end, 10);
        if (pid > 0) pids->list[pids->count++] = (pid_t)pid;
        at = strchr(end, ',');
        if (at) at++;
    }
}

/* A server that is started again has another pid, so they are read from a file that whoever starts it keeps true. */
void pids_read(Pids *pids, const char *path) {
    char line[512] = "";
    FILE *file = fopen(path, "r");
    if (!file) return;
    if (fgets(line, sizeof line, file)) pids_parse(pids, line);
    fclose(file);
}

/* The CPU clock of a process is its utime + stime, ended threads included, and not rounded to ticks of 10 ms. */
static double cpu_of(pid_t pid) {
    clockid_t clock;
    struct timespec spent;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
    return (double)in_ns(spent) / 1e9;
}

static long rss_of(pid_t pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

Usage usage_of(const Pids *pids) {
    Usage usage = {0, 0};
    for (int i = 0; i < pids->count; i++) {
        usage.cpu_s += cpu_of(pids->list[i]);
        usage.rss_kb += rss_of(pids->list[i]);
    }
    return usage;
}

double own_cpu_s(void) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
           (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
}

void series_add(Series *series, double value) {
    if (series->count == series->room) {
        series->room = series->room ? series->room * 2 : 1024;
        series->values = realloc(series->values, series->room * sizeof *series->values);
        if (!series->values) abort();
    }
    series->values[series->count++] = (float)value;
}

static int in_order(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the value that this share of the series does not exceed. */
static double share_of(const Series *series, double share) {
    if (!series->count) return 0;
    size_t rank = (size_t)(share * (double)series->count + 0.999999);
    if (rank < 1) rank = 1;
    if (rank > series->count) rank = series->count;
    return series->values[rank - 1];
}

void series_print(FILE *out, const char *name, Series *series) {
    if (series->count) qsort(series->values, series->count, sizeof *series->values, in_order);
    fprintf(out, ",\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name, series->count,
            share_of(series, 0.5), share_of(series, 0.9), share_of(series, 0.99), share_of(series, 1));
}

void series_clear(Series *series) { series->count = 0; }

void tally_bytes(Tally *counts, const char *name, size_t length) {
    char kept[NAME_BYTES];
    if (length >= sizeof kept) length = sizeof kept - 1;
    memcpy(kept, name, length);
    kept[length] = 0;
    /* The names go into JSON as they are, and some come off the wire. */
    for (char *c = kept; *c; c++)
        if (*c < ' ' || *c == '"' || *c == '\\') *c = '?';
    int i = 0;
    while (i < counts->used && strcmp(counts->names[i], kept)) i++;
    if (i == counts->used && counts->used == MAX_NAMES) i = MAX_NAMES - 1, strcpy(kept, "other");
    if (i == counts->used) counts->used++;
    strcpy(counts->names[i], kept);
    counts->counts[i]++;
}

void tally(Tally *counts, const char *name) { tally_bytes(counts, name, strlen(name)); }

long tally_total(const Tally *counts) {
    long total = 0;
    for (int i = 0; i < counts->used; i++) total += counts->counts[i];
    return total;
}

void tally_print(FILE *out, const char *name, const Tally *counts) {
    fprintf(out, ",\"%s\":{", name);
    for (int i = 0; i < counts->used; i++)
        fprintf(out, "%s\"%s\":%ld", i ? "," : "", counts->names[i], counts->counts[i]);
    fputc('}', out);
}
