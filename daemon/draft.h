#pragma once

/*
 * A configuration that is only looked at
 *
 * Somebody's file, sent as a text for a plan: parsed, bound to a read of HR, and never in force. Nothing of it is
 * logged; what is wrong with it is kept for whoever sent it. Where HR and Lockt are, and who we are there, stays.
 */

#include "lib/config/config.h"
#include "lib/mapping/mapping.h"
#include "lib/model/hr_snapshot.h"

typedef struct Draft {
        Config *config;
        Mapping *mapping;
        Mapping *former;        /* the mapping in force, bound to the columns of the draft's query; NULL: some lack */
        ConfigErrors mistakes;  /* why no plan can be made of it */
        ConfigErrors remarks;   /* what it names and Lockt lacks: the plan goes on without it */
} Draft;

/*
 * @exposed: everybody on the host can read the file. 0; -EINVAL: it is wrong, and @ret has the mistakes; -ENOMEM. @path
 * is for messages alone.
 */
int draft_new(const char *path, const char *text, size_t length, bool exposed, Draft **ret);
Draft *draft_free(Draft *draft);
DEFINE_CLEANUP(Draft *, draft_free)

/* Finds the columns of a read that begins. @running is borrowed. 0; -ENOENT: it lacks some, see .mistakes; -ENOMEM. */
int draft_bind(Draft *draft, const MappingSpec *running, const HrSnapshot *snapshot);

/* For sync_plan_use(): keeps a remark; @userdata is the draft. */
void draft_remark(void *userdata, Mark mark, const char *sentence);

#define DRAFT_IGNORED 4

/* The settings that a plan does not follow, where they differ from those in force. Answers how many. */
size_t draft_ignored(const Draft *draft, const Config *running, const char *ret[DRAFT_IGNORED]);
