/* The stable names of news, as LOCKTSYNC_EVENT= carries them. */

#include "lib/model/news.h"

const char *news_name(NewsKind kind) {
        static const char *const names[NEWS_KINDS] = {
                [NEWS_CYCLE_DONE] = "cycle-done",
                [NEWS_REVOKED] = "revoked",
                [NEWS_REVOCATION_CONFIRMED] = "revocation-confirmed",
                [NEWS_REVOCATION_UNDONE] = "revocation-undone",
                [NEWS_CREATED] = "created",
                [NEWS_CHANGED] = "changed",
                [NEWS_ADOPTED] = "adopted",
                [NEWS_PARKED] = "parked",
                [NEWS_UNPARKED] = "unparked",
                [NEWS_HELD] = "held",
                [NEWS_HELD_END] = "held-end",
                [NEWS_SAVED] = "saved",
                [NEWS_HR_DOWN] = "hr-down",
                [NEWS_HR_UP] = "hr-up",
                [NEWS_HR_REFUSED] = "hr-refused",
                [NEWS_HR_REFUSED_END] = "hr-refused-end",
                [NEWS_HR_KEYS] = "hr-keys",
                [NEWS_HR_KEYS_END] = "hr-keys-end",
                [NEWS_LOCKT_DOWN] = "lockt-down",
                [NEWS_LOCKT_UP] = "lockt-up",
                [NEWS_LOCKT_UNAUTHORIZED] = "lockt-unauthorized",
                [NEWS_LOCKT_AUTHORIZED] = "lockt-authorized",
                [NEWS_SERVICE_FAULT] = "service-fault",
                [NEWS_FIRST_UPDATE_BAD] = "first-update-bad",
                [NEWS_LISTING_REFUSED] = "listing-refused",
                [NEWS_LISTING_REFUSED_END] = "listing-refused-end",
                [NEWS_LEVELS_UNRESOLVED] = "levels-unresolved",
                [NEWS_LEVELS_RESOLVED] = "levels-resolved",
                [NEWS_BATCH_LIMIT] = "batch-limit",
                [NEWS_ECHO_DIFFERS] = "echo-differs",
                [NEWS_BLOCKED_BY_HAND] = "blocked-by-hand",
                [NEWS_VANISHED] = "vanished",
                [NEWS_NOT_SET_BACK] = "not-set-back",
                [NEWS_HISTORY_HEAD] = "history-head",
                [NEWS_STATE_RESTORED] = "state-restored",
                [NEWS_STATE_FAILED] = "state-failed",
        };

        return names[kind];
}
