/*
 * Zones by way of the C library
 *
 * glibc knows one zone at a time, that of TZ. So for each zone and year the offset is looked at once a day (no two
 * changes of a zone ever were less than three days apart) and each change is narrowed down to its second; what remains
 * is a short list of segments of constant offset, and all questions are answered from those.
 */

#include "lib/base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"

enum {
        DAY = 24 * 60 * 60,
        YEARS = 10002,                  /* 0 to 10001: a day beyond the years 1 to 9999 is looked at, too */
        WINDOW = 26 * 60 * 60,          /* no offset ever was that far from Greenwich */
        WINDOW_SEGMENTS = 8,            /* a change a day at most, and one boundary between years */
        ZONES_MAX = 2048,               /* tzdata has about 600 */
};

typedef struct Segment {
        int64_t begin;                  /* it lasts until the next one begins */
        int offset;
} Segment;

typedef struct Year {
        size_t n_segments;
        Segment segments[];
} Year;

typedef struct ZoneEntry {
        char *name;
        size_t length;
        Year *years[YEARS];
} ZoneEntry;

static struct {
        ZoneEntry **entries;            /* those of the zones 1 and up; UTC needs none */
        size_t n_entries;
        size_t latest;                  /* the one found last: the next question is mostly about it */
} zones;

static int zone_path(const char *name, char *buf, size_t size) {
        const char *directory = getenv("TZDIR");
        size_t n;

        if (!directory || directory[0] != '/')
                directory = "/usr/share/zoneinfo";

        n = strlen(directory);
        if (n + 1 + strlen(name) + 1 > size)
                return -ENAMETOOLONG;

        memcpy(buf, directory, n);
        buf[n] = '/';
        memcpy(buf + n + 1, name, strlen(name) + 1);
        return 0;
}

/* The directory holds other files than zones, and glibc reads any of them as UTC: so the magic is looked at. */
static int zone_check_file(const char *name) {
        _cleanup_(closep) int fd = -1;
        char path[4096], magic[4];
        int r;

        r = zone_path(name, path, sizeof(path));
        if (r < 0)
                return r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;
        if (read(fd, magic, sizeof(magic)) != (ssize_t) sizeof(magic) || memcmp(magic, "TZif", sizeof(magic)) != 0)
                return -ENOENT;
        return 0;
}

/* Names are paths below the directory. `right/` counts leap seconds, which a time_t here does not. */
static bool zone_name_sane(const char *name, size_t length) {
        if (length == 0 || length > ZONE_NAME_MAX || name[0] == '/' || name[0] == '.')
                return false;
        if (length > 6 && memcmp(name, "right/", 6) == 0)
                return false;

        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char) name[i];

                if (c <= ' ' || c >= 0x7f || c == ':')
                        return false;
                if (c == '.' && i + 1 < length && name[i + 1] == '.')
                        return false;
        }
        return true;
}

