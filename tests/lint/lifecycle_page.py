#!/usr/bin/env python3
"""docs/lifecycle.md holds the diagrams that the binary makes, of both machines. `--update` writes them."""
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/lifecycle.md"
DIAGRAM = re.compile(r"(```mermaid\n).*?(```)", re.DOTALL)


def main(binary, update):
    made = iter([subprocess.run([binary, "docs", name], capture_output=True, text=True, check=True).stdout
                 for name in ("lifecycle", "member-lifecycle")])
    page = PAGE.read_text(encoding="utf-8")
    wanted = DIAGRAM.sub(lambda match: match[1] + next(made) + match[2], page)
    if next(made, None) is not None:
        print(f"{PAGE} lacks a diagram: one block for each machine")
        return 1
    if update:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        print(f"{PAGE} differs from `citus-init docs lifecycle` or `docs member-lifecycle`: run {sys.argv[0]} {binary} --update")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--update" in sys.argv))
