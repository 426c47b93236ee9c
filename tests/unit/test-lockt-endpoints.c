/*
 * lib/lockt: what goes out for each endpoint, and what becomes of the answer, by the blocking form of each call. The
 * far side is a thread of this process that answers what the test says.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/base/time.h"
#include "lib/lockt/lockt.h"

typedef struct Fixture {
        int listener;
        pthread_t thread;
        const char *status, *answer;            /* set before a call is waited for */
        char request[8192];                     /* of the last call */
        unsigned n_connections;
        Lockt *lockt;
        char url[64];
        char taken[4096];                       /* what the callbacks got, one object a line */
} Fixture;

/* The whole request is there when as many bytes follow the blank line as its header says. */
static bool is_whole(const char *request) {
        const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "Content-Length: ");

        if (!end)
                return false;
        return !length || strlen(end + 4) >= strtoul(length + strlen("Content-Length: "), NULL, 10);
}

/* True while the client may ask again on this connection. */
static bool serve_one(Fixture *fixture, int fd) {
        char request[8192] = "", head[256];
        size_t n = 0;
        ssize_t r;

        while (!is_whole(request)) {
                r = read(fd, request + n, sizeof(request) - 1 - n);
                if (r <= 0)
                        return false;
                n += (size_t) r;
                request[n] = '\0';
        }
        memcpy(fixture->request, request, sizeof(request));
        (void) snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", fixture->status,
                        strlen(fixture->answer));
        return write(fd, head, strlen(head)) > 0 &&
               write(fd, fixture->answer, strlen(fixture->answer)) == (ssize_t) strlen(fixture->answer);
}

/* Connections stay open for the client to use again; the listener is the first of the sockets. */
static void *serve(void *userdata) {
        struct pollfd sockets[16] = { { .events = POLLIN } };
        Fixture *fixture = userdata;
        nfds_t n = 1;

        sockets[0].fd = fixture->listener;
        while (poll(sockets, n, -1) > 0 && !(sockets[0].revents & (POLLHUP | POLLERR | POLLNVAL))) {
                for (nfds_t i = n - 1; i > 0; i--) {
                        if (sockets[i].revents != 0 && !serve_one(fixture, sockets[i].fd)) {
                                (void) close(sockets[i].fd);
                                sockets[i] = sockets[--n];
                        }
                }
                if (sockets[0].revents != 0 && n < ELEMENTS(sockets)) {
                        sockets[n].fd = accept(fixture->listener, NULL, NULL);
                        sockets[n++].events = POLLIN;
                        __atomic_add_fetch(&fixture->n_connections, 1, __ATOMIC_SEQ_CST);
                }
        }
        while (n > 1)
                (void) close(sockets[--n].fd);
        return NULL;
}

static int set_up(void **state) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        LocktOptions options = { .apiuser = "the-user", .apikey = "the-key", .timeout_usec = 30000000 };
        Fixture *fixture = calloc(1, sizeof(*fixture));
        socklen_t length = sizeof(address);

        assert_non_null(fixture);
        fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fixture->listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fixture->listener, 8), 0);
        assert_int_equal(getsockname(fixture->listener, (struct sockaddr *) &address, &length), 0);
        assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
        (void) snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%u/api/v1", ntohs(address.sin_port));
        options.url = fixture->url;
        assert_int_equal(lockt_new(NULL, &options, &fixture->lockt, NULL), 0);
        *state = fixture;
        return 0;
}

static int tear_down(void **state) {
        Fixture *fixture = *state;

        lockt_free(fixture->lockt);
        (void) shutdown(fixture->listener, SHUT_RDWR);
        (void) close(fixture->listener);
        assert_int_equal(pthread_join(fixture->thread, NULL), 0);
        free(fixture);
        return 0;
}

static int take(Fixture *fixture, LocktObject kind, const void *object) {
        _cleanup_(freep) char *line = lockt_object_format(kind, object, false);
        size_t n = strlen(fixture->taken);

        assert_non_null(line);
        (void) snprintf(fixture->taken + n, sizeof(fixture->taken) - n, "%s\n", line);
        return 0;
}

