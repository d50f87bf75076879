"""Two major versions of PostgreSQL with the same Citus, for tests of pg_upgrade."""
import os
import subprocess
from collections import namedtuple

import pytest

Pair = namedtuple("Pair", "old new old_major new_major")


def major_version(programs):
    text = subprocess.run([f"{programs}/postgres", "-V"], capture_output=True, text=True, check=True)
    return int(text.stdout.split(")")[1].split(".")[0])


@pytest.fixture(scope="session")
def pair(programs):
    old = os.environ.get("CITUS_INIT_FROM_BINDIR")
    if not old:
        pytest.skip("needs the programs of an older PostgreSQL in CITUS_INIT_FROM_BINDIR")
    if not os.access(f"{programs}/pg_upgrade", os.X_OK):
        pytest.skip("this PostgreSQL has no pg_upgrade")
    return Pair(old, programs, major_version(old), major_version(programs))
