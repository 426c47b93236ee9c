#!/usr/bin/python3
"""Every message id has an entry in the catalog, and every entry belongs to one: check-catalog.py messages.h CATALOG"""

import re
import sys

ids = dict(re.findall(r'#define MESSAGE_(\w+)\s+"([0-9a-f]{32})"', open(sys.argv[1], encoding='utf-8').read()))
entries = {}
for entry in re.split(r'^-- ', open(sys.argv[2], encoding='utf-8').read(), flags=re.M)[1:]:
    lines = [line for line in entry.splitlines() if not line.startswith('#')]
    entries.setdefault(lines[0].strip(), []).append(lines)

problems = []
if len(set(ids.values())) != len(ids):
    problems.append('two messages have one id')
for name, number in ids.items():
    if len(entries.get(number, [])) != 1:
        problems.append(f'MESSAGE_{name} has {len(entries.get(number, []))} entries')
for number, found in entries.items():
    if number not in ids.values():
        problems.append(f'no message has the id {number}')
    for lines in found:
        end = lines.index('') if '' in lines else 0
        header = lines[1:end]
        if not any(line.startswith('Subject: ') for line in header) or not ''.join(lines[end:]).strip():
            problems.append(f'the entry of {number} lacks its subject or its text')
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
