/*
 * lib/lockt: the life of calls in an event loop. The far side is a socket of this very process that answers what the
 * test says; what needs a whole service is in tests/integration/test_lockt_client.py.
 */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/lockt/lockt.h"

/* Answers the requests of one connection, one after the other. */
typedef struct Fixture {
        sd_event *event;
        Lockt *lockt;
        int listener, connection;
        sd_event_source *accept_source, *read_source;
        char url[64];
        const char *answer;             /* NULL: none; "": hangs up */
        char request[8192];             /* all that came */
        size_t length;
        LocktCall *call;                /* what on_user() cancels */
        bool free_when_done;
        bool write_when_done;
        unsigned n_users, n_done;
        int each_says;
        LocktVerdict verdict;
        bool sent;
        char message[256];
} Fixture;

static bool hang_resolver;

/* Stands in front of the C library's, which is what libcurl's resolver thread calls. */
#pragma GCC visibility push(default)
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret) {
        int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
        void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

        while (hang_resolver)
                (void) pause();
        memcpy(&real, &symbol, sizeof(real));
        return real ? real(node, service, hints, ret) : EAI_FAIL;
}
#pragma GCC visibility pop

static int on_request(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Fixture *fixture = userdata;
        ssize_t n;

        n = read(fd, fixture->request + fixture->length, sizeof(fixture->request) - 1 - fixture->length);
        if (n <= 0) {
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
                return 0;
        }
        fixture->length += (size_t) n;
        fixture->request[fixture->length] = '\0';
        if (!strstr(fixture->request, "\r\n\r\n") || !fixture->answer)
                return 0;
        if (*fixture->answer) {
                assert_int_equal(write(fd, fixture->answer, strlen(fixture->answer)), strlen(fixture->answer));
                assert_int_equal(shutdown(fd, SHUT_WR), 0);
        } else {
                fixture->read_source = sd_event_source_disable_unref(fixture->read_source);
                (void) close(fd);
                fixture->connection = -1;
        }
        return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Fixture *fixture = userdata;

        if (fixture->connection >= 0) {
                sd_event_source_disable_unref(fixture->read_source);
                (void) close(fixture->connection);
        }
        fixture->connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert_true(fixture->connection >= 0);
        fixture->length = 0;
        assert_true(sd_event_add_io(fixture->event, &fixture->read_source, fixture->connection, EPOLLIN, on_request,
                                    fixture) >= 0);
        return 0;
}

static void open_client(Fixture *fixture, const char *url) {
        const LocktOptions options = {
                .url = url, .apiuser = "the-user", .apikey = "the-key", .timezone = "UTC", .timeout_usec = 30000000,
        };

        assert_int_equal(lockt_new(fixture->event, &options, &fixture->lockt, NULL), 0);
}

static int set_up(void **state) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t length = sizeof(address);
        Fixture *fixture = calloc(1, sizeof(*fixture));

        assert_non_null(fixture);
        fixture->connection = -1;
        assert_true(sd_event_new(&fixture->event) >= 0);
        fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fixture->listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fixture->listener, 8), 0);
        assert_int_equal(getsockname(fixture->listener, (struct sockaddr *) &address, &length), 0);
        (void) snprintf(fixture->url, sizeof(fixture->url), "http://127.0.0.1:%u/api/v1", ntohs(address.sin_port));
        assert_true(sd_event_add_io(fixture->event, &fixture->accept_source, fixture->listener, EPOLLIN, on_connection,
                                    fixture) >= 0);
        open_client(fixture, fixture->url);
        *state = fixture;
        return 0;
}

static int tear_down(void **state) {
        Fixture *fixture = *state;

        lockt_free(fixture->lockt);
        sd_event_source_disable_unref(fixture->accept_source);
        sd_event_source_disable_unref(fixture->read_source);
        closep(&fixture->listener);
        closep(&fixture->connection);
        sd_event_unref(fixture->event);
        free(fixture);
        return 0;
}

