#pragma once

/*
 * What was sent, as far as the answer needs it
 *
 * Failed records come back as echoes without a number (ruling 12), so that the ids, id_nums, e-mails and cards of a
 * write
 * are kept until it is answered. Pure.
 */

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/lockt/lockt.h"

typedef struct Sent Sent;

/* What an echoed record may be known by. Empty texts are NULL. */
typedef struct Echo {
        int64_t id;
        const char *id_num, *email, *card_num;
} Echo;

int sent_new(LocktWrite kind, const User *const *users, const uint32_t *masks, size_t n_users, Sent **ret);
Sent *sent_free(Sent *sent);
DEFINE_CLEANUP(Sent *, sent_free)

LocktWrite sent_kind(const Sent *sent) _pure_;
size_t sent_count(const Sent *sent) _pure_;

/* The index of the record that is meant, or -1 when it is none, or more than one. */
ssize_t sent_match(const Sent *sent, const Echo *echo) _pure_;
