#!/usr/bin/env python3
"""The terms that CONTRIBUTING.md's glossary has replaced do not come back: code, messages, tests, pages."""
import re
import sys

from tree import ROOT, files, text_of

# What another pattern would find too often by chance is left to whoever reads the change.
BANNED = {
    r"half-made": "incomplete",
    r"usurper": "impostor",
    r"stranger": "foreign or unknown node",
    r"upkeep": "maintenance",
    r"verdict": "assessment",
    r"nudge": "reload request",
    r"state board": "node state table",
    r"last[_ ]words": "exit diagnosis",
    r"passed-on": "wrapped",
    r"papered over": "hidden",
    r"patience": "timeout, deadline or backoff",
    r"(?:a|the|each|last|next|first|one|another|second|slowest) look": "probe, query or inspection",
}
# Of identifiers; to look up is another word.
BANNED_NAMES = {
    r"\w+_looks?|looks?_(?!up)\w+|(?!LookUp)\w*Looks?(?=[A-Z])\w*": "probe, snapshot",
    r"\w+_tells?|tells?_\w+|tell(?=\()|\w*Tells?(?=[A-Z])\w*": "report",
    r"\w+_told(?:_\w+)?|told_\w+|\w*Told(?=[A-Z])\w*": "reported",
}
PATTERN = re.compile("|".join(rf"\b{banned}s?\b" for banned in BANNED), re.IGNORECASE)
NAMES = re.compile("|".join(rf"\b(?:{banned})\b" for banned in BANNED_NAMES))
EXEMPT = ("tests/lint/words.py", "tests/lint/checks_test.py", "tests/lint/tidy_clean.txt", "CONTRIBUTING.md", "findings/")
SUFFIXES = (".h", ".cpp", ".py", ".md", ".sh", ".yml", ".yaml", ".scd", ".cmake", ".txt", ".bash", ".in")


def term_for(found):
    return next(term for banned, term in BANNED.items() if re.fullmatch(banned + "s?", found, re.IGNORECASE))


def problems_in(line):
    for found in PATTERN.findall(line):
        yield found, term_for(found)
    for found in NAMES.findall(line):
        yield found, next(term for banned, term in BANNED_NAMES.items() if re.search(banned, found + "("))


def check(root):
    problems = []
    for path in files(root):
        relative = path.relative_to(root).as_posix()
        if path.suffix not in SUFFIXES or relative.startswith(EXEMPT):
            continue
        for number, line in enumerate((text_of(path) or "").splitlines(), 1):
            for found, term in problems_in(line):
                problems.append(f"{relative}:{number}: \"{found}\": say {term}")
    return problems


def main():
    problems = check(ROOT)
    print(*(problems or ["no term of the old glossary is used"]), sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
