/*
 * The answer to a write: counts, failed records and their echoes
 *
 * Shape C counts without names, shape B names without counts. Whatever does not add up is unknown: a wrong "done" would
 * leave a door open or somebody outside, while an unknown one only costs a read.
 */

#include "lib/lockt/answer.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "lib/lockt/json.h"
#include "lib/lockt/wording.h"

typedef struct Reading {
        const Sent *sent;
        long status;
        json_object *entries;           /* the failed records, an array; NULL: none named */
        json_object *words;             /* shape A's error, or "result" */
        bool refused;                   /* shape A */
        bool counted;                   /* shape C */
        int64_t submitted, inserted, updated, errors;
} Reading;

static inline void json_tokener_freep(json_tokener **tokener) {
        if (*tokener)
                json_tokener_free(*tokener);
}

/* json.c is the stricter one, so it goes first; the tree is for convenience. NULL with 0: not JSON. */
int answer_parse(const char *body, size_t length, json_object **ret) {
        _cleanup_(json_tokener_freep) json_tokener *tokener = NULL;

        *ret = NULL;
        if (length > INT_MAX || json_validate(body, length) < 0)
                return 0;
        tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
        if (!tokener)
                return -ENOMEM;
        *ret = json_tokener_parse_ex(tokener, body, (int) length);
        return 0;
}

/* A count is a number, or a string of digits (ruling 5's spirit); -1 when it is neither, or not there. */
static int64_t read_count(json_object *object, const char *key) {
        json_object *value = NULL;
        const char *text;
        JsonToken token;
        int64_t count;

        if (!json_object_object_get_ex(object, key, &value) || !value)
                return -1;
        if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string))
                return -1;
        text = json_object_get_string(value);
        token = (JsonToken) { .type = JSON_STRING, .text = text, .length = strlen(text) };
        return json_integer(&token, &count) >= 0 && count <= INT_MAX ? count : -1;
}

static json_object *get_array(json_object *object, const char *key) {
        json_object *value = NULL;

        if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_array))
                return NULL;
        return value;
}

static bool is_empty(json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_null:
                return true;
        case json_type_array:
                return json_object_array_length(value) == 0;
        case json_type_string:
                return json_object_get_string_len(value) == 0;
        default:
                return false;
        }
}

static json_object *get_words(json_object *object, const char *key) {
        json_object *value = NULL;

        return json_object_object_get_ex(object, key, &value) && !is_empty(value) ? value : NULL;
}

/* Shapes A and C, and the "errors" that the document promises inside "data". */
static void find_in_data(Reading *reading, json_object *data) {
        if (!json_object_is_type(data, json_type_object))
                return;

        reading->words = get_words(data, "error");
        reading->refused = reading->words;
        reading->entries = get_array(data, "errors");

        if (!json_object_object_get_ex(data, "submitted", NULL))
                return;
        reading->counted = true;
        reading->submitted = read_count(data, "submitted");
        reading->inserted = read_count(data, "inserted");
        reading->updated = read_count(data, "updated");
        reading->errors = reading->entries ? (int64_t) json_object_array_length(reading->entries)
                                           : read_count(data, "errors");
}

/* "data" as an array of {"error":…}: "returned as an array of error objects". */
static void find_in_data_array(Reading *reading, json_object *data) {
        if (json_object_is_type(data, json_type_array) && json_object_array_length(data) > 0) {
                json_object *first = json_object_array_get_idx(data, 0);

                if (json_object_is_type(first, json_type_object)) {
                        reading->words = get_words(first, "error");
                        reading->refused = reading->words;
                }
        }
}

static void find_shapes(Reading *reading, json_object *answer) {
        json_object *data = NULL, *entries;

        if (json_object_object_get_ex(answer, "data", &data)) {
                find_in_data(reading, data);
                find_in_data_array(reading, data);
        }
        entries = get_array(answer, "errors");
        if (entries && json_object_array_length(entries) > 0)
                reading->entries = entries;
        if (reading->entries && json_object_array_length(reading->entries) == 0)
                reading->entries = NULL;
        if (!reading->words)
                reading->words = get_words(answer, "result");
}