static int on_user(void *userdata, const User *user, bool is_fob) {
        Fixture *fixture = userdata;

        fixture->n_users++;
        if (fixture->call) {
                lockt_cancel(fixture->call);
                (void) sd_event_exit(fixture->event, 0);
        }
        return fixture->each_says;
}

static void on_done(void *userdata, const LocktAnswer *answer);

static int start_write(Fixture *fixture, size_t n_users, LocktCall **ret) {
        const User user = USER_INIT, *pointers[101] = { &user };

        return lockt_write_users(fixture->lockt, LOCKT_UPDATE, pointers, NULL, n_users, on_done, fixture, ret, NULL);
}

static void on_done(void *userdata, const LocktAnswer *answer) {
        Fixture *fixture = userdata;

        fixture->n_done++;
        fixture->verdict = answer->verdict;
        fixture->sent = answer->sent;
        (void) snprintf(fixture->message, sizeof(fixture->message), "%s", answer->message);
        if (fixture->write_when_done) {
                fixture->write_when_done = false;
                assert_int_equal(start_write(fixture, 1, NULL), 0);
                return;
        }
        if (fixture->free_when_done)
                fixture->lockt = lockt_free(fixture->lockt);
        (void) sd_event_exit(fixture->event, 0);
}

#define ANSWER(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body

static void test_a_call_asks_and_is_answered(void **state) {
        static const char *const headers[] = {
                "GET /api/v1/user HTTP/1.1\r\n", "\r\napiuser: the-user\r\n", "\r\napikey: the-key\r\n",
                "\r\nContent-Type: application/json\r\n", "\r\nAccept: application/json\r\n",
                "\r\nUser-Agent: locktsync/",
        };
        Fixture *fixture = *state;

        fixture->answer = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"data\":[{\"id\":1},{\"id\":2}    ]}";
        assert_int_equal(lockt_list_users(fixture->lockt, on_user, on_done, fixture, NULL, NULL), 0);
        assert_int_equal(fixture->n_done, 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_done, 1);
        assert_int_equal(fixture->n_users, 2);
        assert_int_equal(fixture->verdict, LOCKT_OK);
        for (size_t i = 0; i < ELEMENTS(headers); i++)
                assert_non_null(strstr(fixture->request, headers[i]));
        assert_null(strstr(fixture->request, "Expect"));
}

