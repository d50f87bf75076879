#!/usr/bin/env python3
"""Prints, from CTest's JUnit file, how many tests of each label ran, and what was skipped or failed.

    summary.py SERVERS CHECKS AGAIN

Each may be missing. A suite of AGAIN failed in SERVERS; where it passed then, it is unsteady.
"""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict

LABELS = ("unit", "lint", "integration", "citus", "ha", "chaos", "e2e")
PYTEST_SKIP = re.compile(r"^SKIPPED \[(\d+)\] \S+ (.*)$", re.MULTILINE)
PYTEST_TALLY = re.compile(r"^=+ (.*\b(?:passed|failed|skipped|error)\b.*) in [\d.]+s", re.MULTILINE)
GTEST_SKIP = re.compile(r": Skipped\n(.+)$", re.MULTILINE)
PYTEST_FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+::.*)$", re.MULTILINE)
PYTEST_REPORT = re.compile(r"^E   .*$", re.MULTILINE)
GTEST_FAILURE = re.compile(r"^\S+: Failure\n(?:.+\n?){1,4}", re.MULTILINE)
OWN_SKIP = re.compile(r"^skipped: (.*)$", re.MULTILINE)


def label_of(name):
    first = name.split(".")[0]
    return first if first in LABELS else "unit"


def failures_of(output):
    """What failed inside one test of CTest, shortly; its last lines where it does not say."""
    found = PYTEST_FAILURE.findall(output) or GTEST_FAILURE.findall(output)
    return [text.strip()[:400] for text in found] or output.strip().splitlines()[-5:]


def report_of(output):
    """The ends of the lines by which pytest tells why: an assertion's text may be a log of three processes."""
    return [line[:300] for line in PYTEST_REPORT.findall(output)[-60:]]


def cases_of(path):
    return list(ElementTree.parse(path).getroot().iter("testcase")) if os.path.exists(path) else []


def main():
    servers, checks, again = map(cases_of, sys.argv[1:])
    passed_again = {case.get("name") for case in again if case.get("status") == "run"}
    results = defaultdict(Counter)
    cases = defaultdict(Counter)
    reasons = Counter()
    failures, reports = [], []
    durations = []
    for case in servers + checks:
        label = label_of(case.get("name"))
        output = case.findtext("system-out") or ""
        word = {"run": "passed", "fail": "failed"}.get(case.get("status"), "skipped")
        durations.append((float(case.get("time") or 0), case.get("name")))
        if word == "failed":
            word = "unsteady" if case.get("name") in passed_again else "failed"
            failures += [f"{word}: {case.get('name')}: {text}" for text in failures_of(output)]
            reports += [f"== {case.get('name')}", *report_of(output)]
        results[label][word] += 1
        for tally in PYTEST_TALLY.findall(output)[-1:]:
            for number, outcome in re.findall(r"(\d+) (\w+)", tally):
                cases[label][outcome] += int(number)
        for count, reason in PYTEST_SKIP.findall(output):
            reasons[f"{label}: {reason}"] += int(count)
        for reason in GTEST_SKIP.findall(output):
            reasons[f"{label}: {reason}"] += 1
        for reason in OWN_SKIP.findall(output):
            reasons[f"{case.get('name')}: {reason}"] += 1
    for label in filter(results.get, LABELS):
        line = ", ".join(f"{count} {word}" for word, count in results[label].items())
        inside = ", ".join(f"{count} {word}" for word, count in cases[label].items())
        print(f"{label + ':':13}{line}" + (f" (cases: {inside})" if inside else ""))
    slowest = sorted(durations, reverse=True)[:10]
    print("slowest:     " + ", ".join(f"{name} {seconds:.0f} s" for seconds, name in slowest))
    for reason, count in reasons.items():
        print(f"skipped {count}: {reason}")
    print(*reports, sep="\n", end="\n" if reports else "")
    print(*failures, sep="\n", end="\n" if failures else "")


if __name__ == "__main__":
    main()