static int on_fob(void *userdata, const LocktFob *fob) {
        return take(userdata, LOCKT_FOB, fob);
}

static int on_fob_check(void *userdata, const LocktFobCheck *check) {
        return take(userdata, LOCKT_FOB_CHECK, check);
}

static int on_credential(void *userdata, const LocktCredential *credential) {
        return take(userdata, LOCKT_CREDENTIAL, credential);
}

static int on_summary(void *userdata, const LocktSummary *summary) {
        return take(userdata, LOCKT_SUMMARY, summary);
}

static int on_event(void *userdata, const LocktEvent *event) {
        return take(userdata, LOCKT_EVENT, event);
}

static int on_door(void *userdata, const LocktDoor *door) {
        return take(userdata, LOCKT_DOOR, door);
}

static int on_door_state(void *userdata, const LocktDoorState *door_state) {
        return take(userdata, LOCKT_DOOR_STATE, door_state);
}

static int on_schedule(void *userdata, const LocktSchedule *schedule) {
        return take(userdata, LOCKT_SCHEDULE, schedule);
}

static int on_access_level(void *userdata, const LocktAccessLevel *level) {
        return take(userdata, LOCKT_ACCESS_LEVEL, level);
}

static int on_card_num(void *userdata, const char *card_num) {
        Fixture *fixture = userdata;

        (void) snprintf(fixture->taken, sizeof(fixture->taken), "%s", card_num);
        return 0;
}

static int list_fobs(Fixture *fixture, LocktCall **ret) {
        return lockt_list_fobs(fixture->lockt, on_fob, NULL, fixture, ret, NULL);
}

static int check_fobs(Fixture *fixture, LocktCall **ret) {
        return lockt_check_fobs(fixture->lockt, on_fob_check, NULL, fixture, ret, NULL);
}

static int list_credentials(Fixture *fixture, LocktCall **ret) {
        return lockt_list_credentials(fixture->lockt, on_credential, NULL, fixture, ret, NULL);
}

static int count_credentials(Fixture *fixture, LocktCall **ret) {
        return lockt_count_credentials(fixture->lockt, on_summary, NULL, fixture, ret, NULL);
}

static int list_events(Fixture *fixture, LocktCall **ret) {
        return lockt_list_events(fixture->lockt, 0, on_event, NULL, fixture, ret, NULL);
}

static int list_later_events(Fixture *fixture, LocktCall **ret) {
        return lockt_list_events(fixture->lockt, 864, on_event, NULL, fixture, ret, NULL);
}

static int list_doors(Fixture *fixture, LocktCall **ret) {
        return lockt_list_doors(fixture->lockt, on_door, NULL, fixture, ret, NULL);
}

static int list_door_states(Fixture *fixture, LocktCall **ret) {
        return lockt_list_door_states(fixture->lockt, on_door_state, NULL, fixture, ret, NULL);
}

static int list_schedules(Fixture *fixture, LocktCall **ret) {
        return lockt_list_schedules(fixture->lockt, on_schedule, NULL, fixture, ret, NULL);
}

static int list_access_levels(Fixture *fixture, LocktCall **ret) {
        return lockt_list_access_levels(fixture->lockt, on_access_level, NULL, fixture, ret, NULL);
}

static int next_card_num(Fixture *fixture, LocktCall **ret) {
        return lockt_next_card_num(fixture->lockt, on_card_num, NULL, fixture, ret, NULL);
}