static void test_the_client_may_be_freed_when_a_call_is_done(void **state) {
        Fixture *fixture = *state;
        LocktCall *other;

        fixture->answer = ANSWER("{\"data\":[]}");
        fixture->free_when_done = true;
        assert_int_equal(lockt_list_levels(fixture->lockt, NULL, on_done, fixture, &other, NULL), 0);
        assert_int_equal(lockt_list_users(fixture->lockt, on_user, on_done, fixture, &other, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_done, 1);
        assert_null(fixture->lockt);
}

static void test_a_call_may_start_when_one_is_done(void **state) {
        Fixture *fixture = *state;

        fixture->answer = ANSWER("{\"data\":{\"submitted\":1,\"inserted\":0,\"updated\":1,\"errors\":0}}");
        fixture->write_when_done = true;
        assert_int_equal(lockt_ping(fixture->lockt, on_done, fixture, NULL, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_done, 2);
        assert_int_equal(fixture->verdict, LOCKT_OK);
}

static void test_a_call_may_be_cancelled_while_it_reads(void **state) {
        Fixture *fixture = *state;

        fixture->answer = ANSWER("{\"data\":[{\"id\":1},{\"id\":2}]}");
        assert_int_equal(lockt_list_users(fixture->lockt, on_user, on_done, fixture, &fixture->call, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_users, 1);
        assert_int_equal(fixture->n_done, 0);
        fixture->call = NULL;
}

/* Its only @each comes when all is read. */
static void test_a_single_read_may_be_cancelled(void **state) {
        Fixture *fixture = *state;

        fixture->answer = ANSWER("{\"data\":[{\"id\":1}]}");
        assert_int_equal(lockt_get_user(fixture->lockt, 1, NULL, on_user, on_done, fixture, &fixture->call, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_users, 1);
        assert_int_equal(fixture->n_done, 0);
        fixture->call = NULL;
}

static void test_a_call_may_be_cancelled_before_it_starts(void **state) {
        Fixture *fixture = *state;
        LocktCall *call;

        assert_int_equal(lockt_ping(fixture->lockt, on_done, fixture, &call, NULL), 0);
        lockt_cancel(call);
        assert_true(sd_event_run(fixture->event, 0) >= 0);
        assert_int_equal(fixture->n_done, 0);
}

static void test_a_listing_may_be_stopped(void **state) {
        Fixture *fixture = *state;

        fixture->answer = ANSWER("{\"data\":[{\"id\":1},{\"id\":2}]}");
        fixture->each_says = -EAGAIN;
        assert_int_equal(lockt_list_users(fixture->lockt, on_user, on_done, fixture, NULL, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->n_users, 1);
        assert_int_equal(fixture->n_done, 1);
        assert_int_equal(fixture->verdict, LOCKT_UNKNOWN);
}

static void test_one_write_at_a_time(void **state) {
        Fixture *fixture = *state;
        LocktCall *call;

        fixture->answer = "";
        assert_int_equal(start_write(fixture, 0, NULL), -EINVAL);
        assert_int_equal(start_write(fixture, 101, NULL), -EINVAL);
        assert_int_equal(start_write(fixture, 1, &call), 0);
        assert_int_equal(start_write(fixture, 1, NULL), -EBUSY);
        lockt_cancel(call);

        /* The far side hangs up when it has read the request. */
        assert_int_equal(start_write(fixture, 1, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->verdict, LOCKT_UNKNOWN);
        assert_true(fixture->sent);
}

static void test_nobody_listens(void **state) {
        Fixture *fixture = *state;

        fixture->accept_source = sd_event_source_disable_unref(fixture->accept_source);
        closep(&fixture->listener);
        fixture->listener = -1;
        assert_int_equal(start_write(fixture, 1, NULL), 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        assert_int_equal(fixture->verdict, LOCKT_UNAVAILABLE);
        assert_false(fixture->sent);
        assert_non_null(strstr(fixture->message, "cannot connect to 127.0.0.1:"));
}

static void test_a_call_under_way_can_be_given_up(void **state) {
        Fixture *fixture = *state;

        /* Nobody answers; the request has left when it is seen on the other side. */
        assert_int_equal(lockt_list_users(fixture->lockt, on_user, on_done, fixture, NULL, NULL), 0);
        while (fixture->length == 0)
                assert_true(sd_event_run(fixture->event, UINT64_MAX) >= 0);
        fixture->lockt = lockt_free(fixture->lockt);
        assert_int_equal(fixture->n_done, 0);
}

static int on_alarm(sd_event_source *source, uint64_t usec, void *userdata) {
        return sd_event_exit(userdata, 0);
}

/* A stop is not kept waiting by a name server that says nothing. */
static void test_a_hanging_resolver_can_be_given_up(void **state) {
        Fixture *fixture = *state;

        lockt_free(fixture->lockt);
        open_client(fixture, "https://nowhere.invalid/api/v1");
        hang_resolver = true;
        assert_int_equal(lockt_ping(fixture->lockt, on_done, fixture, NULL, NULL), 0);
        assert_true(sd_event_add_time_relative(fixture->event, NULL, CLOCK_MONOTONIC, 20000, 1, on_alarm,
                                               fixture->event) >= 0);
        assert_int_equal(sd_event_loop(fixture->event), 0);
        (void) alarm(10);
        fixture->lockt = lockt_free(fixture->lockt);
        (void) alarm(0);
        assert_int_equal(fixture->n_done, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_a_call_asks_and_is_answered, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_the_client_may_be_freed_when_a_call_is_done, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_call_may_start_when_one_is_done, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_call_may_be_cancelled_while_it_reads, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_single_read_may_be_cancelled, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_call_may_be_cancelled_before_it_starts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_listing_may_be_stopped, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_one_write_at_a_time, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_nobody_listens, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_call_under_way_can_be_given_up, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_a_hanging_resolver_can_be_given_up, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
