/* The rows of one read become findings: a merge of HR's ordered rows and the ledger's ordered persons. */

#include "lib/sync/intake.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "lib/hr/decode.h"

#define PAGE 512u               /* persons of the ledger that are fetched at a time */
#define LINE_MAX_BYTES 262144u  /* a longer row is the person's fault: only its status is believed */
#define LINE_KEPT_BYTES 8388608u /* a longer one is not even looked into */
#define KEY_MAX_BYTES 200u      /* a longer key can't be one of Lockt's */
#define COLUMNS_MAX 256u
#define PENDING_MAX 64u         /* findings that are staged in one go, … */
#define PENDING_MAX_BYTES 1048576u      /* … or fewer, where their rows are long */
#define TYPE_BPCHAR 1042u

/* A row, or several with one key, of which it is not known yet whether another follows. */
typedef struct Group {
        bool open;
        char key[KEY_MAX_BYTES + 1];
        size_t key_length;
        uint8_t digest[DIGEST_SIZE];    /* of one row; the sum of several, which has no order */
        char *line;
        size_t length, allocated;
        size_t n_rows;
        bool oversized;
        bool all_out;                   /* doubled: every row so far says that he left */
} Group;

struct Intake {
        IntakeOptions options;
        size_t n_columns, key_index;
        bool key_padded;
        Group group;
        char *scratch;                  /* for decoding: the line is taken apart in place */
        size_t scratch_allocated;
        PersonPage page;
        size_t page_at;
        bool page_last;
        IntakeTally tally;
        size_t n_pending, pending_bytes;
        Finding pending[PENDING_MAX];   /* staged together: a transaction for each costs more than the finding */
};

static int out_of_memory(Error *reterr) {
        return error_set(reterr, -ENOMEM, "cannot take in rows of HR: out of memory");
}

int intake_new(const IntakeOptions *options, const HrSnapshot *snapshot, Intake **ret, Error *reterr) {
        _cleanup_(intake_freep) Intake *intake = NULL;
        int r;

        if (snapshot->n_columns > COLUMNS_MAX)
                return error_set(reterr, -E2BIG, "hr.people has %zu columns, more than %u", snapshot->n_columns,
                                 COLUMNS_MAX);
        intake = calloc(1, sizeof(*intake));
        if (!intake)
                return out_of_memory(reterr);
        intake->options = *options;
        intake->n_columns = snapshot->n_columns;
        intake->key_index = mapping_key_index(options->mapping);
        intake->key_padded = intake->key_index < snapshot->n_columns &&
                             snapshot->columns[intake->key_index].type == TYPE_BPCHAR;
        r = stage_clear(options->state, options->slot, reterr);
        if (r < 0)
                return r;
        *ret = steal(intake);
        return 0;
}

/* A line may hold a PIN: what kept it is wiped. */
static void wipe(char *buffer, size_t n) {
        if (buffer)
                sodium_memzero(buffer, n);
        free(buffer);
}

Intake *intake_free(Intake *intake) {
        if (!intake)
                return NULL;
        wipe(intake->group.line, intake->group.allocated);
        wipe(intake->scratch, intake->scratch_allocated);
        person_page_deinit(&intake->page);
        for (size_t i = 0; i < intake->n_pending; i++)
                finding_deinit(&intake->pending[i]);
        free(intake);
        return NULL;
}

static int reserve(char **buffer, size_t *allocated, size_t n) {
        char *larger;
        size_t size = *allocated ? *allocated : 1024;

        if (n <= *allocated)
                return 0;
        while (size < n)
                size *= 2;
        larger = malloc(size);
        if (!larger)
                return -ENOMEM;
        wipe(*buffer, *allocated);
        *buffer = larger;
        *allocated = size;
        return 0;
}

/* The bytes of one column, as COPY wrote them. */
static int raw_column(const char *line, size_t length, size_t index, const char **ret, size_t *ret_length) {
        const char *p = line, *end = line + length;

        for (size_t i = 0; i < index; i++) {
                p = memchr(p, '\t', (size_t) (end - p));
                if (!p)
                        return -EBADMSG;
                p++;
        }
        *ret = p;
        p = memchr(p, '\t', (size_t) (end - p));
        *ret_length = (size_t) ((p ? p : end) - *ret);
        return 0;
}

