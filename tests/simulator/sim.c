/* The lock, and waiting under it. */

#include "tests/simulator/sim.h"

#include <time.h>

enum {
        USEC_PER_SEC = 1000 * 1000,
};

uint64_t sim_now_usec(void) {
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

static int init_condition(pthread_cond_t *condition) {
        pthread_condattr_t attributes;
        int r;

        r = pthread_condattr_init(&attributes);
        if (r != 0)
                return -r;
        r = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (r == 0)
                r = pthread_cond_init(condition, &attributes);
        (void) pthread_condattr_destroy(&attributes);
        return -r;
}

int sim_init(Sim *sim, Error *reterr) {
        int r;

        *sim = (Sim) { .lock = PTHREAD_MUTEX_INITIALIZER };
        r = init_condition(&sim->changed);
        if (r < 0)
                return error_set(reterr, r, "cannot make a condition variable: out of resources");

        settings_init(&sim->settings);
        r = faults_new(&sim->faults);
        if (r < 0)
                return error_set(reterr, r, "cannot make the list of faults: out of memory");
        return 0;
}

void sim_deinit(Sim *sim) {
        sim->faults = faults_free(sim->faults);
        sim->log = requestlog_free(sim->log);
        sim->store = store_close(sim->store);
        (void) pthread_cond_destroy(&sim->changed);
        (void) pthread_mutex_destroy(&sim->lock);
}

void sim_lock(Sim *sim) {
        (void) pthread_mutex_lock(&sim->lock);
}

void sim_unlock(Sim *sim) {
        (void) pthread_mutex_unlock(&sim->lock);
}

/* Until something happens: false when the deadline came first. */
static bool wait_once(Sim *sim, uint64_t deadline_usec) {
        struct timespec deadline = {
                .tv_sec = (time_t) (deadline_usec / USEC_PER_SEC),
                .tv_nsec = (long) (deadline_usec % USEC_PER_SEC) * 1000,
        };

        if (deadline_usec == UINT64_MAX)
                return pthread_cond_wait(&sim->changed, &sim->lock) == 0;
        return pthread_cond_timedwait(&sim->changed, &sim->lock, &deadline) == 0;
}

void sim_wait(Sim *sim, uint64_t deadline_usec, const Fault *fault) {
        while (!sim->stopping && !fault_cleared(fault) && wait_once(sim, deadline_usec))
                ;
}

void sim_wait_change(Sim *sim, uint64_t deadline_usec, uint64_t revision) {
        while (!sim->stopping && sim->revision == revision && wait_once(sim, deadline_usec))
                ;
}

void sim_touch(Sim *sim) {
        sim->revision++;
        (void) pthread_cond_broadcast(&sim->changed);
}

void sim_stop(Sim *sim) {
        sim_lock(sim);
        sim->stopping = true;
        sim_touch(sim);
        sim_unlock(sim);
}
