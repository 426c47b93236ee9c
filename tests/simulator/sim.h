#pragma once

/*
 * The Simulator
 *
 * All that the threads of the connections share, under one lock. Requests are short; who waits (a delay, a held
 * request, a stalled body) waits in sim_wait(), which lets go of the lock.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/simulator/fault.h"
#include "tests/simulator/requestlog.h"
#include "tests/simulator/settings.h"
#include "tests/simulator/store.h"

typedef struct Counters {
        uint64_t reads;
        uint64_t writes;
        uint64_t records;               /* in the bodies of writes */
        uint64_t overlaps;              /* writes that came while another one was being worked on */
        uint64_t max_concurrent_writes;
} Counters;

typedef struct Sim {
        pthread_mutex_t lock;           /* guards everything below */
        pthread_cond_t changed;         /* the revision was counted up, or the end has come */
        bool stopping;
        uint64_t revision;              /* counts what happens, for who waits for something to happen */
        Settings settings;
        Counters counters;
        uint64_t writes_now;
        Faults *faults;
        RequestLog *log;
        Store *store;
} Sim;

/* An empty simulator without store and log. */
int sim_init(Sim *sim, Error *reterr);
void sim_deinit(Sim *sim);

void sim_lock(Sim *sim);
void sim_unlock(Sim *sim);

/* Waits, with the lock held, until @deadline_usec, until @fault was cleared, or until the end. */
void sim_wait(Sim *sim, uint64_t deadline_usec, const Fault *fault);

/* Something happened: wakes everybody who waits, to look again. */
void sim_touch(Sim *sim);

/* Waits, with the lock held, until the revision is not @revision any more, until @deadline_usec, or until the end. */
void sim_wait_change(Sim *sim, uint64_t deadline_usec, uint64_t revision);

/* Lets everybody go who waits: the end has come. */
void sim_stop(Sim *sim);

/* CLOCK_MONOTONIC */
uint64_t sim_now_usec(void);
