/* libcurl in sd_event. */

#include "lib/lockt/transport.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>

#include "lib/lockt/body.h"
#include "lib/lockt/endpoint.h"

#define USEC_PER_SEC UINT64_C(1000000)
#define STREAM_BUFFER_SIZE (64L * 1024)
#define RETRY_AFTER_MAX_USEC (UINT64_C(3600) * USEC_PER_SEC)

typedef struct Watch Watch;

/* A socket of libcurl's in the event loop. */
struct Watch {
        sd_event_source *source;
        Watch *next;
};

struct Transport {
        sd_event *event;
        CURLM *multi;
        sd_event_source *timer;
        sd_event_source *turn;          /* starts what is queued, ends what was cancelled, hands out what is done */
        Watch *watches;
        Transfer *transfers;
        struct curl_slist *headers;
        Endpoint endpoint;
        char *ca_file;
        uint64_t timeout_usec;
        unsigned inside;                /* libcurl is on the stack: it must not be called again */
};

struct Transfer {
        Transport *transport;
        Transfer *previous, *next;
        CURL *easy;
        bool started;                   /* added to the multi handle */
        bool cancelled;
        bool hold, held;                /* what is wanted, and what libcurl was told */
        char *body;
        size_t length;
        TransferHandler handler;
        char detail[CURL_ERROR_SIZE];
};

static void wake(Transport *transport) {
        (void) sd_event_source_set_enabled(transport->turn, SD_EVENT_ONESHOT);
}

static void unlink_transfer(Transfer *transfer) {
        if (!transfer->transport)
                return;
        if (transfer->previous)
                transfer->previous->next = transfer->next;
        else if (transfer->transport->transfers == transfer)
                transfer->transport->transfers = transfer->next;
        if (transfer->next)
                transfer->next->previous = transfer->previous;
        transfer->previous = transfer->next = NULL;
        transfer->transport = NULL;
}

static Transfer *transfer_free(Transfer *transfer) {
        if (!transfer)
                return NULL;

        if (transfer->started)
                (void) curl_multi_remove_handle(transfer->transport->multi, transfer->easy);
        unlink_transfer(transfer);
        if (transfer->easy)
                curl_easy_cleanup(transfer->easy);
        body_free(transfer->body, transfer->length);
        free(transfer);
        return NULL;
}

DEFINE_CLEANUP(Transfer *, transfer_free)

void transfer_cancel(Transfer *transfer) {
        if (transfer->transport->inside == 0) {
                transfer_free(transfer);
                return;
        }
        transfer->cancelled = true;
        wake(transfer->transport);
}

void transfer_hold(Transfer *transfer, bool hold) {
        transfer->hold = hold;
        wake(transfer->transport);
}

/* libcurl works; what it finished is looked at in the next turn. */
static void act(Transport *transport, curl_socket_t fd, int events) {
        int running;

        transport->inside++;
        (void) curl_multi_socket_action(transport->multi, fd, events, &running);
        transport->inside--;
        wake(transport);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        int events = 0;

        if (revents & EPOLLIN)
                events |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                events |= CURL_CSELECT_OUT;
        if (revents & (EPOLLERR | EPOLLHUP))
                events |= CURL_CSELECT_ERR;
        act(userdata, fd, events);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static void watch_free(Transport *transport, Watch *watch) {
        for (Watch **p = &transport->watches; *p; p = &(*p)->next) {
                if (*p == watch) {
                        *p = watch->next;
                        break;
                }
        }
        sd_event_source_disable_unref(watch->source);
        free(watch);
}

static int watch_new(Transport *transport, curl_socket_t fd, uint32_t events) {
        Watch *watch;

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        if (sd_event_add_io(transport->event, &watch->source, fd, events, on_io, transport) < 0) {
                free(watch);
                return -ENOMEM;
        }
        (void) sd_event_source_set_description(watch->source, "lockt-socket");
        watch->next = transport->watches;
        transport->watches = watch;
        (void) curl_multi_assign(transport->multi, fd, watch);
        return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socketp) {
        Transport *transport = userdata;
        Watch *watch = socketp;
        uint32_t events = 0;

        if (what == CURL_POLL_REMOVE) {
                if (watch)
                        watch_free(transport, watch);
                return 0;
        }
        if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
                events |= EPOLLIN;
        if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
                events |= EPOLLOUT;

        if (!watch)
                return watch_new(transport, fd, events) < 0 ? -1 : 0;
        return sd_event_source_set_io_events(watch->source, events) < 0 ? -1 : 0;
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *userdata) {
        Transport *transport = userdata;

        if (timeout_ms < 0)
                return sd_event_source_set_enabled(transport->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(transport->timer, (uint64_t) timeout_ms * 1000) < 0)
                return -1;
        return sd_event_source_set_enabled(transport->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *userdata) {
        Transfer *transfer = userdata;
        long status = 0;

        if (transfer->cancelled)
                return 0;
        (void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        if (transfer->handler.body(transfer->handler.userdata, status, bytes, size * count) < 0)
                return 0;
        /* Here and now: libcurl may have megabytes to read before the loop turns. */
        if (transfer->hold && !transfer->held) {
                transfer->held = true;
                (void) curl_easy_pause(transfer->easy, CURLPAUSE_RECV);
        }
        return size * count;
}

static void read_end(Transfer *transfer, CURLcode code, TransferEnd *ret) {
        curl_off_t retry_after = 0, uploaded = 0;
        long request_size = 0;

        *ret = (TransferEnd) { .code = (int) code, .detail = transfer->detail };
        (void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &ret->status);
        (void) curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_size);
        (void) curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
        ret->sent = request_size > 0 || uploaded > 0;

        /* Seconds or a date (ruling 15); libcurl understands both. */
        if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after) == CURLE_OK && retry_after > 0) {
                ret->retry_after_usec = RETRY_AFTER_MAX_USEC;
                if ((uint64_t) retry_after < RETRY_AFTER_MAX_USEC / USEC_PER_SEC)
                        ret->retry_after_usec = (uint64_t) retry_after * USEC_PER_SEC;
        }
}

