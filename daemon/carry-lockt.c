/* Requests of the sync to Lockt. See carry-lockt.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/service.h"

/* A client, and how many calls are under way on it. */
typedef struct Client {
        Lockt *lockt;
        unsigned calls;
        bool retired;
        struct Client *next;
} Client;

/* One thing that the sync asked for. */
typedef struct Errand {
        LocktCarrier *carrier;
        Client *client;
        LocktCall *call;
        SyncActionKind kind;
        size_t n_levels, allocated;
        Level *levels;
        bool has_user, is_fob;
        User user;
        int state_fault;                /* what the sync answered to a user that it could not take */
        Error error;
        struct Errand *next;
} Errand;

struct LocktCarrier {
        Service *service;
        Client *current;
        Client *clients;
        Errand *errands;
        LocktTurn *turns;               /* in the order in which they came */
        sd_event_source *sweep;         /* frees retired clients: not from inside their own callbacks */
};

LocktOptions carry_lockt_options(const Service *service, const Config *config) {
        return (LocktOptions) {
                .url = config->lockt.url.text,
                .apiuser = service->secrets.apiuser,
                .apikey = service->secrets.apikey,
                .ca_file = config->lockt.ca_file,
                .timezone = config->lockt.timezone,
                .timeout_usec = config->lockt.timeout_usec,
                .native_booleans = config->lockt.booleans == BOOLEANS_NATIVE,
        };
}

static int on_sweep(sd_event_source *source, void *userdata) {
        LocktCarrier *carrier = userdata;

        (void) source;
        for (Client **at = &carrier->clients; *at;) {
                Client *client = *at;

                if (!client->retired || client->calls > 0) {
                        at = &client->next;
                        continue;
                }
                *at = client->next;
                (void) lockt_free(client->lockt);
                free(client);
        }
        return 0;
}

static void sweep(LocktCarrier *carrier) {
        (void) sd_event_source_set_enabled(carrier->sweep, SD_EVENT_ONESHOT);
}

int carry_lockt_configure(LocktCarrier *carrier, Error *reterr) {
        const LocktOptions options = carry_lockt_options(carrier->service, carrier->service->config);
        Client *client;
        int r;

        client = calloc(1, sizeof(*client));
        if (!client)
                return error_set(reterr, -ENOMEM, "can't make a client for Lockt: out of memory");
        r = lockt_new(carrier->service->event, &options, &client->lockt, reterr);
        if (r < 0) {
                free(client);
                return r;
        }

        if (carrier->current)
                carrier->current->retired = true;
        client->next = carrier->clients;
        carrier->clients = carrier->current = client;
        sweep(carrier);
        return 0;
}

static void errand_free(Errand *errand) {
        for (size_t i = 0; i < errand->n_levels; i++)
                free(errand->levels[i].name);
        free(errand->levels);
        user_deinit(&errand->user);
        error_clear(&errand->error);
        free(errand);
}

static void unlink_errand(Errand *errand) {
        for (Errand **at = &errand->carrier->errands; *at; at = &(*at)->next)
                if (*at == errand) {
                        *at = errand->next;
                        return;
                }
}

static void report(Errand *errand, const LocktAnswer *answer) {
        Service *service = errand->carrier->service;
        _cleanup_(error_clear) Error error = ERROR_INIT;
        bool ok = answer->verdict == LOCKT_OK;
        Now now = clock_now();
        int r = 0;

        switch (errand->kind) {
        case SYNC_LIST_LEVELS:
                r = sync_levels_listed(service->sync, now, answer, errand->levels, errand->n_levels, &error);
                break;
        case SYNC_LIST_USERS:
                r = sync_users_listed(service->sync, now, answer, &error);
                break;
        case SYNC_GET_USER:
                r = sync_user_got(service->sync, now, answer, ok && errand->has_user ? &errand->user : NULL,
                                  errand->is_fob, &error);
                break;
        case SYNC_WRITE:
                meter_count_write(service->meter, answer);
                r = sync_written(service->sync, now, answer, &error);
                break;
        default:
                break;
        }
        (void) service_check(service, r, &error);
        if (errand->state_fault < 0)
                (void) service_check(service, errand->state_fault, &errand->error);
        service_poke(service);
}

static bool is_in_the_way(const Errand *errand, bool write) {
        return write ? errand->kind == SYNC_WRITE
                     : errand->kind == SYNC_LIST_USERS || errand->kind == SYNC_LIST_LEVELS;
}

static bool is_free(const LocktCarrier *carrier, bool write) {
        for (const Errand *errand = carrier->errands; errand; errand = errand->next)
                if (is_in_the_way(errand, write))
                        return false;
        for (const LocktTurn *turn = carrier->turns; turn; turn = turn->next)
                if (turn->write == write && turn->come)
                        return false;
        return true;
}

/* The first of each kind that waits, where nothing is in its way. */
static void call_up(LocktCarrier *carrier) {
        for (LocktTurn *turn = carrier->turns; turn; turn = turn->next) {
                if (turn->come || !is_free(carrier, turn->write))
                        continue;
                turn->come = true;
                turn->ready(turn->userdata);
        }
}

void carry_lockt_queue(LocktCarrier *carrier, LocktTurn *turn) {
        LocktTurn **at = &carrier->turns;

        while (*at)
                at = &(*at)->next;
        turn->carrier = carrier;
        turn->next = NULL;
        turn->come = is_free(carrier, turn->write);
        *at = turn;
}

void carry_lockt_leave(LocktTurn *turn) {
        LocktCarrier *carrier = turn->carrier;

        if (!carrier)
                return;
        for (LocktTurn **at = &carrier->turns; *at; at = &(*at)->next)
                if (*at == turn) {
                        *at = turn->next;
                        break;
                }
        turn->carrier = NULL;
        if (turn->write && turn->come)
                service_poke(carrier->service);
        turn->come = false;
        call_up(carrier);
}

