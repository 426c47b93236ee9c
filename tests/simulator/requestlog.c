/* Requests as they came, in a bounded list. */

#include "tests/simulator/requestlog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        ENTRIES_MAX = 20000,
        BODIES_MAX = 256 * 1024 * 1024,
        METHOD_MAX = 16,
};

struct LogEntry {
        LogEntry *next;
        uint64_t number;
        uint64_t in_usec;
        uint64_t out_usec;
        char method[METHOD_MAX];
        char *path;
        char *query;
        Text body;
        bool body_json;
        size_t records;
        Text faults;            /* JSON strings with commas between them */
        LogState state;
        unsigned status;
        bool held;              /* a connection still refers to it */
        bool dropped;           /* out of the list: it goes when the connection lets go of it */
};

struct RequestLog {
        LogEntry *first;
        LogEntry *last;
        size_t n;
        size_t bytes;           /* of bodies */
        uint64_t number;
        uint64_t dropped;
        FILE *file;
};

static LogEntry *entry_free(LogEntry *entry) {
        if (!entry)
                return NULL;

        free(entry->path);
        free(entry->query);
        text_free(&entry->body);
        text_free(&entry->faults);
        free(entry);
        return NULL;
}
DEFINE_CLEANUP(LogEntry *, entry_free)

int requestlog_open(const char *path, RequestLog **ret, Error *reterr) {
        RequestLog *log;
        int fd;

        log = calloc(1, sizeof(*log));
        if (!log)
                return error_set(reterr, -ENOMEM, "cannot make the request log: out of memory");
        if (path) {
                fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
                log->file = fd >= 0 ? fdopen(fd, "a") : NULL;
                if (!log->file) {
                        int r = error_set(reterr, -errno, "cannot open log '%s': %s", path, strerror(errno));

                        if (fd >= 0)
                                (void) close(fd);
                        (void) requestlog_free(log);
                        return r;
                }
        }
        *ret = log;
        return 0;
}

RequestLog *requestlog_free(RequestLog *log) {
        if (!log)
                return NULL;

        while (log->first) {
                LogEntry *next = log->first->next;

                (void) entry_free(log->first);
                log->first = next;
        }
        if (log->file)
                (void) fclose(log->file);
        free(log);
        return NULL;
}

/* For an entry that is out of the list already. */
static void drop_entry(RequestLog *log, LogEntry *entry) {
        log->n--;
        log->bytes -= entry->body.length;
        entry->dropped = true;
        if (!entry->held)
                (void) entry_free(entry);
}

static void drop_first(RequestLog *log) {
        LogEntry *entry = log->first;

        log->first = entry->next;
        if (!log->first)
                log->last = NULL;
        drop_entry(log, entry);
}

/* A request that is being worked on stays, and what is behind it too. */
static void drop_surplus(RequestLog *log) {
        while (log->first && log->first->state != LOG_RUNNING && (log->n > ENTRIES_MAX || log->bytes > BODIES_MAX)) {
                drop_first(log);
                log->dropped++;
        }
}

LogEntry *requestlog_begin(RequestLog *log, uint64_t now_usec, const char *method, const char *path,
                           const char *query) {
        _cleanup_(entry_freep) LogEntry *entry = calloc(1, sizeof(*entry));

        if (!entry)
                return NULL;
        entry->path = strdup(path);
        entry->query = strdup(query);
        if (!entry->path || !entry->query)
                return NULL;
        (void) snprintf(entry->method, sizeof(entry->method), "%s", method);
        entry->number = ++log->number;
        entry->in_usec = now_usec;
        entry->held = true;

        if (log->last)
                log->last->next = entry;
        else
                log->first = entry;
        log->last = entry;
        log->n++;
        drop_surplus(log);
        return steal(entry);
}

void requestlog_set_body(RequestLog *log, LogEntry *entry, Text *body, bool json, size_t records) {
        log->bytes += body->length;
        entry->body = *body;
        *body = (Text) { 0 };
        entry->body_json = json;
        entry->records = records;
        drop_surplus(log);
}

void requestlog_add_fault(LogEntry *entry, const char *name) {
        if (entry->faults.length > 0)
                text_puts(&entry->faults, ",");
        text_json(&entry->faults, name, strlen(name));
}

static void write_entry(const LogEntry *entry, bool with_body, Text *text) {
        static const char *const states[] = {
                [LOG_RUNNING] = "running",
                [LOG_ANSWERED] = "answered",
                [LOG_CUT] = "cut",
                [LOG_BROKEN] = "broken",
        };

        text_printf(text, "{\"number\":%" PRIu64 ",\"in_usec\":%" PRIu64 ",\"out_usec\":", entry->number,
                    entry->in_usec);
        text_int(text, (int64_t) entry->out_usec);
        text_puts(text, ",\"method\":");
        text_json_bytes(text, entry->method, strlen(entry->method));
        text_puts(text, ",\"path\":");
        text_json_bytes(text, entry->path, strlen(entry->path));
        text_printf(text, ",\"query\":%s,\"records\":%zu,\"status\":%u,\"state\":\"%s\",\"faults\":[%s]", entry->query,
                    entry->records, entry->status, states[entry->state],
                    entry->faults.length > 0 ? entry->faults.data : "");
        if (with_body) {
                text_puts(text, ",\"body\":");
                if (entry->body.length == 0)
                        text_puts(text, "null");
                else if (entry->body_json)
                        text_append(text, entry->body.data, entry->body.length);
                else
                        text_json_bytes(text, entry->body.data, entry->body.length);
        }
        text_puts(text, "}");
}

void requestlog_end(RequestLog *log, LogEntry *entry, uint64_t now_usec, LogState state, unsigned status) {
        _cleanup_(text_free) Text line = { 0 };

        entry->out_usec = now_usec;
        entry->state = state;
        entry->status = status;
        if (!log->file)
                return;

        write_entry(entry, false, &line);
        text_puts(&line, "\n");
        if (text_status(&line) < 0)
                return;
        (void) fwrite(line.data, 1, line.length, log->file);
        (void) fflush(log->file);
}

void requestlog_release(LogEntry *entry, bool broken) {
        entry->held = false;
        if (broken && entry->state == LOG_ANSWERED)
                entry->state = LOG_BROKEN;
        if (entry->dropped)
                (void) entry_free(entry);
}

void requestlog_write(const RequestLog *log, uint64_t since, Text *text) {
        bool more = false;

        text_puts(text, "[");
        for (const LogEntry *entry = log->first; entry; entry = entry->next) {
                if (entry->number <= since)
                        continue;
                if (more)
                        text_puts(text, ",");
                write_entry(entry, true, text);
                more = true;
        }
        text_puts(text, "]");
}

uint64_t requestlog_last(const RequestLog *log) {
        return log->number;
}

uint64_t requestlog_dropped(const RequestLog *log) {
        return log->dropped;
}

void requestlog_clear(RequestLog *log) {
        LogEntry **link = &log->first;

        log->last = NULL;
        while (*link) {
                LogEntry *entry = *link;

                if (entry->state == LOG_RUNNING) {
                        log->last = entry;
                        link = &entry->next;
                        continue;
                }
                *link = entry->next;
                drop_entry(log, entry);
        }
}
