/* Fob records of a batch: made, or assigned to somebody. */

#include "tests/simulator/batch-fob.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/simulator/input.h"

typedef struct Take {
        Batch *batch;
        Input input;
        User fob;
} Take;

static const Settings *settings_of(const Take *take) {
        return batch_settings(take->batch);
}

/* The fob of the record's id_num, or STORE_NOBODY. */
static int find_twin(const Take *take, int64_t *ret) {
        _cleanup_(user_deinit) User twin = USER_INIT;
        const char *id_num = user_text(&take->input.user, USER_ID_NUM);
        int r;

        if (id_num[0] == '\0')
                return STORE_NOBODY;
        r = store_user_find(batch_store(take->batch), USER_ID_NUM, id_num, 0, ret);
        if (r == 0)
                r = store_user_get(batch_store(take->batch), *ret, &twin);
        return r == 0 && !user_is_fob(&twin) ? STORE_NOBODY : r;
}

/* ruling 14: whether a creation that is sent twice makes a twin, is not known. */
static int check_unique(Take *take) {
        int64_t twin;
        int r;

        r = find_twin(take, &twin);
        if (r < 0)
                return r;
        if (r == 0 && settings_of(take)->fob_twins)
                return 0;
        r = batch_check_unique(take->batch, &take->fob, USER_ID_NUM, "ID Number", &take->input.complaints);
        if (r < 0)
                return r;
        return batch_check_unique(take->batch, &take->fob, USER_CARD_NUM, "Card Number", &take->input.complaints);
}

/* Until somebody has it, a fob is not enabled: so the documented ones look. */
static int make(Take *take) {
        int r;

        take->fob.enabled = false;
        r = input_apply(&take->input, false, true, &take->fob);
        if (r < 0)
                return r;
        if (!user_is_fob(&take->fob))
                complain(&take->input.complaints, "No name found.");
        if (user_text(&take->fob, USER_CARD_NUM)[0] == '\0')
                complain(&take->input.complaints, "No card_num found.");
        r = check_unique(take);
        if (r < 0 || take->input.complaints.n > 0)
                return r;
        r = batch_store_user(take->batch, &take->fob, COUNT_INSERTED);
        return r < 0 ? r : 0;
}

/* The fob that the record's id names. */
static int identify(Take *take) {
        int64_t id = take->input.user.id;
        int r;

        r = id > 0 ? store_user_get(batch_store(take->batch), id, &take->fob) : STORE_NOBODY;
        if (r < 0)
                return r;
        if (r == STORE_NOBODY || !user_is_fob(&take->fob))
                complain(&take->input.complaints, "Invalid id found: %" PRId64, id);
        return 0;
}

static int check_holder(Take *take) {
        _cleanup_(user_deinit) User holder = USER_INIT;
        int64_t id = take->input.user.holder;
        int r;

        if (!input_has(&take->input, INPUT_HOLDER))
                return 0;
        r = id > 0 ? store_user_get(batch_store(take->batch), id, &holder) : STORE_NOBODY;
        if (r < 0)
                return r;
        if (r == STORE_NOBODY || user_is_fob(&holder))
                complain(&take->input.complaints, "Invalid user_id found: %" PRId64, id);
        return 0;
}

static int change(Take *take) {
        int64_t holder = take->fob.holder;
        int r;

        r = check_holder(take);
        if (r < 0 || take->input.complaints.n > 0)
                return r;

        /* ruling 31; of a fob only the dates can be absent. */
        if (settings_of(take)->absent == VALUE_CLEAR)
                take->fob.effective = take->fob.expires = INSTANT_NONE;
        r = input_apply(&take->input, settings_of(take)->empty == VALUE_KEEP, true, &take->fob);
        if (r < 0)
                return r;
        if (take->fob.holder != holder)
                take->fob.enabled = true;

        /* ruling 37 */
        r = batch_store_user(take->batch, &take->fob,
                             settings_of(take)->fob_put_counts == FOB_PUT_INSERTED ? COUNT_INSERTED : COUNT_UPDATED);
        return r < 0 ? r : 0;
}

static int run(Take *take, InputKind kind, json_object *record) {
        const char *id_num;
        int r;

        r = input_read(&take->input, record, kind, settings_of(take), store_levels(batch_store(take->batch)));
        if (r == 0 && kind == INPUT_FOB_CHANGE)
                r = identify(take);
        if (r < 0)
                return r;
        id_num = user_text(kind == INPUT_FOB ? &take->input.user : &take->fob, USER_ID_NUM);
        batch_apply_refusal(take->batch, id_num, &take->input.complaints);
        if (take->input.complaints.n > 0)
                return 0;
        return kind == INPUT_FOB ? make(take) : change(take);
}

/* No failure of a fob is documented: its record comes back as it was sent. */
static int refuse(const Take *take, json_object *record) {
        _cleanup_(text_free) Text echo = { 0 };

        json_write(&echo, record);
        return batch_refuse(take->batch, &take->input.complaints, &echo);
}

static int take_record(Batch *batch, InputKind kind, json_object *record) {
        Take take = { .batch = batch, .input = INPUT_INIT, .fob = USER_INIT };
        int r;

        r = run(&take, kind, record);
        if (r == 0)
                r = complaints_status(&take.input.complaints);
        if (r == 0 && take.input.complaints.n > 0)
                r = refuse(&take, record);
        input_deinit(&take.input);
        user_deinit(&take.fob);
        return r;
}

int batch_take_fob(Batch *batch, json_object *record) {
        return take_record(batch, INPUT_FOB, record);
}

int batch_take_fob_change(Batch *batch, json_object *record) {
        return take_record(batch, INPUT_FOB_CHANGE, record);
}
