#pragma once

/*
 * Carries rows from HR to the sync
 *
 * Up to two reads at once, each on a connection of its own: one of everybody (a cycle's, or a plan's), and one of
 * some keys beside it. A connection stays open for the next read; the second one is closed when its read is over.
 * Reads are numbered by the start of their database snapshot, so no read starts before the snapshot of the one before
 * is taken.
 */

#include "daemon/draft.h"
#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/mapping/mapping.h"
#include "lib/sync/sync.h"

typedef struct Service Service;
typedef struct HrCarrier HrCarrier;

int carry_hr_new(Service *service, HrCarrier **ret, Error *reterr);
HrCarrier *carry_hr_free(HrCarrier *carrier);
DEFINE_CLEANUP(HrCarrier *, carry_hr_free)

/*
 * Around a change of the configuration: ends what runs with -ECANCELED, disconnects and forgets the columns; and
 * afterwards starts what was asked for meanwhile, by the new configuration.
 */
void carry_hr_suspend(HrCarrier *carrier);
void carry_hr_resume(HrCarrier *carrier);

/* What the sync asked for; @keys are copied. That it can't be done is reported to the sync like any other end. */
void carry_hr_people(HrCarrier *carrier);
void carry_hr_keys(HrCarrier *carrier, const char *const *keys, size_t n_keys);

/*
 * A read for somebody who asked for a plan (@n_keys 0) or an explanation: SYNC_PLAN of the sync, and whoever asked is
 * told too. @row may be NULL. -EBUSY: another one runs.
 */
typedef struct PlanHandler {
        void (*row)(void *userdata, const char *line, size_t length);
        void (*end)(void *userdata, int result, const Error *error);
} PlanHandler;

int carry_hr_plan(HrCarrier *carrier, const char *const *keys, size_t n_keys, const PlanHandler *handler,
                  void *userdata, Error *reterr);
/*
 * The same of everybody, with another configuration: its query, on the connection in force. @draft is borrowed until
 * the read is cancelled or done.
 */
int carry_hr_plan_draft(HrCarrier *carrier, Draft *draft, const PlanHandler *handler, void *userdata, Error *reterr);
/* Nobody wants it any more while it is being read; the handler is not called again. */
void carry_hr_plan_cancel(HrCarrier *carrier);
/* After end(), when the plan has been told and dropped: the next one may come. */
void carry_hr_plan_done(HrCarrier *carrier);

/* The columns that the mapping is bound to: of the read that began last. */
const Column *carry_hr_columns(HrCarrier *carrier, size_t *ret_n);

/* Whether a read of everybody or of keys, as the sync asked for, waits or runs. */
bool carry_hr_busy(const HrCarrier *carrier);