/* Tells the owner. The transport may be gone afterwards. */
static void finish(Transfer *transfer, CURLcode code) {
        _cleanup_(transfer_freep) Transfer *ended = NULL;
        TransferHandler handler = transfer->handler;
        TransferEnd end;

        read_end(transfer, code, &end);
        (void) curl_multi_remove_handle(transfer->transport->multi, transfer->easy);
        transfer->started = false;
        unlink_transfer(transfer);
        ended = transfer;
        handler.done(handler.userdata, &end);
}

/* Going on may hand out what libcurl has kept, so that it is done here, where nobody else is on the stack. */
static void hold_some(Transport *transport) {
        for (Transfer *transfer = transport->transfers; transfer; transfer = transfer->next) {
                if (!transfer->started || transfer->hold == transfer->held || transfer->cancelled)
                        continue;
                transfer->held = transfer->hold;
                transport->inside++;
                (void) curl_easy_pause(transfer->easy, transfer->hold ? CURLPAUSE_RECV : CURLPAUSE_CONT);
                transport->inside--;
        }
}

static void end_cancelled(Transport *transport) {
        Transfer *next;

        for (Transfer *transfer = transport->transfers; transfer; transfer = next) {
                next = transfer->next;
                if (transfer->cancelled)
                        transfer_free(transfer);
        }
}

/* Oldest first; 1 when one could not be started: it is done. */
static int start_queued(Transport *transport) {
        Transfer *last = transport->transfers;

        while (last && last->next)
                last = last->next;
        for (Transfer *transfer = last, *previous; transfer; transfer = previous) {
                previous = transfer->previous;
                if (transfer->started)
                        continue;
                transport->inside++;
                transfer->started = curl_multi_add_handle(transport->multi, transfer->easy) == CURLM_OK;
                transport->inside--;
                if (!transfer->started) {
                        finish(transfer, CURLE_OUT_OF_MEMORY);
                        return 1;
                }
        }
        return 0;
}

static int on_turn(sd_event_source *source, void *userdata) {
        Transport *transport = userdata;
        Transfer *transfer = NULL;
        CURLMsg *message;
        int left;

        end_cancelled(transport);
        hold_some(transport);
        message = curl_multi_info_read(transport->multi, &left);
        if (!message)
                return start_queued(transport);

        /* One a turn: the others come in a later one, so that nobody else in the loop has to wait for all of them. */
        wake(transport);
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer) != CURLE_OK || !transfer)
                return 0;
        finish(transfer, message->data.result);
        return 0;
}

const char *transport_host(const Transport *transport) {
        return transport->endpoint.host;
}

static void free_headers(struct curl_slist *headers) {
        for (struct curl_slist *header = headers; header; header = header->next)
                sodium_memzero(header->data, strlen(header->data));
        curl_slist_free_all(headers);
}

