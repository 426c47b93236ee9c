#pragma once

/* News of the sync as entries of the journal: a message id, a priority, and a sentence that ends with what we do. */

#include <stddef.h>

#include "daemon/journal.h"
#include "lib/model/news.h"

#define NEWS_SENTENCE_MAX 1536

/* Makes the entry; its text is written into @buf of NEWS_SENTENCE_MAX and, like all texts, borrowed. */
void news_message(const News *news, char *buf, Message *ret);

void news_tell(const News *news);
