/* Users as columns. */

#include "lib/state/record.h"

#include <errno.h>

void put_levels(Statement *s, const User *user) {
        char *text;
        int rc;

        if (!user->levels_known && user->n_levels == 0) {
                put_null(s);
                return;
        }
        text = user_levels_format(user);
        if (!text) {
                s->rc = SQLITE_NOMEM;
                return;
        }
        /* SQLite frees it, also when this fails. */
        rc = sqlite3_bind_text(s->sql, ++s->next, text, -1, free);
        if (rc != SQLITE_OK)
                s->rc = rc;
}

void take_levels(Statement *s, User *user) {
        int column = s->next++;
        const char *text;
        int r;

        if (sqlite3_column_type(s->sql, column) == SQLITE_NULL) {
                user->levels_known = false;
                return;
        }
        text = (const char *) sqlite3_column_text(s->sql, column);
        r = text ? user_levels_parse(user, text) : -ENOMEM;
        if (r < 0)
                s->rc = r == -ENOMEM ? SQLITE_NOMEM : SQLITE_CORRUPT;
}

void put_record(Statement *s, const User *user) {
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                put_text(s, user->text[i]);
        put_instant(s, user->access_effective);
        put_instant(s, user->access_expires);
        put_number(s, user->enabled);
        put_levels(s, user);
}

void take_record(Statement *s, User *user) {
        for (size_t i = 0; i < TEXT_PROPERTIES; i++)
                user->text[i] = take_text(s);
        user->access_effective = take_instant(s);
        user->access_expires = take_instant(s);
        user->enabled = take_flag(s);
        take_levels(s, user);
}
