"""What the owner of the Citus database has made under our names, and what he can set, is no way to a superuser's rights."""
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from citus_node import BINARY, SqlFailure, free_port, wait_until
from support.owner_trap import COUNTING_TRAP, PUBLIC_TRAP, SPRING, TRAP

IS_SUPERUSER = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'owner'"


def give_database_to_owner(node):
    """A member has the role from its coordinator already, but on the stand-in."""
    if node.value("SELECT to_regrole('owner')") == "":
        node.sql("CREATE ROLE owner LOGIN")
    node.sql("SET citus.enable_ddl_propagation = off; ALTER DATABASE app OWNER TO owner")


def as_owner(node, script):
    node.sql("SET citus.enable_ddl_propagation = off; " + script, user="owner")


@pytest.fixture
def owned(coordinator):
    prepared = coordinator.prepare()
    assert prepared.process.returncode == 0, prepared.stderr
    give_database_to_owner(coordinator)
    return coordinator


def test_the_search_path_of_the_database_does_not_reach_the_coordinators_agent(owned, make_worker):
    """Nor what it asks through Citus. The worker's database is not trapped: Citus' own sessions there do not pin their path."""
    worker = make_worker("w1", 2)
    with owned.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    as_owner(owned, TRAP)
    with owned.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    assert owned.value(IS_SUPERUSER, database="postgres") == "f"


def test_the_search_path_of_the_database_does_not_reach_the_workers_agent(owned, make_worker):
    worker = make_worker("w1", 2)
    give_database_to_owner(worker)
    for node in (owned, worker):
        as_owner(node, TRAP)
    with worker.agent(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1",
                      CITUS_COORDINATOR_PORT=str(owned.port)) as agent:
        agent.wait_for("prepared")
        agent.wait_for("membership", "announced to")
    for node in (owned, worker):
        assert node.value(IS_SUPERUSER, database="postgres") == "f", node.address


