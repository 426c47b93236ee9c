/* Builds answers and hands them to libmicrohttpd. */

#include "tests/simulator/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void reply_init(Reply *reply) {
        *reply = (Reply) { .status = MHD_HTTP_OK, .retry_after = -1, .faults = BODY_FAULTS_NONE };
}

void reply_deinit(Reply *reply) {
        text_free(&reply->text);
        reply->listing = listing_free(reply->listing);
}

void reply_clear(Reply *reply) {
        BodyFaults faults = reply->faults;

        reply_deinit(reply);
        reply_init(reply);
        reply->faults = faults;
}

int reply_error(Reply *reply, unsigned status, const char *format, ...) {
        _cleanup_(freep) char *sentence = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&sentence, format, ap);
        va_end(ap);
        if (n < 0) {
                sentence = NULL;
                return -ENOMEM;
        }

        reply_clear(reply);
        reply->status = status;
        text_puts(&reply->text, "{\"data\":{\"error\":");
        text_json_bytes(&reply->text, sentence, (size_t) n);
        text_puts(&reply->text, "}}");
        return text_status(&reply->text);
}

int reply_status(Reply *reply, unsigned status) {
        switch (status) {
        case MHD_HTTP_BAD_REQUEST:
                return reply_error(reply, status, "There was an error processing your request.");
        case MHD_HTTP_UNAUTHORIZED:
                return reply_error(reply, status, "Access to the indicated resource was denied.");
        case MHD_HTTP_NOT_FOUND:
                return reply_error(reply, status, "The resource was not found.");
        case MHD_HTTP_CONTENT_TOO_LARGE:
                return reply_error(reply, status, "The request exceeds the maximum size.");
        case MHD_HTTP_TOO_MANY_REQUESTS:
                return reply_error(reply, status, "Rate limit exceeded.");
        default:
                if (status < 300) {
                        reply_clear(reply);
                        reply->status = status;
                        text_puts(&reply->text, "{\"data\":[]}");
                        return text_status(&reply->text);
                }
                return reply_error(reply, status, "An unexpected error has occurred.");
        }
}

int reply_append(void *context, const StoredRecord *record) {
        Reply *reply = context;
        Text *text = &reply->text;

        if (text->length > 0 && text->data[text->length - 1] != '[')
                text_puts(text, ",");
        text_append(text, record->json, record->length);
        return text_status(text);
}

static void reset_connection(Request *request) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection,
                                                                       MHD_CONNECTION_INFO_CONNECTION_FD);
        struct linger now = { .l_onoff = 1, .l_linger = 0 };

        if (info)
                (void) setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static struct MHD_Response *make_plain(Reply *reply) {
        struct MHD_Response *response;

        if (text_status(&reply->text) < 0)
                return NULL;
        response = MHD_create_response_from_buffer(reply->text.length, reply->text.data, MHD_RESPMEM_MUST_FREE);
        if (response)
                reply->text = (Text) { 0 };
        return response;
}

static struct MHD_Response *make_streamed(Reply *reply, Request *request) {
        Body *body = NULL;
        uint64_t length = MHD_SIZE_UNKNOWN;

        if (body_new(request->sim, &reply->text, &reply->listing, &reply->faults, &body) < 0)
                return NULL;
        if (reply->faults.promise_length && body_promise(body, &length) < 0) {
                body_free(body);
                return NULL;
        }
        /* libmicrohttpd frees the body with the response. */
        return MHD_create_response_from_callback(length, BODY_BLOCK, body_read, body, body_free);
}

static void add_headers(const Reply *reply, struct MHD_Response *response) {
        char seconds[24];

        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                       reply->content_type ? reply->content_type : "application/json");
        if (reply->retry_after >= 0) {
                (void) snprintf(seconds, sizeof(seconds), "%" PRId64, reply->retry_after);
                (void) MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
        }
        if (!reply->headers)
                return;
        json_object_object_foreach(reply->headers, key, value) {
                if (json_text(value))
                        (void) MHD_add_response_header(response, key, json_text(value));
        }
}

enum MHD_Result reply_send(Reply *reply, Request *request) {
        struct MHD_Response *response;
        enum MHD_Result queued;

        if (reply->cut) {
                if (reply->reset)
                        reset_connection(request);
                return MHD_NO;
        }

        response = reply->listing || body_faults_any(&reply->faults) ? make_streamed(reply, request)
                                                                     : make_plain(reply);
        if (!response)
                return MHD_NO;
        add_headers(reply, response);
        queued = MHD_queue_response(request->connection, reply->status, response);
        MHD_destroy_response(response);
        return queued;
}
