/* Lockt, as a configuration has it: connection, rights, levels. See check.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/check.h"
#include "lib/lockt/lockt.h"

typedef struct Asking {
        CheckWorld *world;
        size_t allocated;
        bool ok;                /* how the last call ended */
} Asking;

static void on_done(void *userdata, const LocktAnswer *answer) {
        Asking *asking = userdata;
        CheckReport *report = asking->world->report;
        const char *words = answer->message ? answer->message : lockt_verdict_name(answer->verdict);

        asking->ok = answer->verdict == LOCKT_OK;
        if (answer->verdict == LOCKT_UNAUTHORIZED)
                check_say(report, CHECK_ERROR, "lockt",
                          "renew lockt.apiuser and lockt.apikey, or let Lockt's support give "
                          "them the rights to read and write users",
                          "refuses the credentials: %s", words);
        else if (!asking->ok)
                check_say(report, CHECK_ERROR, "lockt", NULL, "%s", words);
        (void) sd_event_exit(asking->world->event, 0);
}

static int by_id(const void *a, const void *b) {
        const Level *one = a, *other = b;

        return (one->id > other->id) - (one->id < other->id);
}

static int on_level(void *userdata, const Level *level) {
        Asking *asking = userdata;
        CheckWorld *world = asking->world;
        char *name;

        if (world->n_levels == asking->allocated) {
                size_t n = asking->allocated > 0 ? asking->allocated * 2 : 64;
                Level *levels = reallocarray(world->levels, n, sizeof(*levels));

                if (!levels)
                        return -ENOMEM;
                world->levels = levels;
                asking->allocated = n;
        }
        name = strdup(level->name ? level->name : "");
        if (!name)
                return -ENOMEM;
        world->levels[world->n_levels++] = (Level) { .id = level->id, .name = name };
        return 0;
}

/* A loop ends once; each call has one of its own. */
static int renew_loop(CheckWorld *world) {
        world->event = sd_event_unref(world->event);
        return sd_event_new(&world->event);
}

typedef int (*Begin)(Lockt *lockt, Asking *asking, LocktCall **call, Error *reterr);

static int begin_ping(Lockt *lockt, Asking *asking, LocktCall **call, Error *reterr) {
        return lockt_ping(lockt, on_done, asking, call, reterr);
}

static int begin_levels(Lockt *lockt, Asking *asking, LocktCall **call, Error *reterr) {
        return lockt_list_levels(lockt, on_level, on_done, asking, call, reterr);
}

static int ask(CheckWorld *world, const LocktOptions *options, Begin begin, Asking *asking) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        _cleanup_(lockt_freep) Lockt *lockt = NULL;
        LocktCall *call = NULL;
        int r;

        asking->ok = false;
        r = renew_loop(world);
        if (r < 0)
                return r;
        r = lockt_new(world->event, options, &lockt, &error);
        if (r >= 0)
                r = begin(lockt, asking, &call, &error);
        if (r < 0) {
                check_say(world->report, CHECK_ERROR, "lockt", NULL, "%s", error_message(&error));
                return r == -ENOMEM ? r : 0;
        }
        r = sd_event_loop(world->event);
        return r < 0 ? r : 0;
}

static void on_complaint(void *userdata, Mark mark, const char *sentence) {
        CheckWorld *world = userdata;

        check_complain(world->report, "levels", world->config, mark, sentence);
}

static int bind_levels(CheckWorld *world) {
        int r;

        qsort(world->levels, world->n_levels, sizeof(*world->levels), by_id);
        r = mapping_bind_levels(world->mapping, world->levels, world->n_levels, NULL, 0, on_complaint, world);
        if (r == 0)
                check_say(world->report, CHECK_OK, "levels", NULL, "all that rules name are among the %zu of Lockt",
                          world->n_levels);
        return r < 0 ? r : 0;
}

/*
 * The service's credentials are not there outside of the service: no mistake of the file, but Lockt stays unchecked.
 * False: said so.
 */
static bool read_secret(CheckWorld *world, const Text *source, char **ret) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        bool ours = strncmp(source->text, "credential:", 11) == 0 && !getenv("CREDENTIALS_DIRECTORY");

        if (config_read_secret(source, ret, &error) >= 0)
                return true;
        if (ours)
                check_say(world->report, CHECK_WARNING, "lockt",
                          "'locktsyncctl check' without --config asks the daemon, "
                          "which has them; or set CREDENTIALS_DIRECTORY to a directory that holds them",
                          "not asked: '%s' is there for the service alone", source->text);
        else
                check_say(world->report, CHECK_ERROR, "lockt", "put the value where the configuration says it is",
                          "%s", error_message(&error));
        return false;
}

int check_lockt(CheckWorld *world) {
        const Config *config = world->config;
        _cleanup_(secret_freep) char *apiuser = NULL, *apikey = NULL;
        Asking asking = { .world = world };
        int r;

        if (!read_secret(world, &config->lockt.apiuser, &apiuser) ||
            !read_secret(world, &config->lockt.apikey, &apikey))
                return 0;
        const LocktOptions options = {
                .url = config->lockt.url.text,
                .apiuser = apiuser,
                .apikey = apikey,
                .ca_file = config->lockt.ca_file,
                .timezone = config->lockt.timezone,
                .timeout_usec = config->lockt.timeout_usec,
                .native_booleans = config->lockt.booleans == BOOLEANS_NATIVE,
        };

        r = ask(world, &options, begin_ping, &asking);
        if (r < 0 || !asking.ok)
                return r;
        check_say(world->report, CHECK_OK, "lockt", NULL, "%s answers, and accepts the credentials", options.url);
        r = ask(world, &options, begin_levels, &asking);
        if (r < 0 || !asking.ok)
                return r;
        return bind_levels(world);
}
