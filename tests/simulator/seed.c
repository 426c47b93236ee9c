/* Levels, their doors, schedules and users to begin with. */

#include "tests/simulator/seed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        START_MAX = 100,
        FROM = 1640995200,      /* 2022-01-01 */
};

static const struct {
        const char *name;
        int64_t id;
        int64_t doors[2];
} documented[] = {
        { "Security", 208, { 983, 1087 } },
        { "Administration", 212, { 0 } },
        { "Cardholder", 512, { 0 } },
        { "Housekeeping", 574, { 1087, 0 } },
};

static const struct {
        int64_t id;
        const char *name;
        int64_t battery;
} doors[] = {
        { 983, "Office Door", 64 },
        { 1087, "Front Door", 99 },
};

static const struct {
        int64_t id;
        const char *name;
        int64_t days;
        const char *start;
        const char *stop;
} schedules[] = {
        { 543, "0800-1700 M-F", 0x1f, "08:00:00", "16:59:59" },
        { 1404, "Weekend Cleaners", 0x60, "06:40:00", "19:49:59" },
};

static int add_door(Store *store, size_t index) {
        _cleanup_(door_deinit) Door door = DOOR_INIT;
        int r;

        door.id = doors[index].id;
        door.battery = doors[index].battery;
        r = door_set_text(&door, DOOR_NAME, doors[index].name);
        return r == 0 ? store_door_put(store, &door) : r;
}

static int add_doors(Store *store, int64_t level, const int64_t of_level[static 2]) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < 2; i++) {
                for (size_t k = 0; r == 0 && k < ELEMENTS(doors); k++) {
                        if (doors[k].id == of_level[i])
                                r = add_door(store, k);
                }
                if (r == 0 && of_level[i] > 0)
                        r = store_level_add_door(store, level, of_level[i]);
        }
        return r;
}

static int add_schedules(Store *store) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTS(schedules); i++) {
                _cleanup_(schedule_deinit) Schedule schedule = { .id = schedules[i].id, .days = schedules[i].days };

                r = schedule_parse_time(schedules[i].start, &schedule.start);
                if (r == 0)
                        r = schedule_parse_time(schedules[i].stop, &schedule.stop);
                schedule.name = strdup(schedules[i].name);
                if (!schedule.name)
                        return -ENOMEM;
                if (r == 0)
                        r = store_schedule_put(store, &schedule);
        }
        return r;
}

static int add_level(Store *store, const char *name) {
        int64_t id = 0;
        int r;

        for (size_t i = 0; i < ELEMENTS(documented); i++) {
                id = documented[i].id;
                if (strcmp(documented[i].name, name) != 0 || levels_name(store_levels(store), id))
                        continue;
                r = store_level_add(store, &id, name);
                return r < 0 ? r : add_doors(store, id, documented[i].doors);
        }
        id = 0;
        return store_level_add(store, &id, name);
}

int seed_levels(Store *store, const char *names, Error *reterr) {
        _cleanup_(freep) char *list = NULL;
        char *rest, *name;
        int r;

        if (levels_count(store_levels(store)) > 0)
                return 0;
        list = strdup(names);
        if (!list)
                return error_set(reterr, -ENOMEM, "cannot make the levels: out of memory");
        for (rest = list; (name = strsep(&rest, ","));) {
                if (name[0] == '\0')
                        return error_set(reterr, -EINVAL, "--levels takes names with commas between them, not '%s'",
                                         names);
                r = add_level(store, name);
                if (r < 0)
                        return error_set(reterr, r, "cannot make level '%s': %s", name, strerror(-r));
        }
        r = add_schedules(store);
        return r < 0 ? error_set(reterr, r, "cannot make the schedules: %s", strerror(-r)) : 0;
}

typedef struct Start {
        int prefix;             /* so many bytes of the text are kept */
        int width;              /* and so many digits are counted up */
        int64_t number;
        const char *text;
} Start;

static int parse_start(const char *text, Start *ret, Error *reterr) {
        size_t length = strlen(text), digits = 0;
        Start start = { .text = text };

        while (digits < length && strchr("0123456789", text[length - 1 - digits]))
                digits++;
        if (digits == 0 || digits > 15 || length > START_MAX)
                return error_set(reterr, -EINVAL,
                                 "--seed-start takes an id_num that ends with 1 to 15 digits, not '%s'", text);
        for (size_t i = length - digits; i < length; i++)
                start.number = start.number * 10 + (text[i] - '0');
        start.prefix = (int) (length - digits);
        start.width = (int) digits;
        *ret = start;
        return 0;
}

/* Each text is a formula of the number, so that SQL can say it too. They are in lockt-sim(1). */
static int make_user(User *user, const Start *start, int64_t number) {
        char text[256];
        int r = 0;

        (void) snprintf(text, sizeof(text), "%.*s%0*" PRId64, start->prefix, start->text, start->width, number);
        r |= user_set_text(user, USER_ID_NUM, text);
        (void) snprintf(text, sizeof(text), "First%" PRId64, number);
        r |= user_set_text(user, USER_FIRST_NAME, text);
        (void) snprintf(text, sizeof(text), "Last%" PRId64, number);
        r |= user_set_text(user, USER_LAST_NAME, text);
        (void) snprintf(text, sizeof(text), "user%" PRId64 "@example.org", number);
        r |= user_set_text(user, USER_EMAIL, text);
        (void) snprintf(text, sizeof(text), "555%07" PRId64, number % 10000000);
        r |= user_set_text(user, USER_PHONE, text);
        (void) snprintf(text, sizeof(text), "%" PRId64, 10000000 + number);
        r |= user_set_text(user, USER_CARD_NUM, text);
        user->effective = FROM;
        return r;
}

static int add_user(Store *store, const Start *start, int64_t number, int64_t level) {
        _cleanup_(user_deinit) User user = USER_INIT;
        int64_t other;
        int r;

        if (make_user(&user, start, number) != 0)
                return -ENOMEM;
        if (level > 0) {
                r = user_add_level(&user, level);
                if (r < 0)
                        return r;
        }
        r = store_user_find(store, USER_ID_NUM, user_text(&user, USER_ID_NUM), 0, &other);
        return r == STORE_NOBODY ? store_user_insert(store, &user) : r;
}

int seed_users(Store *store, int64_t n, const char *start_text, Error *reterr) {
        const Levels *levels = store_levels(store);
        int64_t level = 0;
        Start start;
        int r;

        r = parse_start(start_text, &start, reterr);
        if (r < 0)
                return r;
        if (levels_find(levels, "Cardholder", &level) != 0 && levels_count(levels) > 0)
                level = levels_id(levels, 0);

        r = store_begin(store);
        for (int64_t i = 0; r == 0 && i < n; i++)
                r = add_user(store, &start, start.number + i, level);
        if (r == 0)
                return store_commit(store);
        store_rollback(store);
        return error_set(reterr, r, "cannot make %" PRId64 " users: %s", n, strerror(-r));
}
