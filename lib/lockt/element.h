#pragma once

/*
 * One element of a listing, as what it stands for
 *
 * Accepts every documented form of a property (rulings 4, 5, 7, 34). A property in a form that nobody understands is
 * marked in User.unclear and never taken for empty; an element without a usable id is no element.
 *
 * Pure: the reader owns what a User or Level points to until the next element, so that a listing allocates nothing.
 */

#include "lib/base/error.h"
#include "lib/model/level.h"
#include "lib/model/user.h"

enum {
        ELEMENT_GUESSES = 16,
        ELEMENT_GUESS_MAX = 30,
};

typedef struct ElementReader {
        const char *timezone;           /* of times without a zone; borrowed */
        char *scratch;
        size_t scratch_size;
        int64_t *levels;
        size_t levels_allocated;
        struct {                        /* the keys of the last user, as written, with comma, quotes and colon */
                char text[ELEMENT_GUESS_MAX];
                uint8_t length;
                uint8_t member;
        } guesses[ELEMENT_GUESSES];
        bool is_fob;                    /* of the last user: it bears a name instead of first and last name
                                         * (ruling 32); that name is in PROPERTY_LAST_NAME */
} ElementReader;

void element_reader_deinit(ElementReader *reader);

/*
 * Reads the element that begins at @bytes; what follows it is not looked at, and @ret_used tells where. 0; -EBADMSG for
 * bytes that do not begin with a whole JSON object, or hold no usable id; -ENOMEM. @ret must not be freed.
 */
int element_read_user(ElementReader *reader, const char *bytes, size_t length, User *ret, size_t *ret_used,
                      Error *reterr);
int element_read_level(ElementReader *reader, const char *bytes, size_t length, Level *ret, size_t *ret_used,
                       Error *reterr);
