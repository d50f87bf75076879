#!/usr/bin/env python3
"""No run of more than ten identical lines stands twice in src/ and include/.

Indentation, blank lines, includes and namespaces do not count.
Usage: repeats.py [ROOT]
"""
import collections
import re
import sys
from pathlib import Path

import tree

LIMIT = 10
NOT_COUNTED = re.compile(r"#include|#pragma|namespace |\}  // namespace|$")


def lines_that_count(text):
    """(line number, line) of each, without its indentation."""
    stripped = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in stripped if not NOT_COUNTED.match(line)]


def check(root):
    files = {path.relative_to(root).as_posix(): lines_that_count(path.read_text(encoding="utf-8"))
             for path in tree.cpp_files(root) if path.relative_to(root).parts[0] in ("src", "include")}
    places = collections.defaultdict(list)
    for name, lines in files.items():
        for start in range(len(lines) - LIMIT):
            places[tuple(line for _, line in lines[start:start + LIMIT + 1])].append((name, start))
    problems = []
    seen = set()  # pairs of places whose runs were reported; one line further is the same run
    for found in places.values():
        for (first, i), (second, j) in zip(found, found[1:]):
            if first == second and j - i <= LIMIT:
                continue
            if (first, i - 1, second, j - 1) not in seen:
                problems.append(f"{second}:{files[second][j][0]}: more than {LIMIT} lines that stand at "
                                f"{first}:{files[first][i][0]}, too: say it once")
            seen.add((first, i, second, j))
    return problems


def main():
    problems = check(Path(sys.argv[1]) if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or f"no run of more than {LIMIT} lines stands twice")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