static int create_fobs(Fixture *fixture, LocktCall **ret) {
        static const LocktFob one = { .id_num = "F1", .card_num = "10", .name = "Fob 1",
                                      .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        static const LocktFob two = { .id_num = "F2", .card_num = "11", .name = "Fob 2",
                                      .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE };
        static const LocktFob *const fobs[] = { &one, &two };

        return lockt_create_fobs(fixture->lockt, fobs, 2, NULL, NULL, ret, NULL);
}

static int assign_fobs(Fixture *fixture, LocktCall **ret) {
        static const LocktAssignment assignments[] = {
                { .id = 7, .user_id = 9, .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE },
                { .id = 8, .user_id = 9, .access_effective = INSTANT_NONE, .access_expires = INSTANT_NONE },
        };

        return lockt_assign_fobs(fixture->lockt, assignments, 2, NULL, NULL, ret, NULL);
}

static int create_doors(Fixture *fixture, LocktCall **ret) {
        static const LocktDoor one = { .name = "Door 1" }, two = { .name = "Door 2" };
        static const LocktDoor *const doors[] = { &one, &two };

        return lockt_create_doors(fixture->lockt, doors, 2, NULL, NULL, ret, NULL);
}

static int reissue_credentials(Fixture *fixture, LocktCall **ret) {
        return lockt_reissue_credentials(fixture->lockt, "{\"credentials\":[{\"id\":335}]}", 1, NULL, NULL, ret, NULL);
}

static int validate_users(Fixture *fixture, LocktCall **ret) {
        static char id_num[] = "ABC123", card_num[] = "8769";
        User user = USER_INIT;
        const User *users[] = { &user };

        user.text[PROPERTY_ID_NUM] = id_num;
        user.text[PROPERTY_CARD_NUM] = card_num;
        return lockt_validate_users(fixture->lockt, LOCKT_CREATE, users, 1, NULL, NULL, ret, NULL);
}

/* The answer, waited for. */
static void ask(Fixture *fixture, int (*start)(Fixture *fixture, LocktCall **ret), const char *status,
                const char *answer, LocktAnswer *ret) {
        LocktCall *call = NULL;

        fixture->status = status;
        fixture->answer = answer;
        fixture->taken[0] = '\0';
        assert_int_equal(start(fixture, &call), 0);
        assert_int_equal(lockt_wait(call, ret, NULL), 0);
}

static void test_every_read_asks_its_endpoint_and_hands_out_what_came(void **state) {
        static const struct {
                int (*start)(Fixture *fixture, LocktCall **ret);
                const char *request, *answer, *taken;
        } cases[] = {
                { list_fobs, "GET /api/v1/fob HTTP/1.1\r\n",
                  "{\"data\":[{\"id\":5678,\"name\":\"Fob 1\",\"enabled\":true,\"accesslevels\":[{\"id\":3}]},"
                  "{\"id\":6789}]}",
                  "{\"id\":5678,\"id_num\":\"\",\"name\":\"Fob 1\",\"card_num\":\"\",\"credential_key\":\"\","
                  "\"enabled\":true,\"access_effective\":\"\",\"access_expires\":\"\",\"accesslevels\":[{\"id\":3}]}\n"
                  "{\"id\":6789,\"id_num\":\"\",\"name\":\"\",\"card_num\":\"\",\"credential_key\":\"\","
                  "\"enabled\":false,\"access_effective\":\"\",\"access_expires\":\"\"}\n" },
                { check_fobs, "GET /api/v1/fobcheck HTTP/1.1\r\n", "{\"data\":[]}", "" },
                { list_credentials, "GET /api/v1/credential HTTP/1.1\r\n",
                  "{\"data\":[{\"id\":335,\"card_num\":1003,\"user\":[]}]}",
                  "{\"id\":335,\"card_num\":\"1003\",\"credential_key\":\"\",\"claim_status\":\"\",\"user\":[]}\n" },
                { count_credentials, "GET /api/v1/credentialsummary HTTP/1.1\r\n",
                  "{\"data\":{\"claimed\":5,\"unclaimed\":2}}", "{\"claimed\":5,\"unclaimed\":2}\n" },
                { count_credentials, "GET /api/v1/credentialsummary HTTP/1.1\r\n",
                  "{\"data\":[{\"claim_status\":\"Claimed\",\"count\":5}]}",
                  "{\"claim_status\":\"Claimed\",\"count\":5}\n" },
                { list_events, "GET /api/v1/events HTTP/1.1\r\n",
                  "{\"data\":[{\"id\":865,\"code\":49,\"event_time\":\"2021-11-18 16:15:28\"}]}",
                  "{\"id\":865,\"device\":\"\",\"code\":49,\"code_text\":\"\",\"subcode_text\":\"\",\"schedule\":\"\","
                  "\"controller\":\"\",\"location\":\"\",\"card_num\":\"\",\"user\":\"\",\"category_text\":\"\","
                  "\"event_time\":\"2021-11-18T16:15:28Z\",\"db_time\":\"\"}\n" },
                { list_later_events, "GET /api/v1/events?id=864 HTTP/1.1\r\n", "{\"data\":[]}", "" },
                { list_doors, "GET /api/v1/door HTTP/1.1\r\n", "{\"data\":[{\"id\":166,\"name\":\"Office\"}]}",
                  "{\"id\":166,\"type\":\"\",\"name\":\"Office\",\"location\":\"\",\"enabled\":false,"
                  "\"controller\":\"\"}\n" },
                { list_door_states, "GET /api/v1/doorstate HTTP/1.1\r\n",
                  "{\"data\":[{\"id\":446,\"name\":\"Room 2\",\"battery_level\":0.74}]}",
                  "{\"id\":446,\"name\":\"Room 2\",\"battery_level\":0.74}\n" },
                { list_schedules, "GET /api/v1/schedule HTTP/1.1\r\n", "{\"data\":[{\"id\":543,\"d0\":1}]}",
                  "{\"id\":543,\"name\":\"\",\"d0\":1,\"d1\":0,\"d2\":0,\"d3\":0,\"d4\":0,\"d5\":0,\"d6\":0,"
                  "\"start\":\"\",\"stop\":\"\"}\n" },
                { list_access_levels, "GET /api/v1/accesslevel HTTP/1.1\r\n",
                  "{\"data\":[{\"id\":212,\"name\":\"A\"}]}",
                  "{\"id\":212,\"name\":\"A\"}\n" },
                { next_card_num, "GET /api/v1/nextcardnum HTTP/1.1\r\n", "{\"data\":\"1004\"}", "1004" },
                { next_card_num, "GET /api/v1/nextcardnum HTTP/1.1\r\n", "{\"data\":1004}", "1004" },
                { next_card_num, "GET /api/v1/nextcardnum HTTP/1.1\r\n", "{\"data\":[{\"card_num\":\"1004\"}]}",
                  "1004" },
        };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                ask(fixture, cases[i].start, "200 OK", cases[i].answer, &answer);
                assert_int_equal(answer.verdict, LOCKT_OK);
                assert_int_equal(answer.status, 200);
                assert_memory_equal(fixture->request, cases[i].request, strlen(cases[i].request));
                assert_non_null(strstr(fixture->request, "apikey: the-key\r\n"));
                assert_string_equal(fixture->taken, cases[i].taken);
        }
}

