/* What must be there, and what must fit together. */

#include "lib/config/sections.h"

#include <string.h>

static Mark seen(const Reader *reader, const char *dotted) {
        return reader->seen[key_index(key_find(dotted))];
}

/* Where a missing key should have been: its section, or the beginning of the file. */
static Mark section_mark(const Reader *reader, const Key *key, Mark root) {
        for (size_t i = 0; i < key_count(); i++) {
                size_t n = strlen(key_at(i)->shown.key);

                if (key_at(i)->kind == KEY_SECTION && strncmp(key->shown.key, key_at(i)->shown.key, n) == 0 &&
                    key->shown.key[n] == '.' && reader->seen[i].line > 0)
                        return reader->seen[i];
        }
        return root;
}

static void check_required(Reader *reader, Mark root) {
        for (size_t i = 0; i < key_count(); i++) {
                const Key *key = key_at(i);

                if (key->required && reader->seen[i].line == 0)
                        reader_complain(reader, section_mark(reader, key, root), "'%s' is missing; it takes %s",
                                        key->shown.key, key->shown.type);
        }
}

/* A date begins and ends somewhere: a wrong zone opens and closes doors at wrong hours, so that nobody guesses it. */
static void check_timezone(Reader *reader) {
        static const Property dates[] = { PROPERTY_ACCESS_EFFECTIVE, PROPERTY_ACCESS_EXPIRES };

        if (seen(reader, "hr.timezone").line > 0)
                return;

        for (size_t i = 0; i < ELEMENTS(dates); i++) {
                const PropertySpec *spec = &reader->config->mapping.properties[dates[i]];

                if (spec->kind == SOURCE_NONE || spec->timezone.text)
                        continue;
                reader_complain(reader, spec->mark, "'hr.timezone' is missing; a date begins and ends in a time zone "
                                "such as Europe/Berlin");
                return;
        }
}

static void check_retry(Reader *reader) {
        const Config *config = reader->config;

        if (config->retry.max_usec < config->retry.first_usec)
                reader_complain(reader, seen(reader, seen(reader, "retry.max").line > 0 ? "retry.max" : "retry.first"),
                                "'retry.max' is shorter than 'retry.first'");
}

static void check_alarm(Reader *reader) {
        const Config *config = reader->config;

        if (config->alarm.stale_usec < config->hr.poll_usec)
                reader_complain(reader, seen(reader, seen(reader, "alarm.stale").line > 0 ? "alarm.stale" : "hr.poll"),
                                "'alarm.stale' is shorter than 'hr.poll': it would be an alarm all the time");
}

static void check_leavers(Reader *reader) {
        const Config *config = reader->config;

        if (!config->leavers.disable && !config->leavers.remove_access_levels && !config->leavers.expire)
                reader_complain(reader, seen(reader, "leavers"), "leavers would keep their access; at least one of "
                                "disable: true, remove_access_levels: true and expire: now is needed");
}

static void check_others(Reader *reader) {
        const Config *config = reader->config;

        if (config->others == OTHERS_REMOVE && seen(reader, "access_levels.rules").line == 0)
                reader_complain(reader, seen(reader, "access_levels.others"),
                                "'others: remove' without 'rules' would take every access level from everybody");
}

static void check_link_by(Reader *reader) {
        const Config *config = reader->config;

        if (config->lockt.link_by_email && config->mapping.properties[PROPERTY_EMAIL].kind == SOURCE_NONE)
                reader_complain(reader, seen(reader, "lockt.link_by"), "'link_by' names email, which 'user' does not "
                                "map; add 'email' to 'user'");
}

void config_check(Reader *reader, Mark root) {
        check_required(reader, root);
        check_timezone(reader);
        check_retry(reader);
        check_alarm(reader);
        check_leavers(reader);
        check_others(reader);
        check_link_by(reader);
}
