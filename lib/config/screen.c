/*
 * The events of the file go by once before the tree is made: what a configuration has no use for is refused here with a
 * sentence of its own, and an alias that would grow the tree never gets there.
 */

#include "lib/config/screen.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "lib/base/utf8.h"

#define DEPTH_MAX 16

/* The characters that YAML prints. */
static bool is_printable(uint32_t c) {
        return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) || c == 0x85 ||
               (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

int screen_characters(const char *buffer, size_t n, ConfigErrors *errors) {
        Mark mark = { 1, 1 };

        for (size_t i = 0, length; i < n; i += length) {
                uint32_t c;

                length = utf8_decode(buffer + i, n - i, &c);
                if (length == 0) {
                        config_errors_add(errors, mark, "byte 0x%02x is not UTF-8; save the file as UTF-8",
                                          (unsigned) (unsigned char) buffer[i]);
                        return SCREEN_REFUSED;
                }
                if (!is_printable(c)) {
                        config_errors_add(errors, mark, "the character U+%04X can't be in a text file", c);
                        return SCREEN_REFUSED;
                }
                mark.column++;
                if (c == '\n')
                        mark = (Mark) { mark.line + 1, 1 };
        }
        return 0;
}

static Mark mark_of(yaml_mark_t mark) {
        return (Mark) { (unsigned) mark.line + 1, (unsigned) mark.column + 1 };
}

/* Whether the line is indented with a tab somewhere: the error that nobody sees. */
static bool tab_indents(const char *buffer, size_t n, size_t line) {
        const char *p = buffer, *end = buffer + n;

        for (; line > 0; line--) {
                p = memchr(p, '\n', (size_t) (end - p));
                if (!p)
                        return false;
                p++;
        }
        while (p < end && *p == ' ')
                p++;
        return p < end && *p == '\t';
}

/* YAML's own words, at the place where it stumbled. */
static void complain_syntax(const yaml_parser_t *parser, const char *buffer, size_t n, ConfigErrors *errors) {
        Mark mark = mark_of(parser->problem_mark);
        const char *problem = parser->problem ? parser->problem : "it can't be understood";

        if (tab_indents(buffer, n, parser->problem_mark.line))
                config_errors_add(errors, mark, "a tab indents this line; YAML takes blanks only");
        else if (parser->context && parser->context_mark.line != parser->problem_mark.line)
                config_errors_add(errors, mark, "this is not YAML: %s, %s that begins at line %zu", problem,
                                  parser->context, parser->context_mark.line + 1);
        else if (parser->context)
                config_errors_add(errors, mark, "this is not YAML: %s, %s", problem, parser->context);
        else
                config_errors_add(errors, mark, "this is not YAML: %s", problem);
}

typedef struct Screen {
        ConfigErrors *errors;
        size_t depth, documents;
        bool refused, finished;
} Screen;

static void refuse(Screen *screen, const yaml_event_t *event, const char *sentence) {
        config_errors_add(screen->errors, mark_of(event->start_mark), "%s", sentence);
        screen->refused = true;
}

static void screen_node(Screen *screen, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag) {
        if (anchor)
                refuse(screen, event, "anchors (&name) are not used here; write the value where it is needed, and "
                       "quote a text that begins with &");
        if (tag)
                refuse(screen, event, "tags (!name) are not used here; quote a text that begins with !");
}

static void screen_enter(Screen *screen, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag) {
        screen_node(screen, event, anchor, tag);
        if (++screen->depth <= DEPTH_MAX)
                return;
        refuse(screen, event, "this is nested too deeply");
        screen->finished = true;
}

static void screen_event(Screen *screen, const yaml_event_t *event) {
        switch (event->type) {
        case YAML_ALIAS_EVENT:
                refuse(screen, event, "aliases (*name) are not used here; write the value where it is needed, and "
                       "quote a text that begins with *");
                break;
        case YAML_SCALAR_EVENT:
                screen_node(screen, event, event->data.scalar.anchor, event->data.scalar.tag);
                if (strlen((const char *) event->data.scalar.value) != event->data.scalar.length)
                        refuse(screen, event, "this text has a NUL character in it");
                break;
        case YAML_SEQUENCE_START_EVENT:
                screen_enter(screen, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
                break;
        case YAML_MAPPING_START_EVENT:
                screen_enter(screen, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
                break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                screen->depth--;
                break;
        case YAML_DOCUMENT_START_EVENT:
                if (++screen->documents == 2) {
                        refuse(screen, event, "a second document begins here; the file is one document");
                        screen->finished = true;
                }
                break;
        case YAML_STREAM_END_EVENT:
                screen->finished = true;
                break;
        default:
                break;
        }
}

int screen_events(const char *buffer, size_t n, ConfigErrors *errors) {
        _cleanup_(yaml_parser_delete) yaml_parser_t parser = { 0 };
        Screen screen = { .errors = errors };

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *) buffer, n);

        while (!screen.finished) {
                yaml_event_t event;

                if (!yaml_parser_parse(&parser, &event)) {
                        if (parser.error == YAML_MEMORY_ERROR)
                                return -ENOMEM;
                        complain_syntax(&parser, buffer, n, errors);
                        return SCREEN_REFUSED;
                }
                screen_event(&screen, &event);
                yaml_event_delete(&event);
        }
        return screen.refused ? SCREEN_REFUSED : 0;
}