static void test_a_list_that_is_cut_off_is_no_list(void **state) {
        static int (*const starts[])(Fixture *fixture, LocktCall **ret) = {
                list_fobs, list_credentials, list_events, list_doors, list_door_states, list_schedules, next_card_num,
        };
        static const char *const answers[] = { "{\"data\":[{\"id\":1}", "{\"data\":[{\"id\":1},]}", "<html>", "" };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(starts); i++) {
                for (size_t j = 0; j < ELEMENTS(answers); j++) {
                        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                        ask(fixture, starts[i], "200 OK", answers[j], &answer);
                        assert_int_equal(answer.verdict, LOCKT_UNKNOWN);
                }
        }
}

static void test_what_is_pending_release_is_said_to_be_not_released(void **state) {   /* ruling 28 */
        static const struct {
                int (*start)(Fixture *fixture, LocktCall **ret);
                const char *message;
        } cases[] = {
                { check_fobs, "GET /fobcheck is not released on this instance (HTTP 404)" },
                { next_card_num, "GET /nextcardnum is not released on this instance (HTTP 404)" },
                { validate_users, "POST /uservalidate is not released on this instance (HTTP 404)" },
                { reissue_credentials, "POST /credential is not released on this instance (HTTP 404)" },
        };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                ask(fixture, cases[i].start, "404 Not Found", "{\"data\":{\"error\":\"no\"}}", &answer);
                assert_int_equal(answer.verdict, LOCKT_NOT_RELEASED);
                assert_string_equal(answer.message, cases[i].message);
        }
}

