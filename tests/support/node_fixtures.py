"""Fixtures over support.node, to be imported by the test modules that use them."""
# pylint: disable=redefined-outer-name
import pytest

from support.node import Place

PASSWORD = "first secret"
# What a test that is not about them starts with: no time is spent on the disk.
FAST = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_INITDB_ARGS": "--no-sync"}
SERVER = ("postgres", "-c", "fsync=off")


@pytest.fixture
def place():
    with Place() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def template():
    """A place whose data directory a first start has made, and which nothing runs on."""
    with Place() as made:
        with made.start(*SERVER, **FAST) as node:
            node.wait_ready()
            node.psql("CREATE TABLE kept AS SELECT 42 AS answer")
            assert node.stop() == 0, node.output()
        yield made


@pytest.fixture
def initialised(place, template):
    return place.adopt(template)
