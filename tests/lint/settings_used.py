#!/usr/bin/env python3
"""Every field of the settings is read by something else than the row that fills it in: a setting that is
declared, documented and without effect fails here. Usage: settings_used.py [ROOT]
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


def check(root):
    root = Path(root)
    readers = [path for base in ("src", "include") for path in (root / base).rglob("*")
               if path.suffix in (".h", ".cpp") and not path.name.startswith("variables_")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in readers)
    found = set(re.findall(r"(?:\.|->|::)(\w+)\b", text))
    return [f"{header}:1: {struct}::{field}: read by nothing but the row that fills it in"
            for header, struct, field in fields(root) if field not in found]


def main():
    problems = check(sys.argv[1] if len(sys.argv) > 1 else tree.ROOT)
    print("\n".join(problems) or "every setting is read")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