/* The key, or length 0 where there is none that can be used. Keys with a backslash in COPY's form are rare. */
static int extract_key(const Intake *intake, const char *line, size_t length, char ret[KEY_MAX_BYTES + 1],
                       size_t *ret_length, Error *reterr) {
        const char *raw, *value;
        size_t n;
        int r;

        *ret_length = 0;
        r = raw_column(line, length, intake->key_index, &raw, &n);
        if (r < 0)
                return error_set(reterr, r, "HR sent a row with fewer columns than the query has");
        if (n > 4 * KEY_MAX_BYTES || (n == 2 && memcmp(raw, "\\N", 2) == 0))
                return 0;
        if (memchr(raw, '\\', n)) {
                char buffer[4 * KEY_MAX_BYTES + 1];
                size_t n_values;

                memcpy(buffer, raw, n);
                buffer[n] = '\0';
                r = hr_decode_line(buffer, n, &value, &n, 1, &n_values);
                if (r < 0 || n_values != 1 || !value)
                        return r < 0 ? error_set(reterr, r, "HR sent a key that is no text") : 0;
                if (n <= KEY_MAX_BYTES)
                        memcpy(ret, value, n);
        } else if (n <= KEY_MAX_BYTES)
                memcpy(ret, raw, n);
        if (n > KEY_MAX_BYTES)
                return 0;
        while (intake->key_padded && n > 0 && ret[n - 1] == ' ')
                n--;
        ret[n] = '\0';
        *ret_length = strlen(ret) == n ? n : 0;
        return 0;
}

/* As memcmp orders them, the shorter first. */
static int compare_keys(const char *a, size_t a_length, const char *b, size_t b_length) {
        size_t n = a_length < b_length ? a_length : b_length;
        int c = memcmp(a, b, n);

        if (c != 0)
                return c;
        return a_length < b_length ? -1 : a_length > b_length;
}

static int next_page(Intake *intake, Error *reterr) {
        char after[KEY_MAX_BYTES * 2 + 1] = "";
        bool first = intake->page.n == 0;
        int r;

        if (!first) {
                const struct PersonBrief *last = &intake->page.items[intake->page.n - 1];

                if (last->key_length >= sizeof(after))
                        return error_set(reterr, -EUCLEAN, "the state has a key of %zu bytes", last->key_length);
                memcpy(after, last->key, last->key_length + 1);
        }
        r = person_page_after(intake->options.state, first ? NULL : after, PAGE, &intake->page, reterr);
        if (r < 0)
                return r;
        intake->page_at = 0;
        intake->page_last = intake->page.n < PAGE;
        return 0;
}

/* The person that is next in the ledger's order; NULL: none is left. */
static int peek_person(Intake *intake, const struct PersonBrief **ret, Error *reterr) {
        *ret = NULL;
        if (!intake->options.complete)
                return 0;
        if (intake->page_at == intake->page.n && !intake->page_last) {
                int r = next_page(intake, reterr);
                if (r < 0)
                        return r;
        }
        if (intake->page_at < intake->page.n)
                *ret = &intake->page.items[intake->page_at];
        return 0;
}

static int flush(Intake *intake, Error *reterr) {
        size_t n = intake->n_pending;
        int r;

        if (n == 0)
                return 0;
        r = state_begin_reading(intake->options.state, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = stage_put(intake->options.state, intake->options.slot, &intake->pending[i], reterr);
        if (r < 0) {
                state_rollback(intake->options.state);
                return r;
        }
        for (size_t i = 0; i < n; i++)
                finding_deinit(&intake->pending[i]);
        intake->n_pending = intake->pending_bytes = 0;
        return state_commit(intake->options.state, reterr);
}

/* Takes the finding over. */
static int keep(Intake *intake, Finding *finding, size_t n_bytes, Error *reterr) {
        int r;

        if (intake->n_pending == PENDING_MAX || intake->pending_bytes >= PENDING_MAX_BYTES) {
                r = flush(intake, reterr);
                if (r < 0)
                        return r;
        }
        intake->tally.findings++;
        intake->pending[intake->n_pending++] = *finding;
        *finding = FINDING_INIT;
        intake->pending_bytes += n_bytes;
        return 0;
}

/* In the ledger, and without a row. One whose absence was acted upon already is no finding. */
static int find_absent(Intake *intake, const struct PersonBrief *person, Error *reterr) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;

        if (person->gone)
                return 0;
        finding.kind = FINDING_ABSENT;
        finding.wanted.standing = STANDING_ABSENT;
        finding.wanted.key = strdup(person->key);
        if (!finding.wanted.key)
                return out_of_memory(reterr);
        return keep(intake, &finding, person->key_length, reterr);
}