static void test_what_is_released_and_not_there_is_a_wrong_address(void **state) {
        Fixture *fixture = *state;
        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

        ask(fixture, list_fobs, "404 Not Found", "", &answer);
        assert_int_equal(answer.verdict, LOCKT_UNAVAILABLE);
}

#define COUNTS(submitted, inserted, updated, errors)                                                              \
        "{\"data\":{\"submitted\":" #submitted ",\"inserted\":" #inserted ",\"updated\":" #updated ",\"errors\":" \
        #errors "}}"

static void test_the_counts_of_a_write_must_add_up(void **state) {    /* rulings 13 and 37 */
        static const struct {
                int (*start)(Fixture *fixture, LocktCall **ret);
                const char *request, *answer;
                LocktVerdict verdict;
        } cases[] = {
                { create_fobs, "POST /api/v1/fob ", COUNTS(2, 2, 0, 0), LOCKT_OK },
                { create_fobs, "POST /api/v1/fob ", COUNTS(2, 1, 0, 0), LOCKT_UNKNOWN },
                { create_fobs, "POST /api/v1/fob ", COUNTS(3, 3, 0, 0), LOCKT_UNKNOWN },
                { assign_fobs, "PUT /api/v1/fob ", COUNTS(2, 2, 0, 0), LOCKT_OK },
                { assign_fobs, "PUT /api/v1/fob ", COUNTS(2, 0, 2, 0), LOCKT_OK },
                { assign_fobs, "PUT /api/v1/fob ", COUNTS(2, 1, 1, 0), LOCKT_OK },
                { assign_fobs, "PUT /api/v1/fob ", COUNTS(2, 1, 0, 0), LOCKT_UNKNOWN },
                { create_doors, "POST /api/v1/door ", COUNTS(2, 2, 0, 0), LOCKT_OK },
                { create_doors, "POST /api/v1/door ", COUNTS(2, 2, 2, 0), LOCKT_OK },
                { create_doors, "POST /api/v1/door ", COUNTS(2, 1, 1, 0), LOCKT_UNKNOWN },
                { validate_users, "POST /api/v1/uservalidate ", COUNTS(1, 0, 0, 0), LOCKT_OK },
                { validate_users, "POST /api/v1/uservalidate ", COUNTS(1, 1, 0, 0), LOCKT_OK },
                { reissue_credentials, "POST /api/v1/credential ", COUNTS(1, 0, 1, 0), LOCKT_OK },
        };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                ask(fixture, cases[i].start, "200 OK", cases[i].answer, &answer);
                assert_int_equal(answer.verdict, cases[i].verdict);
                assert_memory_equal(fixture->request, cases[i].request, strlen(cases[i].request));
        }
}

