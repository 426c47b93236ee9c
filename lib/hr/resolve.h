#pragma once

/*
 * Names to addresses, off the loop
 *
 * libpq looks names up with getaddrinfo(), which waits for as long as the name servers keep it waiting, and nothing
 * can wake it. So a short-lived thread does it. The thread owns all that it touches: who is no longer interested frees
 * the resolver at once and leaves the thread behind, which ends by itself.
 */

#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "lib/base/error.h"

#define HR_MAX_HOSTS 16
#define HR_MAX_ADDRESSES 8              /* of one name; more are left out */

typedef struct HrAddresses {
        int gai_error;                  /* of getaddrinfo(); 0 when there is at least one address */
        size_t n;
        char text[HR_MAX_ADDRESSES][INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
} HrAddresses;

typedef struct HrResolver HrResolver;

/* One answer for each name, in their order. Borrowed until the return. The resolver may be freed within. */
typedef void (*HrResolved)(void *userdata, const HrAddresses *answers, size_t n);

/* The names are copied. -EAGAIN when too many earlier lookups still hang. */
int hr_resolver_new(sd_event *event, const char *const *names, size_t n_names, HrResolved resolved, void *userdata,
                    HrResolver **ret, Error *reterr);
HrResolver *hr_resolver_free(HrResolver *resolver);
DEFINE_CLEANUP(HrResolver *, hr_resolver_free)