/* Who stands in the ledger before this key has no row. @ret: the person with this key, or NULL. */
static int advance(Intake *intake, const char *key, size_t length, const struct PersonBrief **ret, Error *reterr) {
        const struct PersonBrief *person;
        int r;

        *ret = NULL;
        for (;;) {
                int c;

                r = peek_person(intake, &person, reterr);
                if (r < 0 || !person)
                        return r;
                c = key ? compare_keys(person->key, person->key_length, key, length) : -1;
                if (c > 0)
                        return 0;
                intake->page_at++;
                if (c == 0) {
                        *ret = person;
                        return 0;
                }
                r = find_absent(intake, person, reterr);
                if (r < 0)
                        return r;
        }
}

typedef int (*RowVisitor)(void *userdata, const Row *row);

/* Takes the line apart, shows it to @visit (may be NULL) and maps it. */
static int map_line(Intake *intake, const char *line, size_t length, RowVisitor visit, Person *ret, Error *reterr) {
        const char *values[COLUMNS_MAX];
        size_t lengths[COLUMNS_MAX];
        Row row = { .values = values, .lengths = lengths };
        int r;

        r = reserve(&intake->scratch, &intake->scratch_allocated, length + 1);
        if (r < 0)
                return out_of_memory(reterr);
        memcpy(intake->scratch, line, length);
        intake->scratch[length] = '\0';
        r = hr_decode_line(intake->scratch, length, values, lengths, COLUMNS_MAX, &row.n_values);
        if (r < 0 || row.n_values != intake->n_columns)
                return error_set(reterr, -EBADMSG, "HR sent a row that is not one of the query");
        r = visit ? visit(intake->options.userdata, &row) : 0;
        if (r >= 0)
                r = mapping_apply(intake->options.mapping, &row, intake->options.now, ret);
        return r < 0 ? out_of_memory(reterr) : 0;
}

/*
 * A row that is too long for a record. What it says of the status counts, since a leaver is a leaver; else it parks and
 * keeps access.
 */
static int map_oversized(Intake *intake, const Group *group, Person *ret, Error *reterr) {
        int r;

        if (group->length <= LINE_KEPT_BYTES) {
                r = map_line(intake, group->line, group->length, intake->options.row, ret, reterr);
                if (r < 0)
                        return r;
        } else {
                ret->key = strdup(group->key);
                ret->standing = STANDING_UNCLEAR;
        }
        free(ret->fault);
        ret->fault = NULL;
        if (!ret->key || person_set_fault(ret, "its row in HR has %zu bytes, more than %u", group->length,
                                          LINE_MAX_BYTES) < 0)
                return out_of_memory(reterr);
        return 0;
}

/* The PIN leaves the record here: a digest goes on, the PIN only to whoever waits for it (invariant 14). */
static int take_pin(Intake *intake, Finding *finding, Error *reterr) {
        char *pin = finding->wanted.wanted.pin;

        if (!pin)
                return 0;
        finding->pin_wanted = true;
        digest_bytes(intake->options.pin_key, pin, strlen(pin), finding->pin_digest);
        if (intake->options.pin &&
            intake->options.pin(intake->options.userdata, finding->wanted.key, pin, finding->pin_digest) < 0)
                return out_of_memory(reterr);
        return user_set_text(&finding->wanted.wanted, PROPERTY_PIN, NULL) < 0 ? out_of_memory(reterr) : 0;
}

static int stage_group(Intake *intake, Error *reterr) {
        _cleanup_(finding_deinit) Finding finding = FINDING_INIT;
        const Group *group = &intake->group;
        int r;

        if (group->oversized)
                r = map_oversized(intake, group, &finding.wanted, reterr);
        else
                r = map_line(intake, group->line, group->length, intake->options.row, &finding.wanted, reterr);
        if (r < 0)
                return r;
        if (group->n_rows > 1) {
                finding.kind = FINDING_DOUBLED;
                finding.wanted.standing = group->all_out ? STANDING_OUT : STANDING_UNCLEAR;
                free(finding.wanted.fault);
                finding.wanted.fault = NULL;
                if (person_set_fault(&finding.wanted, "HR has %zu rows with this key", group->n_rows) < 0)
                        return out_of_memory(reterr);
        }
        memcpy(finding.digest, group->digest, DIGEST_SIZE);
        r = take_pin(intake, &finding, reterr);
        if (r < 0)
                return r;
        return keep(intake, &finding, group->length, reterr);
}

