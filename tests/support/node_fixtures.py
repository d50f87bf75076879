"""Fixtures and words over support.node, to be imported by the test modules that use them."""
# pylint: disable=redefined-outer-name
import pytest

from support.node import Place

PASSWORD = "first secret"
# What a test that is not about them starts with: no time is spent on the disk.
FAST = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_INITDB_ARGS": "--no-sync"}
SERVER = ("postgres", "-c", "fsync=off")

# Exit codes, docs/exit-codes.md.
DATA, LOCKED, PERMISSION, CONFIG = 65, 75, 77, 78


def refused(node, code, *words):
    """It ends with that code, and says these words on stderr; what it says."""
    assert node.wait() == code, node.output()
    for word in words:
        assert word in node.stderr, node.output()
    return node.stderr


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
