/* What the load program measures with: clocks, CPU and memory of servers, series of numbers, counts by name. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { MAX_PIDS = 16, MAX_NAMES = 24, NAME_BYTES = 32 };

/* CLOCK_MONOTONIC, which is the same for all processes of a machine; so a stamp made by another one can be used. */
uint64_t now_ns(void);
double seconds_between(uint64_t from, uint64_t to);
double ms_between(uint64_t from, uint64_t to);

typedef struct {
    pid_t list[MAX_PIDS];
    int count;
} Pids;

typedef struct {
    double cpu_s;
    long rss_kb;
} Usage;

void pids_parse(Pids *pids, const char *comma_separated);
void pids_read(Pids *pids, const char *path);
Usage usage_of(const Pids *pids);
double own_cpu_s(void);

typedef struct {
    float *values;
    size_t count, room;
} Series;

void series_add(Series *series, double value);
/* Writes `"name":{"count":…,"p50":…,"p90":…,"p99":…,"max":…}`; the series is in order afterwards. */
void series_print(FILE *out, const char *name, Series *series);
void series_clear(Series *series);

/* Counts by name: HTTP statuses, reasons of `bye`, kinds of failure. Names beyond MAX_NAMES count as "other". */
typedef struct {
    char names[MAX_NAMES][NAME_BYTES];
    long counts[MAX_NAMES];
    int used;
} Tally;

void tally(Tally *counts, const char *name);
void tally_bytes(Tally *counts, const char *name, size_t length);
long tally_total(const Tally *counts);
void tally_print(FILE *out, const char *name, const Tally *counts);

#endif