static const char *echo_text(json_object *input, const char *key) {
        json_object *value = NULL;

        if (!json_object_object_get_ex(input, key, &value))
                return NULL;
        if (!json_object_is_type(value, json_type_string) && !json_object_is_type(value, json_type_int))
                return NULL;
        return *json_object_get_string(value) ? json_object_get_string(value) : NULL;
}

/* The words of @object as one text; "" when it has none. */
static int read_words(json_object *object, char **ret) {
        _cleanup_(freep) char *words = NULL;
        const char *text;
        size_t length;
        int r;

        text = json_object_to_json_string_length(object, JSON_C_TO_STRING_PLAIN, &length);
        if (!text)
                return -ENOMEM;
        r = wording_of_failure(text, length, &words);
        if (r < 0)
                return r;
        *ret = words ? steal(words) : strdup("");
        return *ret ? 0 : -ENOMEM;
}

/* What the service says of one record, without what it was sent. */
static int read_cause(json_object *entry, json_object *input, char **ret) {
        _cleanup_(freep) char *cause = NULL;
        json_object *error = NULL;
        int r;

        (void) json_object_object_get_ex(entry, "error", &error);
        r = read_words(error, &cause);
        if (r < 0)
                return r;

        json_object_object_foreach(input, key, value) {
                (void) key;
                if (json_object_is_type(value, json_type_string))
                        wording_strip_value(cause, json_object_get_string(value));
        }
        answer_tidy_words(cause);
        if (!*cause) {
                free(cause);
                cause = strdup("refused without a reason");
                if (!cause)
                        return -ENOMEM;
        }
        *ret = steal(cause);
        return 0;
}

static LocktFailure *find_failure(LocktAnswer *ret, size_t index) {
        for (size_t i = 0; i < ret->n_failures; i++) {
                if (ret->failures[i].index == index)
                        return &ret->failures[i];
        }
        return NULL;
}

/* 1 when the entry was matched with a record of its own, 0 when not. */
static int read_entry(const Sent *sent, json_object *entry, LocktAnswer *ret) {
        json_object *input = NULL;
        ssize_t index;
        Echo echo;
        int r;

        if (!json_object_is_type(entry, json_type_object) || !json_object_object_get_ex(entry, "input_data", &input) ||
            !json_object_is_type(input, json_type_object))
                return 0;

        echo = (Echo) {
                .id = read_count(input, "id"),
                .id_num = echo_text(input, "id_num"),
                .email = echo_text(input, "email"),
                .card_num = echo_text(input, "card_num"),
                .name = echo_text(input, "name"),
        };
        index = sent_match(sent, &echo);
        if (index < 0 || find_failure(ret, (size_t) index))
                return 0;

        r = read_cause(entry, input, &ret->failures[ret->n_failures].message);
        if (r < 0)
                return r;
        ret->failures[ret->n_failures++].index = (size_t) index;
        return 1;
}

/* ruling 12: 1 when each failure is one record of the batch, 0 when one is not. */
static int read_entries(const Reading *reading, LocktAnswer *ret) {
        size_t n = reading->entries ? json_object_array_length(reading->entries) : 0;
        int r;

        if (n == 0)
                return 1;
        if (n > sent_count(reading->sent))
                return 0;
        ret->failures = calloc(n, sizeof(*ret->failures));
        if (!ret->failures)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                r = read_entry(reading->sent, json_object_array_get_idx(reading->entries, i), ret);
                if (r <= 0)
                        return r;
        }
        return 1;
}

/*
 * ruling 13; ruling 37: inserted and updated count alike. A creation of users may do less than was sent, since it
 * ignores who is there already (ruling 10); an update may not. The document's sample of POST /door counts its one door
 * as inserted and as updated.
 */
static bool counts_add_up(const Reading *reading) {
        int64_t done;

        if (reading->inserted < 0 || reading->updated < 0 || reading->errors < 0 ||
            reading->submitted != (int64_t) sent_count(reading->sent))
                return false;
        done = reading->inserted + reading->updated + reading->errors;
        switch (sent_rules(reading->sent)->counts) {
        case SENT_AT_MOST:
                return done <= reading->submitted;
        case SENT_INSERTED:
                return reading->inserted + reading->errors == reading->submitted &&
                       reading->updated <= reading->submitted;
        default:
                return done == reading->submitted;
        }
}

