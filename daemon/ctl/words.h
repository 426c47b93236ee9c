#pragma once

/* Times and numbers in the words of people. Times are microseconds since 1970. Each answers @buf. */

#include <stdint.h>

#define WORDS_MAX 64

/* "850 ms", "12 s", "3 min 5 s", "2 h 5 min", "3 days 4 h". */
const char *words_duration(char buf[static WORDS_MAX], int64_t usec);

/* "12 s ago", "in 48 s", "now", and "never" for 0 and below. */
const char *words_when(char buf[static WORDS_MAX], int64_t usec, int64_t now_usec);

/* "2026-11-23 12:32:10", on the clock of the user's zone; "never" for 0 and below. */
const char *words_instant(char buf[static WORDS_MAX], int64_t usec);

/* "12,345" */
const char *words_count(char buf[static WORDS_MAX], int64_t n);

/* "1 person", "12,345 people" */
const char *words_of(char buf[static WORDS_MAX], int64_t n, const char *one, const char *many);
