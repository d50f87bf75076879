"""What the coordinator finds of its workers, told to operators on every node and to the workers themselves."""
import json
import os
import shutil
import subprocess

import pytest

from citus_node import BINARY, SqlFailure, wait_until
from support.mesh import Mesh

STATES = "SELECT nodename, state, standing FROM citus_init.node_state ORDER BY nodename"
ROWS = "SELECT xmin, t.* FROM citus_init.node_state t ORDER BY nodename"


def agent_of(coordinator, *workers, **variables):
    return coordinator.agent(CITUS_WORKERS=",".join(worker.address for worker in workers),
                             CITUS_INTERNODE_AUTH="trust", **variables)


def worker_agent(worker, **variables):
    return worker.agent(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1",
                        CITUS_COORDINATOR_PORT=str(worker.port), **variables)


def verb(node, *words, **variables):
    environment = {"PATH": os.environ["PATH"], **node.environment(
        CITUS_INTERNODE_AUTH="trust", CITUS_ROLE="coordinator" if node.host == "127.0.1.1" else "worker",
        CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_COORDINATOR_PORT=str(node.port), **variables)}
    done = subprocess.run([BINARY, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def listing(node):
    return {row["host"]: row for row in json.loads(verb(node, "nodes", "-o", "json"))}


def identity(node):
    return node.sql("SELECT system_identifier, (SELECT metadata->>'server_id' FROM pg_dist_node_metadata) "
                    "FROM pg_control_system()")[0]


def states(coordinator):
    if coordinator.value("SELECT to_regclass('citus_init.node_state')") == "":
        return []
    return [tuple(row) for row in coordinator.sql(STATES)]


def wait_states(coordinator, *expected):
    wait_until(lambda: states(coordinator) == list(expected), lambda: states(coordinator))


def passes(coordinator, count):
    """Waits until the agent has begun that many further passes: each begins by reading pg_dist_node."""
    seen = set()

    def enough():
        seen.update(moment for (moment,) in coordinator.sql(
            "SELECT query_start FROM pg_stat_activity WHERE query ~ 'shouldhaveshards FROM pg_catalog.pg_dist_node' "
            "AND pid <> pg_backend_pid()"))
        return len(seen) > count
    wait_until(enough, "passes of the agent")


@pytest.fixture
def joined(coordinator, make_worker):
    """A coordinator with two workers, of which the second has been emptied since."""
    assert coordinator.prepare().process.returncode == 0
    healthy, wiped = make_worker("w1", 2), make_worker("w2", 3)
    with agent_of(coordinator, healthy, wiped):
        wait_states(coordinator, ("127.0.1.2", "active", "member"), ("127.0.1.3", "active", "member"))
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")
    wiped.wipe().start()
    wiped.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    return coordinator, healthy, wiped


def test_an_emptied_worker_that_announces_itself_is_found_out_long_before_its_next_check(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    worker = make_worker("w1", 2)
    with agent_of(coordinator, worker, CITUS_RECONCILE_INTERVAL="1s"):
        wait_states(coordinator, ("127.0.1.2", "active", "member"))
        worker.wipe().start()
        worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
        with worker_agent(worker, CITUS_RECONCILE_INTERVAL="1s"):
            # Members are looked at once in 60 s.
            wait_until(lambda: states(coordinator) == [("127.0.1.2", "lost", "wiped")],
                       lambda: states(coordinator), 20)


def test_each_node_reports_why_a_worker_is_not_in_the_cluster(joined, make_worker, make_node):
    coordinator, healthy, wiped = joined
    dirty, away = make_worker("w3", 4), make_node("w4", 5, start=False)
    dirty.sql("CREATE TABLE precious(a int)")
    with agent_of(coordinator, healthy, wiped, dirty, away):
        wait_states(coordinator, ("127.0.1.2", "active", "member"), ("127.0.1.3", "lost", "wiped"),
                    ("127.0.1.4", "blocked", "dirty"), ("127.0.1.5", "unreachable", "unreachable"))
        for node in (coordinator, healthy, wiped):
            table = verb(node, "nodes")
            lines = [line.split() for line in table.splitlines()]
            assert lines[0] == ["NODE", "ROLE", "GROUP", "STATE", "WHY", "SINCE", "IDENTITY", "SHARDS", "SIZE"]
            assert [line[:5] for line in lines[2:6]] == [
                [healthy.address, "worker", "1", "active", "-"], [wiped.address, "worker", "2", "lost", "wiped"],
                [dirty.address, "worker", "-", "blocked", "dirty"],
                [away.address, "worker", "-", "unreachable", "unreachable"]]
            assert f"\n{wiped.address}: is registered as group 2, but its data directory is a new one" in table
            assert f"\n{dirty.address}: is not empty: 1 tables" in table
            assert f"\n{away.address}: " in table and "Connection refused" in table
            assert f"\n{healthy.address}: " not in table
        told = listing(healthy)
    system, server = identity(healthy)
    assert told[healthy.host]["identity"] == {"system_identifier": system, "server_id": server}
    assert told[dirty.host]["identity"]["server_id"] == identity(dirty)[1]
    # The node that was registered, not whoever is in its place.
    assert told[wiped.host]["identity"]["server_id"] != identity(wiped)[1]
    assert told[dirty.host]["registered"] is False
    assert [told[dirty.host][key] for key in ("node_id", "group_id", "shards", "bytes")] == [None] * 4
    assert list(told[coordinator.host]["identity"].values()) == identity(coordinator)
    assert told[dirty.host]["reason"].endswith("keep the present one until nobody needs its rows")
    assert told[away.host]["why"] == "unreachable" and told[away.host]["identity"] is None
    assert told[away.host]["since"] == coordinator.value(
        """SELECT to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM citus_init.node_state """
        f"WHERE nodename = '{away.host}'")


def test_since_outlives_the_agent_and_the_server_until_the_state_is_another(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    worker, dirty = make_worker("w1", 2), make_worker("w2", 3)
    dirty.sql("CREATE TABLE precious(a int)")
    before = ("127.0.1.2", "active", "member"), ("127.0.1.3", "blocked", "dirty")
    with agent_of(coordinator, worker, dirty):
        wait_states(coordinator, *before)
    rows = coordinator.sql(ROWS)
    coordinator.stop()
    coordinator.start()
    with agent_of(coordinator, worker, dirty) as agent:
        agent.wait_for("membership", "1 of 2 workers registered")
        passes(coordinator, 1)
        assert coordinator.sql(ROWS) == rows  # xmin too: nothing was written
        dirty.sql("DROP TABLE precious")
        # A new look at what was refused comes in half a minute.
    with agent_of(coordinator, worker, dirty):
        wait_states(coordinator, before[0], ("127.0.1.3", "active", "member"))
    after = coordinator.sql("SELECT nodename, since > (SELECT since FROM citus_init.node_state WHERE nodename = "
                            "'127.0.1.2') AND since = changed_at - (changed_at - since) FROM citus_init.node_state "
                            "ORDER BY nodename")
    assert after == [["127.0.1.2", "f"], ["127.0.1.3", "t"]]
    assert coordinator.sql(ROWS)[0] == rows[0]


def test_a_pass_that_finds_nothing_new_writes_nothing(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    worker, dirty = make_worker("w1", 2), make_worker("w2", 3)
    dirty.sql("CREATE TABLE precious(a int)")
    with agent_of(coordinator, worker, dirty):
        wait_states(coordinator, ("127.0.1.2", "active", "member"), ("127.0.1.3", "blocked", "dirty"))
        rows = coordinator.sql(ROWS)
        passes(coordinator, 3)
        assert coordinator.sql(ROWS) == rows


def test_who_is_neither_wanted_nor_registered_is_forgotten(coordinator, make_node, make_worker):
    assert coordinator.prepare().process.returncode == 0
    worker, away = make_worker("w1", 2), make_node("w2", 3, start=False)
    with agent_of(coordinator, worker, away):
        wait_states(coordinator, ("127.0.1.2", "active", "member"), ("127.0.1.3", "unreachable", "unreachable"))
    with agent_of(coordinator):
        wait_states(coordinator, ("127.0.1.2", "active", "member"))
        wait_until(lambda: listing(coordinator)["127.0.1.2"]["desired"] is False, "not wanted any more")
        assert " not wanted " in verb(coordinator, "nodes")


def test_an_older_coordinator_reports_nothing_and_that_is_no_error(joined):
    coordinator, healthy, _ = joined
    coordinator.sql("DROP TABLE citus_init.node_state CASCADE; DROP FUNCTION citus_init.state_of(text, integer, uuid)")
    told = listing(coordinator)
    assert told[healthy.host]["reason"] is None and told[healthy.host]["state"] == "active"
    coordinator.sql("DROP SCHEMA citus_init CASCADE")
    assert listing(coordinator)[healthy.host]["identity"] is None
    with agent_of(coordinator, healthy):  # and is made again
        wait_until(lambda: states(coordinator), "states")


def test_nobody_may_read_write_or_ask_to_whom_it_was_not_granted(joined):
    coordinator, healthy, _ = joined
    assert healthy.value("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('citus_init')") == "0"
    ask = f"SELECT state FROM citus_init.state_of('{healthy.host}', {healthy.port}, NULL)"
    # The emptied worker does not take part in what Citus would have all of them do.
    here_only = "SET citus.enable_ddl_propagation TO off; "
    coordinator.sql(here_only + "CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA citus_init TO app")
    for statement in (ask, "SELECT * FROM citus_init.node_state", "DELETE FROM citus_init.node_state"):
        with pytest.raises(SqlFailure) as failure:
            coordinator.sql(statement, user="app")
        assert failure.value.sqlstate == "42501"
    coordinator.sql(here_only + "GRANT EXECUTE ON FUNCTION citus_init.state_of(text, integer, uuid) TO app")
    assert coordinator.sql("SET search_path = pg_temp; CREATE TEMP TABLE node_state (a int);" + ask, user="app") == [["active"]]
    assert not coordinator.sql("SELECT * FROM citus_init.state_of('nobody', 1, NULL)", user="app")


def test_a_worker_reports_why_it_was_refused(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    dirty = make_worker("w1", 2)
    dirty.sql("CREATE TABLE precious(a int)")
    with agent_of(coordinator), worker_agent(dirty) as agent:
        agent.wait_for("unfit", "")
        agent.wait_for("membership", f"not joined yet: {dirty.address} (dirty) is not empty: 1 tables")
        agent.wait_for("warning", f"the coordinator {coordinator.address} says: {dirty.address} (dirty)")
        assert ("joined", "yes") not in agent.reports


def test_clients_must_not_use_a_wiped_worker_until_its_place_is_free(joined, is_real):
    coordinator, healthy, wiped = joined
    with agent_of(coordinator, healthy, wiped), worker_agent(wiped) as agent, worker_agent(healthy) as other:
        unfit = agent.wait_for("unfit", "clients must not use this node")
        assert f"{wiped.address} (wiped) is registered as group 2" in unfit
        assert "Restore the old data directory" in unfit
        assert "at stake: " in unfit or not is_real  # the stand-in places all shards on one node
        agent.wait_for("membership", "not joined: in the place of another node")
        other.wait_for("membership", "joined as group 1")
        assert other.wait_for("unfit") == ""
    coordinator.sql("DELETE FROM pg_dist_placement WHERE groupid = 2;"
                    f"DELETE FROM pg_dist_node WHERE nodename = '{wiped.host}'")
    with worker_agent(wiped) as agent:
        assert agent.wait_for("unfit") == ""


def test_a_wiped_worker_is_not_healthy(programs, is_real):
    """The whole containers, with the role that nodes log in with."""
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")
    with Mesh(programs) as mesh:
        mesh.start_all()
        mesh.sql("c", "CREATE TABLE t(a int)", "SELECT create_distributed_table('t', 'a')")
        assert mesh.nodes["w2"].stop() == 0
        shutil.rmtree(mesh.places["w2"].data)
        mesh.start("w2").wait_ready()
        # Seen when the coordinator looks at its members again, or anew.
        assert mesh.nodes["c"].stop() == 0
        mesh.start("c").wait_ready()
        wait_until(lambda: health(mesh, "w2").returncode == 1, lambda: health(mesh, "w2").stdout + mesh.nodes["c"].output())
        told = health(mesh, "w2").stdout
        assert told.startswith("failed: clients must not use this node: w2:5432 (wiped) is registered as group ")
        assert "Restore the old data directory" in told
        assert health(mesh, "w1").returncode == 0 and health(mesh, "c").returncode == 0
        assert "the coordinator c:5432 says: w2:5432 (wiped)" in mesh.nodes["w2"].stderr
        status = inside(mesh, "w2", "status").stdout
        assert status.startswith("failed: ") and "\nw2:5432: is registered as group " in status


def health(mesh, name):
    return inside(mesh, name, "health")


def inside(mesh, name, *words):
    return mesh.nodes[name].inside("citus-init", *words, check=False, environment=mesh.settings[name])
