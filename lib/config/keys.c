/* The table, and looking things up in it. */

#include "lib/config/keys.h"

#include <string.h>

#include "lib/base/duration.h"

#define DURATION "a duration such as "
#define LIMIT "a number of people, or a percentage such as 5%"
#define ZONE "an IANA time zone such as Europe/Berlin"
#define SECRET "credential:NAME or file:/path, never the value itself"
#define SOURCE "a column of hr.people, or a mapping with column, value or template"

static const char *const words_boolean[] = { "false", "true", NULL };
static const char *const words_drift[] = { "repair", "report", NULL };
static const char *const words_booleans[] = { "string", "native", NULL };
static const char *const words_update[] = { "post", "put", NULL };
static const char *const words_others[] = { "keep", "remove", NULL };
static const char *const words_expire[] = { "never", "now", NULL };
static const char *const words_change[] = { "go", "hold", NULL };
static const char *const words_mode[] = { "apply", "report", NULL };

#define AT(member) .offset = offsetof(Config, member)
#define BOUNDS(low, high) .min = (low), .max = (high)

/* In the order of the manual. */
static const Key keys[] = {
        { { "version", "1", NULL, "the version of this format" }, KEY_VERSION, .required = true },

        { { "hr", "a mapping", NULL, "the HR database, and how it is read" }, KEY_SECTION },
        { { "hr.connection", "libpq's connection string such as 'host=hr.example.org dbname=hr user=locktsync'", NULL,
            "how PostgreSQL is reached; service= and passfile= work" },
          KEY_CONNECTION, .required = true, AT(hr.connection) },
        { { "hr.poll", DURATION "60s", "60s", "how often HR is read, notified or not" },
          KEY_DURATION, AT(hr.poll_usec), BOUNDS(USEC_PER_SEC, USEC_PER_DAY) },
        { { "hr.listen", "the name of a channel such as locktsync", NULL,
            "a NOTIFY on this channel starts a cycle at once" },
          KEY_CHANNEL, AT(hr.listen) },
        { { "hr.timezone", ZONE, "UTC",
            "the zone of dates and of times without one; has to be written where dates are mapped" },
          KEY_ZONE, AT(hr.timezone) },
        { { "hr.as_of", "a query such as SELECT loaded_at FROM locktsync.load", NULL,
            "how old the data is; null while it is being loaded" },
          KEY_QUERY, AT(hr.as_of) },
        { { "hr.people", "a query such as SELECT * FROM locktsync.people", NULL,
            "the people, a row each; its columns are what the mapping names" },
          KEY_QUERY, .required = true, AT(hr.people) },
        { { "hr.statement_timeout", DURATION "10min", "10min", "how long one statement may run in HR" },
          KEY_DURATION, AT(hr.statement_timeout_usec), BOUNDS(USEC_PER_SEC, USEC_PER_DAY) },
        { { "hr.lock_timeout", DURATION "5s", "5s", "how long a statement waits for a lock in HR" },
          KEY_DURATION, AT(hr.lock_timeout_usec), BOUNDS(100 * USEC_PER_MSEC, USEC_PER_HOUR) },

        { { "lockt", "a mapping", NULL, "the Lockt instance, and how it is spoken to" }, KEY_SECTION },
        { { "lockt.url", "the address of the API such as https://cloudapi.lockt.com/api/v1", NULL,
            "the base address of the API; https, except for a loopback address" },
          KEY_URL, .required = true, AT(lockt.url) },
        { { "lockt.apiuser", SECRET, NULL, "where the API user is" },
          KEY_SECRET, .required = true, AT(lockt.apiuser) },
        { { "lockt.apikey", SECRET, NULL, "where the API key is" },
          KEY_SECRET, .required = true, AT(lockt.apikey) },
        { { "lockt.ca_file", "an absolute path", NULL, "certificates to trust instead of the system's" },
          KEY_PATH, AT(lockt.ca_file) },
        { { "lockt.timezone", ZONE, "UTC", "the zone of times that are sent" },
          KEY_ZONE, AT(lockt.timezone) },
        { { "lockt.resync", DURATION "24h", "24h", "how often all of Lockt is read again" },
          KEY_DURATION, AT(lockt.resync_usec), BOUNDS(USEC_PER_MINUTE, 31 * USEC_PER_DAY) },
        { { "lockt.drift", "repair or report", "repair", "what happens to what was changed in Lockt by others" },
          KEY_WORD, AT(lockt.drift), .words = words_drift },
        { { "lockt.timeout", DURATION "20s", "20s", "how long one call may take" },
          KEY_DURATION, AT(lockt.timeout_usec), BOUNDS(USEC_PER_SEC, 10 * USEC_PER_MINUTE) },
        { { "lockt.fresh", DURATION "60s", "60s", "nothing that gives access is built on a record seen longer ago" },
          KEY_DURATION, AT(lockt.fresh_usec), BOUNDS(USEC_PER_SEC, USEC_PER_DAY) },
        { { "lockt.link_by", "a list of id_num and, if wanted, email", "[id_num]",
            "how users that Lockt has already are recognised" },
          KEY_LINK_BY },
        { { "lockt.booleans", "string or native", "string", "how true and false are sent" },
          KEY_WORD, AT(lockt.booleans), .words = words_booleans },
        { { "lockt.update_with", "post or put", "post", "how users are updated; put where the instance has PUT /user" },
          KEY_WORD, AT(lockt.update_with), .words = words_update },

        { { "user", "a mapping", NULL, "which property of a Lockt user comes from which column" }, KEY_SECTION },
        { { "user.id_num", "a column of hr.people", NULL, "the key of a person, in HR and in Lockt" },
          KEY_PROPERTY, .required = true, .property = PROPERTY_ID_NUM },
        { { "user.first_name", SOURCE, NULL, "the given name" },
          KEY_PROPERTY, .property = PROPERTY_FIRST_NAME },
        { { "user.last_name", SOURCE, NULL, "the family name" }, KEY_PROPERTY, .property = PROPERTY_LAST_NAME },
        { { "user.email", SOURCE, NULL, "the e-mail address" }, KEY_PROPERTY, .property = PROPERTY_EMAIL },
        { { "user.phone", SOURCE, NULL, "the telephone number" }, KEY_PROPERTY, .property = PROPERTY_PHONE },
        { { "user.card_num", SOURCE, NULL, "the number of the card" },
          KEY_PROPERTY, .property = PROPERTY_CARD_NUM },
        { { "user.credential_key", SOURCE, NULL, "the key of the credential" },
          KEY_PROPERTY, .property = PROPERTY_CREDENTIAL_KEY },
        { { "user.pin", SOURCE, NULL, "the PIN; sent, never stored in clear" },
          KEY_PROPERTY, .property = PROPERTY_PIN },
        { { "user.access_effective", SOURCE, NULL, "when access begins" },
          KEY_PROPERTY, .property = PROPERTY_ACCESS_EFFECTIVE },
        { { "user.access_expires", SOURCE, NULL, "when access ends" },
          KEY_PROPERTY, .property = PROPERTY_ACCESS_EXPIRES },
        { { "user.enabled", SOURCE, NULL, "who may have access and who has left" },
          KEY_PROPERTY, .property = PROPERTY_ENABLED },
        { { "user.*.column", "a column of hr.people", NULL, "the column that the value comes from" }, KEY_PART },
        { { "user.*.value", "a text", NULL, "one value for everybody" }, KEY_PART },
        { { "user.*.template", "a text with columns in braces such as '{given_name} {family_name}'", NULL,
            "a value made of several columns" },
          KEY_PART },
        { { "user.*.null", "keep or clear", NULL,
            "what an empty HR value does; keep is the default of card_num, pin and email, clear of the others" },
          KEY_PART },
        { { "user.*.digits", "true or false", "false", "of texts: only the digits of the value count" }, KEY_PART },
        { { "user.*.timezone", ZONE ", or { column: … }", NULL, "of dates: their zone instead of hr.timezone" },
          KEY_PART },
        { { "user.*.timezone.column", "a column of hr.people", NULL, "the column that holds the zone" }, KEY_PART },
        { { "user.*.plus", DURATION "6h or -1d", "0", "of dates: added to the instant" }, KEY_PART },
        { { "user.*.in", "a list of values such as [active, leave]", NULL, "of enabled: who may have access" },
          KEY_PART },
        { { "user.*.out", "a list of values such as [left, retired]", NULL, "of enabled: who has left" }, KEY_PART },

        { { "access_levels", "a mapping", NULL, "who gets which access level" }, KEY_SECTION },
        { { "access_levels.others", "keep or remove", "keep", "what happens to levels that locktsync did not grant" },
          KEY_WORD, AT(others), .words = words_others },
        { { "access_levels.rules", "a list of rules such as - grant: Cardholder", NULL,
            "a person gets the union of what every matching rule grants" },
          KEY_RULES },
        { { "access_levels.rules[].when", "a mapping of columns to values such as { site: HQ }", NULL,
            "all of it has to match; without it the rule is for everybody" },
          KEY_PART },
        { { "access_levels.rules[].when.*.not", "a value or a list of values", NULL, "turns the verdict round" },
          KEY_PART },
        { { "access_levels.rules[].grant", "the name of an access level, or a list of them", NULL,
            "the levels that the rule grants" },
          KEY_PART },
        { { "access_levels.rules[].grant.column", "a column of hr.people", NULL,
            "a level's name, or an array of names, from HR" },
          KEY_PART },
        { { "access_levels.rules[].grant.id", "a level's id in Lockt such as 574", NULL,
            "a level by its id, where two have one name" },
          KEY_PART },

        { { "exclude", "a mapping", NULL, "who is never written to" }, KEY_SECTION },
        { { "exclude.id_num", "a list of id_num or patterns such as [\"1\", \"FIRE*\"]", NULL,
            "people and users with these id_num are never written" },
          KEY_EXCLUDE },

        { { "leavers", "a mapping", NULL, "what happens to who has left" }, KEY_SECTION },
        { { "leavers.disable", "true or false", "true", "enabled becomes false" },
          KEY_SWITCH, AT(leavers.disable), .words = words_boolean },
        { { "leavers.remove_access_levels", "true or false", "true", "access levels are taken away" },
          KEY_SWITCH, AT(leavers.remove_access_levels), .words = words_boolean },
        { { "leavers.expire", "now or never", "now", "access_expires is set" },
          KEY_SWITCH, AT(leavers.expire), .words = words_expire },
        { { "leavers.absent_for", DURATION "15m", "15m", "how long a row has to be missing" },
          KEY_DURATION, AT(leavers.absent_for_usec), BOUNDS(0, 31 * USEC_PER_DAY) },

        { { "safety", "a mapping", NULL, "how much may happen without somebody's approval" }, KEY_SECTION },
        { { "safety.window", DURATION "24h", "24h", "the time over which the limits count" },
          KEY_DURATION, AT(safety.window_usec), BOUNDS(USEC_PER_MINUTE, 31 * USEC_PER_DAY) },
        { { "safety.max_revoked", LIMIT, "5%", "how many may lose access" },
          KEY_LIMIT, AT(safety.max_revoked) },
        { { "safety.max_restored", LIMIT, "2%", "how many may get access back" },
          KEY_LIMIT, AT(safety.max_restored) },
        { { "safety.max_granted", LIMIT, "20%", "how many may get more access, also a level" },
          KEY_LIMIT, AT(safety.max_granted) },
        { { "safety.max_changed", LIMIT, "50%", "how many may be changed at all" },
          KEY_LIMIT, AT(safety.max_changed) },
        { { "safety.mapping_change", "hold or go", "hold", "whether a changed mapping waits for approval" },
          KEY_SWITCH, AT(safety.mapping_change_hold), .words = words_change },

        { { "retry", "a mapping", NULL, "how often what failed is tried again" }, KEY_SECTION },
        { { "retry.first", DURATION "5s", "5s", "the first pause; each is longer than the one before" },
          KEY_DURATION, AT(retry.first_usec), BOUNDS(100 * USEC_PER_MSEC, USEC_PER_HOUR) },
        { { "retry.max", DURATION "15m", "15m", "the longest pause" },
          KEY_DURATION, AT(retry.max_usec), BOUNDS(USEC_PER_SEC, USEC_PER_DAY) },

        { { "alarm", "a mapping", NULL, "when the status becomes an alarm" }, KEY_SECTION },
        { { "alarm.stale", DURATION "15m", "15m", "how old HR's data may be" },
          KEY_DURATION, AT(alarm.stale_usec), BOUNDS(USEC_PER_SEC, 31 * USEC_PER_DAY) },
        { { "alarm.revocation", DURATION "5m", "5m", "how long a revocation may be unconfirmed" },
          KEY_DURATION, AT(alarm.revocation_usec), BOUNDS(USEC_PER_SEC, 31 * USEC_PER_DAY) },

        { { "mode", "apply or report", "apply", "report plans and says, and writes nothing" },
          KEY_WORD, AT(mode), .words = words_mode },

        { { "history", "a mapping", NULL, "the record of what was done" }, KEY_SECTION },
        { { "history.keep", DURATION "2y, or infinity", "2y", "how long the history is kept" },
          KEY_DURATION, .infinite = true, AT(history_keep_usec), BOUNDS(USEC_PER_DAY, 100 * USEC_PER_YEAR) },

        { { "metrics", "a mapping", NULL, "numbers for Prometheus" }, KEY_SECTION },
        { { "metrics.textfile", "an absolute path", NULL, "the text file that the metrics are written to" },
          KEY_PATH, AT(metrics_textfile) },

        { { "witness", "off", "off", "watching /events for access after a revocation; on is for a later version" },
          KEY_WITNESS },
};

