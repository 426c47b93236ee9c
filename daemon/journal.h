#pragma once

/*
 * Journal: where the daemon tells what happened
 *
 * One Message is one entry: a sentence and its facts as fields. When stderr is the journal (JOURNAL_STREAM names it)
 * the entry goes there with all fields; else the sentence goes to stderr as one line, behind the priority as "<4>",
 * or, on a terminal, behind a word where it is a warning or worse. What came from outside (keys, sentences of
 * servers) is escaped, so that nobody writes lines of his own into the log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_COUNTS 8
#define JOURNAL_TEXT_MAX 2048           /* of a sentence, escaped */
#define JOURNAL_VALUE_MAX 1024          /* of another field, escaped */
#define JOURNAL_FIELDS_MAX 32

typedef struct Count {
        const char *name;               /* "REVOKED": becomes LOCKTSYNC_COUNT_REVOKED= */
        int64_t value;
} Count;

typedef struct Message {
        const char *id;                 /* one of messages.h */
        const char *event;              /* "hr-down": LOCKTSYNC_EVENT= */
        int priority;                   /* as syslog(3) has them */
        const char *text;               /* the sentence */
        int64_t cycle;                  /* 0: none */
        const char *id_num, *action, *error;    /* NULL: none */
        int64_t duration_usec;          /* -1: none */
        size_t n_counts;
        Count counts[MESSAGE_COUNTS];
        const char *config_file;        /* NULL: it is about no place in a file */
        unsigned config_line, config_column;
} Message;

#define MESSAGE(i, e, p, ...) ((Message) { .id = (i), .event = (e), .priority = (p), .duration_usec = -1, __VA_ARGS__ })

void message_count(Message *message, const char *name, int64_t value);

/* Looks where stderr leads. */
void journal_init(void);

/* Sends an entry; what can't be sent anywhere is lost, since there is nobody to tell. */
void journal_send(const Message *message);

/* The same with a formatted sentence; @message->text is set for the call. */
void journal_say(Message message, const char *format, ...) __attribute__((__format__(printf, 2, 3)));

/* For the two above and their tests. */

/*
 * Copies @text into @buf of @size (at least 16), in UTF-8 without control characters: what is neither becomes \xNN, a
 * backslash stays; what is too long ends in "...". Answers @buf.
 */
const char *journal_escape(const char *text, char *buf, size_t size);

/* The line for stderr, with its newline, into @buf of @size. @terminal: a word in place of "<4>". */
size_t journal_line(const Message *message, bool terminal, char *buf, size_t size);

/*
 * Fields as sd_journal_sendv() takes them: texts "KEY=value", each owned by the caller. The number of them, or
 * -ENOMEM.
 */
int journal_fields(const Message *message, char *ret[static JOURNAL_FIELDS_MAX]);