static int unknown(LocktAnswer *ret, const char *why) {
        for (size_t i = 0; i < ret->n_failures; i++)
                free(ret->failures[i].message);
        ret->n_failures = 0;
        return answer_set(ret, LOCKT_UNKNOWN, "Lockt's answer to the write leaves open what was done (HTTP %ld): %s",
                          ret->status, why);
}

static int understood(LocktAnswer *ret) {
        if (ret->n_failures == 0)
                return answer_set(ret, LOCKT_OK, "Lockt took %u records", ret->submitted);
        return answer_set(ret, LOCKT_OK, "Lockt refused %zu of %u records", ret->n_failures, ret->submitted);
}

static int judge_counts(const Reading *reading, LocktAnswer *ret) {
        if (!counts_add_up(reading))
                return unknown(ret, "its counts do not add up to what was sent");
        if (reading->errors != (int64_t) ret->n_failures)
                return unknown(ret, "it counts other failures than it names");
        ret->submitted = (unsigned) reading->submitted;
        ret->inserted = (unsigned) reading->inserted;
        ret->updated = (unsigned) reading->updated;
        ret->errors = (unsigned) reading->errors;
        return understood(ret);
}

/*
 * Shape B alone. Where validate_fails_batch was sent as false, those that are not named went through; unless the
 * service says that the batch failed as a whole, as the document's sample does. Then, and where there is no such
 * option, who failed is known, and of the others nothing.
 */
static int judge_failures(const Reading *reading, LocktAnswer *ret) {
        size_t n = sent_count(reading->sent);
        _cleanup_(freep) char *words = NULL;
        int r;

        ret->submitted = (unsigned) n;
        ret->errors = (unsigned) ret->n_failures;
        if (ret->n_failures == n || (!reading->words && sent_rules(reading->sent)->partial))
                return understood(ret);

        r = reading->words ? read_words(reading->words, &words) : 0;
        if (r < 0)
                return r;
        if (sent_rules(reading->sent)->partial && !wording_is_whole_batch(words))
                return understood(ret);
        return answer_set(ret, LOCKT_UNKNOWN,
                          "Lockt refused %zu of %zu records (HTTP %ld) and leaves open what became of the others",
                          ret->n_failures, n, ret->status);
}

static int judge_words(const Reading *reading, LocktAnswer *ret) {
        AnswerTo what = sent_rules(reading->sent)->asked;
        _cleanup_(freep) char *words = NULL;
        int r;

        r = read_words(reading->words, &words);
        return r < 0 ? r : answer_judge_words(what, reading->status, sent_count(reading->sent), words, ret);
}

static int judge(const Reading *reading, LocktAnswer *ret) {
        int r;

        if (reading->refused && (reading->counted || reading->entries))
                return unknown(ret, "it is a refusal and a report at once");

        r = read_entries(reading, ret);
        if (r < 0)
                return r;
        if (r == 0)
                return unknown(ret, "it names a failed record that was not in the batch");
        if (reading->counted)
                return judge_counts(reading, ret);
        if (reading->entries)
                return judge_failures(reading, ret);
        if (reading->words)
                return judge_words(reading, ret);
        return unknown(ret, "it is none of the documented answers");
}

int answer_read_write(const Sent *sent, long status, const char *body, size_t length, LocktAnswer *ret) {
        AnswerTo what = sent_rules(sent)->asked;
        _cleanup_(json_object_putp) json_object *answer = NULL;
        Reading reading = { .sent = sent, .status = status };
        int r;

        *ret = (LocktAnswer) { .status = status };
        r = answer_judge_status(what, status, sent_count(sent), body, length, ret);
        if (r != 0)
                return r < 0 ? r : 0;

        r = answer_parse(body, length, &answer);
        if (r < 0)
                return r;
        if (!json_object_is_type(answer, json_type_object))
                return unknown(ret, "it is not JSON");      /* ruling 41 */

        find_shapes(&reading, answer);
        r = judge(&reading, ret);
        if (r < 0)
                lockt_answer_deinit(ret);
        return r;
}
