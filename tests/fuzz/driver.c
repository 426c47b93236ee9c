/*
 * Replays a corpus: without libFuzzer, a fuzz target is an ordinary test. Arguments are files, and folders whose files
 * are taken, theirs below them too.
 */

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "tests/fuzz/fuzz.h"

/* No corpus needs more. */
#define INPUT_MAX ((off_t) 64 * 1024 * 1024)

static void file_closep(FILE **file) {
        if (*file)
                (void) fclose(*file);
}

/* The bytes are in memory of exactly their size, so that a look behind them is seen by a sanitizer. */
static int replay(const char *path, off_t size) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        _cleanup_(file_closep) FILE *file = NULL;

        if (size > INPUT_MAX)
                return -EFBIG;
        bytes = malloc(size > 0 ? (size_t) size : 1);
        if (!bytes)
                return -ENOMEM;
        file = fopen(path, "re");
        if (!file)
                return -errno;
        if (fread(bytes, 1, (size_t) size, file) != (size_t) size)
                return -EIO;

        (void) LLVMFuzzerTestOneInput(bytes, (size_t) size);
        return 0;
}

int main(int argc, char **argv) {
        unsigned long replayed = 0;
        FTSENT *entry;
        FTS *tree;
        int r;

        if (argc < 2) {
                (void) fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
                return 2;
        }
        tree = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        if (!tree)
                return 1;

        while ((entry = fts_read(tree))) {
                if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
                        continue;

                r = entry->fts_info == FTS_F ? replay(entry->fts_accpath, entry->fts_statp->st_size) : -ENOENT;
                if (r < 0) {
                        (void) fprintf(stderr, "cannot replay '%s': %s\n", entry->fts_path, strerror(-r));
                        (void) fts_close(tree);
                        return 1;
                }
                replayed++;
        }
        (void) fts_close(tree);

        (void) printf("%lu inputs replayed\n", replayed);
        return replayed > 0 ? 0 : 1;
}