static void test_failed_records_are_found_by_what_they_bear(void **state) {   /* ruling 12 */
        static const struct {
                int (*start)(Fixture *fixture, LocktCall **ret);
                const char *answer;
                size_t index;
                LocktVerdict verdict;
                const char *message;
        } cases[] = {
                /* Without validate_fails_batch, nobody says what became of the other fob. */
                { create_fobs, "{\"errors\":[{\"error\":[\"Card taken: 11\"],\"input_data\":{\"id_num\":\"F2\"}}]}", 1,
                  LOCKT_UNKNOWN, "Card taken" },
                { create_fobs, "{\"data\":{\"submitted\":2,\"inserted\":1,\"updated\":0,\"errors\":1},"
                  "\"errors\":[{\"error\":[\"Card taken\"],\"input_data\":{\"card_num\":11}}]}", 1, LOCKT_OK,
                  "Card taken" },
                { assign_fobs, "{\"data\":{\"submitted\":2,\"inserted\":1,\"updated\":0,\"errors\":1},"
                  "\"errors\":[{\"error\":[\"No such user\"],\"input_data\":{\"id\":\"7\"}}]}", 0, LOCKT_OK,
                  "No such user" },
                { create_doors, "{\"result\":[\"Validation errors found.\"],\"errors\":[{\"error\":"
                  "[\"Door Name Already Exists: Door 1\"],\"input_data\":{\"name\":\"Door 1\"}}]}", 0, LOCKT_OK,
                  "Door Name Already Exists" },
                { create_doors, "{\"result\":[\"Validation errors found. Batch has failed. Details provided.\"],"
                  "\"errors\":[{\"error\":[\"Door Name Already Exists: Door 2\"],"
                  "\"input_data\":{\"name\":\"Door 2\"}}]}",
                  1, LOCKT_UNKNOWN, "Door Name Already Exists" },
                { validate_users, "{\"result\":[\"x\"],\"errors\":[{\"error\":[\"Non-Numeric card_num found: A\"],"
                  "\"input_data\":{\"id_num\":\"ABC123\"}}]}", 0, LOCKT_OK, "Non-Numeric card_num found" },
        };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                ask(fixture, cases[i].start, "400 Bad Request", cases[i].answer, &answer);
                assert_int_equal(answer.verdict, cases[i].verdict);
                assert_int_equal(answer.n_failures, 1);
                assert_int_equal(answer.failures[0].index, cases[i].index);
                assert_string_equal(answer.failures[0].message, cases[i].message);
        }
}

static void test_what_must_not_come_twice_never_rides_on_a_used_connection(void **state) {    /* ruling 35 */
        static const struct {
                int (*start)(Fixture *fixture, LocktCall **ret);
                bool fresh;
        } cases[] = {
                { assign_fobs, true },          /* the first of all */
                { assign_fobs, false },
                { create_fobs, true },
                { create_doors, true },
                { validate_users, false },
                { reissue_credentials, true },
        };
        Fixture *fixture = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };
                unsigned before = __atomic_load_n(&fixture->n_connections, __ATOMIC_SEQ_CST);

                ask(fixture, cases[i].start, "200 OK", COUNTS(1, 1, 0, 0), &answer);
                assert_int_equal(__atomic_load_n(&fixture->n_connections, __ATOMIC_SEQ_CST) - before, cases[i].fresh);
        }
}

static void test_a_write_holds_its_slot_until_it_was_answered(void **state) {
        Fixture *fixture = *state;
        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 }, other = { 0 };
        LocktCall *call = NULL, *second = NULL;

        fixture->status = "200 OK";
        fixture->answer = COUNTS(2, 2, 0, 0);
        assert_int_equal(create_fobs(fixture, &call), 0);
        assert_int_equal(create_doors(fixture, &second), -EBUSY);
        assert_int_equal(assign_fobs(fixture, &second), -EBUSY);
        assert_int_equal(validate_users(fixture, &second), -EBUSY);
        assert_int_equal(lockt_wait(call, &answer, NULL), 0);
        assert_int_equal(create_doors(fixture, &second), 0);
        assert_int_equal(lockt_wait(second, &other, NULL), 0);
        assert_int_equal(other.verdict, LOCKT_OK);
}

static void test_a_call_that_nobody_waits_for_goes_with_its_client(void **state) {
        Fixture *fixture = *state;
        LocktCall *call = NULL;

        fixture->status = "200 OK";
        fixture->answer = "{\"data\":[]}";
        assert_int_equal(list_fobs(fixture, &call), 0);
        assert_int_equal(list_doors(fixture, NULL), 0);
        lockt_cancel(call);
}

