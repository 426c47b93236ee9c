/* Is Lockt well, and when to try again. */

#include "lib/delivery/service.h"

void service_init(Service *service, int64_t first_usec, int64_t max_usec, uint64_t seed) {
        *service = (Service) {
                .first_usec = first_usec,
                .max_usec = max_usec,
                .seed = seed,
        };
}

/* A linear congruential step (Knuth's MMIX constants) is random enough for a jitter, and repeats for a test. */
static uint64_t next_random(Service *service) {
        service->seed = service->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return service->seed >> 33;
}

int64_t service_backoff(Service *service, unsigned attempts) {
        int64_t wait = service->first_usec;

        for (unsigned i = 1; i < attempts && wait < service->max_usec; i++)
                wait *= 2;
        if (wait > service->max_usec)
                wait = service->max_usec;
        return wait - (int64_t) (next_random(service) % (uint64_t) (wait / 4 + 1));
}

void service_failed(Service *service, int64_t now_usec, bool take, int64_t retry_after_usec) {
        if (service->failures < 64)
                service->failures++;
        service->take_failed = take;
        service->failed_usec = now_usec;
        service->next_usec = now_usec + service_backoff(service, service->failures);
        if (retry_after_usec > 0) {
                service->not_before_usec = now_usec + retry_after_usec;
                if (service->next_usec < service->not_before_usec)
                        service->next_usec = service->not_before_usec;
        }
}

void service_well(Service *service) {
        service->failures = 0;
        service->take_failed = false;
        service->failed_usec = service->next_usec = service->not_before_usec = 0;
}

int64_t service_from_usec(const Service *service, bool take) {
        int64_t from;

        if (service->failures == 0)
                return 0;
        if (!take)
                return service->next_usec;
        from = service->failures == 1 && !service->take_failed ? 0 : service->failed_usec + service->first_usec;
        return from > service->not_before_usec ? from : service->not_before_usec;
}
