#!/usr/bin/env python3
"""Makes what strangers see of liblockt: one header that needs no other of this project, and its manual page.

    make-header.py header|manual VERSION NAMES LOCKT.H OTHER.H... > OUTPUT

The headers of the sources are joined, their includes of each other left out, and all names get the prefix that
shared/names.h gives the symbols.
"""

import re
import sys

# Types, constants and macros; functions are in names.h.
NAMES = {"Error": "LocktError", "User": "LocktUser", "Level": "LocktLevel", "Property": "LocktProperty",
         "PROPERTIES": "LOCKT_PROPERTIES", "TEXT_PROPERTIES": "LOCKT_TEXT_PROPERTIES", "USER_INIT": "LOCKT_USER_INIT",
         "ERROR_INIT": "LOCKT_ERROR_INIT", "user_text": "lockt_user_text"}
PREFIXES = ("PROPERTY_", "INSTANT_")

# What is of no use outside: blocks that hold one of these.
LEFT_OUT = re.compile(r"error_set\(|error_prefix\(|Stamp\b|stamp_scan|^DEFINE_CLEANUP|^#pragma once", re.M)


def blocks_of(path):
    """The paragraphs of a header, without what belongs to its files."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r'^#include "[^"]*"\n|^DEFINE_CLEANUP\(.*\)\n|^#pragma once\n', "", text, flags=re.M)
    text = re.sub(r"/\* (THE [A-Z]+|[A-Z]{5,}) \*/", r"/*\n * \1\n */", text)
    blocks, current = [], []
    depth = comment = 0
    for line in text.splitlines() + [""]:
        comment += line.count("/*") - line.count("*/")
        depth += line.count("{") - line.count("}")
        if line.strip() or depth or comment:
            current.append(line)
        elif current:
            blocks.append("\n".join(current))
            current = []
    return [block for block in blocks if not LEFT_OUT.search(block)]


def without_rulings(text):
    """Their numbers say something inside of this project alone."""
    text = re.sub(r"[ \n]+(?:\* )?\((?:the numbered )?rulings? [0-9]+(?:(?:, | and | to )[0-9]+)*\)", "", text)
    text = re.sub(r"\(ruling [0-9]+: ", "(", text)
    return re.sub(r" \(the numbered rulings\)", "", text)


def renamed(text, symbols):
    def rename(found):
        name = found[0]
        if name.startswith(PREFIXES):
            return "LOCKT_" + name
        return NAMES.get(name) or symbols.get(name, name)
    return re.sub(r"\b[A-Za-z_][A-Za-z0-9_]*\b", rename, text)


def renamed_outside_comments(text, symbols):
    """A sentence may begin with "Error" or "User"; only in code, and where it is written as code, it is a name."""
    parts = re.split(r"(/\*.*?\*/)", text, flags=re.S)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = renamed(part, symbols)
        else:
            parts[i] = re.sub(r"\b(?:[a-z]+(?:_[a-z]+)+(?=\()|(?:[A-Z]+_)+[A-Z_]+\b|PROPERTIES\b|PROPERTY_BIT(?=s)|User(?=\.)|an Error\b)",
                              lambda found: renamed(found[0], symbols).replace("an Lockt", "a Lockt"), part)
    return "".join(parts)


def is_include(block):
    return all(line.startswith("#include <") for line in block.splitlines())


def joined(lockt, others):
    """The introduction first, then what the calls speak of, then the calls."""
    blocks = blocks_of(lockt)
    includes = set()
    for path in [lockt, *others]:
        for block in blocks_of(path):
            if is_include(block):
                includes.update(block.splitlines())
    head, rest = blocks[0], blocks[1:]
    found = []
    for path in others:
        found += blocks_of(path)
    return head, sorted(includes), [block for block in found + rest if not is_include(block)]


def print_header(version, head, includes, blocks, symbols):
    print(f"/* liblockt {version}; made from the headers of locktsync. See lockt(3). */\n")
    print("#ifndef LOCKT_H\n#define LOCKT_H\n")
    print(without_rulings(renamed_outside_comments(head, symbols)))
    print("\n" + "\n".join(includes) + "\n")
    print('#ifdef __cplusplus\nextern "C" {\n#endif\n')
    for block in blocks:
        print(without_rulings(renamed_outside_comments(block, symbols)) + "\n")
    print("#ifdef __cplusplus\n}\n#endif\n\n#endif")


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def prose(comment):
    """The paragraphs of a comment that stands before something."""
    text = comment.strip()
    text = re.sub(r"^/\*+|\*/$", "", text)
    lines = [re.sub(r"^ ?\* ?", "", line).rstrip() for line in text.strip().splitlines()]
    return [re.sub(r"\s+", " ", part).strip() for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip()]


def print_block(block):
    comment = re.match(r"/\*.*?\*/\s*", block, re.S)
    code = block[comment.end():] if comment else block
    paragraphs = prose(comment[0]) if comment else []
    if paragraphs and not code and re.fullmatch(r"[A-Z ]+", paragraphs[0]):
        print(f".SH {paragraphs[0]}")
        paragraphs = paragraphs[1:]
    if code.strip():
        print(".PP\n.nf")
        print(roff(code.rstrip()))
        print(".fi")
    for paragraph in paragraphs:
        print(".PP\n" + roff(paragraph))


def print_manual(version, head, includes, blocks, symbols):
    print(f'.\\" Made from the headers of locktsync.\n.TH LOCKT 3 "" "liblockt {version}"')
    print(".SH NAME\nlockt \\- client library of the Lockt SecureAccess Cloud API")
    print(".SH SYNOPSIS\n.nf\n#include <lockt/lockt.h>\n\ncc $(pkg\\-config \\-\\-cflags \\-\\-libs lockt)\n.fi")
    print(".SH DESCRIPTION")
    for paragraph in prose(without_rulings(renamed_outside_comments(head, symbols)))[1:]:
        print(".PP\n" + roff(paragraph))
    print(".SH WHAT THE CALLS SPEAK OF")
    for block in blocks:
        if not block.startswith("#include"):
            print_block(without_rulings(renamed_outside_comments(block, symbols)))
    print(".SH SEE ALSO\n.BR locktsyncd (8),\n.BR lockt\\-sim (1)")


def main():
    what, version, names, lockt, *others = sys.argv[1:]
    with open(names, encoding="utf-8") as file:
        symbols = dict(re.findall(r"^#define (\w+) (\w+)$", file.read(), re.M))
    show = print_header if what == "header" else print_manual
    show(version, *joined(lockt, others), symbols)


main()
