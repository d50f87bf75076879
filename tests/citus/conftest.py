"""Cluster tests: against real Citus when the PostgreSQL under test has it, else the stand-in."""
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))

import citus_node  # noqa: E402  pylint: disable=wrong-import-position


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


@pytest.fixture(scope="session")
def is_real(programs):
    """Whether it is Citus itself."""
    share = subprocess.run([programs + "/pg_config", "--sharedir"], capture_output=True, text=True,
                           check=True).stdout.strip()
    return "STAND-IN" not in pathlib.Path(share, "extension", "citus.control").read_text("utf-8")


@pytest.fixture(autouse=True)
def tell_which_citus(is_real, record_property):
    """Every report says what it was about."""
    record_property("citus", "real" if is_real else "stand-in")


@pytest.fixture
def make_node(base_directory, programs):
    """Makes servers on 127.0.1.x, stopped when the test ends."""
    nodes = []
    with tempfile.TemporaryDirectory(dir=base_directory, prefix="t") as directory:
        os.chmod(directory, 0o755)
        port = citus_node.free_port("127.0.1.1")

        def make(name, number, start=True, preload="citus", **settings):
            node = citus_node.Node(programs, os.path.join(directory, name), f"127.0.1.{number}",
                                   port, preload)
            nodes.append(node)
            node.create()
            return node.start(**settings) if start else node

        yield make
        for node in nodes:
            node.stop()


@pytest.fixture(scope="module")
def module_node(base_directory, programs):
    """A server that the tests of one file share; not prepared yet."""
    with tempfile.TemporaryDirectory(dir=base_directory, prefix="m") as directory:
        os.chmod(directory, 0o755)
        node = citus_node.Node(programs, os.path.join(directory, "m"), "127.0.1.200",
                               citus_node.free_port("127.0.1.200"))
        node.create().start()
        yield node
        node.stop()


@pytest.fixture
def make_worker(make_node):
    """A server that has been prepared as a worker."""
    def make(name, number):
        worker = make_node(name, number)
        prepared = worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1")
        assert prepared.process.returncode == 0, prepared.stderr
        return worker
    return make


@pytest.fixture
def coordinator(make_node):
    """A server that is to coordinate; not prepared yet."""
    return make_node("c", 1)


def pytest_report_header():
    return f"PostgreSQL under test: {os.environ.get('PG_BINDIR', 'the newest of Debian')}"
