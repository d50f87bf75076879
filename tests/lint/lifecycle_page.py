#!/usr/bin/env python3
"""docs/lifecycle.md holds the diagram that the binary makes. `--update` writes it."""
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/lifecycle.md"
DIAGRAM = re.compile(r"(```mermaid\n).*?(```)", re.DOTALL)


def main(binary, update):
    made = subprocess.run([binary, "docs", "lifecycle"], capture_output=True, text=True, check=True).stdout
    page = PAGE.read_text(encoding="utf-8")
    wanted = DIAGRAM.sub(lambda match: match[1] + made + match[2], page)
    if update:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        print(f"{PAGE} differs from `citus-init docs lifecycle`: run {sys.argv[0]} {binary} --update")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--update" in sys.argv))