Transport *transport_free(Transport *transport) {
        if (!transport)
                return NULL;

        assert(transport->inside == 0);
        while (transport->transfers)
                transfer_free(transport->transfers);
        if (transport->multi)
                (void) curl_multi_cleanup(transport->multi);
        /* Sockets of idle connections that libcurl closed without saying so. */
        while (transport->watches)
                watch_free(transport, transport->watches);
        sd_event_source_disable_unref(transport->timer);
        sd_event_source_disable_unref(transport->turn);
        sd_event_unref(transport->event);
        free_headers(transport->headers);
        endpoint_deinit(&transport->endpoint);
        free(transport->ca_file);
        free(transport);
        return NULL;
}

static int add_header(Transport *transport, const char *name, const char *value) {
        size_t n = strlen(name) + strlen(": ") + strlen(value) + 1;
        struct curl_slist *headers;
        char *header;

        header = malloc(n);
        if (!header)
                return -ENOMEM;
        (void) snprintf(header, n, "%s:%s%s", name, *value ? " " : "", value);
        headers = curl_slist_append(transport->headers, header);
        body_free(header, n);
        if (!headers)
                return -ENOMEM;
        transport->headers = headers;
        return 0;
}

/* rulings 1 and 47; "Expect:" without a value keeps libcurl from waiting for a 100. */
static int make_headers(Transport *transport, const LocktOptions *options) {
        const struct {
                const char *name, *value;
        } headers[] = {
                { "apiuser", options->apiuser },
                { "apikey", options->apikey },
                { "Content-Type", "application/json" },
                { "Accept", "application/json" },
                { "Expect", "" },
        };
        int r;

        for (size_t i = 0; i < ELEMENTS(headers); i++) {
                r = add_header(transport, headers[i].name, headers[i].value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int make_sources(Transport *transport) {
        int r;

        /* To the millisecond, since that is what libcurl counts in. */
        r = sd_event_add_time_relative(transport->event, &transport->timer, CLOCK_MONOTONIC, 0, 1000, on_timer,
                                       transport);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(transport->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(transport->timer, "lockt-timer");

        r = sd_event_add_defer(transport->event, &transport->turn, on_turn, transport);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(transport->turn, "lockt-turn");
        return sd_event_source_set_enabled(transport->turn, SD_EVENT_OFF);
}

static int make_multi(Transport *transport) {
        transport->multi = curl_multi_init();
        if (!transport->multi ||
            curl_multi_setopt(transport->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
            curl_multi_setopt(transport->multi, CURLMOPT_SOCKETDATA, transport) != CURLM_OK ||
            curl_multi_setopt(transport->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted) != CURLM_OK ||
            curl_multi_setopt(transport->multi, CURLMOPT_TIMERDATA, transport) != CURLM_OK)
                return -ENOMEM;
        return 0;
}

/*
 * libcurl is told to leave signals alone (CURLOPT_NOSIGNAL), and OpenSSL writes to sockets with write(): a peer that
 * hangs
 * up would end the process. Who handles SIGPIPE already, keeps that.
 */
static void ignore_sigpipe(void) {
        struct sigaction action;

        if (sigaction(SIGPIPE, NULL, &action) >= 0 && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL)
                (void) signal(SIGPIPE, SIG_IGN);
}

int transport_new(sd_event *event, const LocktOptions *options, Transport **ret, Error *reterr) {
        _cleanup_(transport_freep) Transport *transport = NULL;
        int r;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return error_set(reterr, -EIO, "cannot set up libcurl");
        ignore_sigpipe();

        transport = calloc(1, sizeof(*transport));
        if (!transport)
                return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        transport->event = sd_event_ref(event);
        transport->timeout_usec = options->timeout_usec > 0 ? options->timeout_usec : 20 * USEC_PER_SEC;

        r = endpoint_init(&transport->endpoint, options, reterr);
        if (r < 0)
                return r;
        if (options->ca_file) {
                transport->ca_file = strdup(options->ca_file);
                if (!transport->ca_file)
                        return error_set(reterr, -ENOMEM, "cannot set up the Lockt client: out of memory");
        }
        r = make_multi(transport);
        if (r >= 0)
                r = make_headers(transport, options);
        if (r >= 0)
                r = make_sources(transport);
        if (r < 0)
                return error_set(reterr, r, "cannot set up the Lockt client: %s", strerror(-r));

        *ret = steal(transport);
        return 0;
}

/* Collects failures, so that a list of options reads as one. */
#define SET(option, value) (failed = curl_easy_setopt(easy, (option), (value)) != CURLE_OK || failed)

static bool set_security(const Transport *transport, CURL *easy) {
        bool failed = false;

        SET(CURLOPT_PROTOCOLS_STR, transport->endpoint.loopback ? "http,https" : "https");
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        if (transport->ca_file) {
                /* Whoever names a CA means that one, not the system's beside it. */
                SET(CURLOPT_CAINFO, transport->ca_file);
                SET(CURLOPT_CAPATH, NULL);
        }
        if (transport->endpoint.loopback)
                SET(CURLOPT_PROXY, "");
        return !failed;
}

static bool set_pace(const Transport *transport, CURL *easy, bool stream) {
        uint64_t ms = transport->timeout_usec / 1000 > 0 ? transport->timeout_usec / 1000 : 1;
        bool failed = false;

        if (ms > INT32_MAX)
                ms = INT32_MAX;
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long) ms);
        if (stream) {
                /* Fewer turns through the kernel for a listing of many megabytes. */
                SET(CURLOPT_BUFFERSIZE, STREAM_BUFFER_SIZE);
                SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
                SET(CURLOPT_LOW_SPEED_TIME, (long) (ms + 999) / 1000);
        } else
                SET(CURLOPT_TIMEOUT_MS, (long) ms);
        return !failed;
}

static bool set_manners(CURL *easy) {
        bool failed = false;

        SET(CURLOPT_NOSIGNAL, 1L);
        /* Name resolution has a thread of its own, which a stop must not wait for. */
        SET(CURLOPT_QUICK_EXIT, 1L);
        /* One stream a connection: a write never waits behind the bytes of a listing. */
        SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
        SET(CURLOPT_TCP_KEEPALIVE, 1L);
        SET(CURLOPT_ACCEPT_ENCODING, "gzip");
        SET(CURLOPT_USERAGENT, "locktsync/" LOCKTSYNC_VERSION);
        return !failed;
}

/*
 * ruling 35: on a connection that the far side closed in the meantime, libcurl sends again of its own accord. That is
 * harmless for users (ruling 14); what is not goes on a new connection.
 */
static bool set_request(Transfer *transfer, const char *method, unsigned flags) {
        CURL *easy = transfer->easy;
        bool failed = false;

        if (transfer->body) {
                SET(CURLOPT_POST, 1L);
                SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) transfer->length);
                SET(CURLOPT_POSTFIELDS, transfer->body);
        }
        if (flags & TRANSFER_FRESH)
                SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_CUSTOMREQUEST, method);
        SET(CURLOPT_HTTPHEADER, transfer->transport->headers);
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, transfer);
        SET(CURLOPT_PRIVATE, transfer);
        SET(CURLOPT_ERRORBUFFER, transfer->detail);
        return !failed;
}

