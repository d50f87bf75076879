#!/usr/bin/env python3
"""Every field of the settings is read by something else than the row that fills it in: a setting that is
declared, documented and without effect fails here. And none that a start with Patroni calls without effect
is read by the agent of Patroni's members. Usage: settings_used.py [ROOT]
"""
import re
import sys
from pathlib import Path

import tree

STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^    [\w:<>, ]+[>\w] (\w+)(?:\{.*?\}| = [^;]+)?;", re.MULTILINE)
HEADERS = ("settings.h", "backup_settings.h", "patroni_settings.h")


def fields(root):
    """(header, struct, field) of each."""
    for name in HEADERS:
        header = Path(root) / "include/citus_init/settings" / name
        if not header.exists():  # of the test's own tree
            continue
        for struct, body in STRUCT.findall(header.read_text(encoding="utf-8")):
            for field in FIELD.findall(body):
                yield header.relative_to(root).as_posix(), struct, field


WITHOUT_EFFECT = re.compile(r"for \(const char\* variable :\s*\{([^}]*)\}\) \{[^}]*\"has no effect with CITUS_HA=patroni")
ROW = re.compile(r'\.name = "(\w+)".*?draft\.settings\.([\w.]+),', re.DOTALL)
OWN_HEADER = re.compile(r'#include "(?:citus_init/)?(agent/[\w/]+)\.h"')
OF_BOTH_AGENTS = "agent/agent_context"  # hands the settings to either


def member_sources(root):
    """What the agent of a member is made of."""
    found, left = set(), [path for path in (root / "src/agent/member").glob("*") if path.suffix in (".h", ".cpp")]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            names = set(OWN_HEADER.findall(path.read_text(encoding="utf-8"))) - {OF_BOTH_AGENTS}
            left += [file for name in names for kind in (".h", ".cpp") if (file := root / "src" / (name + kind)).exists()]
    return sorted(found)


def check_without_effect(root):
    """A name of the list in patroni_checks.cpp whose field a member's agent reads."""
    checks = root / "src/settings/patroni_checks.cpp"
    listed = WITHOUT_EFFECT.search(checks.read_text(encoding="utf-8")) if checks.exists() else None
    if checks.exists() and not listed:
        return [f"{checks.relative_to(root)}:1: the list of what has no effect with Patroni is not found"]
    rows = {name: field.rsplit(".", 1)[-1] for path in sorted((root / "src/settings").glob("variables_*.cpp"))
            for name, field in ROW.findall(path.read_text(encoding="utf-8"))}
    return [f"{path.relative_to(root)}:1: reads {name}, which a start with Patroni calls without effect"
            for name in re.findall(r'"(\w+)"', listed[1] if listed else "")
            for path in member_sources(root) if re.search(rf"\b{rows[name]}\b", path.read_text(encoding="utf-8"))]


def check(root):
    root = Path(root)
    readers = [path for base in ("src", "include") for path in (root / base).rglob("*")
               if path.suffix in (".h", ".cpp") and not path.name.startswith("variables_")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in readers)
    found = set(re.findall(r"(?:\.|->|::)(\w+)\b", text))
    return [f"{header}:1: {struct}::{field}: read by nothing but the row that fills it in"
            for header, struct, field in fields(root) if field not in found] + check_without_effect(root)


def main():
    problems = check(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or "every setting is read")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
