#pragma once

/*
 * Events in the Store
 *
 * The newest of them, up to a number; those that are still on their way; and when each card was last seen.
 */

#include "tests/simulator/settings.h"
#include "tests/simulator/store.h"

/* @body is all of the event after its id. An @id of 0 is drawn; with @max at most so many stay. */
int store_event_add(Store *store, int64_t id, const char *body, int64_t max);

/* Kept back: its id is drawn when it is released. */
int store_event_withhold(Store *store, const char *body);

/* Lets those that were kept back arrive, in the order in which they happened or the other way round. */
int store_events_release(Store *store, bool reverse, int64_t max, int64_t *ret);

int store_events_delete(Store *store);

typedef struct EventsView {
        int64_t from;                   /* ids from here on */
        int64_t order;                  /* EVENTS_NEWEST, EVENTS_OLDEST or EVENTS_SHUFFLED */
} EventsView;

/* All at once: there are never many. */
int store_events_read(Store *store, const EventsView *view, StoreEach each, void *context);

/* A card was shown at @instant. */
int store_activity_note(Store *store, const char *card_num, int64_t instant);

/* Fobs as store_fobs_read() has them, with their last activity. */
int store_fobcheck_read(Store *store, int64_t after, size_t max, StoreEach each, void *context, size_t *ret);
