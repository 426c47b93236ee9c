#pragma once

/* What the files of the played world share. */

#include "world.h"

/* A call of the engine ended with an error: only where the scenario made the state fail. */
void world_fault(World *w, int r, Error *error);

/* Both clocks go on. Nothing takes no time at all. */
void world_pass(World *w, int64_t usec);

/* world-hr.c */
void hr_forget_reading(HrReading *reading);
void hr_cancel(World *w, SyncRead read);

/* world-lockt.c */
void lockt_furnish(World *w);
void lockt_clear(World *w);
void lockt_start_write(World *w, const SyncAction *action);
void lockt_make_late(World *w, const Sent *write);
LocktUser *lockt_user_of_id(World *w, int64_t id);
void sent_deinit(Sent *sent);
void sent_copy(const Sent *sent, Sent *ret);

/* world-judge.c: what always holds, asserted with each write. */
void judge_write(World *w, Sent *write);
void judge_acknowledged(World *w, const Sent *write, const LocktAnswer *answer);
Memory *memory_of(World *w, const char *key);
