#pragma once

/*
 * Ownership
 *
 * A local that owns something says so with `_cleanup_(f)` until steal() gives it away; so each failure is one `return`.
 */

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((__cleanup__(f)))
#define _pure_ __attribute__((__pure__))
#define _unused_ __attribute__((__unused__))
#define _printf_(format, first) __attribute__((__format__(printf, format, first)))

/* Takes the value of a pointer variable and leaves NULL behind. */
#define steal(ptr)                              \
        __extension__({                         \
                __typeof__(ptr) *_p = &(ptr);   \
                __typeof__(ptr) _v = *_p;       \
                *_p = NULL;                     \
                _v;                             \
        })

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Defines `closep(Type *p)` for _cleanup_ from a destructor that takes NULL and returns anything. */
#define DEFINE_CLEANUP(type, function)                          \
        static inline void function##p(type *p) {               \
                (void) function(*p);                            \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}

static inline void closep(int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
}
