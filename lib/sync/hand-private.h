#pragma once

/* What the two files of decisions by hand share. */

#include "lib/state/hand.h"
#include "lib/sync/hand.h"
#include "lib/sync/internal.h"

#define KEY_MAX_BYTES 200u      /* a longer one can't be one of HR's, nor of Lockt's */
#define REASON_MAX 500u

int hand_oom(Error *reterr);
/* SYNC_REFUSED, with the sentence in @reterr. */
int hand_refuse(Error *reterr, const char *format, ...) _printf_(2, 3);
/* 0, or SYNC_REFUSED with a sentence: no key at all, or one that is never written to. */
int hand_check_key(const Sync *sync, const char *key, Error *reterr);
/* Not empty, at most @max bytes of clean UTF-8. */
int hand_check_text(const char *what, const char *text, size_t max, Error *reterr);

/* Ends the transaction as @r says. */
int hand_end(Sync *sync, int r, Error *reterr);
/* Closes @text, which fills answer->text, and gives it away where @r is 0. */
int hand_answer(FILE *text, int r, HandAnswer *answer, HandAnswer *ret, Error *reterr);

/* @lockt_id 0: of no user; @text may be NULL. */
int hand_history(Sync *sync, Now now, const char *key, const char *action, const char *by, int64_t lockt_id,
                 const char *text, Error *reterr);
/* What the person gets is decided by a keyed read, whatever his row was before. */
int hand_decide_anew(Sync *sync, const char *key, Error *reterr);
/* The revocation of somebody who is locked is queued; nothing where he is not. */
int hand_enqueue_locked(Sync *sync, const char *key, Now now, Error *reterr);