bool carry_lockt_slot_lent(const LocktCarrier *carrier) {
        for (const LocktTurn *turn = carrier->turns; turn; turn = turn->next)
                if (turn->write && turn->come)
                        return true;
        return false;
}

static void on_done(void *userdata, const LocktAnswer *answer) {
        Errand *errand = userdata;
        LocktCarrier *carrier = errand->carrier;

        unlink_errand(errand);
        errand->client->calls--;
        report(errand, answer);
        if (errand->client->retired)
                sweep(carrier);
        errand_free(errand);
        call_up(carrier);
}

static int on_level(void *userdata, const Level *level) {
        Errand *errand = userdata;
        char *name;

        if (errand->n_levels == errand->allocated) {
                size_t n = errand->allocated ? errand->allocated * 2 : 64;
                Level *levels = reallocarray(errand->levels, n, sizeof(*levels));

                if (!levels)
                        return -ENOMEM;
                errand->levels = levels;
                errand->allocated = n;
        }
        name = strdup(level->name ? level->name : "");
        if (!name)
                return -ENOMEM;
        errand->levels[errand->n_levels++] = (Level) { .id = level->id, .name = name };
        return 0;
}

static int on_listed(void *userdata, const User *user, bool is_fob) {
        Errand *errand = userdata;

        errand->state_fault = sync_user_listed(errand->carrier->service->sync, user, is_fob, &errand->error);
        return errand->state_fault;
}

static int on_user(void *userdata, const User *user, bool is_fob) {
        Errand *errand = userdata;

        user_deinit(&errand->user);
        errand->has_user = true;
        errand->is_fob = is_fob;
        return user_copy(user, &errand->user);
}

static int begin(Errand *errand, const SyncAction *action, Error *reterr) {
        Lockt *lockt = errand->client->lockt;

        switch (action->kind) {
        case SYNC_LIST_LEVELS:
                return lockt_list_levels(lockt, on_level, on_done, errand, &errand->call, reterr);
        case SYNC_LIST_USERS:
                return lockt_list_users(lockt, on_listed, on_done, errand, &errand->call, reterr);
        case SYNC_GET_USER:
                return lockt_get_user(lockt, action->id, action->id_num, on_user, on_done, errand, &errand->call,
                                      reterr);
        case SYNC_WRITE:
                return lockt_write_users(lockt, action->write, action->users, action->masks, action->n_users, on_done,
                                         errand, &errand->call, reterr);
        default:
                return error_set(reterr, -EINVAL, "this is nothing to ask Lockt for");
        }
}

/* What could not even be sent is reported like a service that can't be reached: certainly nothing was carried out. */
static void report_unsent(LocktCarrier *carrier, SyncActionKind kind, const Error *error) {
        Errand errand = { .carrier = carrier, .kind = kind, .user = USER_INIT };
        _cleanup_(freep) char *message = strdup(error_message(error));
        const LocktAnswer answer = { .verdict = LOCKT_UNAVAILABLE, .message = message };

        report(&errand, &answer);
}

void carry_lockt_start(LocktCarrier *carrier, const SyncAction *action) {
        _cleanup_(error_clear) Error error = ERROR_INIT;
        Errand *errand;
        int r;

        errand = calloc(1, sizeof(*errand));
        if (!errand) {
                (void) error_set(&error, -ENOMEM, "can't ask Lockt: out of memory");
                report_unsent(carrier, action->kind, &error);
                return;
        }
        *errand = (Errand) { .carrier = carrier, .client = carrier->current, .kind = action->kind, .user = USER_INIT };

        r = begin(errand, action, &error);
        if (r < 0) {
                errand_free(errand);
                report_unsent(carrier, action->kind, &error);
                return;
        }
        errand->client->calls++;
        errand->next = carrier->errands;
        carrier->errands = errand;
}

bool carry_lockt_writing(const LocktCarrier *carrier) {
        for (const Errand *errand = carrier->errands; errand; errand = errand->next)
                if (errand->kind == SYNC_WRITE)
                        return true;
        return false;
}

Lockt *carry_lockt_client(LocktCarrier *carrier) {
        return carrier->current->lockt;
}

int carry_lockt_new(Service *service, LocktCarrier **ret, Error *reterr) {
        _cleanup_(carry_lockt_freep) LocktCarrier *carrier = NULL;
        int r;

        carrier = calloc(1, sizeof(*carrier));
        if (!carrier)
                return error_set(reterr, -ENOMEM, "can't prepare to speak with Lockt: out of memory");
        carrier->service = service;
        r = sd_event_add_defer(service->event, &carrier->sweep, on_sweep, carrier);
        if (r < 0)
                return error_set(reterr, r, "can't prepare to speak with Lockt: %s", strerror(-r));
        (void) sd_event_source_set_description(carrier->sweep, "former Lockt clients");
        (void) sd_event_source_set_enabled(carrier->sweep, SD_EVENT_OFF);
        r = carry_lockt_configure(carrier, reterr);
        if (r < 0)
                return r;

        *ret = steal(carrier);
        return 0;
}

LocktCarrier *carry_lockt_free(LocktCarrier *carrier) {
        if (!carrier)
                return NULL;
        (void) sd_event_source_disable_unref(carrier->sweep);
        for (Client *client = carrier->clients, *next; client; client = next) {
                next = client->next;
                (void) lockt_free(client->lockt);
                free(client);
        }
        for (Errand *errand = carrier->errands, *next; errand; errand = next) {
                next = errand->next;
                errand_free(errand);
        }
        free(carrier);
        return NULL;
}
