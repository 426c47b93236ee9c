#pragma once

/* What somebody decides himself, in a played world: the calls, and what they told. */

#include "lib/sync/hand.h"
#include "tests/unit/world.h"

#define OFFICER "user id 7"

/* What was answered, or the sentence of a refusal. */
typedef struct Told {
        int outcome;
        int64_t lockt_id;
        bool ineffective;
        char text[512];
} Told;

/* @n people who are in Lockt as HR wants them. */
void hand_open(World *w, const WorldOptions *options, unsigned n);
/* Lockt is listed anew. */
void hand_relist(World *w);
Told hand_lock(World *w, const char *key, const char *reason);
Told hand_unlock(World *w, const char *key);
Told hand_link(World *w, const char *key, int64_t id);
Told hand_unlink(World *w, const char *key);
void hand_assert_says(const Told *told, int outcome, const char *words);
void hand_assert_history(World *w, const char *key, const char *action, const char *words);
/* Until a write is under way; HR and Lockt answer what is read meanwhile. */
void hand_until_writing(World *w);
