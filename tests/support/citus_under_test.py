"""Which PostgreSQL and Citus a test of the cluster is about."""
import os
import pathlib
import re
import subprocess
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def base_directory():
    """Below /tmp, since the path of a socket is short, and open to the server's user."""
    with tempfile.TemporaryDirectory(prefix="ci") as directory:
        os.chmod(directory, 0o755)
        yield directory


@pytest.fixture(scope="session")
def programs(base_directory):
    """The directory of PostgreSQL programs under test."""
    done = subprocess.run([TESTS / "support" / "private_postgres.sh", base_directory + "/postgres"],
                          capture_output=True, text=True, check=True)
    print(done.stderr.strip())
    return done.stdout.strip()


def default_version(programs):
    """What CREATE EXTENSION citus makes: 13.2-1."""
    share = subprocess.run([programs + "/pg_config", "--sharedir"], capture_output=True, text=True,
                           check=True).stdout.strip()
    return re.search(r"^default_version = '(.*)'", pathlib.Path(
        share, "extension", "citus.control").read_text("utf-8"), re.MULTILINE)[1]


def major_version(programs):
    """13 for 13.2-1."""
    return int(default_version(programs).split(".", maxsplit=1)[0])


def older_version(programs):
    """An older one that its update scripts start from."""
    return {11: "11.2-1", 12: "11.3-1", 13: "12.1-1", 14: "13.2-1"}[major_version(programs)]


@pytest.fixture(scope="session")
def is_real(programs):
    """Whether it is Citus itself."""
    share = subprocess.run([programs + "/pg_config", "--sharedir"], capture_output=True, text=True,
                           check=True).stdout.strip()
    return "STAND-IN" not in pathlib.Path(share, "extension", "citus.control").read_text("utf-8")


@pytest.fixture(autouse=True)
def report_which_citus(is_real, record_property):
    """Every report says what it was about."""
    record_property("citus", "real" if is_real else "stand-in")


def pytest_report_header():
    return f"PostgreSQL under test: {os.environ.get('PG_BINDIR', 'the newest of Debian')}"
