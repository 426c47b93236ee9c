/*
 * An example of liblockt: what an instance holds, and a person's door
 *
 *      cc lockt-example.c -o lockt-example $(pkg-config --cflags --libs lockt)
 *      LOCKT_APIUSER=… LOCKT_APIKEY=… ./lockt-example https://cloudapi.lockt.com/api/v1 [ID_NUM LEVEL]
 *
 * Prints the access levels with their doors, counts the users and shows weak batteries. With an id_num and the name of a
 * level, gives that level to that user: the record is read, changed and written back whole, as the API wants it.
 *
 * Every call is started and then waited for; a program with an event loop passes it to lockt_new(), and a callback in
 * place of NULL.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lockt/lockt.h>

struct example {
        const char *wanted;             /* the name of a level */
        int64_t level;                  /* its id */
        unsigned users, fobs;
        LocktUser user;
        bool has_user;
};

/* Waits for a call. 0 when the service did what it was asked for. */
static int finish(const char *what, int started, LocktCall *call, LocktError *error) {
        LocktAnswer answer = { 0 };
        int r = started;

        if (r >= 0)
                r = lockt_wait(call, &answer, error);
        if (r < 0)
                fprintf(stderr, "%s: %s\n", what, lockt_error_message(error));
        else if (answer.verdict != LOCKT_OK) {
                fprintf(stderr, "%s: %s: %s\n", what, lockt_verdict_name(answer.verdict),
                        answer.message ? answer.message : "");
                r = -EIO;
        }
        for (size_t i = 0; i < answer.n_failures; i++) {
                fprintf(stderr, "%s: record %zu: %s\n", what, answer.failures[i].index, answer.failures[i].message);
                r = -EIO;
        }
        lockt_answer_deinit(&answer);
        return r;
}

static int on_level(void *userdata, const LocktAccessLevel *level) {
        struct example *example = userdata;

        printf("level %" PRId64 " %s:", level->id, level->name);
        for (size_t i = 0; i < level->doors.n_items; i++)
                printf("%s %s", i > 0 ? "," : "", level->doors.items[i].name);
        printf("\n");
        if (example->wanted && strcmp(level->name, example->wanted) == 0)
                example->level = level->id;
        return 0;
}

static int on_listed(void *userdata, const LocktUser *user, bool is_fob) {
        struct example *example = userdata;

        (void) user;
        if (is_fob)
                example->fobs++;
        else
                example->users++;
        return 0;
}

static int on_door_state(void *userdata, const LocktDoorState *state) {
        (void) userdata;
        if (state->battery_level >= 0 && state->battery_level < 0.2)
                printf("battery of %s: %.0f %%\n", state->name, state->battery_level * 100);
        return 0;
}

/* What a callback is given is borrowed: a copy lasts. */
static int on_user(void *userdata, const LocktUser *user, bool is_fob) {
        struct example *example = userdata;

        (void) is_fob;
        example->has_user = true;
        return lockt_user_copy(user, &example->user);
}

static int show(Lockt *lockt, struct example *example, LocktError *error) {
        LocktCall *call = NULL;
        int r;

        r = lockt_list_access_levels(lockt, on_level, NULL, example, &call, error);
        r = finish("levels", r, call, error);
        if (r < 0)
                return r;
        r = lockt_list_users(lockt, on_listed, NULL, example, &call, error);
        r = finish("users", r, call, error);
        if (r < 0)
                return r;
        printf("%u users, %u fobs\n", example->users, example->fobs);
        r = lockt_list_door_states(lockt, on_door_state, NULL, example, &call, error);
        return finish("batteries", r, call, error);
}

static int give(Lockt *lockt, struct example *example, const char *id_num, LocktError *error) {
        const LocktUser *users[] = { &example->user };
        LocktCall *call = NULL;
        int r;

        if (example->level == 0) {
                fprintf(stderr, "there is no level '%s'\n", example->wanted);
                return -ENOENT;
        }
        r = lockt_get_user(lockt, 0, id_num, on_user, NULL, example, &call, error);
        r = finish(id_num, r, call, error);
        if (r < 0)
                return r;
        /* A record whose levels were not told, or whose form nobody understood, would lose what it has. */
        if (!example->has_user || !example->user.levels_known || example->user.unclear != 0) {
                fprintf(stderr, "%s: the record is not known as a whole\n", id_num);
                return -EBADMSG;
        }
        r = lockt_user_add_level(&example->user, example->level);
        if (r < 0)
                return r;
        r = lockt_write_users(lockt, LOCKT_UPDATE, users, NULL, 1, NULL, NULL, &call, error);
        r = finish(id_num, r, call, error);
        if (r >= 0)
                printf("%s has %s now\n", id_num, example->wanted);
        return r;
}

int main(int argc, char **argv) {
        const LocktOptions options = {
                .url = argc > 1 ? argv[1] : NULL, .apiuser = getenv("LOCKT_APIUSER"), .apikey = getenv("LOCKT_APIKEY"),
        };
        struct example example = { .wanted = argc > 3 ? argv[3] : NULL, .user = LOCKT_USER_INIT };
        LocktError error = LOCKT_ERROR_INIT;
        Lockt *lockt = NULL;
        int r;

        r = lockt_new(NULL, &options, &lockt, &error);
        if (r < 0)
                fprintf(stderr, "%s\n", lockt_error_message(&error));
        if (r >= 0)
                r = show(lockt, &example, &error);
        if (r >= 0 && argc > 3)
                r = give(lockt, &example, argv[2], &error);

        lockt_user_deinit(&example.user);
        lockt_error_clear(&error);
        lockt_free(lockt);
        return r < 0 ? 1 : 0;
}
