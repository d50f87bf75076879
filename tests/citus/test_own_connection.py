"""Ready means that Citus reaches its own node: with certificates and with passwords, at each start and after each
reload, on the coordinator and on a worker."""
import re
import signal

import pytest

from support.mesh import SECRET
from support.node import Place
from support.pid_namespace import wait_until
from support.status_text import read_state

TITLE = "Citus cannot connect to its own node"
COMMON = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "CITUS_RECONCILE_INTERVAL": "500ms",
          "POSTGRES_INITDB_ARGS": "--no-sync --auth-host=scram-sha-256"}
WITH_CERTIFICATES = {"CITUS_CLUSTER_SECRET": SECRET}
WITH_PASSWORD = {"CITUS_INTERNODE_AUTH": "password"}
# The way that nodes log in, what breaks it, and the words of cause and fix.
AT_THE_START = {
    "certificates, own line of pg_hba.conf": (
        {**WITH_CERTIFICATES, "CITUS_PG_HBA": "host all all all scram-sha-256"}, "no password supplied", "CITUS_PG_HBA"),
    "certificates, own line that rejects": (
        {**WITH_CERTIFICATES, "CITUS_PG_HBA": "host all all all reject"}, "pg_hba.conf rejects", "CITUS_PG_HBA"),
    "certificates, own conninfo": (
        {**WITH_CERTIFICATES, "CITUS_GUC_CITUS__NODE_CONNINFO": "sslmode=verify-full sslrootcert=/etc/hostname"},
        "certificate", "citus.node_conninfo"),
    "certificates, no such name": (
        {**WITH_CERTIFICATES, "CITUS_COORDINATOR_HOST": "no-such-name.invalid"}, "could not translate", "Set CITUS_NODE_HOST"),
    "password, own line that rejects": (
        {**WITH_PASSWORD, "CITUS_PG_HBA": "host all all all reject"}, "pg_hba.conf rejects", "this node's own address"),
}


@pytest.fixture(autouse=True)
def needs_real(is_real):
    if not is_real:
        pytest.skip("the stand-in connects to nobody")


@pytest.fixture
def start(mesh, programs):
    """Starts a standalone node: (its place, the node). With certificates its name leads to an address of its own."""
    with Place() as place:
        nodes = []

        def start_it(**settings):
            if "CITUS_CLUSTER_SECRET" in settings:
                node = mesh.start("c", CITUS_WORKERS=None, **{**COMMON, **settings})
                return mesh.places["c"], node
            nodes.append(place.start("postgres", "-c", "fsync=off",
                                     **{**COMMON, "CITUS_PG_BINDIR": programs, **settings}).__enter__())
            return place, nodes[-1]

        yield start_it
        for node in nodes:
            node.__exit__(None, None, None)


def state_of(place):
    return read_state(place.run / "citus-init.json")


def failed_state(place):
    wait_until(lambda: TITLE in state_of(place)["reason"], lambda: state_of(place))
    state = state_of(place)
    assert state["state"] == "starting", state
    return state


@pytest.mark.parametrize("kind", AT_THE_START)
def test_a_node_that_citus_does_not_reach_is_not_ready(start, kind):
    settings, cause, fix = AT_THE_START[kind]
    place, node = start(**settings)
    node.wait_output(TITLE, stream="stderr")
    assert "is ready to accept connections" not in node.stdout.split("init process complete")[-1]
    state = failed_state(place)
    assert cause in state["reason"] and fix in state["reason"], state
    assert cause in node.stderr and fix in node.stderr
    health = node.inside("citus-init", "health", check=False)
    assert health.returncode != 0 and fix in health.stdout + health.stderr
    assert node.stop() == 0


# What is changed in a running node, how it reads that, and the change back.
CHANGES = {
    "certificates": (WITH_CERTIFICATES, "ALTER SYSTEM SET citus.node_conninfo = 'sslmode=verify-full "
                     "sslrootcert=/etc/hostname'", "ALTER SYSTEM RESET citus.node_conninfo"),
    "password": (WITH_PASSWORD, "ALTER ROLE postgres PASSWORD 'another'", "ALTER ROLE postgres PASSWORD 'secret'"),
}


@pytest.mark.parametrize("by", ["SIGHUP", "pg_reload_conf"])
@pytest.mark.parametrize("kind", CHANGES)
def test_a_reload_after_which_citus_does_not_reach_its_node_is_noticed(start, kind, by):
    settings, change, change_back = CHANGES[kind]

    def reload(statement):
        node.psql(statement)
        if by == "SIGHUP":
            node.signal(signal.SIGHUP)
        else:
            node.psql("SELECT pg_reload_conf()")

    place, node = start(**settings)
    node.wait_ready()
    node.psql("CREATE TABLE d (i int)")
    node.psql("SELECT create_distributed_table('d', 'i')")
    assert node.psql("VACUUM d") == ""
    reload(change)
    node.wait_output(TITLE, stream="stderr")
    failed_state(place)
    reload(change_back)
    node.wait_output("Citus can connect to its own node again", stream="stderr")
    wait_until(lambda: state_of(place)["state"] == "ready", node.output)
    assert node.stdout.count("citus-init: database system is ready") == 1
    assert node.stop() == 0


def test_a_worker_that_citus_does_not_reach_is_not_ready_at_its_next_start(mesh):
    mesh.start_all()
    assert mesh.nodes["w1"].stop() == 0
    mesh.start("w1", CITUS_GUC_CITUS__NODE_CONNINFO="sslmode=verify-full sslrootcert=/etc/hostname")
    node = mesh.nodes["w1"]
    node.wait_output(TITLE, stream="stderr")
    assert "at w1:5432" in failed_state(mesh.places["w1"])["reason"]
    assert node.stop() == 0
    mesh.start("w1")
    mesh.nodes["w1"].wait_ready()


@pytest.mark.parametrize("way", [WITH_CERTIFICATES, WITH_PASSWORD], ids=["certificates", "password"])
def test_a_start_connects_to_its_own_node_once(start, way):
    _, node = start(**{**way, "CITUS_GUC_LOG_CONNECTIONS": "on"})
    node.wait_ready()
    daemons = re.findall(r"\[(\d+)\] LOG:  starting maintenance daemon", node.stderr)  # connects, too, for prepared transactions
    connections = re.findall(r"connection authorized: .*application_name=citus_internal(?: gpid=10*(\d+))?", node.stderr)
    assert len([pid for pid in connections if pid not in daemons]) == 1
    assert node.stop() == 0
