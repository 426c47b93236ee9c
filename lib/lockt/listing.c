/* Takes a listing apart. The outer document is a state machine over bytes; what is inside is json.c's to check. */

#include "lib/lockt/listing.h"

#include <errno.h>
#include <string.h>

#include "lib/lockt/json.h"
#include "lib/lockt/wording.h"

enum {
        AT_START,
        AT_FIRST_KEY,           /* behind the opening brace: a key, or the end of it all */
        AT_KEY,
        IN_KEY,
        AT_COLON,
        AT_VALUE,
        IN_VALUE,
        AFTER_VALUE,
        AT_FIRST_ELEMENT,       /* behind the opening bracket of "data" */
        AT_ELEMENT,
        IN_ELEMENT,
        AFTER_ELEMENT,
        AT_END,
};

void listing_init(Listing *list, ListingElement element, void *userdata, size_t element_max) {
        *list = (Listing) { .element = element, .userdata = userdata, .element_max = element_max };
}

void listing_deinit(Listing *list) {
        free(list->key);
        free(list->failure);
        free(list->buffer);
        *list = (Listing) { 0 };
}

static int bad(Error *reterr, const char *why) {
        return error_set(reterr, -EBADMSG, "the list is not what the API documents: %s", why);
}

static int too_long(size_t limit, Error *reterr) {
        return error_set(reterr, -EBADMSG, "the list has an element of more than %zu KiB", limit / 1024);
}

/* Moves to where the value ends, or to @end. Strings are looked at only for their quotes: json.c checks them later. */
static const char *span_scan(Listing *list, const char *p, const char *end, bool *ret_complete) {
        *ret_complete = false;

        if (list->span.scalar) {
                while (p < end && !strchr(" \t\r\n,]}", *p))
                        p++;
                *ret_complete = p < end;
                return p;
        }

        while (p < end) {
                if (list->span.in_string) {
                        if (list->span.escape) {
                                list->span.escape = false;
                                p++;
                                continue;
                        }
                        while (p < end && *p != '"' && *p != '\\')
                                p++;
                        if (p == end)
                                return p;
                        if (*p++ == '\\') {
                                list->span.escape = true;
                                continue;
                        }
                        list->span.in_string = false;
                } else {
                        switch (*p++) {
                        case '"':
                                list->span.in_string = true;
                                continue;
                        case '{':
                        case '[':
                                list->span.depth++;
                                continue;
                        case '}':
                        case ']':
                                list->span.depth--;
                                break;
                        default:
                                continue;
                        }
                }
                if (list->span.depth == 0) {
                        *ret_complete = true;
                        return p;
                }
        }
        return p;
}

static void span_begin(Listing *list, char c) {
        list->span.depth = 0;
        list->span.in_string = false;
        list->span.escape = false;
        list->span.scalar = c != '{' && c != '[' && c != '"';
        list->length = 0;
}

static int buffer_append(Listing *list, const char *bytes, size_t length, Error *reterr) {
        if (list->length + length > list->allocated) {
                size_t size = list->allocated > 0 ? list->allocated : 4096;
                char *buffer;

                while (size < list->length + length)
                        size *= 2;
                buffer = realloc(list->buffer, size);
                if (!buffer)
                        return error_set(reterr, -ENOMEM, "cannot read the list: out of memory");
                list->buffer = buffer;
                list->allocated = size;
        }
        memcpy(list->buffer + list->length, bytes, length);
        list->length += length;
        return 0;
}

static int read_key(Listing *list, const char *bytes, size_t length, Error *reterr) {
        JsonToken key;
        Json json;

        json_init(&json, bytes, length);
        if (json_value(&json, &key) != JSON_STRING)
                return bad(reterr, "a key is not a string");

        free(list->key);
        list->key = malloc(length + 1);
        if (!list->key)
                return error_set(reterr, -ENOMEM, "cannot read the list: out of memory");
        if (json_decode(&key, list->key) < 0)
                list->key[0] = '\0';    /* none that we know */
        if (strcmp(list->key, "data") == 0) {
                if (list->seen_data)
                        return bad(reterr, "it has \"data\" twice");
                list->seen_data = true;
        }
        list->state = AT_COLON;
        return 0;
}

static int count_element(Listing *list, Error *reterr) {
        if (++list->n_elements > LISTING_ELEMENTS_MAX)
                return bad(reterr, "it has more than ten million elements");
        list->state = AFTER_ELEMENT;
        return 0;
}

static int read_element(Listing *list, const char *bytes, size_t length, Error *reterr) {
        ssize_t n;

        n = list->element(list->userdata, bytes, length, true, reterr);
        if (n < 0)
                return (int) n;
        if ((size_t) n != length)
                return bad(reterr, "an element is not JSON");
        return count_element(list, reterr);
}

/* The element that begins at @bytes, if it lies there as a whole: how many bytes it has, 0 when it does not. */
static ssize_t try_element(Listing *list, const char *bytes, const char *end, Error *reterr) {
        ssize_t n;
        int r;

        n = list->element(list->userdata, bytes, (size_t) (end - bytes), false, reterr);
        if (n == -EAGAIN)
                return 0;
        if (n < 0)
                return n;
        if ((size_t) n > list->element_max)
                return too_long(list->element_max, reterr);
        r = count_element(list, reterr);
        return r < 0 ? r : n;
}

/* The first text in @bytes under "error", in an array or bare: the words of a failure. */
static int read_failure(Listing *list, const char *bytes, size_t length, Error *reterr) {
        int r;

        if (list->failure)
                return 0;
        r = wording_of_failure(bytes, length, &list->failure);
        return r == -ENOMEM ? error_set(reterr, r, "cannot read the list: out of memory") : 0;
}

