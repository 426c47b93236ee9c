#pragma once

/*
 * News: what the sync has to tell
 *
 * lib/ never logs; it hands each piece of news to the daemon, which gives it a MESSAGE_ID, a priority and its fields.
 * Conditions (…_DOWN, …_PAUSED, …) are told when they begin and when they end, not in between. People appear by id_num alone.
 */

#include <stdint.h>

typedef enum NewsKind {
        NEWS_CYCLE_DONE,                /* a cycle changed something; counts are set */
        NEWS_REVOKED,                   /* Lockt acknowledged that a person lost access */
        NEWS_REVOCATION_CONFIRMED,      /* … and it was seen by reading */
        NEWS_REVOCATION_UNDONE,         /* alarm: a confirmed or acknowledged revocation is not what Lockt shows; sent again */
        NEWS_CREATED,
        NEWS_CHANGED,
        NEWS_ADOPTED,
        NEWS_PARKED,                    /* a record is withheld; text says why */
        NEWS_UNPARKED,
        NEWS_HELD,                      /* changes wait for an approval; text says why, count is how many */
        NEWS_HELD_END,                  /* text: who was held, in words */
        NEWS_SAVED,                     /* what Lockt holds was saved before the first write; text: the file */
        NEWS_HR_DOWN,                   /* a read failed; text says why */
        NEWS_HR_UP,
        NEWS_HR_REFUSED,                /* a read proves nothing: empty, loading, backwards …; text */
        NEWS_HR_REFUSED_END,
        NEWS_HR_KEYS,                   /* null or doubled keys: no absence proven; count */
        NEWS_HR_KEYS_END,
        NEWS_LOCKT_DOWN,                /* the service does not answer as a whole; delivery backs off */
        NEWS_LOCKT_UP,
        NEWS_LOCKT_UNAUTHORIZED,        /* 401: delivery pauses */
        NEWS_LOCKT_AUTHORIZED,
        NEWS_SERVICE_FAULT,             /* the same refusal for several single records: delivery pauses, nobody is parked */
        NEWS_FIRST_UPDATE_BAD,          /* alarm: it changed what it should not (text: which properties); delivery stops */
        NEWS_LISTING_REFUSED,           /* cut short or lacking many known users */
        NEWS_LISTING_REFUSED_END,
        NEWS_LEVELS_UNRESOLVED,         /* the mapping names levels that Lockt lacks; text */
        NEWS_LEVELS_RESOLVED,
        NEWS_BATCH_LIMIT,               /* the service allows fewer records a write; count */
        NEWS_ECHO_DIFFERS,              /* Lockt keeps a value in another form (ruling 33) */
        NEWS_BLOCKED_BY_HAND,           /* disabled in Lockt by hand: stays disabled */
        NEWS_VANISHED,                  /* a linked user is no longer in Lockt */
        NEWS_NOT_SET_BACK,              /* an approved way back could not be gone any more; text says why */
        NEWS_HISTORY_HEAD,              /* once a day: the hash of the newest entry; text, and count is its id */
        NEWS_STATE_RESTORED,            /* the state is a copy; text: of when */
        NEWS_STATE_FAILED,              /* the state can't be written: delivery stops; text */
        NEWS_KINDS,
} NewsKind;

typedef struct News {
        NewsKind kind;
        int64_t cycle;
        const char *id_num;             /* NULL: about no single person */
        const char *action;             /* "revoke", "change", "create" …; NULL */
        const char *text;               /* a sentence; NULL */
        int64_t count;                  /* of what the kind says; -1: none */
        /* NEWS_CYCLE_DONE: */
        int64_t rows, revoked, changed, created, adopted, parked, writes;
        int64_t duration_usec;          /* -1: none */
} News;

#define NEWS(k) ((News) { .kind = (k), .count = -1, .duration_usec = -1 })

/* "revocation-confirmed": the stable name of a kind, LOCKTSYNC_EVENT= in the journal. */
const char *news_name(NewsKind kind);
