"""Two major versions of PostgreSQL with the same Citus, for tests of pg_upgrade."""
import os
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

SUPPORT = Path(__file__).resolve().parent
Pair = namedtuple("Pair", "old new old_major new_major environment")


def major_version(programs):
    text = subprocess.run([f"{programs}/postgres", "-V"], capture_output=True, text=True, check=True)
    return int(text.stdout.split(")")[1].split(".")[0])


def extension_directory(programs, major):
    """Of a tree that private_postgres.sh has made."""
    return next(Path(programs).parents[3].glob(f"**/postgresql/{major}/extension"))


def older_debian(base_directory, programs):
    """PostgreSQL of the Debian release before, with the stand-in: its programs, and where its libraries are."""
    found = subprocess.run([SUPPORT / "older_postgresql.sh"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"no older PostgreSQL: {found.stderr.strip()[-200:]}")
    environment = {"LD_LIBRARY_PATH": str(Path(found.stdout.strip()).parents[4] / "LIBRARIES")}
    os.environ.update(environment)  # pg_config, postgres -V
    made = subprocess.run([SUPPORT / "private_postgres.sh", f"{base_directory}/older"], capture_output=True, text=True,
                          check=True, env={**os.environ, "PG_BINDIR": found.stdout.strip()})
    old = made.stdout.strip()
    # The stand-in is the newest release for each PostgreSQL, and both have to have the same: the older one.
    there = extension_directory(programs, major_version(programs))
    for file in there.glob("citus*"):
        file.unlink()
    for file in extension_directory(old, major_version(old)).glob("citus*"):
        shutil.copy(file, there)
    # As Citus itself does in the servers of pg_upgrade, which make its tables in pg_catalog anew.
    sample = there.parent / "postgresql.conf.sample"
    text = sample.read_text("utf-8")
    sample.unlink()  # a link to the system's
    sample.write_text(text + "allow_system_table_mods = on\n", "utf-8")
    return old, environment


def writes_what_the_new_one_refuses(pair):
    """Versions of columns, which a server either writes or does not know."""
    old, new = (b"pg_attver" in Path(programs, "postgres").read_bytes() for programs in (pair.old, pair.new))
    return old and not new


@pytest.fixture(scope="session")
def pair(any_pair):
    """Two that pg_upgrade works between."""
    if writes_what_the_new_one_refuses(any_pair):
        pytest.skip("the minor release of the newer PostgreSQL does not know the pg_attver of the older one")
    return any_pair


@pytest.fixture(scope="session")
def any_pair(programs, is_real, base_directory):
    """Of CITUS_INIT_FROM_BINDIR, else what Debian had before; to the PostgreSQL under test."""
    if not os.access(f"{programs}/pg_upgrade", os.X_OK):
        pytest.skip("this PostgreSQL has no pg_upgrade")
    old, environment = os.environ.get("CITUS_INIT_FROM_BINDIR"), {}
    if not old:
        if is_real:
            pytest.skip("needs the programs of an older PostgreSQL with the same Citus in CITUS_INIT_FROM_BINDIR")
        old, environment = older_debian(base_directory, programs)
    return Pair(old, programs, major_version(old), major_version(programs), environment)