typedef struct Held {
        LocktCall *call;
        unsigned n;
        bool done;
} Held;

static int on_held_door(void *userdata, const LocktDoor *door) {
        Held *held = userdata;

        if (++held->n % 10000 == 1)
                lockt_hold(held->call, true);
        return 0;
}

static void on_held_done(void *userdata, const LocktAnswer *answer) {
        Held *held = userdata;

        held->done = true;
        assert_int_equal(answer->verdict, LOCKT_OK);
}

/* Many megabytes, of which a caller who takes no more than ten thousand doors at a time gets no more than that. */
static void test_a_list_is_held_while_it_can_not_be_taken_in(void **state) {
        enum { DOORS = 50000, LENGTH = 100, SLACK = 5000 };
        LocktOptions options = { .apiuser = "the-user", .apikey = "the-key", .timeout_usec = 30000000 };
        Fixture *fixture = *state;
        _cleanup_(freep) char *answer = malloc((size_t) DOORS * LENGTH + 64);
        _cleanup_(lockt_freep) Lockt *lockt = NULL;
        sd_event *event = NULL;
        Held held = { 0 };
        size_t n = 0;

        assert_non_null(answer);
        n += (size_t) snprintf(answer, 64, "{\"data\":[");
        for (unsigned i = 1; i <= DOORS; i++)
                n += (size_t) snprintf(answer + n, LENGTH + 1, "%s{\"id\":%u,\"name\":\"%060u\"}", i > 1 ? "," : "", i,
                                       i);
        (void) snprintf(answer + n, 64, "]}");
        fixture->status = "200 OK";
        fixture->answer = answer;
        options.url = fixture->url;
        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(lockt_new(event, &options, &lockt, NULL), 0);
        assert_int_equal(lockt_list_doors(lockt, on_held_door, on_held_done, &held, &held.call, NULL), 0);
        for (unsigned i = 0; i < DOORS / 10000; i++) {
                /* Until nothing comes any more. */
                while (sd_event_run(event, 300000) > 0 && !held.done)
                        ;
                assert_false(held.done);
                assert_true(held.n > i * 10000 && held.n <= i * 10000 + SLACK);
                lockt_hold(held.call, false);
        }
        while (!held.done)
                assert_true(sd_event_run(event, UINT64_MAX) >= 0);
        assert_int_equal(held.n, DOORS);
        lockt = lockt_free(lockt);
        sd_event_unref(event);
}

static void test_writes_are_bounded(void **state) {
        Fixture *fixture = *state;
        LocktCall *call = NULL;

        assert_int_equal(lockt_create_fobs(fixture->lockt, NULL, 0, NULL, NULL, &call, NULL), -EINVAL);
        assert_int_equal(lockt_assign_fobs(fixture->lockt, NULL, 101, NULL, NULL, &call, NULL), -EINVAL);
        assert_int_equal(lockt_create_doors(fixture->lockt, NULL, 101, NULL, NULL, &call, NULL), -EINVAL);
        assert_int_equal(lockt_reissue_credentials(fixture->lockt, "{", 1, NULL, NULL, &call, NULL), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_every_read_asks_its_endpoint_and_hands_out_what_came),
                TEST(test_a_list_that_is_cut_off_is_no_list),
                TEST(test_what_is_pending_release_is_said_to_be_not_released),
                TEST(test_what_is_released_and_not_there_is_a_wrong_address),
                TEST(test_the_counts_of_a_write_must_add_up),
                TEST(test_failed_records_are_found_by_what_they_bear),
                TEST(test_what_must_not_come_twice_never_rides_on_a_used_connection),
                TEST(test_a_write_holds_its_slot_until_it_was_answered),
                TEST(test_a_call_that_nobody_waits_for_goes_with_its_client),
                TEST(test_a_list_is_held_while_it_can_not_be_taken_in),
                TEST(test_writes_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
