#!/usr/bin/env python3
"""Our SQL names no setting that an older server does not have: set_config() and SET of one that came with a major version
that we support, or after it, fail there. Where the statement asks current_setting('NAME', true) first, it may.
Usage: settings_of_every_version.py [ROOT]
"""
import re
import sys
from pathlib import Path

import tree

TABLE = "src/render/guc_table_data.inc"
ROW = re.compile(r'^"([\w.]+)\|(\d+)\|')
# One statement is one literal, of several lines.
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
USE = re.compile(r"set_config\('([\w.]+)'|current_setting\('([\w.]+)'\)|\bSET (?:LOCAL |SESSION )?([\w.]+) (?:TO|=) ")


def late_settings(root):
    """Those that not every supported server has, with the version that they came with."""
    rows = map(ROW.match, (Path(root) / TABLE).read_text(encoding="utf-8").splitlines())
    return {row[1]: int(row[2]) for row in rows if row and int(row[2]) > 0}


def check(root):
    late = late_settings(root)
    problems = []
    for path in sorted((Path(root) / "src").rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        text = path.read_text(encoding="utf-8")
        for literal in LITERAL.finditer(text):
            statement = re.sub(r'"\s*"', "", literal[0])
            for names in USE.findall(statement):
                name = next(filter(None, names))
                if name in late and f"current_setting('{name}', true)" not in statement:
                    line = text.count("\n", 0, literal.start()) + 1
                    problems.append(f"{path.relative_to(root).as_posix()}:{line}: {name} came with {late[name]}")
    return problems


def main():
    problems = check(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or "every server has the settings that our SQL names")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
