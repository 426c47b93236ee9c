/*
 * Any bytes as the answer to a write: one of the verdicts, with no failure that was not in the batch. The strict
 * scanner
 * is compared with json-c on the way: what it takes, json-c must take.
 */

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lockt/answer.h"
#include "lib/lockt/json.h"
#include "tests/fuzz/fuzz.h"

enum {
        RECORDS = 3,
};

static Sent *make_sent(LocktWrite kind) {
        User users[RECORDS];
        const User *pointers[RECORDS];
        Sent *sent = NULL;

        for (unsigned i = 0; i < RECORDS; i++) {
                char text[32];

                users[i] = USER_INIT;
                users[i].id = i + 1;
                (void) snprintf(text, sizeof(text), "A%u", i);
                if (user_set_text(&users[i], PROPERTY_ID_NUM, text) < 0)
                        abort();
                (void) snprintf(text, sizeof(text), "a%u@b", i);
                if (user_set_text(&users[i], PROPERTY_EMAIL, text) < 0)
                        abort();
                pointers[i] = &users[i];
        }
        if (sent_new(kind, pointers, NULL, RECORDS, &sent) < 0)
                abort();
        for (unsigned i = 0; i < RECORDS; i++)
                user_deinit(&users[i]);
        return sent;
}

static void compare(const uint8_t *data, size_t size) {
        json_tokener *tokener;
        char *text;

        if (json_validate((const char *) data, size) < 0)
                return;
        tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        text = strndup((const char *) data, size);
        if (!tokener || !text)
                abort();
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        /* A number ends with the NUL behind it. */
        json_object_put(json_tokener_parse_ex(tokener, text, (int) size + 1));
        if (json_tokener_get_error(tokener) != json_tokener_success)
                abort();
        json_tokener_free(tokener);
        free(text);
}

static void check(const LocktAnswer *answer) {
        bool taken[RECORDS] = { false };

        if (!answer->message || answer->n_failures > RECORDS || answer->batch_limit > ANSWER_BATCH_MAX)
                abort();
        for (size_t i = 0; i < answer->n_failures; i++) {
                if (answer->failures[i].index >= RECORDS || taken[answer->failures[i].index] ||
                    !answer->failures[i].message)
                        abort();
                taken[answer->failures[i].index] = true;
        }
        if (answer->verdict == LOCKT_OK && (answer->submitted != RECORDS || answer->errors != answer->n_failures))
                abort();
        for (const char *p = answer->message; *p; p++) {
                if ((unsigned char) *p < 0x20)
                        abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const long statuses[] = { 200, 400, 413, 500 };

        if (size > 1024 * 1024)
                return 0;
        compare(data, size);
        for (LocktWrite kind = LOCKT_CREATE; kind <= LOCKT_UPDATE_PUT; kind++) {
                _cleanup_(sent_freep) Sent *sent = make_sent(kind);

                for (size_t i = 0; i < ELEMENTS(statuses); i++) {
                        _cleanup_(lockt_answer_deinit) LocktAnswer answer = { 0 };

                        if (answer_read_write(sent, statuses[i], (const char *) data, size, &answer) < 0)
                                abort();
                        check(&answer);
                }
        }
        return 0;
}
