/* The list of faults, and which of them apply to a request. */

#include "tests/simulator/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
        FAULTS_MAX = 1000,
};

struct Faults {
        Fault **items;
        size_t n;
        int64_t last_id;
};

int faults_new(Faults **ret) {
        Faults *faults = calloc(1, sizeof(*faults));

        if (!faults)
                return -ENOMEM;
        *ret = faults;
        return 0;
}

Faults *faults_free(Faults *faults) {
        if (!faults)
                return NULL;

        (void) faults_clear(faults, 0);
        free(faults->items);
        free(faults);
        return NULL;
}

Fault *fault_unref(Fault *fault) {
        if (!fault || --fault->references > 0)
                return NULL;

        json_object_put(fault->spec);
        free(fault);
        return NULL;
}

bool fault_cleared(const Fault *fault) {
        return fault->cleared;
}

int faults_add(Faults *faults, Fault *fault) {
        Fault **items;

        if (faults->n >= FAULTS_MAX)
                return -ENOSPC;
        items = reallocarray(faults->items, faults->n + 1, sizeof(Fault *));
        if (!items)
                return -ENOMEM;
        faults->items = items;
        fault->id = ++faults->last_id;
        items[faults->n++] = fault;
        return 0;
}

size_t faults_clear(Faults *faults, int64_t id) {
        size_t kept = 0, n = faults->n;

        for (size_t i = 0; i < n; i++) {
                Fault *fault = faults->items[i];

                if (id != 0 && fault->id != id) {
                        faults->items[kept++] = fault;
                        continue;
                }
                fault->cleared = true;
                (void) fault_unref(fault);
        }
        faults->n = kept;
        return n - kept;
}

void faults_write(const Faults *faults, Text *text) {
        text_puts(text, "[");
        for (size_t i = 0; i < faults->n; i++) {
                const Fault *fault = faults->items[i];

                text_printf(text, "%s{\"id\":%" PRId64 ",\"matched\":%" PRId64 ",\"applied\":%" PRId64 ",\"fault\":",
                            i > 0 ? "," : "", fault->id, fault->matched, fault->applied);
                json_write(text, fault->spec);
                text_puts(text, "}");
        }
        text_puts(text, "]");
}

static bool matches(const Fault *fault, const FaultTarget *target) {
        if (fault->method && strcmp(fault->method, target->method) != 0)
                return false;
        if (fault->path && strcmp(fault->path, target->path) != 0)
                return false;
        if (fault->query && strcmp(fault->query, target->query) != 0)
                return false;
        if (!fault->id_num)
                return true;

        /* A listing may contain anybody. */
        if (fault_action_reads(fault->action) && strcmp(target->query, "none") == 0)
                return true;
        return target->concerns(target->context, fault->id_num);
}

static bool applies(Fault *fault, uint64_t now_usec) {
        if (fault->until_usec > 0 && now_usec >= fault->until_usec)
                return false;

        fault->matched++;
        if (fault->matched < fault->nth || fault->applied >= fault->times)
                return false;
        fault->applied++;
        return true;
}

void faults_match(Faults *faults, const FaultTarget *target, uint64_t now_usec, FaultSet *ret) {
        for (size_t i = 0; i < faults->n && ret->n < FAULT_SET_MAX; i++) {
                Fault *fault = faults->items[i];

                if (!matches(fault, target) || !applies(fault, now_usec))
                        continue;
                fault->references++;
                ret->items[ret->n++] = fault;
        }
}

Fault *fault_set_find(const FaultSet *set, FaultAction action) {
        for (size_t i = 0; i < set->n; i++) {
                if (set->items[i]->action == action)
                        return set->items[i];
        }
        return NULL;
}

Fault *fault_set_next(const FaultSet *set, const Fault *fault) {
        bool seen = false;

        for (size_t i = 0; i < set->n; i++) {
                if (seen && set->items[i]->action == fault->action)
                        return set->items[i];
                seen = seen || set->items[i] == fault;
        }
        return NULL;
}

Fault *fault_set_find_record(const FaultSet *set, FaultAction action, const char *id_num) {
        for (Fault *fault = fault_set_find(set, action); fault; fault = fault_set_next(set, fault)) {
                if (!fault->id_num || (id_num && strcmp(fault->id_num, id_num) == 0))
                        return fault;
        }
        return NULL;
}

void fault_set_clear(FaultSet *set) {
        for (size_t i = 0; i < set->n; i++)
                (void) fault_unref(set->items[i]);
        set->n = 0;
}
