/* Where the mapping meets the world: the columns of this query, the access levels of this Lockt instance. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/nearest.h"
#include "lib/mapping/compiled.h"

/* Object ids of pg_type; those above FIRST_OWN were made in this database (an array of an enumeration, of citext …). */
enum {
        TYPE_BOOL = 16,
        TYPE_BPCHAR = 1042,
        TYPE_NAME_ARRAY = 1003,
        TYPE_TEXT_ARRAY = 1009,
        TYPE_BPCHAR_ARRAY = 1014,
        TYPE_VARCHAR_ARRAY = 1015,
        FIRST_OWN = 16384,
};

enum { LISTED_MAX = 60 };       /* columns that a complaint lists */

static ColumnKind kind_of(uint32_t type) {
        switch (type) {
        case TYPE_BOOL:
                return COLUMN_BOOL;
        case TYPE_BPCHAR:
                return COLUMN_PADDED;
        case TYPE_NAME_ARRAY:
        case TYPE_TEXT_ARRAY:
        case TYPE_VARCHAR_ARRAY:
                return COLUMN_LIST;
        case TYPE_BPCHAR_ARRAY:
                return COLUMN_PADDED_LIST;
        default:
                return type >= FIRST_OWN ? COLUMN_MAYBE_LIST : COLUMN_PLAIN;
        }
}

/* Closes the stream that wrote a sentence. 0 or -ENOMEM. */
static int finish(FILE *stream) {
        bool failed = ferror(stream);

        return fclose(stream) != 0 || failed ? -ENOMEM : 0;
}

/* A name that was cut short is meant, too: 'badge' for 'badge_no'. */
static const char *near_miss(const char *word, const char *const *names, size_t n) {
        size_t i = nearest(word, names, n), length = strlen(word);
        const char *longer = NULL;

        if (i != SIZE_MAX)
                return names[i];
        for (size_t j = 0; j < n; j++)
                if (length >= 3 && strncmp(names[j], word, length) == 0) {
                        if (longer)
                                return NULL;
                        longer = names[j];
                }
        return longer;
}

static int complain_of_column(const Slot *slot, const char *const *names, size_t n, MappingComplaint complain,
                              void *userdata) {
        _cleanup_(freep) char *sentence = NULL;
        const char *meant = near_miss(slot->name, names, n);
        FILE *stream;
        size_t size;

        stream = open_memstream(&sentence, &size);
        if (!stream)
                return -ENOMEM;

        fprintf(stream, "no column '%s' in hr.people;", slot->name);
        if (meant)
                fprintf(stream, " did you mean '%s'?", meant);
        fputs(" it has:", stream);
        for (size_t i = 0; i < n && i < LISTED_MAX; i++)
                fprintf(stream, "%s %s", i > 0 ? "," : "", names[i]);
        if (n > LISTED_MAX)
                fprintf(stream, ", and %zu more", n - LISTED_MAX);
        if (finish(stream) < 0)
                return -ENOMEM;

        complain(userdata, slot->mark, sentence);
        return 0;
}

static int complain_of_twins(const Slot *slot, MappingComplaint complain, void *userdata) {
        _cleanup_(freep) char *sentence = NULL;

        if (asprintf(&sentence, "hr.people has several columns '%s'; give one of them another name with AS",
                     slot->name) < 0) {
                sentence = NULL;
                return -ENOMEM;
        }
        complain(userdata, slot->mark, sentence);
        return 0;
}

/* 0; -ENOENT after a complaint; -ENOMEM. */
static int bind_slot(Slot *slot, const Column *columns, const char *const *names, size_t n, MappingComplaint complain,
                     void *userdata) {
        size_t found = 0;
        int r;

        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], slot->name) == 0) {
                        slot->index = i;
                        slot->kind = kind_of(columns[i].type);
                        found++;
                }
        if (found == 1)
                return 0;

        r = found == 0 ? complain_of_column(slot, names, n, complain, userdata) :
                         complain_of_twins(slot, complain, userdata);
        return r < 0 ? r : -ENOENT;
}

int mapping_bind_columns(Mapping *mapping, const Column *columns, size_t n_columns, MappingComplaint complain,
                         void *userdata) {
        _cleanup_(freep) const char **names = NULL;
        int r, result = 0;

        names = calloc(n_columns + 1, sizeof(*names));
        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < n_columns; i++)
                names[i] = columns[i].name;

        mapping->bound = false;
        for (size_t i = 0; i < mapping->n_slots; i++) {
                r = bind_slot(&mapping->slots[i], columns, names, n_columns, complain, userdata);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        result = r;
        }
        if (result < 0)
                return result;

        mapping->n_columns = n_columns;
        mapping->bound = true;
        return 0;
}

static int tolerate(Mapping *mapping, int64_t level) {
        int64_t *tolerated;

        if (mapping_level_tolerated(mapping, level))
                return 0;
        tolerated = reallocarray(mapping->tolerated, mapping->n_tolerated + 1, sizeof(*tolerated));
        if (!tolerated)
                return -ENOMEM;
        tolerated[mapping->n_tolerated++] = level;
        mapping->tolerated = tolerated;
        return 0;
}

bool mapping_level_tolerated(const Mapping *mapping, int64_t level) {
        for (size_t i = 0; i < mapping->n_tolerated; i++)
                if (mapping->tolerated[i] == level)
                        return true;
        return false;
}

