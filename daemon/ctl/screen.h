#pragma once

/*
 * Where locktsyncctl writes: a terminal of some width, or a file
 *
 * Whatever is put here is made harmless first (glyph.h). Colour is for terminals only, and never where --no-color or
 * NO_COLOR says so.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/cleanup.h"

typedef struct Screen {
        FILE *out;
        unsigned width;         /* columns */
        bool color;
        bool plain;             /* the locale is not a UTF-8 one: our own signs are ASCII */
} Screen;

typedef enum Paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_RED, PAINT_GREEN, PAINT_YELLOW } Paint;

#define SCREEN_WIDTH_DEFAULT 80
#define SCREEN_WIDTH_MIN 20
#define SCREEN_WIDTH_MAX 1000

/* Sets LC_CTYPE, too: to the user's, or to C.UTF-8 where that one is not UTF-8. */
void screen_init(Screen *screen, FILE *out, bool no_color);

/* "→" and the like, or what stands for it. */
const char *screen_arrow(const Screen *screen);

/* At most @max columns of a text, "…" at the end of what was cut. Answers the columns that were used. */
size_t screen_put(const Screen *screen, Paint paint, const char *text, size_t max);

/* A line of formatted text, wrapped at the width; what follows the first line is indented like it. */
void screen_line(const Screen *screen, Paint paint, size_t indent, const char *format, ...) _printf_(4, 5);

/* @text wrapped between @indent and the width, for a cursor that stands at @indent; without a newline at the end. */
void screen_wrap(const Screen *screen, Paint paint, size_t indent, const char *text);

/* That many blanks. */
void screen_blanks(const Screen *screen, size_t n);

/* "   Label   text", the text wrapped behind the labels. */
void screen_field(const Screen *screen, const char *label, Paint paint, const char *format, ...) _printf_(4, 5);
