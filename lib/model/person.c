/* A person as HR wants it: what the mapping fills in piece by piece. */

#include "lib/model/person.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int person_set_fault(Person *person, const char *format, ...) {
        va_list ap;
        int n;

        if (person->fault)
                return 0;

        va_start(ap, format);
        n = vasprintf(&person->fault, format, ap);
        va_end(ap);
        if (n < 0) {
                person->fault = NULL;
                return -ENOMEM;
        }
        return 0;
}

int person_add_grant(Person *person, int64_t level, unsigned line) {
        size_t i = 0;
        Grant *grants;
        int r;

        while (i < person->n_grants && person->grants[i].level < level)
                i++;
        if (i < person->n_grants && person->grants[i].level == level)
                return 0;

        grants = reallocarray(person->grants, person->n_grants + 1, sizeof(*grants));
        if (!grants)
                return -ENOMEM;
        person->grants = grants;

        r = user_add_level(&person->wanted, level);
        if (r < 0)
                return r;

        memmove(grants + i + 1, grants + i, (person->n_grants - i) * sizeof(*grants));
        grants[i] = (Grant) { level, line };
        person->n_grants++;
        return 0;
}

void person_deinit(Person *person) {
        free(person->key);
        free(person->grants);
        free(person->fault);
        user_deinit(&person->wanted);
        *person = PERSON_INIT;
}
