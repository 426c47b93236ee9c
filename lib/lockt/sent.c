/* Keeps what a write was about, and finds a record by its echo. */

#include "lib/lockt/sent.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

typedef struct Record {
        int64_t id;
        char *id_num, *email, *card_num, *name;
} Record;

struct Sent {
        SentRules rules;
        size_t n_records;
        Record *records;
};

Sent *sent_free(Sent *sent) {
        if (!sent)
                return NULL;

        for (size_t i = 0; i < sent->n_records; i++) {
                free(sent->records[i].id_num);
                free(sent->records[i].email);
                free(sent->records[i].card_num);
                free(sent->records[i].name);
        }
        free(sent->records);
        free(sent);
        return NULL;
}

/* An empty text identifies nobody. */
static int keep(const char *text, char **ret) {
        if (!text || !*text)
                return 0;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

int sent_new_records(const SentRules *rules, const Echo *records, size_t n_records, Sent **ret) {
        _cleanup_(sent_freep) Sent *sent = NULL;

        sent = calloc(1, sizeof(*sent));
        if (!sent)
                return -ENOMEM;
        sent->rules = *rules;
        sent->records = calloc(n_records > 0 ? n_records : 1, sizeof(*sent->records));
        if (!sent->records)
                return -ENOMEM;

        for (size_t i = 0; i < n_records; i++) {
                Record *record = &sent->records[sent->n_records++];

                record->id = records[i].id;
                if (keep(records[i].id_num, &record->id_num) < 0 || keep(records[i].email, &record->email) < 0 ||
                    keep(records[i].card_num, &record->card_num) < 0 || keep(records[i].name, &record->name) < 0)
                        return -ENOMEM;
        }

        *ret = steal(sent);
        return 0;
}

/* What of a user is sent, and may come back. */
static const char *sent_text(const User *user, Property property, uint32_t mask) {
        return mask & PROPERTY_BIT(property) ? user_text(user, property) : NULL;
}

/* Users may be written twice (ruling 14). */
int sent_new(LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users, Sent **ret) {
        const SentRules rules = {
                .asked = kind == LOCKT_UPDATE_PUT ? ANSWER_TO_NEW_WRITE : ANSWER_TO_WRITE,
                .counts = kind == LOCKT_CREATE ? SENT_AT_MOST : SENT_EXACT,
                .partial = true,
                .repeatable = true,
        };
        _cleanup_(freep) Echo *records = NULL;

        records = calloc(n_users > 0 ? n_users : 1, sizeof(*records));
        if (!records)
                return -ENOMEM;
        for (size_t i = 0; i < n_users; i++) {
                uint32_t mask = kind == LOCKT_UPDATE_PUT && masks ? masks[i] : UINT32_MAX;

                records[i] = (Echo) {
                        .id = users[i]->id,
                        .id_num = sent_text(users[i], PROPERTY_ID_NUM, mask),
                        .email = sent_text(users[i], PROPERTY_EMAIL, mask),
                        .card_num = sent_text(users[i], PROPERTY_CARD_NUM, mask),
                };
        }
        return sent_new_records(&rules, records, n_users, ret);
}

void sent_set_rules(Sent *sent, const SentRules *rules) {
        sent->rules = *rules;
}

const SentRules *sent_rules(const Sent *sent) {
        return &sent->rules;
}

size_t sent_count(const Sent *sent) {
        return sent->n_records;
}

typedef enum Key {
        BY_ID_NUM,
        BY_ID,
        BY_EMAIL,
        BY_CARD_NUM,
        BY_NAME,
        KEYS,
} Key;

static bool has_key(const Echo *echo, Key key) {
        switch (key) {
        case BY_ID_NUM:
                return echo->id_num;
        case BY_ID:
                return echo->id > 0;
        case BY_EMAIL:
                return echo->email;
        case BY_CARD_NUM:
                return echo->card_num;
        default:
                return echo->name;
        }
}

static bool same(const char *a, const char *b) {
        return a && b && strcmp(a, b) == 0;
}

static bool is_meant(const Record *record, const Echo *echo, Key key) {
        switch (key) {
        case BY_ID_NUM:
                return same(record->id_num, echo->id_num);
        case BY_ID:
                return record->id == echo->id;
        case BY_EMAIL:
                return record->email && strcasecmp(record->email, echo->email) == 0;
        case BY_CARD_NUM:
                return same(record->card_num, echo->card_num);
        default:
                return same(record->name, echo->name);
        }
}

/*
 * ruling 12: by id_num, then by e-mail, then by card number; doors have only a name. The id comes second, since a PUT
 * may have sent nothing else. A key that fits two records proves nothing.
 */
ssize_t sent_match(const Sent *sent, const Echo *echo) {
        for (Key key = 0; key < KEYS; key++) {
                ssize_t found = -1;

                if (!has_key(echo, key))
                        continue;
                for (size_t i = 0; i < sent->n_records; i++) {
                        if (!is_meant(&sent->records[i], echo, key))
                                continue;
                        if (found >= 0)
                                return -1;
                        found = (ssize_t) i;
                }
                if (found >= 0)
                        return found;
        }
        return -1;
}
