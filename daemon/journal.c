/* Entries of the journal, or lines on stderr. See journal.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* Where in our source an entry is sent from is always the same line. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "daemon/journal.h"
#include "lib/base/cleanup.h"
#include "lib/base/utf8.h"

static enum { TO_STDERR, TO_TERMINAL, TO_JOURNAL } destination = TO_STDERR;

/* Whether stderr is the socket of the journal that the service manager opened for us, and nothing put in its place. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        uintmax_t device, inode;
        struct stat st;
        char *end;

        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return false;

        errno = 0;
        device = strtoumax(stream, &end, 10);
        if (errno || end == stream || *end != ':')
                return false;
        stream = end + 1;
        inode = strtoumax(stream, &end, 10);
        if (errno || end == stream || *end)
                return false;

        return device == st.st_dev && inode == st.st_ino;
}

void journal_init(void) {
        if (stderr_is_journal())
                destination = TO_JOURNAL;
        else if (isatty(STDERR_FILENO))
                destination = TO_TERMINAL;
        else
                destination = TO_STDERR;
}

void message_count(Message *message, const char *name, int64_t value) {
        if (message->n_counts < MESSAGE_COUNTS)
                message->counts[message->n_counts++] = (Count) { name, value };
}

/*
 * How many bytes of the text go over as they are: a character that is neither control nor broken; 0: escape one byte.
 */
static size_t plain_length(const char *text, size_t length) {
        uint32_t c;
        size_t n = utf8_decode(text, length, &c);

        /* U+2028 and U+2029 end lines in many viewers; the marks of direction can make a line read backwards. */
        if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) ||
            (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
                return 0;
        return n;
}

const char *journal_escape(const char *text, char *buf, size_t size) {
        static const char cut[] = "...";
        size_t length = strlen(text), room = size - sizeof(cut), used = 0;

        for (size_t i = 0; i < length;) {
                size_t n = plain_length(text + i, length - i);
                size_t need = n > 0 ? n : 4;

                if (used + need > room) {
                        memcpy(buf + used, cut, sizeof(cut));
                        return buf;
                }
                if (n > 0)
                        memcpy(buf + used, text + i, n);
                else
                        (void) snprintf(buf + used, 5, "\\x%02x", (unsigned char) text[i]);
                used += need;
                i += n > 0 ? n : 1;
        }
        buf[used] = '\0';
        return buf;
}

static const char *priority_word(int priority) {
        if (priority <= LOG_ERR)
                return "error: ";
        return priority == LOG_WARNING ? "warning: " : "";
}

size_t journal_line(const Message *message, bool terminal, char *buf, size_t size) {
        char text[JOURNAL_TEXT_MAX];
        int n;

        (void) journal_escape(message->text, text, sizeof(text));
        if (terminal)
                n = snprintf(buf, size, "%s%s\n", priority_word(message->priority), text);
        else
                n = snprintf(buf, size, "<%d>%s\n", message->priority, text);

        if (n < 0)
                return 0;
        return (size_t) n < size ? (size_t) n : size - 1;
}

typedef struct Fields {
        char **items;
        int n;
        bool failed;
} Fields;

static void field_add(Fields *fields, const char *format, ...) _printf_(2, 3);
static void field_add(Fields *fields, const char *format, ...) {
        va_list ap;
        int n;

        if (fields->failed || fields->n == JOURNAL_FIELDS_MAX)
                return;
        va_start(ap, format);
        n = vasprintf(&fields->items[fields->n], format, ap);
        va_end(ap);
        if (n < 0)
                fields->failed = true;
        else
                fields->n++;
}

static void field_add_text(Fields *fields, const char *name, const char *value) {
        char text[JOURNAL_VALUE_MAX];

        if (value)
                field_add(fields, "%s=%s", name, journal_escape(value, text, sizeof(text)));
}

int journal_fields(const Message *message, char *ret[static JOURNAL_FIELDS_MAX]) {
        Fields fields = { .items = ret };
        char text[JOURNAL_TEXT_MAX];

        field_add(&fields, "MESSAGE=%s", journal_escape(message->text, text, sizeof(text)));
        field_add(&fields, "PRIORITY=%d", message->priority);
        field_add(&fields, "MESSAGE_ID=%s", message->id);
        field_add(&fields, "LOCKTSYNC_EVENT=%s", message->event);
        if (message->cycle > 0)
                field_add(&fields, "LOCKTSYNC_CYCLE=%" PRId64, message->cycle);
        field_add_text(&fields, "LOCKTSYNC_ID_NUM", message->id_num);
        field_add_text(&fields, "LOCKTSYNC_ACTION", message->action);
        field_add_text(&fields, "LOCKTSYNC_ERROR", message->error);
        if (message->duration_usec >= 0)
                field_add(&fields, "LOCKTSYNC_DURATION_USEC=%" PRId64, message->duration_usec);
        for (size_t i = 0; i < message->n_counts; i++)
                field_add(&fields, "LOCKTSYNC_COUNT_%s=%" PRId64, message->counts[i].name, message->counts[i].value);
        if (message->config_file) {
                field_add_text(&fields, "CONFIG_FILE", message->config_file);
                field_add(&fields, "CONFIG_LINE=%u", message->config_line);
                field_add(&fields, "CONFIG_COLUMN=%u", message->config_column);
        }

        if (!fields.failed)
                return fields.n;
        while (fields.n > 0)
                free(ret[--fields.n]);
        return -ENOMEM;
}

static int send_to_journal(const Message *message) {
        char *fields[JOURNAL_FIELDS_MAX];
        struct iovec iov[JOURNAL_FIELDS_MAX];
        int n, r;

        n = journal_fields(message, fields);
        if (n < 0)
                return n;
        for (int i = 0; i < n; i++)
                iov[i] = (struct iovec) { fields[i], strlen(fields[i]) };
        r = sd_journal_sendv(iov, n);
        for (int i = 0; i < n; i++)
                free(fields[i]);
        return r;
}

void journal_send(const Message *message) {
        char line[JOURNAL_TEXT_MAX + 16];
        size_t n;

        if (destination == TO_JOURNAL && send_to_journal(message) >= 0)
                return;

        /* One write a line, so that lines of two processes do not mix. */
        n = journal_line(message, destination == TO_TERMINAL, line, sizeof(line));
        if (write(STDERR_FILENO, line, n) < 0)
                return;
}

void journal_say(Message message, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                message.text = "out of memory while telling what happened";
        } else
                message.text = text;
        journal_send(&message);
}
