"""Cluster tests: against real Citus when the PostgreSQL under test has it, else the stand-in."""
import os
import pathlib
import sys
import tempfile

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))

import citus_node  # noqa: E402  pylint: disable=wrong-import-position
from support.citus_under_test import (  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import
    base_directory, is_real, programs, pytest_report_header, report_which_citus)
from support.mesh import Mesh  # noqa: E402  pylint: disable=wrong-import-position


@pytest.fixture
def make_node(base_directory, programs):
    with citus_node.node_maker(base_directory, programs) as make:
        yield make


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
    return citus_node.worker_maker(make_node)


@pytest.fixture
def coordinator(make_node):
    """A server that is to coordinate; not prepared yet."""
    return make_node("c", 1)


@pytest.fixture
def mesh(programs):
    with Mesh(programs) as fresh:
        yield fresh
