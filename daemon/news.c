/* News as entries of the journal. See news.h. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "daemon/clock.h"
#include "daemon/messages.h"
#include "daemon/news.h"
#include "lib/base/cleanup.h"
#include "lib/base/duration.h"

#define FLOOD_MAX 100
#define FLOOD_USEC ((int64_t) (10 * USEC_PER_SEC))

/*
 * In the sentences: {id} the id_num, {count} the count, {text} what the sync says, {: text} the same behind ": ", or
 * nothing.
 */
static const struct {
        const char *id;
        int priority;
        const char *sentence;
} table[NEWS_KINDS] = {
        [NEWS_CYCLE_DONE] = { MESSAGE_CYCLE_DONE, LOG_INFO, NULL },
        [NEWS_REVOKED] = { MESSAGE_REVOKED, LOG_NOTICE,
                "{id} lost access, Lockt acknowledged it{: text}; it will be read back" },
        [NEWS_REVOCATION_CONFIRMED] = { MESSAGE_REVOCATION_CONFIRMED, LOG_INFO,
                "{id} opens no more than HR wants: seen by reading Lockt{: text}" },
        [NEWS_REVOCATION_UNDONE] = { MESSAGE_REVOCATION_UNDONE, LOG_ALERT,
                "{id} was revoked, but Lockt does not show it{: text}; sending the revocation again" },
        [NEWS_CREATED] = { MESSAGE_CREATED, LOG_INFO, "{id} was created in Lockt{: text}" },
        [NEWS_CHANGED] = { MESSAGE_CHANGED, LOG_INFO, "{id} was changed in Lockt{: text}" },
        [NEWS_ADOPTED] = { MESSAGE_ADOPTED, LOG_NOTICE,
                "{id} is an existing Lockt user from now on kept by HR{: text}" },
        [NEWS_PARKED] = { MESSAGE_PARKED, LOG_WARNING,
                "{id} is parked{: text}; data and grants wait until HR, the mapping or Lockt changes, "
                "revocations do not" },
        [NEWS_UNPARKED] = { MESSAGE_UNPARKED, LOG_INFO, "{id} is no longer parked{: text}" },
        [NEWS_HELD] = { MESSAGE_HELD, LOG_ALERT,
                "held back: {text}. All else goes on" },
        [NEWS_HELD_END] = { MESSAGE_HELD_END, LOG_NOTICE, "held back no more{: text}" },
        [NEWS_SAVED] = { MESSAGE_SAVED, LOG_NOTICE,
                "what Lockt holds before the first write is saved in the state directory{: text}" },
        [NEWS_HR_DOWN] = { MESSAGE_HR_DOWN, LOG_ERR,
                "HR can't be read{: text}; nobody's access changes for it, trying again" },
        [NEWS_HR_UP] = { MESSAGE_HR_UP, LOG_NOTICE, "HR can be read again" },
        [NEWS_HR_REFUSED] = { MESSAGE_HR_REFUSED, LOG_ERR,
                "what HR answered proves nothing{: text}; nobody loses access for it, reading again at the next poll" },
        [NEWS_HR_REFUSED_END] = { MESSAGE_HR_REFUSED_END, LOG_NOTICE, "what HR answers can be trusted again" },
        [NEWS_HR_KEYS] = { MESSAGE_HR_KEYS, LOG_WARNING,
                "{count} keys in HR are null or doubled{: text}; until that is mended nobody counts as absent" },
        [NEWS_HR_KEYS_END] = { MESSAGE_HR_KEYS_END, LOG_NOTICE, "the keys in HR are whole again; absence counts" },
        [NEWS_LOCKT_DOWN] = { MESSAGE_LOCKT_DOWN, LOG_ERR,
                "Lockt does not answer{: text}; changes wait in the queue, trying again" },
        [NEWS_LOCKT_UP] = { MESSAGE_LOCKT_UP, LOG_NOTICE, "Lockt answers again; delivery goes on" },
        [NEWS_LOCKT_UNAUTHORIZED] = { MESSAGE_LOCKT_UNAUTHORIZED, LOG_CRIT,
                "Lockt refuses the API user or key{: text}; delivery pauses until the credentials change or a reload" },
        [NEWS_LOCKT_AUTHORIZED] = { MESSAGE_LOCKT_AUTHORIZED, LOG_NOTICE,
                "Lockt accepts the credentials again; delivery goes on" },
        [NEWS_SERVICE_FAULT] = { MESSAGE_SERVICE_FAULT, LOG_ERR,
                "Lockt refuses every single record with the same words{: text}; "
                "delivery pauses and tries again, nobody is parked" },
        [NEWS_FIRST_UPDATE_BAD] = { MESSAGE_FIRST_UPDATE_BAD, LOG_ERR,
                "{id}: the first update of this Lockt instance changed what it should not{: text}; nothing but "
                "revocations of leavers is sent. Look at this user in Lockt, then 'locktsyncctl resync --accept'" },
        [NEWS_LISTING_REFUSED] = { MESSAGE_LISTING_REFUSED, LOG_ERR,
                "the list of Lockt's users is not believed{: text}; what was known before stands. "
                "Was somebody cleaning up? Then 'locktsyncctl resync --accept'" },
        [NEWS_LISTING_REFUSED_END] = { MESSAGE_LISTING_REFUSED_END, LOG_NOTICE,
                "the list of Lockt's users is believed again" },
        [NEWS_LEVELS_UNRESOLVED] = { MESSAGE_LEVELS_UNRESOLVED, LOG_WARNING,
                "access levels of the mapping are not in Lockt{: text}; they grant nothing and take nothing" },
        [NEWS_LEVELS_RESOLVED] = { MESSAGE_LEVELS_RESOLVED, LOG_NOTICE,
                "all access levels of the mapping are in Lockt again" },
        [NEWS_BATCH_LIMIT] = { MESSAGE_BATCH_LIMIT, LOG_NOTICE,
                "Lockt takes at most {count} records in a write; the rest follows in further ones" },
        [NEWS_ECHO_DIFFERS] = { MESSAGE_ECHO_DIFFERS, LOG_WARNING,
                "{id}: Lockt keeps a value in another form than it was sent{: text}; it is not sent again" },
        [NEWS_BLOCKED_BY_HAND] = { MESSAGE_BLOCKED_BY_HAND, LOG_NOTICE,
                "{id} was disabled in Lockt by hand{: text}; that stays until somebody enables the user there" },
        [NEWS_VANISHED] = { MESSAGE_VANISHED, LOG_WARNING,
                "{id} is no longer in Lockt{: text}; not created again by itself" },
        [NEWS_NOT_SET_BACK] = { MESSAGE_NOT_SET_BACK, LOG_WARNING,
                "{id} stays as HR wants, though a way back was approved{: text}" },
        [NEWS_HISTORY_HEAD] = { MESSAGE_HISTORY_HEAD, LOG_INFO,
                "the history ends with entry {count}, its head is {text}; "
                "'locktsyncctl history --verify --head' finds it again" },
        [NEWS_STATE_RESTORED] = { MESSAGE_STATE_RESTORED, LOG_WARNING,
                "this state is a backup of {text}: what was done since is not in it. Lockt and HR are read before "
                "anybody is given anything; look at 'locktsyncctl status' and 'locktsyncctl plan'" },
        [NEWS_STATE_FAILED] = { MESSAGE_STATE_FAILED, LOG_CRIT,
                "the state can't be written{: text}; nothing is delivered until it can, trying again every 5 s" },
};

