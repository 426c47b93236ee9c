#pragma once

/*
 * Listings, read as a stream (ruling 20)
 *
 * One answer holds everything, so it is taken apart while it arrives: bytes go in, whole elements of {"data":[…]} come
 * out, and never more than one element is held. Only listing_end() says whether what came out may be believed: the
 * document must have been valid to its last byte.
 *
 * Pure: no socket, no json-c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/error.h"

enum {
        LISTING_ELEMENT_MAX = 256 * 1024,          /* bytes of a user */
        LISTING_WIDE_ELEMENT_MAX = 4 * 1024 * 1024, /* of a level, which names all its doors */
        LISTING_ELEMENTS_MAX = 10 * 1000 * 1000,
};

/* What listing_end() says beside 0 (a complete list) and -EBADMSG (not understood). */
enum {
        LISTING_FAILED = 1,     /* {"data":{"error":…}} or {"result":[…]}: the service failed; why is in .failure */
        LISTING_NULL,           /* {"data":null} */
};

/*
 * The element that begins at @bytes. Most elements lie within one piece of the stream, and would be looked at twice if
 * their ends had to be found first; so the first try is with all that has come (not @whole), and is answered with
 * -EAGAIN if no element can be read from that, without having done anything. Then the element comes again, alone.
 *
 * Answers how many bytes the element has; or a negative errno that ends the reading and travels up.
 */
typedef ssize_t (*ListingElement)(void *userdata, const char *bytes, size_t length, bool whole, Error *reterr);

typedef struct Listing {
        ListingElement element;
        void *userdata;
        size_t element_max;
        bool single;            /* {"data":{…}} is a list of one */

        int state;
        char *key;              /* of the member that is being read, as it is written */
        size_t n_elements;
        bool seen_data;
        bool seen_null;
        bool seen_errors;
        char *failure;

        struct {                /* the value that is being read */
                unsigned depth;
                bool in_string;
                bool escape;
                bool scalar;
        } span;
        char *buffer;           /* its beginning, when it arrived in earlier pieces */
        size_t length, allocated;
} Listing;

void listing_init(Listing *list, ListingElement element, void *userdata, size_t element_max);
void listing_deinit(Listing *list);

/* 0; -EBADMSG as soon as it can't become a valid list; -ENOMEM; or what the element callback said. */
int listing_feed(Listing *list, const char *bytes, size_t length, Error *reterr);
int listing_end(Listing *list, Error *reterr);
