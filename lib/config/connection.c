/* HR's connection string, as libpq sees it. */

#include "lib/config/value.h"

#include <libpq-fe.h>
#include <string.h>

static void conninfo_freep(PQconninfoOption **options) {
        PQconninfoFree(*options);
}

static void message_freep(char **message) {
        PQfreemem(*message);
}

/* Whether a value stands in the string that libpq itself would hide on a screen. */
static bool holds_password(const PQconninfoOption *options) {
        for (; options->keyword; options++)
                if (options->dispchar && options->dispchar[0] == '*' && options->val && *options->val)
                        return true;
        return false;
}

void value_check_connection(Reader *reader, const Text *connection) {
        _cleanup_(conninfo_freep) PQconninfoOption *options = NULL;
        _cleanup_(message_freep) char *message = NULL;

        options = PQconninfoParse(connection->text, &message);
        if (!options && !message) {
                reader->out_of_memory = true;
                return;
        }
        if (!options) {
                /* libpq quotes the word that it stumbles over, which may be a piece of a password. */
                bool secret = strcasestr(connection->text, "password") || strchr(connection->text, '@');

                message[strcspn(message, "\n")] = '\0';
                reader_complain(reader, connection->mark, "'connection' is not what libpq understands, such as "
                                "'host=hr.example.org dbname=hr user=locktsync'%s%s", secret ? "" : ": ",
                                secret ? "; is a blank or a quote in a password not escaped?" : message);
                return;
        }

        if (reader->exposed && holds_password(options))
                reader_complain(reader, connection->mark, "'connection' holds a password, and everybody on this host "
                                "can read this file: keep the password in a file of its own, with "
                                "passfile=/etc/locktsync/pgpass instead of password=, or chmod 0640 this file");
}
