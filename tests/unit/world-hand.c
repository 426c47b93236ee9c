/* The calls of somebody who decides himself. */

#include "tests/unit/world-hand.h"

void hand_open(World *w, const WorldOptions *options, unsigned n) {
        world_open(w, options);
        hr_hire_many(w, 'P', 0, n);
        world_settle(w);
        world_assert_converged(w, "at first");
        world_forget_log(w);
}

void hand_relist(World *w) {
        must(sync_resync(w->sync, w->now, false, error));
        world_settle(w);
}

static void tell(Told *told, int r, HandAnswer *answer, Error *error) {
        if (r < 0)
                fail_msg("%d: %s", r, error_message(error));
        told->outcome = r;
        told->lockt_id = answer->lockt_id;
        told->ineffective = answer->ineffective;
        (void) snprintf(told->text, sizeof(told->text), "%s", r == 0 ? answer->text : error_message(error));
        hand_answer_deinit(answer);
        error_clear(error);
}

Told hand_lock(World *w, const char *key, const char *reason) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_lock(w->sync, w->now, key, reason, OFFICER, &answer, &error), &answer, &error);
        return told;
}

Told hand_unlock(World *w, const char *key) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_unlock(w->sync, w->now, key, OFFICER, &answer, &error), &answer, &error);
        return told;
}

Told hand_unlink(World *w, const char *key) {
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };

        tell(&told, sync_unlink(w->sync, w->now, key, OFFICER, &answer, &error), &answer, &error);
        return told;
}

static void complain(void *userdata, size_t wish, const char *sentence) {
        char *text = userdata;

        assert_int_equal(wish, 0);
        (void) snprintf(text, sizeof((Told) { 0 }.text), "%s", sentence);
}

Told hand_link(World *w, const char *key, int64_t id) {
        LinkWish wish = { .key = key, .lockt_id = id };
        char sentence[sizeof((Told) { 0 }.text)] = "";
        HandAnswer answer = { 0 };
        Error error = ERROR_INIT;
        Told told = { 0 };
        int r;

        r = sync_link(w->sync, w->now, &wish, 1, OFFICER, complain, sentence, &answer, &error);
        tell(&told, r, &answer, &error);
        if (r == SYNC_REFUSED)
                (void) snprintf(told.text, sizeof(told.text), "%s", sentence);
        return told;
}

void hand_assert_says(const Told *told, int outcome, const char *words) {
        if (told->outcome != outcome || !strstr(told->text, words))
                fail_msg("%d: %s", told->outcome, told->text);
}

void hand_assert_history(World *w, const char *key, const char *action, const char *words) {
        int64_t before = 0;

        for (;;) {
                HistoryEntry entry = { 0 };
                bool fits;
                int r;

                r = history_previous(w->state, key, before, &entry, NULL);
                if (r != 0)
                        fail_msg("the history has no '%s' of %s with '%s'", action, key, words);
                before = entry.id;
                fits = strcmp(entry.action, action) == 0 && strstr(entry.detail, words);
                history_entry_deinit(&entry);
                if (fits)
                        return;
        }
}

void hand_until_writing(World *w) {
        for (unsigned i = 0; i < 100 && !w->writing; i++) {
                world_pump(w, NULL);
                if (!w->writing && !world_read_hr(w, SYNC_KEYS))
                        (void) world_answer_lockt_read(w);
        }
        assert_true(w->writing);
}
