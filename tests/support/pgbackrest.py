"""The pgBackRest of the machine, for tests that need one for the PostgreSQL under test."""
import re
import shutil
import subprocess

import pytest

from support.node import major_version

# Where its support of a major version of PostgreSQL begins, by its release notes.
SINCE = {13: (2, 30), 14: (2, 34), 15: (2, 39), 16: (2, 46), 17: (2, 53, 1), 18: (2, 55)}


def what_is_missing():
    """Why no test can use it, or None."""
    program = shutil.which("pgbackrest")
    if not program:
        return "pgbackrest is not installed"
    text = subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.strip()
    version = tuple(int(number) for number in re.findall(r"\d+", text))
    if version < SINCE.get(major_version(), version):
        return f"{text} does not know PostgreSQL {major_version()}"
    return None


MISSING = what_is_missing()
needs_pgbackrest = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
