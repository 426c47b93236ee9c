#pragma once

/* Templates such as "{given_name} {family_name}"; {{ and }} are braces. */

#include "lib/config/reader.h"

/* Complains about what is no template: braces that do not close, a column without a name, no column at all. */
void config_template_check(Reader *reader, const char *name, const Text *template);
