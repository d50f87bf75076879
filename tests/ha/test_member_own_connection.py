"""A member that leads is ready only while Citus reaches its own node, as a node without Patroni."""
import pytest

from support.ha_pair import HaPair
from support.patroni_member import what_is_missing

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
TITLE = "Citus cannot connect to its own node"
DEADLINE = 90


@pytest.fixture(name="pair")
def fixture_pair(programs, is_real):
    if not is_real:
        pytest.skip("the stand-in connects to nobody")
    with HaPair(programs, "10.231.26") as pair:
        pair.start()
        yield pair


def test_a_leader_that_citus_does_not_reach_is_not_ready_and_its_replica_is(pair):
    leader = pair.leader()
    leader.sql("ALTER SYSTEM SET citus.node_conninfo = 'sslmode=verify-full sslrootcert=/etc/hostname'")
    leader.sql("SELECT pg_reload_conf()")
    leader.wait(lambda: TITLE in leader.state().get("reason", ""), "a leader that is not ready", DEADLINE)
    reason = leader.state()["reason"]
    assert "certificate" in reason and "citus.node_conninfo" in reason and leader.state()["state"] != "ready"
    leader.wait(lambda: TITLE in leader.log(), "a line in the log", DEADLINE)
    assert pair.replica_of(leader).state()["state"] == "ready"
    assert pair.leader() is leader  # Patroni is not asked to do anything about it
    leader.sql("ALTER SYSTEM RESET citus.node_conninfo")
    leader.sql("SELECT pg_reload_conf()")
    leader.wait(lambda: leader.state()["state"] == "ready", "a leader that is ready", DEADLINE)
