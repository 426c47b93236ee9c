/* A list of links, taken apart. */

#include "daemon/link-file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define DIGITS_MAX 18           /* fit an int64_t in any case */

typedef struct Parser {
        LinkFileComplaint complain;
        void *userdata;
        bool wrong;
        char separator;
        LinkRow *rows;
        size_t n, allocated;
} Parser;

typedef struct Slice {
        const char *text;
        size_t length;
} Slice;

int link_id_parse(const char *text, int64_t *ret) {
        size_t n = strlen(text);
        int64_t id = 0;

        if (strcmp(text, "new") == 0) {
                *ret = 0;
                return 0;
        }
        if (n > DIGITS_MAX || !text_is_digits(text, n))
                return -EINVAL;
        for (size_t i = 0; i < n; i++)
                id = id * 10 + (text[i] - '0');
        if (id == 0)
                return -EINVAL;
        *ret = id;
        return 0;
}

static void complain(Parser *parser, unsigned line, const char *sentence) {
        parser->wrong = true;
        parser->complain(parser->userdata, line, sentence);
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

static Slice trim(Slice s) {
        while (s.length > 0 && is_blank(*s.text)) {
                s.text++;
                s.length--;
        }
        while (s.length > 0 && is_blank(s.text[s.length - 1]))
                s.length--;
        return s;
}

/* Without the quotes around it. One with quotes inside is none that anybody has. */
static bool unquote(Slice *field) {
        *field = trim(*field);
        if (field->length >= 2 && field->text[0] == '"' && field->text[field->length - 1] == '"') {
                field->text++;
                field->length -= 2;
        }
        return !memchr(field->text, '"', field->length);
}

static const char *find_separator(Slice line, char separator) {
        bool quoted = false;

        for (size_t i = 0; i < line.length; i++) {
                if (line.text[i] == '"')
                        quoted = !quoted;
                else if (line.text[i] == separator && !quoted)
                        return line.text + i;
        }
        return NULL;
}

/* Two fields, and no third. */
static bool split(Slice line, char separator, Slice *a, Slice *b) {
        const char *at = find_separator(line, separator);

        if (!at)
                return false;
        *a = (Slice) { line.text, (size_t) (at - line.text) };
        *b = (Slice) { at + 1, line.length - a->length - 1 };
        return !find_separator(*b, separator) && unquote(a) && unquote(b);
}

static bool is_word(Slice s, const char *word) {
        return s.length == strlen(word) && memcmp(s.text, word, s.length) == 0;
}

static bool take_header(Parser *parser, Slice line) {
        static const char separators[] = { ',', ';' };

        for (size_t i = 0; i < sizeof(separators); i++) {
                Slice a, b;

                if (split(line, separators[i], &a, &b) && is_word(a, "id_num") && is_word(b, "lockt_id")) {
                        parser->separator = separators[i];
                        return true;
                }
        }
        return false;
}

static int add_row(Parser *parser, unsigned line, char *id_num, int64_t lockt_id) {
        if (parser->n == parser->allocated) {
                size_t n = parser->allocated ? parser->allocated * 2 : 64;
                LinkRow *rows = reallocarray(parser->rows, n, sizeof(*rows));

                if (!rows)
                        return -ENOMEM;
                parser->rows = rows;
                parser->allocated = n;
        }
        parser->rows[parser->n++] = (LinkRow) { .line = line, .id_num = id_num, .lockt_id = lockt_id };
        return 0;
}

static int take_row(Parser *parser, unsigned number, Slice line) {
        _cleanup_(freep) char *id_num = NULL, *id = NULL;
        int64_t lockt_id;
        Slice a, b;
        int r;

        if (!split(line, parser->separator, &a, &b)) {
                complain(parser, number, "this is not an id_num and a lockt_id");
                return 0;
        }
        id_num = strndup(a.text, a.length);
        id = strndup(b.text, b.length);
        if (!id_num || !id)
                return -ENOMEM;
        if (!*id_num) {
                complain(parser, number, "the id_num is empty");
                return 0;
        }
        if (link_id_parse(id, &lockt_id) < 0) {
                complain(parser, number, "the lockt_id is neither a number of 1 or more nor 'new'");
                return 0;
        }
        r = add_row(parser, number, id_num, lockt_id);
        if (r == 0)
                id_num = NULL; /* is the row's */
        return r;
}

static int compare_people(const void *a, const void *b) {
        const LinkRow *x = *(const LinkRow *const *) a, *y = *(const LinkRow *const *) b;
        int c = strcmp(x->id_num, y->id_num);

        return c != 0 ? c : x->line < y->line ? -1 : 1;
}

static int compare_users(const void *a, const void *b) {
        const LinkRow *x = *(const LinkRow *const *) a, *y = *(const LinkRow *const *) b;

        if (x->lockt_id != y->lockt_id)
                return x->lockt_id < y->lockt_id ? -1 : 1;
        return x->line < y->line ? -1 : 1;
}

/* Each person and each user once. */
static int check_doubles(Parser *parser) {
        _cleanup_(freep) const LinkRow **sorted = NULL;
        char sentence[96];

        if (parser->n < 2)
                return 0;
        sorted = calloc(parser->n, sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < parser->n; i++)
                sorted[i] = &parser->rows[i];
        qsort(sorted, parser->n, sizeof(*sorted), compare_people);
        for (size_t i = 1; i < parser->n; i++)
                if (strcmp(sorted[i - 1]->id_num, sorted[i]->id_num) == 0) {
                        (void) snprintf(sentence, sizeof(sentence), "the id_num stands in line %u already",
                                        sorted[i - 1]->line);
                        complain(parser, sorted[i]->line, sentence);
                }
        qsort(sorted, parser->n, sizeof(*sorted), compare_users);
        for (size_t i = 1; i < parser->n; i++)
                if (sorted[i]->lockt_id > 0 && sorted[i - 1]->lockt_id == sorted[i]->lockt_id) {
                        (void) snprintf(sentence, sizeof(sentence), "the lockt_id stands in line %u already",
                                        sorted[i - 1]->line);
                        complain(parser, sorted[i]->line, sentence);
                }
        return 0;
}

static int take_lines(Parser *parser, const char *text) {
        bool header = false;

        for (unsigned number = 1; *text; number++) {
                Slice line = { text, strcspn(text, "\n") };
                int r;

                text += line.length + (text[line.length] == '\n');
                line = trim(line);
                if (line.length == 0)
                        continue;
                if (!header) {
                        header = take_header(parser, line);
                        if (!header) {
                                complain(parser, number, "the first line is to be the header id_num,lockt_id");
                                return 0;
                        }
                        continue;
                }
                r = take_row(parser, number, line);
                if (r < 0)
                        return r;
        }
        if (parser->n == 0 && !parser->wrong)
                complain(parser, 1, "there is nobody in it");
        return 0;
}

int link_file_parse(const char *text, LinkFileComplaint complaint, void *userdata, LinkRow **ret, size_t *ret_n) {
        Parser parser = { .complain = complaint, .userdata = userdata };
        int r;

        if (strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
                text += strlen(BYTE_ORDER_MARK);
        r = take_lines(&parser, text);
        if (r == 0)
                r = check_doubles(&parser);
        if (r < 0 || parser.wrong) {
                link_rows_free(parser.rows, parser.n);
                return r < 0 ? r : 1;
        }
        *ret = parser.rows;
        *ret_n = parser.n;
        return 0;
}

void link_rows_free(LinkRow *rows, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(rows[i].id_num);
        free(rows);
}
