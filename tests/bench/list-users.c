/*
 * Lists the users of a Lockt into a state directory as the daemon does (lib/lockt, lib/state, one sd_event loop), and
 * says in JSON what it took: "usec" and "cpu_usec" from begin to end, "after_usec" and "after_cpu_usec" after the last
 * byte, "longest_usec" that anything else would have had to wait for a piece of work, "vmhwm_kib", "users", "changed".
 *
 *     list-users URL APIUSER APIKEY FOLDER
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "lib/lockt/lockt.h"
#include "lib/state/snapshot.h"

#define PIECE 256u      /* as lib/sync applies a listing */

typedef struct Bench {
        sd_event *event;
        State *state;
        Lockt *lockt;
        Error error;
        ListingTally tally;
        int64_t longest_usec, after_usec, after_cpu_usec;
        bool good;
} Bench;

static int64_t now_usec(clockid_t clock) {
        struct timespec t;

        (void) clock_gettime(clock, &t);
        return (int64_t) t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void took(Bench *bench, int64_t since_usec) {
        int64_t usec = now_usec(CLOCK_MONOTONIC) - since_usec;

        if (usec > bench->longest_usec)
                bench->longest_usec = usec;
}

static int on_user(void *userdata, const User *user, bool is_fob) {
        int64_t since = now_usec(CLOCK_MONOTONIC);
        Bench *bench = userdata;
        int r;

        r = snapshot_listing_add(bench->state, user, is_fob, user->unclear != 0, &bench->error);
        took(bench, since);
        return r;
}

static int compare_piece(Bench *bench) {
        int64_t since = now_usec(CLOCK_MONOTONIC);
        int r;

        r = snapshot_listing_tally(bench->state, &bench->tally, &bench->error);
        took(bench, since);
        return r;
}

static int apply_piece(Bench *bench) {
        int64_t since = now_usec(CLOCK_MONOTONIC);
        int r;

        r = snapshot_listing_apply(bench->state, PIECE, NULL, NULL, &bench->error);
        took(bench, since);
        return r;
}

/* The daemon does a piece each time that its loop turns; nothing else has to be done meanwhile here. */
static void on_done(void *userdata, const LocktAnswer *answer) {
        int64_t since = now_usec(CLOCK_MONOTONIC), cpu = now_usec(CLOCK_PROCESS_CPUTIME_ID);
        Bench *bench = userdata;
        int r;

        if (answer->verdict != LOCKT_OK)
                (void) error_set(&bench->error, -EIO, "the listing is %s: %s", lockt_verdict_name(answer->verdict),
                                 answer->message ? answer->message : "");
        else {
                while ((r = compare_piece(bench)) > 0)
                        ;
                while (r >= 0 && (r = apply_piece(bench)) > 0)
                        ;
                bench->good = r == 0;
        }
        bench->after_usec = now_usec(CLOCK_MONOTONIC) - since;
        bench->after_cpu_usec = now_usec(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        (void) sd_event_exit(bench->event, 0);
}

static int run(Bench *bench, const LocktOptions *options, const char *folder) {
        int r;

        r = state_open(folder, &bench->state, &bench->error);
        if (r != 0)
                return r;
        r = sd_event_new(&bench->event);
        if (r < 0)
                return r;
        r = lockt_new(bench->event, options, &bench->lockt, &bench->error);
        if (r < 0)
                return r;
        r = snapshot_listing_begin(bench->state, now_usec(CLOCK_REALTIME), &bench->error);
        if (r < 0)
                return r;
        r = lockt_list_users(bench->lockt, on_user, on_done, bench, NULL, &bench->error);
        if (r < 0)
                return r;
        return sd_event_loop(bench->event);
}

static long peak_kib(void) {
        char line[256];
        long kib = -1;
        FILE *file = fopen("/proc/self/status", "re");

        while (file && fgets(line, sizeof(line), file))
                if (sscanf(line, "VmHWM: %ld", &kib) == 1)
                        break;
        if (file)
                (void) fclose(file);
        return kib;
}

static void say(const Bench *bench, int64_t begun_usec) {
        printf("{\"usec\":%" PRId64 ",\"cpu_usec\":%" PRId64 ",", now_usec(CLOCK_MONOTONIC) - begun_usec,
               now_usec(CLOCK_PROCESS_CPUTIME_ID));
        printf("\"after_usec\":%" PRId64 ",\"after_cpu_usec\":%" PRId64 ",\"longest_usec\":%" PRId64 ",",
               bench->after_usec, bench->after_cpu_usec, bench->longest_usec);
        printf("\"vmhwm_kib\":%ld,\"users\":%" PRId64 ",\"changed\":%" PRId64 "}\n", peak_kib(), bench->tally.listed,
               bench->tally.changed);
}

int main(int argc, char **argv) {
        Bench bench = { .error = ERROR_INIT };
        LocktOptions options;
        int64_t begun;

        if (argc != 5) {
                fprintf(stderr, "usage: list-users URL APIUSER APIKEY FOLDER\n");
                return 2;
        }
        options = (LocktOptions) {
                .url = argv[1],
                .apiuser = argv[2],
                .apikey = argv[3],
                .timezone = "UTC",
                .timeout_usec = UINT64_C(60000000),
        };
        begun = now_usec(CLOCK_MONOTONIC);
        if (run(&bench, &options, argv[4]) != 0 || !bench.good)
                fprintf(stderr, "list-users: %s\n", error_message(&bench.error));
        else
                say(&bench, begun);

        (void) lockt_free(bench.lockt);
        (void) state_close(bench.state);
        (void) sd_event_unref(bench.event);
        error_clear(&bench.error);
        return bench.good ? EXIT_SUCCESS : EXIT_FAILURE;
}