def test_what_the_owner_makes_in_the_schema_public_reaches_no_session_that_proved_shards(owned, make_worker):
    """A newcomer has the sessions used once more that found the shards of the members."""
    member, newcomer = make_worker("w1", 2), make_worker("w2", 3)
    with owned.agent(CITUS_WORKERS=member.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    owned.sql(f"SELECT citus_set_node_property('{owned.host}', {owned.port}, 'shouldhaveshards', false); "
              "CREATE TABLE t (a int); SELECT create_distributed_table('t', 'a')")
    give_database_to_owner(member)
    as_owner(member, PUBLIC_TRAP)
    with owned.agent(CITUS_WORKERS=f"{member.address},{newcomer.address}") as agent:
        agent.wait_for("membership", "2 of 2 workers registered")
    assert member.value(IS_SUPERUSER, database="postgres") == "f"
    # The trap works.
    member.sql("SET application_name = 'citus-init trapped'; SELECT nodename || nodeport FROM pg_dist_node")
    assert member.value(IS_SUPERUSER, database="postgres") == "t"


def test_the_search_path_of_the_database_does_not_reach_the_counts_of_the_status(owned, make_worker, is_real):
    """Citus' own sessions, which the status has the workers asked by, do not pin their path."""
    if not is_real:
        pytest.skip("the stand-in sends no command to the workers")
    worker = make_worker("w1", 2)
    with owned.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    owned.sql("CREATE TABLE t (a int); SELECT create_distributed_table('t', 'a')")
    give_database_to_owner(worker)
    as_owner(worker, COUNTING_TRAP)
    done = subprocess.run([BINARY, "status", "-o", "json"], env={"PATH": os.environ["PATH"], **owned.environment()},
                          capture_output=True, text=True, check=False)
    assert f'"host": "{worker.host}"' in done.stdout, done.stdout + done.stderr
    assert worker.value(IS_SUPERUSER, database="postgres") == "f"


@pytest.mark.parametrize("object_", [
    "CREATE VIEW citus_init.node_state AS SELECT citus_init.spring()",
    "CREATE VIEW citus_init.node AS SELECT citus_init.spring()",
    "CREATE TABLE citus_init.joined (nodeid int, joined_at timestamptz)",
    "CREATE FUNCTION citus_init.announce(text, integer, numeric, uuid) RETURNS void LANGUAGE sql AS 'SELECT citus_init.spring()'",
    "CREATE TYPE citus_init.node AS (a int)",
    "SELECT 1",
], ids=["view", "records", "table", "function", "type", "schema"])
@pytest.mark.parametrize("role", ["coordinator", "worker"])
def test_objects_of_others_under_our_names_are_refused_in_words(make_node, role, object_):
    node = make_node("n", 1)
    node.sql("CREATE DATABASE app", database="postgres")
    node.sql("CREATE EXTENSION citus")
    give_database_to_owner(node)
    as_owner(node, SPRING.format(schema="citus_init") + object_)
    more = {} if role == "coordinator" else {
        "CITUS_ROLE": "worker", "CITUS_COORDINATOR_HOST": "127.0.0.1", "CITUS_COORDINATOR_PORT": str(free_port("127.0.0.1"))}
    with node.agent(**more) as agent:
        told = agent.wait_for("membership", 'schema citus_init belongs to "owner", who is no superuser')
        assert "ALTER SCHEMA citus_init RENAME TO" in told
    assert node.value(IS_SUPERUSER) == "f"


def test_a_worker_calls_no_function_of_anothers_on_its_coordinator(make_node, make_worker):
    coordinator = make_node("c", 1)
    coordinator.sql("CREATE DATABASE app", database="postgres")
    coordinator.sql("CREATE EXTENSION citus")
    give_database_to_owner(coordinator)
    as_owner(coordinator, SPRING.format(schema="citus_init") +
             "CREATE FUNCTION citus_init.announce(text, integer, numeric, uuid) RETURNS void LANGUAGE sql "
             "AS 'SELECT citus_init.spring()'")
    worker = make_worker("w1", 2)
    with worker.agent(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1",
                      CITUS_COORDINATOR_PORT=str(coordinator.port)) as agent:
        agent.wait_for("membership", "belongs to")
    assert coordinator.value(IS_SUPERUSER) == "f"


def tables_that_we_create():
    """The schema citus_init's, by the statements in the sources."""
    sources = pathlib.Path(__file__).resolve().parents[2] / "src"
    created = {table for path in sources.rglob("*statements.h")
               for table in re.findall(r"CREATE TABLE IF NOT EXISTS citus_init\.(\w+)", path.read_text(encoding="utf-8"))}
    assert len(created) > 5, created
    return sorted(created)


def test_a_trigger_on_a_table_of_ours_is_refused(coordinator):
    assert coordinator.prepare().process.returncode == 0
    coordinator.sql("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    for table in map("citus_init.{}".format, tables_that_we_create()):
        coordinator.sql(f"SET citus.enable_ddl_propagation = off; CREATE TABLE IF NOT EXISTS {table} (); "
                        f"CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION f()")
        with coordinator.agent() as agent:
            agent.wait_for("membership", f"trigger t on {table} is none that citus-init makes", deadline=15)
        coordinator.sql(f"DROP TRIGGER t ON {table}")


def test_the_schema_is_ours_after_the_preparation(owned):
    with pytest.raises(SqlFailure, match="already exists"):
        as_owner(owned, "CREATE SCHEMA citus_init")
    with pytest.raises(SqlFailure, match="must be owner"):
        as_owner(owned, "DROP SCHEMA citus_init CASCADE")
    with pytest.raises(SqlFailure, match="permission denied"):
        as_owner(owned, "CREATE TABLE citus_init.node_state (a int)")


class AskingServer:
    """A "worker" that asks everybody for the password in clear text and keeps what it is told."""

    def __init__(self, host):
        self.socket = socket.create_server((host, 0))
        self.address = f"{host}:{self.socket.getsockname()[1]}"
        self.received = []
        self.asked = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                try:
                    if client.recv(8)[4:] == b"\x04\xd2\x16\x2f":  # SSLRequest
                        client.sendall(b"N")
                        client.recv(8)
                    client.recv(4096)
                    client.sendall(b"R\0\0\0\x08\0\0\0\x03")
                    self.received.append(client.recv(4096))
                except OSError:
                    self.received.append(b"")
            self.asked.set()


def test_no_password_is_sent_in_clear_text(owned):
    server = AskingServer("127.0.1.9")
    with owned.agent(CITUS_WORKERS=server.address, POSTGRES_PASSWORD="hush-hush") as agent:
        agent.wait_for("prepared")
        wait_until(server.asked.is_set, "the agent connects")
    server.socket.close()
    assert not any(b"hush" in text for text in server.received)
