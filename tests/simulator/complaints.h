#pragma once

/*
 * Complaints
 *
 * What is wrong with one record, in the sentences that the service answers.
 */

#include "tests/simulator/text.h"

typedef struct Complaints {
        Text text;              /* JSON strings with commas between them */
        size_t n;
} Complaints;

void complain(Complaints *complaints, const char *format, ...) _printf_(2, 3);

/* 0, or -ENOMEM when one is missing. */
int complaints_status(const Complaints *complaints);

void complaints_deinit(Complaints *complaints);