const ConfigKey *config_key(size_t i) {
        return i < ELEMENTS(keys) ? &keys[i].shown : NULL;
}

size_t key_count(void) {
        return ELEMENTS(keys);
}

const Key *key_at(size_t i) {
        return i < ELEMENTS(keys) ? &keys[i] : NULL;
}

size_t key_index(const Key *key) {
        return (size_t) (key - keys);
}

const Key *key_find(const char *dotted) {
        return key_find_below("", dotted);
}

const Key *key_find_below(const char *prefix, const char *name) {
        size_t n = strlen(prefix);

        for (size_t i = 0; i < ELEMENTS(keys); i++)
                if (strncmp(keys[i].shown.key, prefix, n) == 0 && strcmp(keys[i].shown.key + n, name) == 0)
                        return &keys[i];
        return NULL;
}

bool key_is_below(const Key *key, const char *prefix) {
        size_t n = strlen(prefix);

        return strncmp(key->shown.key, prefix, n) == 0 && !strpbrk(key->shown.key + n, ".[");
}

const char *key_name(const Key *key) {
        const char *dot = strrchr(key->shown.key, '.');

        return dot ? dot + 1 : key->shown.key;
}

const Key *key_find_elsewhere(const char *name) {
        for (size_t i = 0; i < ELEMENTS(keys); i++)
                if (!strpbrk(keys[i].shown.key, "*[") && strcmp(key_name(&keys[i]), name) == 0)
                        return &keys[i];
        return NULL;
}
