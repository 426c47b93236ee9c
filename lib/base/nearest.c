/* Optimal string alignment: three rows of the table are enough, since only neighbours are swapped. */

#include "lib/base/nearest.h"

#include <stdint.h>
#include <string.h>

#define NAME_MAX_BYTES 64

static size_t min(size_t a, size_t b) {
        return a < b ? a : b;
}

size_t edit_distance(const char *a, const char *b) {
        size_t rows[3][NAME_MAX_BYTES + 1];
        size_t n = strnlen(a, NAME_MAX_BYTES + 1), m = strnlen(b, NAME_MAX_BYTES + 1);

        if (n > NAME_MAX_BYTES || m > NAME_MAX_BYTES)
                return SIZE_MAX;

        for (size_t j = 0; j <= m; j++)
                rows[0][j] = j;

        for (size_t i = 1; i <= n; i++) {
                size_t *row = rows[i % 3];
                const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

                row[0] = i;
                for (size_t j = 1; j <= m; j++) {
                        row[j] = min(min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = min(row[j], two_above[j - 2] + 1);
                }
        }
        return rows[n % 3][m];
}

size_t nearest(const char *word, const char *const *candidates, size_t n) {
        size_t length = strnlen(word, NAME_MAX_BYTES + 1);
        size_t bound = length <= 4 ? 1 : length <= 8 ? 2 : 3;
        size_t best = SIZE_MAX;

        for (size_t i = 0; i < n; i++) {
                size_t distance = edit_distance(word, candidates[i]);

                if (distance > bound || distance >= length)
                        continue;
                best = i;
                if (distance == 0)
                        break;
                bound = distance - 1;
        }
        return best;
}