typedef struct Writer {
        char *buf;
        size_t used;
} Writer;

static void put(Writer *writer, const char *text, size_t length) {
        size_t room = NEWS_SENTENCE_MAX - 1 - writer->used;
        size_t n = length < room ? length : room;

        memcpy(writer->buf + writer->used, text, n);
        writer->used += n;
        writer->buf[writer->used] = '\0';
}

static void put_placeholder(Writer *writer, const News *news, const char *name, size_t length) {
        char number[24];
        const char *value = "";

        if (strncmp(name, ": text", length) == 0) {
                if (!news->text || !*news->text)
                        return;
                put(writer, ": ", 2);
                value = news->text;
        } else if (strncmp(name, "text", length) == 0)
                value = news->text ? news->text : "";
        else if (strncmp(name, "id", length) == 0)
                value = news->id_num ? news->id_num : "somebody";
        else if (strncmp(name, "count", length) == 0) {
                (void) snprintf(number, sizeof(number), "%" PRId64, news->count);
                value = news->count >= 0 ? number : "some";
        }
        put(writer, value, strlen(value));
}

static void fill(const char *sentence, const News *news, char *buf) {
        Writer writer = { buf, 0 };

        buf[0] = '\0';
        while (*sentence) {
                size_t plain = strcspn(sentence, "{");

                put(&writer, sentence, plain);
                sentence += plain;
                if (*sentence == '{') {
                        size_t length = strcspn(sentence + 1, "}");

                        put_placeholder(&writer, news, sentence + 1, length);
                        sentence += length + 2;
                }
        }
}

