/* A change, and what is held, in words; and the digest of a wish. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/duration.h"
#include "lib/guard/guard.h"

static void write_text(FILE *stream, const char *text) {
        fprintf(stream, " %zu:%s", text ? strlen(text) : 0, text ? text : "");
}

static void write_user(FILE *stream, const User *user) {
        for (Property p = 0; p < TEXT_PROPERTIES; p++)
                write_text(stream, user->text[p]);
        fprintf(stream, " %" PRId64 " %" PRId64 " %d", user->access_effective, user->access_expires, user->enabled);
        for (size_t i = 0; i < user->n_levels; i++)
                fprintf(stream, " %" PRId64, user->levels[i]);
}

int guard_change(const DigestKey *key, const QueueRow *row, const Decision *decision, int64_t now,
                 uint8_t ret[DIGEST_SIZE]) {
        _cleanup_(freep) char *text = NULL;
        const Person *person = &row->wanted;
        FILE *stream;
        size_t size;
        bool failed;

        stream = open_memstream(&text, &size);
        if (!stream)
                return -ENOMEM;
        write_text(stream, person->key);
        if (plan_is_leaver(person, now))
                fputs(person->standing == STANDING_ABSENT ? " absent" : " out", stream);
        else {
                fprintf(stream, " wanted %u %u %u %" PRId64, (unsigned) person->standing, person->mapped, person->keep,
                        decision->adopts ? decision->held.user.id : 0);
                write_user(stream, &person->wanted);
                for (size_t i = 0; row->pin_wanted && i < DIGEST_SIZE; i++)
                        fprintf(stream, "%02x", row->pin_digest[i]);
        }
        failed = ferror(stream);
        if (fclose(stream) != 0 || failed)
                return -ENOMEM;
        digest_bytes(key, text, size, ret);
        explicit_bzero(text, size);
        return 0;
}

static void write_levels(FILE *stream, const char *what, const User *from, const User *to) {
        size_t n = 0;

        for (size_t i = 0; i < to->n_levels; i++)
                n += !user_has_level(from, to->levels[i]);
        if (n > 0)
                fprintf(stream, ", %s %zu level%s", what, n, n == 1 ? "" : "s");
}

static void write_change(FILE *stream, const Decision *decision) {
        const Plan *plan = &decision->plan;
        const User *held = &decision->held.user, *after = plan->has_give ? &plan->give : plan->has_take ? &plan->take : held;

        if (plan->create)
                fputs("is created", stream);
        else if (decision->adopts)
                fprintf(stream, "is linked to user %" PRId64, held->id);
        else if (after->enabled && !held->enabled)
                fputs("is enabled again", stream);
        else
                fputs(plan->access.takes && plan->access.gives ? "gains and loses access"
                      : plan->access.takes                     ? "loses access"
                      : plan->access.gives                     ? "gains access"
                                                               : "is changed",
                      stream);
        write_levels(stream, "gains", held, after);
        write_levels(stream, "loses", after, held);
}

char *guard_what(const QueueRow *row, const Decision *decision, int64_t now) {
        char *text = NULL;
        FILE *stream;
        size_t size;
        bool failed;

        stream = open_memstream(&text, &size);
        if (!stream)
                return NULL;
        if (row->wanted.standing == STANDING_ABSENT)
                fputs("absent from HR", stream);
        else if (row->wanted.standing == STANDING_OUT)
                fputs("left", stream);
        else if (plan_is_leaver(&row->wanted, now))
                fputs("access has ended", stream);
        else
                write_change(stream, decision);
        failed = ferror(stream);
        if (fclose(stream) != 0 || failed) {
                free(text);
                return NULL;
        }
        return text;
}

static void write_reason(FILE *stream, const HoldGroup *group, const Config *config, const char *reason,
                         const char *level_name) {
        const Limit *limit = guard_limit(config, group->kind);
        char window[DURATION_MAX];

        fprintf(stream, "%" PRId64 " %s ", group->n, group->n == 1 ? "person" : "people");
        if (group->kind == HOLD_PLAN)
                fprintf(stream, "%s for the approval of the plan (%s)", group->n == 1 ? "waits" : "wait",
                        reason && reason[0] ? reason : "its reason is over");
        else if (group->kind == HOLD_REVERT)
                fprintf(stream, "would be set back to before cycle %" PRId64, group->level);
        else if (group->kind == HOLD_REVOKED)
                fputs("would lose access: more than safety.max_revoked", stream);
        else if (group->kind == HOLD_RESTORED)
                fputs("whom locktsync had disabled would be enabled again: more than safety.max_restored", stream);
        else if (group->kind == HOLD_GRANTED && group->level == 0)
                fputs("would gain access: more than safety.max_granted", stream);
        else if (group->kind == HOLD_GRANTED)
                fprintf(stream, "would gain the level '%s': more than safety.max_granted",
                        level_name && level_name[0] ? level_name : "?");
        else
                fputs("would be changed: more than safety.max_changed", stream);
        if (!limit)
                return;
        fprintf(stream, " (%g%s%s) allows within %s", limit->value, limit->percent ? "%" : "",
                group->level != 0 && limit->percent ? " of those who hold it" : "",
                duration_format(window, config->safety.window_usec));
}

char *guard_sentence(const HoldGroup *group, const Config *config, const char *reason, const char *level_name) {
        char *text = NULL;
        FILE *stream;
        size_t size;
        bool failed;

        stream = open_memstream(&text, &size);
        if (!stream)
                return NULL;
        write_reason(stream, group, config, reason, level_name);
        fprintf(stream, "; see `locktsyncctl %s`, then `locktsyncctl approve %s`",
                group->kind == HOLD_PLAN ? "plan" : "held", group->digest);
        failed = ferror(stream);
        if (fclose(stream) != 0 || failed) {
                free(text);
                return NULL;
        }
        return text;
}
