#!/usr/bin/env python3
"""Runs pytest on the given files, in parallel where pytest-xdist is installed.

PYTEST_WORKERS sets how many at once (default: one per processor). Exit 77 (CTest's "skipped") when
pytest is missing or every test was skipped.
"""
import importlib.util
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from support.scratch import SCRATCH  # noqa: E402

SKIPPED = 77


def main():
    if not importlib.util.find_spec("pytest"):
        print("skipped: pytest is not installed (Debian package python3-pytest)")
        return SKIPPED
    import pytest
    os.environ["TMPDIR"] = SCRATCH
    workers = os.environ.get("PYTEST_WORKERS") or str(os.cpu_count())
    # The tests of an xdist_group share one stack: one process runs them, in their order.
    options = ["-n", workers, "--dist", "loadgroup"] if importlib.util.find_spec("xdist") else []
    tally = Tally()
    slowest = ["--durations=8", "--durations-min=10"]  # in CTest's log
    code = pytest.main(options + slowest + sys.argv[1:], plugins=[tally])
    nothing_ran = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and not tally.ran
    return SKIPPED if nothing_ran and tally.skipped else int(code)


class Tally:
    """How many tests ran and how many were skipped, whichever process they ran in."""

    def __init__(self):
        self.ran = 0
        self.skipped = 0

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            self.skipped += 1
        elif report.when == "call":
            self.ran += 1

    def pytest_collectreport(self, report):
        self.skipped += report.skipped


if __name__ == "__main__":
    sys.exit(main())
