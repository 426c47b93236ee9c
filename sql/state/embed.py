#!/usr/bin/env python3
"""Makes a C file of the state's SQL: embed.py OUTPUT 0001-….sql 0002-….sql …"""

import os
import sys


def numbers(text):
    """The text as the body of an array: longer texts than a C literal may be, and no escapes to get wrong."""
    values = [str(byte) for byte in text.encode()] + ["0"]
    lines = [", ".join(values[i:i + 24]) for i in range(0, len(values), 24)]
    return ",\n        ".join(lines)


def array(name, path):
    with open(path, encoding="utf-8") as sql:
        return f"static const unsigned char {name}[] = {{\n        {numbers(sql.read())}\n}};\n\n"


def main(output, inputs):
    names = []
    with open(output, "w", encoding="ascii") as out:
        out.write('/* Made of sql/state/ by embed.py. */\n\n#include "lib/state/migration.h"\n\n')
        for position, path in enumerate(sorted(inputs, key=os.path.basename), start=1):
            number = int(os.path.basename(path).split("-")[0])
            if number != position:
                sys.exit(f"{path}: migrations are numbered without gaps, this one should be {position:04}")
            names.append(f"migration_{number:04}")
            out.write(array(names[-1], path))
        out.write("const char *const state_migrations[] = {\n")
        out.writelines(f"        (const char *) {name},\n" for name in names)
        out.write(f"}};\n\nconst unsigned state_n_migrations = {len(names)};\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
