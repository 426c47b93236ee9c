/* Listings for the tests of lib/state, taken in and applied. */

#include "listing-fixture.h"

struct Told told;

int list_tell(void *userdata, const HeldUser *before, int64_t id) {
        if (told.n < ELEMENTS(told.ids)) {
                told.former_ids[told.n] = before->user.id;
                told.ids[told.n] = id;
        }
        told.n++;
        return 0;
}

void list_begin(Fixture *f, int64_t at) {
        told.n = 0;
        good(f, snapshot_listing_begin(f->state, at, &f->error));
}

void list_user(Fixture *f, int64_t id, const char *id_num, const char *card_num) {
        User user = make_user(id, id_num, NULL, card_num);

        good(f, snapshot_listing_add(f->state, &user, false, false, &f->error));
        user_deinit(&user);
}

void list_fob(Fixture *f, int64_t id) {
        User user = USER_INIT;

        user.id = id;
        good(f, snapshot_listing_add(f->state, &user, true, false, &f->error));
}

ListingTally list_tally(Fixture *f) {
        ListingTally tally = { 0 };
        int r;

        do {
                error_clear(&f->error);
                r = snapshot_listing_tally(f->state, &tally, &f->error);
                if (r < 0)
                        fail_msg("%s", error_message(&f->error));
                assert_false(state_in_transaction(f->state));
        } while (r > 0);
        return tally;
}

unsigned list_apply(Fixture *f, unsigned max) {
        unsigned pieces = 0;
        int r;

        do {
                error_clear(&f->error);
                r = snapshot_listing_apply(f->state, max, list_tell, NULL, &f->error);
                if (r < 0)
                        fail_msg("%s", error_message(&f->error));
                assert_false(state_in_transaction(f->state));
                pieces++;
        } while (r > 0);
        return pieces;
}

HeldUser held_of(Fixture *f, int64_t id) {
        HeldUser held = HELD_USER_INIT;

        good(f, snapshot_get(f->state, id, &held, &f->error));
        return held;
}

void assert_held(Fixture *f, int64_t id, const char *card_num, int64_t seen, bool missing) {
        HeldUser held = held_of(f, id);

        assert_string_equal(user_text(&held.user, PROPERTY_CARD_NUM), card_num);
        assert_int_equal(held.seen_usec, seen);
        assert_int_equal(held.missing, missing);
        held_user_deinit(&held);
}