static int zone_add(const char *name, Zone *ret) {
        _cleanup_(freep) ZoneEntry *entry = NULL;
        ZoneEntry **entries;

        if (zones.n_entries >= ZONES_MAX)
                return -E2BIG;

        entries = reallocarray(zones.entries, zones.n_entries + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        zones.entries = entries;

        entry = calloc(1, sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        entry->name = strdup(name);
        if (!entry->name)
                return -ENOMEM;
        entry->length = strlen(name);

        zones.entries[zones.n_entries++] = steal(entry);
        *ret = (Zone) zones.n_entries;
        return 0;
}

static bool entry_is(size_t i, const char *name, size_t length) {
        return zones.entries[i]->length == length && memcmp(zones.entries[i]->name, name, length) == 0;
}

int zone_find(const char *name, size_t length, Zone *ret) {
        char copy[ZONE_NAME_MAX + 1];
        int r;

        if (length == 3 && memcmp(name, "UTC", 3) == 0) {
                *ret = ZONE_UTC;
                return 0;
        }
        if (zones.latest < zones.n_entries && entry_is(zones.latest, name, length)) {
                *ret = (Zone) zones.latest + 1;
                return 0;
        }
        for (size_t i = 0; i < zones.n_entries; i++)
                if (entry_is(i, name, length)) {
                        zones.latest = i;
                        *ret = (Zone) i + 1;
                        return 0;
                }

        if (!zone_name_sane(name, length))
                return -ENOENT;
        memcpy(copy, name, length);
        copy[length] = '\0';

        r = zone_check_file(copy);
        if (r < 0)
                return r;
        return zone_add(copy, ret);
}

bool zone_exists(const char *name) {
        Zone zone;

        return name && zone_find(name, strlen(name), &zone) == 0;
}

const char *zone_name(Zone zone) {
        return zone == ZONE_UTC || zone > zones.n_entries ? "UTC" : zones.entries[zone - 1]->name;
}

/*
 * Makes the C library's zone ours, and back. TZ is never taken out of the environment again: ":/etc/localtime" means
 * the same as none, and an array of variables that does not move is one that a resolving thread can read meanwhile.
 */
static int tz_set(const char *value) {
        if (setenv("TZ", value, 1) < 0)
                return -errno;
        tzset();
        return 0;
}

static int tz_enter(const char *name, char **ret_before) {
        _cleanup_(freep) char *before = NULL;
        char value[ZONE_NAME_MAX + 2] = ":";
        const char *now = getenv("TZ");
        int r;

        /* Asked again, since a tzdata that is being upgraded must not make a zone UTC. */
        r = zone_check_file(name);
        if (r < 0)
                return r;

        before = strdup(now ? now : ":/etc/localtime");
        if (!before)
                return -ENOMEM;
        memcpy(value + 1, name, strlen(name) + 1);

        r = tz_set(value);
        if (r < 0)
                return r;
        *ret_before = steal(before);
        return 0;
}

static int offset_now(int64_t instant, int *ret) {
        time_t t = (time_t) instant;
        struct tm tm;

        if (!localtime_r(&t, &tm))
                return -EOVERFLOW;
        *ret = (int) tm.tm_gmtoff;
        return 0;
}

/* The first instant after @low, up to @high, at which the offset is no longer @offset. */
static int find_change(int64_t low, int64_t high, int offset, int64_t *ret) {
        while (high - low > 1) {
                int64_t middle = low + (high - low) / 2;
                int o, r;

                r = offset_now(middle, &o);
                if (r < 0)
                        return r;
                if (o == offset)
                        low = middle;
                else
                        high = middle;
        }
        *ret = high;
        return 0;
}

static int year_append(Year **year, int64_t begin, int offset) {
        size_t n = *year ? (*year)->n_segments : 0;
        Year *y;

        y = realloc(*year, sizeof(Year) + (n + 1) * sizeof(Segment));
        if (!y)
                return -ENOMEM;
        y->segments[n] = (Segment) { begin, offset };
        y->n_segments = n + 1;
        *year = y;
        return 0;
}

/* Called while TZ is set. */
static int year_survey(int number, Year **ret) {
        _cleanup_(freep) Year *year = NULL;
        int64_t begin = civil_days(number, 1, 1) * DAY, end = civil_days(number + 1, 1, 1) * DAY, change;
        int offset, next, r;

        r = offset_now(begin, &offset);
        if (r < 0)
                return r;
        r = year_append(&year, begin, offset);

        for (int64_t t = begin; r == 0 && t < end; t += DAY) {
                r = offset_now(t + DAY - 1, &next);
                if (r < 0 || next == offset)
                        continue;
                r = find_change(t - 1, t + DAY - 1, offset, &change);
                if (r == 0)
                        r = year_append(&year, change, next);
                offset = next;
        }
        if (r < 0)
                return r;

        *ret = steal(year);
        return 0;
}

static int year_load(ZoneEntry *entry, int number) {
        _cleanup_(freep) char *before = NULL;
        int r, q;

        r = tz_enter(entry->name, &before);
        if (r < 0)
                return r;
        r = year_survey(number, &entry->years[number]);
        q = tz_set(before);
        return r < 0 ? r : q;
}

static int year_of(int64_t instant) {
        Civil civil;

        civil_from_seconds(instant, &civil);
        return civil.year;
}

/* The segments that touch @from to @to, at most WINDOW_SEGMENTS; the first one may begin before @from. */
static int collect(Zone zone, int64_t from, int64_t to, Segment *segments, size_t *ret_n) {
        ZoneEntry *entry = zones.entries[zone - 1];
        int first = year_of(from), last = year_of(to), r;
        size_t n = 0;

        if (first < 0 || last >= YEARS)
                return -ERANGE;

        for (int number = first; number <= last; number++) {
                const Year *year;

                if (!entry->years[number]) {
                        r = year_load(entry, number);
                        if (r < 0)
                                return r;
                }
                year = entry->years[number];

                for (size_t i = 0; i < year->n_segments; i++) {
                        bool over = i + 1 < year->n_segments && year->segments[i + 1].begin <= from;

                        if (over || year->segments[i].begin > to)
                                continue;
                        if (n == WINDOW_SEGMENTS)
                                return -EOVERFLOW;
                        segments[n++] = year->segments[i];
                }
        }
        *ret_n = n;
        return 0;
}

int zone_offset(Zone zone, int64_t instant, int *ret) {
        Segment segments[WINDOW_SEGMENTS];
        size_t n;
        int r;

        if (zone == ZONE_UTC) {
                *ret = 0;
                return 0;
        }
        r = collect(zone, instant, instant, segments, &n);
        if (r < 0)
                return r;
        *ret = segments[n - 1].offset;
        return 0;
}

/* The segments share out all instants, so each answers for its own: none of them (a jump), one, or two. */
static int64_t resolve(const Segment *segments, size_t n, int64_t wall, ZoneChoice choice) {
        int64_t found = INT64_MIN;

        for (size_t i = 0; i < n; i++) {
                int64_t t = wall - segments[i].offset;

                if ((i > 0 && t < segments[i].begin) || (i + 1 < n && t >= segments[i + 1].begin))
                        continue;
                if (found == INT64_MIN || choice == ZONE_LATER)
                        found = t;
        }
        if (found != INT64_MIN)
                return found;

        for (size_t i = 1; i < n; i++)
                if (segments[i].begin + segments[i].offset > wall)
                        return segments[i].begin;
        return wall - segments[n - 1].offset;
}

static int zone_resolve(Zone zone, int64_t wall, ZoneChoice choice, int64_t *ret) {
        Segment segments[WINDOW_SEGMENTS];
        size_t n;
        int r;

        if (zone == ZONE_UTC) {
                *ret = wall;
                return 0;
        }
        r = collect(zone, wall - WINDOW, wall + WINDOW, segments, &n);
        if (r < 0)
                return r;
        *ret = resolve(segments, n, wall, choice);
        return 0;
}

int zone_local(Zone zone, const Civil *civil, ZoneChoice choice, int64_t *ret) {
        return zone_resolve(zone, civil_to_seconds(civil), choice, ret);
}

int zone_date_begin(Zone zone, int year, int month, int day, int64_t *ret) {
        return zone_resolve(zone, civil_days(year, month, day) * DAY, ZONE_EARLIER, ret);
}

int zone_date_end(Zone zone, int year, int month, int day, int64_t *ret) {
        return zone_resolve(zone, (civil_days(year, month, day) + 1) * DAY, ZONE_LATER, ret);
}