static void cycle_message(const News *news, char *buf, Message *message) {
        const struct {
                const char *name, *words;
                int64_t value;
        } counts[] = {
                { "ROWS", NULL, news->rows },
                { "REVOKED", "revoked", news->revoked },
                { "CHANGED", "changed", news->changed },
                { "CREATED", "created", news->created },
                { "ADOPTED", "adopted", news->adopted },
                { "PARKED", "parked", news->parked },
                { "WRITES", NULL, news->writes },
        };
        Writer writer = { buf, 0 };
        char part[64];
        int n;

        n = snprintf(part, sizeof(part), "cycle %" PRId64 " over %" PRId64 " %s:", news->cycle, news->rows,
                     news->rows == 1 ? "person" : "people");
        put(&writer, part, (size_t) n);
        for (size_t i = 0; i < ELEMENTS(counts); i++) {
                message_count(message, counts[i].name, counts[i].value);
                if (!counts[i].words || counts[i].value == 0)
                        continue;
                n = snprintf(part, sizeof(part), " %" PRId64 " %s,", counts[i].value, counts[i].words);
                put(&writer, part, (size_t) n);
        }
        n = snprintf(part, sizeof(part), " in %" PRId64 " %s", news->writes, news->writes == 1 ? "write" : "writes");
        put(&writer, part, (size_t) n);
        if (news->text && *news->text) {
                put(&writer, "; ", 2);
                put(&writer, news->text, strlen(news->text));
        }
}

/* Who moves, or gets another badge, loses a part of what he opens, and not all of it. */
static const char *sentence_of(const News *news) {
        if (news->kind == NEWS_REVOKED && news->action && strcmp(news->action, "restrict") == 0)
                return "{id} opens less than before, Lockt acknowledged it{: text}; it will be read back";
        return table[news->kind].sentence;
}

void news_message(const News *news, char *buf, Message *ret) {
        *ret = MESSAGE(table[news->kind].id, news_name(news->kind), table[news->kind].priority,
                       .cycle = news->cycle, .id_num = news->id_num, .action = news->action);
        ret->duration_usec = news->duration_usec;
        ret->text = buf;

        if (news->kind == NEWS_CYCLE_DONE) {
                cycle_message(news, buf, ret);
                return;
        }
        fill(sentence_of(news), news, buf);
        if (news->count >= 0)
                message_count(ret, "AFFECTED", news->count);
        if (news->text && ret->priority <= LOG_WARNING)
                ret->error = news->text;
}

/*
 * A first synchronisation creates a hundred thousand people in a few minutes. An entry for each would push everything
 * else out of the journal; the cycle's own entry counts them, and the history has each. Revocations and what is wrong
 * are always told.
 */
static bool too_many(const News *news) {
        static int64_t window_usec = INT64_MIN;
        static unsigned told;
        int64_t now = clock_now().steady_usec;

        if (news->kind != NEWS_CREATED && news->kind != NEWS_CHANGED && news->kind != NEWS_ADOPTED)
                return false;
        if (window_usec == INT64_MIN || now - window_usec > FLOOD_USEC) {
                window_usec = now;
                told = 0;
        }
        if (told++ == FLOOD_MAX)
                journal_say(MESSAGE(MESSAGE_MANY, "many", LOG_INFO, .cycle = news->cycle),
                            "many people change at once: the others are in 'locktsyncctl history --cycle %" PRId64 "'",
                            news->cycle);
        return told > FLOOD_MAX;
}

void news_tell(const News *news) {
        char buf[NEWS_SENTENCE_MAX];
        Message message;

        if ((unsigned) news->kind >= NEWS_KINDS || too_many(news))
                return;
        news_message(news, buf, &message);
        journal_send(&message);
}