static int tolerate_named(Mapping *mapping, const LevelTable *table, const char *name) {
        size_t n, first = level_table_range(table, name, strlen(name), &n);
        int r;

        for (size_t i = first; i < first + n; i++) {
                r = tolerate(mapping, table->levels[i].id);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Nobody loses what an unresolved grant may have meant: what it was, and each of several that it might be. */
static int tolerate_unresolved(Mapping *mapping, const RuleGrant *grant, const LevelTable *previous) {
        int r = 0;

        if (grant->spec->id != 0)
                return tolerate(mapping, grant->spec->id);
        if (grant->has_latest)
                r = tolerate(mapping, grant->latest);
        if (r == 0)
                r = tolerate_named(mapping, previous, grant->spec->name.text);
        if (r == 0)
                r = tolerate_named(mapping, &mapping->levels, grant->spec->name.text);
        return r;
}

static int resolve(const Mapping *mapping, RuleGrant *grant) {
        int r = 0;

        if (grant->spec->id != 0) {
                grant->level = grant->spec->id;
                r = level_table_has(&mapping->levels, grant->level) ? 0 : LEVELS_UNKNOWN;
        } else
                r = level_table_find(&mapping->levels, grant->spec->name.text, strlen(grant->spec->name.text),
                                     &grant->level);

        grant->resolved = r == 0;
        if (grant->resolved) {
                grant->latest = grant->level;
                grant->has_latest = true;
        }
        return r;
}

static void write_ambiguous(FILE *stream, const LevelTable *table, const char *name) {
        size_t n, first = level_table_range(table, name, strlen(name), &n);

        fprintf(stream, "Lockt has %zu access levels named '%s'; say which one:", n, name);
        for (size_t i = 0; i < n && i < LISTED_MAX; i++)
                fprintf(stream, "%s { id: %" PRId64 " }", i > 0 ? " or" : "", table->levels[first + i].id);
}

static int write_unknown(FILE *stream, const LevelTable *table, const char *name) {
        _cleanup_(freep) const char **names = NULL;
        const char *meant;

        names = calloc(table->n_levels + 1, sizeof(*names));
        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < table->n_levels; i++)
                names[i] = table->levels[i].name;

        fprintf(stream, "Lockt has no access level named '%s'", name);
        meant = near_miss(name, names, table->n_levels);
        if (meant)
                fprintf(stream, "; did you mean '%s'?", meant);
        return 0;
}

static int complain_of_level(const Mapping *mapping, const RuleGrant *grant, int outcome, MappingComplaint complain,
                             void *userdata) {
        _cleanup_(freep) char *sentence = NULL;
        const GrantSpec *spec = grant->spec;
        Mark mark = spec->name.mark;
        FILE *stream;
        size_t size;
        int r = 0, q;

        stream = open_memstream(&sentence, &size);
        if (!stream)
                return -ENOMEM;

        if (spec->id != 0)
                fprintf(stream, "Lockt has no access level with the id %" PRId64, spec->id);
        else if (outcome == LEVELS_AMBIGUOUS)
                write_ambiguous(stream, &mapping->levels, spec->name.text);
        else
                r = write_unknown(stream, &mapping->levels, spec->name.text);
        q = finish(stream);
        if (r < 0 || q < 0)
                return r < 0 ? r : q;

        complain(userdata, mark, sentence);
        return 0;
}

static bool same_target(const GrantSpec *a, const GrantSpec *b) {
        if (a->column.text || b->column.text || a->id != b->id)
                return false;
        return a->id != 0 || strcmp(a->name.text, b->name.text) == 0;
}

/* Several rules may grant one level: one complaint is enough. */
static bool complained_before(const Mapping *mapping, const GrantSpec *grant) {
        for (size_t i = 0; i < mapping->spec->n_rules; i++)
                for (size_t j = 0; j < mapping->spec->rules[i].n_grants; j++) {
                        const GrantSpec *other = &mapping->spec->rules[i].grants[j];

                        if (other == grant)
                                return false;
                        if (same_target(other, grant))
                                return true;
                }
        return false;
}

/* 0, 1 when it does not resolve, -ENOMEM. */
static int bind_grant(Mapping *mapping, RuleGrant *grant, const LevelTable *previous, MappingComplaint complain,
                      void *userdata) {
        int r, outcome;

        if (grant->slot != NO_SLOT)
                return 0;
        outcome = resolve(mapping, grant);
        if (outcome == 0)
                return 0;

        r = tolerate_unresolved(mapping, grant, previous);
        if (r == 0 && !complained_before(mapping, grant->spec))
                r = complain_of_level(mapping, grant, outcome, complain, userdata);
        return r < 0 ? r : 1;
}

int mapping_bind_levels(Mapping *mapping, const Level *levels, size_t n_levels, const Level *previous,
                        size_t n_previous, MappingComplaint complain, void *userdata) {
        _cleanup_(level_table_deinit) LevelTable table = { 0 }, before = { 0 };
        LevelTable now;
        int r, result = 0;

        r = level_table_init(&before, previous, n_previous);
        if (r < 0)
                return r;
        r = level_table_init(&table, levels, n_levels);
        if (r < 0)
                return r;
        now = table;
        table = mapping->levels;
        mapping->levels = now;
        mapping->n_tolerated = 0;

        for (size_t i = 0; mapping->rules && i < mapping->spec->n_rules; i++)
                for (size_t j = 0; j < mapping->spec->rules[i].n_grants; j++) {
                        r = bind_grant(mapping, &mapping->rules[i].grants[j], &before, complain, userdata);
                        if (r < 0)
                                return r;
                        if (r > 0)
                                result = 1;
                }
        return result;
}
