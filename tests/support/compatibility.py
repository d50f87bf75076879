#!/usr/bin/env python3
"""Keeps what was run when: docs/compatibility_runs.json, and from it the second table of
docs/compatibility.md.

    tests/support/compatibility.py record SUITE JUNIT...   what pytest wrote with --junitxml, about PG_BINDIR;
                                                           of a test that was run again, the last
    tests/support/compatibility.py page                    writes the table anew
    tests/support/compatibility.py check                   exit 1 where the page is not what it would write
"""
import datetime
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUNS = DOCS / "compatibility_runs.json"
PAGE = DOCS / "compatibility.md"
BEGIN, END = "<!-- runs: written by tests/support/compatibility.py -->\n", "<!-- end of runs -->\n"
KEY = ("postgresql", "citus", "suite")
STAND_IN = "stand-in"


def server_version(bindir):
    text = subprocess.run([f"{bindir}/postgres", "-V"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\(PostgreSQL\) ([0-9.]+)", text)[1]


def citus_version(bindir):
    """13.2.2, or None for a PostgreSQL without Citus."""
    library = subprocess.run([f"{bindir}/pg_config", "--pkglibdir"], capture_output=True, text=True,
                             check=True).stdout.strip()
    path = Path(library, "citus.so")
    found = path.exists() and re.search(rb"Citus (\d+\.\d+\.\d+) on ", path.read_bytes())
    return found[1].decode() if found else None


def outcome(case):
    """What a <testcase> came to."""
    children = {child.tag for child in case}
    return "failed" if children & {"failure", "error"} else "skipped" if "skipped" in children else "passed"


def counts(files):
    """Of the tests in them all; one that several have counts as in the last, so that some can be run again."""
    outcomes = {}
    for file in files:
        for case in ElementTree.parse(file).getroot().iter("testcase"):
            name = re.sub(r"@[\w.]+$", "", case.get("name"))  # the xdist_group that it ran in
            outcomes[case.get("classname"), name] = outcome(case)
    return {name: list(outcomes.values()).count(name) for name in ("passed", "failed", "skipped")}


def with_run(runs, run):
    """The newest run of a suite on a pair of versions stands for it."""
    others = [old for old in runs if any(old[name] != run[name] for name in KEY)]
    return sorted([*others, run], key=lambda each: [version_key(each[name]) for name in KEY])


def version_key(text):
    """13.2.2 before 13.10.0, and both before words."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split(".")]


def record(suite, files):
    bindir = os.environ["PG_BINDIR"]
    citus = citus_version(bindir) or (STAND_IN if suite == "citus" else "none")
    run = {"postgresql": server_version(bindir), "citus": citus, "suite": suite, **counts(files),
           "date": datetime.date.today().isoformat()}
    runs = json.loads(RUNS.read_text("utf-8"))
    lines = ",\n".join("  " + json.dumps(each) for each in with_run(runs, run))
    RUNS.write_text(f"[\n{lines}\n]\n", "utf-8")


def supported_pairs(page):
    """The "yes" of the first table: (PostgreSQL's major, Citus' release)."""
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")]
            for line in page.split("<!-- end of pairs -->")[0].splitlines() if line.startswith("| ")]
    majors = [cell.removeprefix("PostgreSQL ") for cell in rows[0]]
    return [(major, row[0]) for row in rows[1:] for major, cell in zip(majors, row) if cell == "yes"]


def table(runs, pairs):
    lines = ["| PostgreSQL | Citus | suite | passed | failed | skipped | on |", "|---|---|---|---|---|---|---|"]
    for run in runs:
        lines.append("| " + " | ".join(str(run[name]) for name in (
            "postgresql", "citus", "suite", "passed", "failed", "skipped", "date")) + " |")
    cells = {(major, citus, "citus") for major, citus in pairs} | {(major, "none", "integration") for major, _ in pairs}
    ran = {(run["postgresql"].split(".")[0], ".".join(run["citus"].split(".")[:2]), run["suite"]) for run in runs}
    missing = sorted(cells - ran, key=lambda cell: [version_key(text) for text in cell])
    lines += [f"| {' | '.join(cell)} | not run | | | |" for cell in missing]
    return "\n".join(lines) + "\n"


def written_page():
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table(json.loads(RUNS.read_text("utf-8")), supported_pairs(page)) + END + after


def main():
    verb, *arguments = sys.argv[1:] or ["help"]
    if verb == "record" and len(arguments) > 1:
        record(arguments[0], arguments[1:])
    elif verb == "page":
        PAGE.write_text(written_page(), "utf-8")
    elif verb == "check":
        if written_page() != PAGE.read_text("utf-8"):
            sys.exit("docs/compatibility.md is not what its runs say: tests/support/compatibility.py page")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