static bool set_url(const Transport *transport, CURL *easy, const char *path) {
        _cleanup_(freep) char *url = NULL;

        return asprintf(&url, "%s%s", transport->endpoint.url, path) >= 0 &&
               curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

int transport_start(Transport *transport, const char *method, const char *path, char *body, size_t length,
                    unsigned flags, const TransferHandler *handler, Transfer **ret, Error *reterr) {
        _cleanup_(transfer_freep) Transfer *transfer = NULL;

        transfer = calloc(1, sizeof(*transfer));
        if (!transfer) {
                body_free(body, length);
                return error_set(reterr, -ENOMEM, "cannot ask Lockt: out of memory");
        }
        transfer->transport = transport;
        transfer->body = body;
        transfer->length = length;
        transfer->handler = *handler;
        transfer->easy = curl_easy_init();
        if (!transfer->easy || !set_url(transport, transfer->easy, path) || !set_security(transport, transfer->easy) ||
            !set_pace(transport, transfer->easy, flags & TRANSFER_STREAM) || !set_manners(transfer->easy) ||
            !set_request(transfer, method, flags))
                return error_set(reterr, -ENOMEM, "cannot ask Lockt: libcurl can't be set up for it");

        transfer->next = transport->transfers;
        if (transfer->next)
                transfer->next->previous = transfer;
        transport->transfers = transfer;
        wake(transport);
        *ret = steal(transfer);
        return 0;
}
