/* Users as bytes: fixed fields and lengths, then texts, then levels. In the host's order: they never leave it. */

#include <errno.h>
#include <string.h>

#include "lib/state/record.h"

/* One user: far more than any that is real, and little enough to stage without a thought. */
#define PACKET_MAX (1024 * 1024)

typedef struct Fixed {
        int64_t access_effective, access_expires;
        uint32_t unclear;
        uint32_t flags;
        uint32_t lengths[TEXT_PROPERTIES];
        uint32_t n_levels;
} Fixed;

_Static_assert(sizeof(Fixed) == 2 * 8 + (3 + TEXT_PROPERTIES) * 4, "padding would make a digest differ by chance");

enum { FLAG_ENABLED = 1, FLAG_LEVELS_KNOWN = 2 };

void packet_deinit(Packet *packet) {
        free(packet->data);
        *packet = (Packet) { 0 };
}

int packet_reserve(Packet *packet, size_t n) {
        size_t allocated = packet->allocated ? packet->allocated : 4096;
        uint8_t *data;

        while (allocated - packet->n < n)
                allocated *= 2;
        if (allocated == packet->allocated)
                return 0;
        data = realloc(packet->data, allocated);
        if (!data)
                return -ENOMEM;
        packet->data = data;
        packet->allocated = allocated;
        return 0;
}

static void append(Packet *packet, const void *data, size_t n) {
        if (n > 0)
                memcpy(packet->data + packet->n, data, n);
        packet->n += n;
}

/* Fills in the lengths and answers the whole size, or more than PACKET_MAX. */
static size_t measure(const User *user, Fixed *fixed) {
        size_t total = sizeof(*fixed);

        for (size_t i = 0; i < TEXT_PROPERTIES; i++) {
                size_t n = user->text[i] ? strlen(user->text[i]) : 0;

                if (n > PACKET_MAX)
                        return SIZE_MAX;
                fixed->lengths[i] = (uint32_t) n;
                total += n;
        }
        if (user->n_levels > PACKET_MAX / sizeof(int64_t))
                return SIZE_MAX;
        fixed->n_levels = (uint32_t) user->n_levels;
        return total + user->n_levels * sizeof(int64_t);
}

int packet_add_user(Packet *packet, const User *user) {
        Fixed fixed = {
                .access_effective = user->access_effective,
                .access_expires = user->access_expires,
                .unclear = user->unclear,
                .flags = (user->enabled ? FLAG_ENABLED : 0U) | (user->levels_known ? FLAG_LEVELS_KNOWN : 0U),
        };
        size_t n;
        int r;

        n = measure(user, &fixed);
        if (n > PACKET_MAX)
                return -E2BIG;
        r = packet_reserve(packet, n);
        if (r < 0)
                return r;

        append(packet, &fixed, sizeof(fixed));
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                append(packet, user->text[i], fixed.lengths[i]);
        append(packet, user->levels, user->n_levels * sizeof(int64_t));
        return 0;
}

void packet_read_user(const uint8_t *data, PacketUser *ret) {
        const uint8_t *p = data + sizeof(Fixed);
        Fixed fixed;

        memcpy(&fixed, data, sizeof(fixed));
        *ret = (PacketUser) {
                .access_effective = fixed.access_effective,
                .access_expires = fixed.access_expires,
                .unclear = fixed.unclear,
                .enabled = fixed.flags & FLAG_ENABLED,
                .levels_known = fixed.flags & FLAG_LEVELS_KNOWN,
                .n_levels = fixed.n_levels,
        };
        for (size_t i = 0; i < TEXT_PROPERTIES; i++) {
                ret->text[i] = (const char *) p;
                ret->length[i] = fixed.lengths[i];
                p += fixed.lengths[i];
        }
        ret->levels = p;
}

/* Behind the last byte of @end. */
static char *format_backwards(char *end, int64_t value) {
        uint64_t rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

        do
                *--end = (char) ('0' + rest % 10);
        while ((rest /= 10) > 0);
        if (value < 0)
                *--end = '-';
        return end;
}

/* As user_levels_format() does. */
static int format_levels(const PacketUser *user, Packet *ret) {
        enum { LONGEST = 20 };          /* a sign and 19 digits */
        char text[LONGEST], *from;
        int64_t level;
        int r;

        ret->n = 0;
        r = packet_reserve(ret, user->n_levels * (LONGEST + 1) + 1);
        if (r < 0)
                return r;
        for (size_t i = 0; i < user->n_levels; i++) {
                memcpy(&level, user->levels + i * sizeof(level), sizeof(level));
                if (i > 0)
                        append(ret, ",", 1);
                from = format_backwards(text + LONGEST, level);
                append(ret, from, (size_t) (text + LONGEST - from));
        }
        return 0;
}

void put_packet(Statement *s, const PacketUser *user, Packet *levels) {
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                put_letters(s, user->text[i], user->length[i]);
        put_instant(s, user->access_effective);
        put_instant(s, user->access_expires);
        put_number(s, user->enabled);
        if (!user->levels_known && user->n_levels == 0) {
                put_null(s);
                return;
        }
        if (format_levels(user, levels) < 0)
                s->rc = SQLITE_NOMEM;
        else if (levels->n == 0)
                put_word(s, "");        /* known to be none */
        else
                put_letters(s, (const char *) levels->data, levels->n);
}

static int parse_texts(const uint8_t **p, size_t *left, const Fixed *fixed, User *user) {
        for (size_t i = 0; i < TEXT_PROPERTIES; i++) {
                size_t n = fixed->lengths[i];

                if (n > *left)
                        return -EUCLEAN;
                if (n > 0) {
                        user->text[i] = strndup((const char *) *p, n);
                        if (!user->text[i])
                                return -ENOMEM;
                }
                *p += n;
                *left -= n;
        }
        return 0;
}

static int parse_levels(const uint8_t *p, size_t left, const Fixed *fixed, User *user) {
        if (left != fixed->n_levels * sizeof(int64_t))
                return -EUCLEAN;
        if (left == 0)
                return 0;
        user->levels = malloc(left);
        if (!user->levels)
                return -ENOMEM;
        memcpy(user->levels, p, left);
        user->n_levels = fixed->n_levels;
        return 0;
}

int packet_parse_user(const uint8_t *data, size_t n, User *ret) {
        _cleanup_(user_deinit) User user = USER_INIT;
        const uint8_t *p = data;
        size_t left = n;
        Fixed fixed;
        int r;

        if (left < sizeof(fixed))
                return -EUCLEAN;
        memcpy(&fixed, p, sizeof(fixed));
        p += sizeof(fixed);
        left -= sizeof(fixed);

        r = parse_texts(&p, &left, &fixed, &user);
        if (r < 0)
                return r;
        r = parse_levels(p, left, &fixed, &user);
        if (r < 0)
                return r;

        user.access_effective = fixed.access_effective;
        user.access_expires = fixed.access_expires;
        user.unclear = fixed.unclear;
        user.enabled = fixed.flags & FLAG_ENABLED;
        user.levels_known = fixed.flags & FLAG_LEVELS_KNOWN;
        *ret = user;
        user = USER_INIT;
        return 0;
}
