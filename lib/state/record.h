#pragma once

/* A user's properties as columns, the same in each table that has them; never the PIN. */

#include "lib/state/database.h"

#define RECORD_COLUMNS                                                                          \
        "id_num, first_name, last_name, card_num, credential_key, email, phone, access_effective, " \
        "access_expires, enabled, levels"
#define RECORD_PARAMETERS "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
/* For ON CONFLICT DO UPDATE SET. */
#define RECORD_REPLACE                                                                          \
        "id_num = excluded.id_num, first_name = excluded.first_name, last_name = excluded.last_name, " \
        "card_num = excluded.card_num, credential_key = excluded.credential_key, email = excluded.email, " \
        "phone = excluded.phone, access_effective = excluded.access_effective, " \
        "access_expires = excluded.access_expires, enabled = excluded.enabled, levels = excluded.levels"

/* Binds RECORD_PARAMETERS, takes RECORD_COLUMNS; the id is apart. Failures show at the step, or statement_taken(). */
void put_record(Statement *s, const User *user);
void take_record(Statement *s, User *user);

/* "12,34" on its own: null when the levels are not known. */
void put_levels(Statement *s, const User *user);
void take_levels(Statement *s, User *user);

/*
 * The same in one run of bytes that two equal records share: what a digest is made of, and how a listed user waits to
 * be staged. The buffer grows and is used again.
 */
typedef struct Packet {
        uint8_t *data;
        size_t n, allocated;
} Packet;

void packet_deinit(Packet *packet);
/* Makes room for @n more bytes. 0, -ENOMEM. */
int packet_reserve(Packet *packet, size_t n);
/* Appends. 0, -ENOMEM, -E2BIG. */
int packet_add_user(Packet *packet, const User *user);
/* Exactly what packet_add_user() wrote. @ret is overwritten. 0, -ENOMEM, -EUCLEAN. */
int packet_parse_user(const uint8_t *data, size_t n, User *ret);

/* A user as it lies in a packet: nothing is copied. */
typedef struct PacketUser {
        const char *text[TEXT_PROPERTIES];      /* without a NUL at the end */
        size_t length[TEXT_PROPERTIES];
        int64_t access_effective, access_expires;
        const uint8_t *levels;                  /* numbers of 8 bytes, wherever they happen to lie */
        size_t n_levels;
        uint32_t unclear;
        bool enabled, levels_known;
} PacketUser;

/* What packet_add_user() wrote at @data, in this process: nothing is checked. */
void packet_read_user(const uint8_t *data, PacketUser *ret);

/* Binds RECORD_PARAMETERS; @levels holds their text, and must stay as it is until the statement is done. */
void put_packet(Statement *s, const PacketUser *user, Packet *levels);
