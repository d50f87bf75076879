"""What the owner of a database sets for it does not reach the sessions of citus-init; which databases they are in."""
# pylint: disable=redefined-outer-name,unused-import
import pytest

from support.node import major_version
from support.node_fixtures import SERVER, initialised, place, template  # noqa: F401
from support.owner_trap import TRAP
from support.pid_namespace import wait_until

MAJOR = major_version()
LOGGED = (*SERVER, "-c", "log_connections=on", "-c", "log_disconnections=on")


def wait_for_the_agent(node):
    """It asks every database whether it holds Citus."""
    wait_until(lambda: any("disconnection" in line and "database=app" in line for line in node.stderr.splitlines()),
               lambda: f"a session in app: {node.output()}")


def test_the_owner_of_a_database_does_not_become_superuser_by_its_search_path(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        node.psql("CREATE ROLE owner LOGIN")
        node.psql("CREATE DATABASE app OWNER owner")
        node.psql(TRAP, database="app", user="owner")
        assert node.stop() == 0
    with initialised.start(*LOGGED) as node:
        node.wait_ready()
        wait_for_the_agent(node)
        assert node.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'") == "f"
        # The trap works: whoever does not pin his path falls into it.
        node.psql("SELECT count(*) FROM pg_database WHERE datname = 'app'", database="app")
        assert node.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'") == "t"
        assert node.stop() == 0


@pytest.mark.parametrize("setting", [
    "role = owner", "default_transaction_read_only = on", "default_transaction_isolation = serializable",
    "local_preload_libraries = missing", "statement_timeout = 1", "transform_null_equals = on",
    "default_table_access_method = missing", "quote_all_identifiers = on",
    pytest.param("idle_session_timeout = 1", marks=pytest.mark.skipif(MAJOR < 14, reason="came with PostgreSQL 14")),
])
def test_no_setting_of_a_databases_owner_reaches_our_sessions(initialised, setting):
    """The agent asks every database, whether it holds Citus; an error there would keep it from ready."""
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        node.psql("CREATE ROLE owner LOGIN")
        node.psql("CREATE DATABASE app OWNER owner")
        node.psql(f"ALTER DATABASE app SET {setting}", check=False)
        assert node.stop() == 0
    with initialised.start(*LOGGED) as node:
        node.wait_ready()
        wait_for_the_agent(node)
        # Not that a 13 refuses a setting of 14 either.
        assert [line for line in node.stderr.splitlines() if "ERROR" in line or "FATAL" in line] == []
        assert node.stop() == 0


def test_a_database_whose_drop_was_cut_off_is_none_that_is_asked(initialised):
    """Nobody can connect to it (datconnlimit = -2)."""
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        node.psql("CREATE DATABASE app")
        node.psql("CREATE DATABASE half")
        node.psql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half'")
        assert node.stop() == 0
    with initialised.start(*LOGGED) as node:
        wait_for_the_agent(node)
        node.wait_ready()
        assert "invalid database" not in node.output()
        assert node.stop() == 0