/* No further row has this key: is it as at the last evaluation? */
static int close_group(Intake *intake, Error *reterr) {
        Group *group = &intake->group;
        const struct PersonBrief *person;
        int r;

        if (!group->open)
                return 0;
        group->open = false;
        intake->tally.rows++;
        if (group->n_rows > 1)
                intake->tally.doubled++;
        if (intake->options.seen)
                intake->options.seen(intake->options.userdata, group->key);

        r = advance(intake, group->key, group->key_length, &person, reterr);
        if (r < 0)
                return r;
        if (!intake->options.everything && person && person->has_digest && !person->absent && !person->gone &&
            memcmp(person->digest, group->digest, DIGEST_SIZE) == 0)
                return 0;
        return stage_group(intake, reterr);
}

static void add_digest(uint8_t sum[DIGEST_SIZE], const uint8_t digest[DIGEST_SIZE]) {
        unsigned carry = 0;

        for (size_t i = 0; i < DIGEST_SIZE; i++) {
                carry += (unsigned) sum[i] + digest[i];
                sum[i] = (uint8_t) carry;
                carry >>= 8;
        }
}

/* Whether a row says that the person left; one that can't be read says nothing. */
static int row_says_out(Intake *intake, const char *line, size_t length, bool *ret, Error *reterr) {
        _cleanup_(person_deinit) Person person = PERSON_INIT;
        int r;

        *ret = false;
        if (length > LINE_KEPT_BYTES)
                return 0;
        r = map_line(intake, line, length, NULL, &person, reterr);
        if (r < 0)
                return r;
        *ret = person.standing == STANDING_OUT;
        return 0;
}

static int join_group(Intake *intake, const char *line, size_t length, const uint8_t digest[DIGEST_SIZE],
                      Error *reterr) {
        Group *group = &intake->group;
        bool out;
        int r;

        if (group->n_rows == 1) {
                r = row_says_out(intake, group->line, group->length, &group->all_out, reterr);
                if (r < 0)
                        return r;
        }
        r = row_says_out(intake, line, length, &out, reterr);
        if (r < 0)
                return r;
        group->all_out = group->all_out && out;
        group->n_rows++;
        add_digest(group->digest, digest);
        return 0;
}

static int open_group(Intake *intake, const char *key, size_t key_length, const char *line, size_t length,
                      const uint8_t digest[DIGEST_SIZE], Error *reterr) {
        Group *group = &intake->group;

        memcpy(group->key, key, key_length + 1);
        group->key_length = key_length;
        memcpy(group->digest, digest, DIGEST_SIZE);
        group->length = length;
        group->n_rows = 1;
        group->all_out = false;
        group->oversized = length > LINE_MAX_BYTES;
        group->open = true;
        if (length > LINE_KEPT_BYTES)
                return 0;
        if (reserve(&group->line, &group->allocated, length + 1) < 0)
                return out_of_memory(reterr);
        memcpy(group->line, line, length);
        return 0;
}

int intake_row(Intake *intake, const char *line, size_t length, Error *reterr) {
        char key[KEY_MAX_BYTES + 1];
        uint8_t digest[DIGEST_SIZE];
        size_t n;
        int r, c;

        r = extract_key(intake, line, length, key, &n, reterr);
        if (r < 0)
                return r;
        if (n == 0) {
                intake->tally.null_keys++;
                return 0;
        }
        digest_bytes(intake->options.row_key, line, length, digest);

        c = intake->tally.rows == 0 && !intake->group.open
                    ? 1
                    : compare_keys(key, n, intake->group.key, intake->group.key_length);
        if (c < 0)
                return error_set(reterr, -EBADMSG, "HR's rows are not in the order of their keys");
        if (c == 0)
                return join_group(intake, line, length, digest, reterr);
        r = close_group(intake, reterr);
        if (r < 0)
                return r;
        return open_group(intake, key, n, line, length, digest, reterr);
}

int intake_end(Intake *intake, IntakeTally *ret, Error *reterr) {
        const struct PersonBrief *person;
        int r;

        r = close_group(intake, reterr);
        if (r < 0)
                return r;
        r = advance(intake, NULL, 0, &person, reterr);
        if (r >= 0)
                r = flush(intake, reterr);
        if (r < 0)
                return r;
        *ret = intake->tally;
        return 0;
}
