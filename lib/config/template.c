/* Only the form is looked at here; lib/mapping takes templates apart. */

#include "lib/config/template.h"

#include <string.h>

/* What is wrong, or NULL. */
static const char *fault(const char *p) {
        bool has_column = false;

        while (*p) {
                if ((p[0] == '{' || p[0] == '}') && p[1] == p[0]) {
                        p += 2;
                        continue;
                }
                if (*p == '}')
                        return "a } without its {; a brace itself is written }}";
                if (*p++ != '{')
                        continue;

                size_t n = strcspn(p, "{}");
                if (p[n] != '}')
                        return "a { without its }; a brace itself is written {{";
                if (n == 0)
                        return "braces without a column between them";
                has_column = true;
                p += n + 1;
        }
        return has_column ? NULL : "no column in braces; one value for everybody is { value: … }";
}

void config_template_check(Reader *reader, const char *name, const Text *template) {
        const char *why = fault(template->text);

        if (why)
                reader_complain(reader, template->mark, "the template of '%s' has %s", name, why);
}
