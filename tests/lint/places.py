#!/usr/bin/env python3
"""Nothing committed may name the machine that it was written on: home directories, work trees,
package mirrors. A link must lead to a public host that is listed here. Usage: places.py [ROOT]
"""
import re
import sys
from pathlib import Path

import tree

MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:home/\w+|Users/\w+|work)/[\w.]")
LINK = re.compile(r"https?://([A-Za-z0-9.-]+)")
PUBLIC_HOSTS = re.compile(
    r"(?:.*\.)?(?:github\.com|githubusercontent\.com|postgresql\.org|citusdata\.com|docker\.com|docker\.io|"
    r"debian\.org|w3\.org|kernel\.org|man7\.org|keepachangelog\.com|semver\.org|editorconfig\.org|cppreference\.com|"
    r"containers\.dev|testcontainers\.org|testcontainers\.com|json-schema\.org|"
    r"example\.(?:com|org|net)|etcd[1-3]|prometheus|0\.0\.0\.0|localhost|127\.0\.0\.1)\.?")

# These two hold what is looked for.
THIS = Path(__file__).resolve()
SELF_TEST = THIS.with_name("checks_test.py")


def check(root):
    problems = []
    for path in tree.files(root):
        text = tree.text_of(path)
        if text is None or path in (THIS, SELF_TEST):
            continue
        relative = path.relative_to(root).as_posix()
        for number, line in enumerate(text.splitlines(), 1):
            for match in MACHINE_PATH.finditer(line):
                problems.append(f"{relative}:{number}: {match.group(0)}...: a path of one machine")
            for host in LINK.findall(line):
                if not PUBLIC_HOSTS.fullmatch(host.lower()):
                    problems.append(f"{relative}:{number}: {host}: not among the public hosts of "
                                    "tests/lint/places.py")
    return problems


def main():
    problems = check(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or "no place of one machine is named")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
