/* The terminal. See screen.h. */

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/ctl/glyph.h"
#include "daemon/ctl/screen.h"

#define LABEL_COLUMNS 17

static unsigned find_width(int fd, bool terminal) {
        const char *columns = getenv("COLUMNS");
        struct winsize size = { 0 };
        unsigned long n = 0;
        char *end;

        if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                n = size.ws_col;
        else if (columns && *columns) {
                n = strtoul(columns, &end, 10);
                if (*end)
                        n = 0;
        }
        if (n == 0)
                return SCREEN_WIDTH_DEFAULT;
        return (unsigned) (n < SCREEN_WIDTH_MIN ? SCREEN_WIDTH_MIN : n > SCREEN_WIDTH_MAX ? SCREEN_WIDTH_MAX : n);
}

void screen_init(Screen *screen, FILE *out, bool no_color) {
        const char *no_color_variable = getenv("NO_COLOR"), *term = getenv("TERM");
        bool terminal = isatty(fileno(out));

        (void) setlocale(LC_CTYPE, "");
        *screen = (Screen) { .out = out, .width = find_width(fileno(out), terminal) };
        if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
                /* Names are UTF-8 wherever they are shown; their widths have to be known. */
                screen->plain = true;
                (void) setlocale(LC_CTYPE, "C.UTF-8");
        }
        screen->color = terminal && !no_color && !(no_color_variable && *no_color_variable) &&
                        !(term && strcmp(term, "dumb") == 0);
}

const char *screen_arrow(const Screen *screen) {
        return screen->plain ? "->" : "\xe2\x86\x92";
}

static const char *ellipsis(const Screen *screen) {
        return screen->plain ? "~" : "\xe2\x80\xa6";
}

static void paint_on(const Screen *screen, Paint paint) {
        static const char *const codes[] = { "", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m" };

        if (screen->color && paint != PAINT_NONE)
                (void) fputs(codes[paint], screen->out);
}

static void paint_off(const Screen *screen, Paint paint) {
        if (screen->color && paint != PAINT_NONE)
                (void) fputs("\033[0m", screen->out);
}

/* As many characters as fit in @max columns. Answers the columns; @ret_used the bytes. */
static size_t put_glyphs(const Screen *screen, const char *text, size_t length, size_t max, size_t *ret_used) {
        size_t columns = 0, used = 0;

        while (used < length) {
                Glyph glyph = glyph_first(text + used, length - used);

                if (columns + glyph.columns > max)
                        break;
                (void) fwrite(glyph.bytes, 1, glyph.length, screen->out);
                columns += glyph.columns;
                used += glyph.used;
        }
        *ret_used = used;
        return columns;
}

size_t screen_put(const Screen *screen, Paint paint, const char *text, size_t max) {
        size_t length = strlen(text), columns, used;

        if (max == 0)
                return 0;
        paint_on(screen, paint);
        if (glyph_columns(text, length) <= max)
                columns = put_glyphs(screen, text, length, max, &used);
        else {
                columns = put_glyphs(screen, text, length, max - 1, &used) + 1;
                (void) fputs(ellipsis(screen), screen->out);
        }
        paint_off(screen, paint);
        return columns;
}

void screen_blanks(const Screen *screen, size_t n) {
        (void) fprintf(screen->out, "%*s", (int) (n < SCREEN_WIDTH_MAX ? n : SCREEN_WIDTH_MAX), "");
}

/* How many bytes go on a line of @max columns: to the last blank that fits, or as far as it goes without one. */
static size_t line_length(const char *text, size_t length, size_t max) {
        size_t columns = 0, used = 0, blank = 0;

        while (used < length) {
                Glyph glyph = glyph_first(text + used, length - used);

                if (columns + glyph.columns > max)
                        return blank > 0 ? blank : used > 0 ? used : glyph.used;
                if (used > 0 && *glyph.bytes == ' ')
                        blank = used;
                columns += glyph.columns;
                used += glyph.used;
        }
        return length;
}

void screen_wrap(const Screen *screen, Paint paint, size_t indent, const char *text) {
        size_t length = strlen(text), max = indent < screen->width ? screen->width - indent : 1, used;

        /* Where little room is left behind the cursor, the lines below take half of the screen. */
        if (indent > screen->width / 2 && indent + SCREEN_WIDTH_MIN > screen->width)
                indent = screen->width / 2;
        for (bool first = true; length > 0; first = false, max = screen->width - indent) {
                size_t n = line_length(text, length, max);

                if (!first) {
                        (void) fputc('\n', screen->out);
                        screen_blanks(screen, indent);
                }
                paint_on(screen, paint);
                (void) put_glyphs(screen, text, n, SIZE_MAX, &used);
                paint_off(screen, paint);
                for (; n < length && text[n] == ' ';)
                        n++;
                text += n;
                length -= n;
        }
}

static void wrap_formatted(const Screen *screen, Paint paint, size_t indent, const char *format, va_list ap)
        _printf_(4, 0);
static void wrap_formatted(const Screen *screen, Paint paint, size_t indent, const char *format, va_list ap) {
        _cleanup_(freep) char *text = NULL;

        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        screen_wrap(screen, paint, indent, text ? text : "(out of memory)");
        (void) fputc('\n', screen->out);
}

void screen_line(const Screen *screen, Paint paint, size_t indent, const char *format, ...) {
        va_list ap;

        screen_blanks(screen, indent);
        va_start(ap, format);
        wrap_formatted(screen, paint, indent, format, ap);
        va_end(ap);
}

void screen_field(const Screen *screen, const char *label, Paint paint, const char *format, ...) {
        size_t used;
        va_list ap;

        screen_blanks(screen, 2);
        used = 2 + screen_put(screen, PAINT_NONE, label, LABEL_COLUMNS - 1);
        screen_blanks(screen, used < LABEL_COLUMNS + 2 ? LABEL_COLUMNS + 2 - used : 1);
        va_start(ap, format);
        wrap_formatted(screen, paint, LABEL_COLUMNS + 2, format, ap);
        va_end(ap);
}