/* null, "", [] and {} say that there are no errors. */
static bool is_empty(const char *bytes, size_t length) {
        JsonToken token;
        Json json;

        json_init(&json, bytes, length);
        switch (json_value(&json, &token)) {
        case JSON_NULL:
                return true;
        case JSON_STRING:
                return token.length == 0;
        case JSON_ARRAY:
                return json_item(&json) == 0;
        case JSON_OBJECT:
                return json_member(&json, &token) == 0;
        default:
                return false;
        }
}

/* A member beside the elements, whole. */
static int read_member(Listing *list, const char *bytes, size_t length, Error *reterr) {
        int r;

        list->state = AFTER_VALUE;
        if (json_validate(bytes, length) < 0)
                return bad(reterr, "it is not JSON");

        if (strcmp(list->key, "result") == 0)
                return read_failure(list, bytes, length, reterr);
        if (strcmp(list->key, "error") == 0 || strcmp(list->key, "errors") == 0) {
                list->seen_errors = list->seen_errors || !is_empty(bytes, length);
                return read_failure(list, bytes, length, reterr);
        }
        if (strcmp(list->key, "data") != 0)
                return 0;

        if (length == 4 && memcmp(bytes, "null", 4) == 0) {
                list->seen_null = true;
                return 0;
        }
        if (bytes[0] != '{')
                return bad(reterr, "\"data\" is no array");
        r = read_failure(list, bytes, length, reterr);
        if (r < 0 || list->failure)
                return r;
        if (!list->single)
                return bad(reterr, "\"data\" is no array");

        r = read_element(list, bytes, length, reterr);
        list->state = AFTER_VALUE;      /* of "data", not of an element of it */
        return r;
}

/* Reads on in a key, a value or an element. Answers how many bytes were used, or a negative errno. */
static ssize_t read_span(Listing *list, const char *bytes, const char *end, Error *reterr) {
        size_t limit = list->state == IN_ELEMENT ? list->element_max : LISTING_ELEMENT_MAX;
        const char *stop, *whole = bytes;
        bool complete;
        size_t n;
        int r;

        stop = span_scan(list, bytes, end, &complete);
        n = (size_t) (stop - bytes);
        if (list->length + n > limit)
                return too_long(limit, reterr);
        if (!complete || list->length > 0) {
                r = buffer_append(list, bytes, n, reterr);
                if (r < 0 || !complete)
                        return r < 0 ? r : (ssize_t) n;
                whole = list->buffer;
        } else
                list->length = n;

        if (list->state == IN_KEY)
                r = read_key(list, whole, list->length, reterr);
        else if (list->state == IN_ELEMENT)
                r = read_element(list, whole, list->length, reterr);
        else
                r = read_member(list, whole, list->length, reterr);
        return r < 0 ? r : (ssize_t) n;
}

/* What @c means between values. Positive when it was used, 0 when a value begins at it. */
static int step(Listing *list, char c, Error *reterr) {
        int next = -1;

        switch (list->state) {
        case AT_START:
                next = c == '{' ? AT_FIRST_KEY : -1;
                break;
        case AT_FIRST_KEY:
        case AT_KEY:
                if (c == '}' && list->state == AT_FIRST_KEY)
                        next = AT_END;
                else if (c == '"') {
                        span_begin(list, c);
                        list->state = IN_KEY;
                        return 0;
                }
                break;
        case AT_COLON:
                next = c == ':' ? AT_VALUE : -1;
                break;
        case AT_VALUE:
                if (c == '[' && strcmp(list->key, "data") == 0) {
                        next = AT_FIRST_ELEMENT;
                        break;
                }
                span_begin(list, c);
                list->state = IN_VALUE;
                return 0;
        case AFTER_VALUE:
                next = c == ',' ? AT_KEY : c == '}' ? AT_END : -1;
                break;
        case AT_FIRST_ELEMENT:
        case AT_ELEMENT:
                if (c == ']' && list->state == AT_FIRST_ELEMENT) {
                        next = AFTER_VALUE;
                        break;
                }
                if (c != '{')
                        return bad(reterr, "an element is no object");
                span_begin(list, c);
                list->state = IN_ELEMENT;
                return 0;
        case AFTER_ELEMENT:
                next = c == ',' ? AT_ELEMENT : c == ']' ? AFTER_VALUE : -1;
                break;
        default:
                return bad(reterr, "something follows its end");
        }
        if (next < 0)
                return bad(reterr, "it is not JSON");
        list->state = next;
        return 1;
}

int listing_feed(Listing *list, const char *bytes, size_t length, Error *reterr) {
        const char *p = bytes, *end = bytes + length;
        int r;

        while (p < end) {
                if (list->state == IN_KEY || list->state == IN_VALUE || list->state == IN_ELEMENT) {
                        ssize_t n = 0;

                        if (list->state == IN_ELEMENT && list->length == 0)
                                n = try_element(list, p, end, reterr);
                        if (n == 0)
                                n = read_span(list, p, end, reterr);

                        if (n < 0)
                                return (int) n;
                        p += n;
                        continue;
                }
                if (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') {
                        p++;
                        continue;
                }
                r = step(list, *p, reterr);
                if (r < 0)
                        return r;
                p += r;
        }
        return 0;
}

int listing_end(Listing *list, Error *reterr) {
        if (list->state == AT_START)
                return bad(reterr, "it is empty");
        if (list->state != AT_END)
                return bad(reterr, "it ends early");
        if (list->n_elements == 0 && list->failure)
                return LISTING_FAILED;
        if (list->seen_errors)
                return bad(reterr, "it names errors beside its elements");
        if (list->seen_null)
                return LISTING_NULL;
        if (!list->seen_data)
                return bad(reterr, "it has no \"data\"");
        return 0;
}
