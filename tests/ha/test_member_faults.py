"""A second member that does not belong: another's name, another cluster's data, another secret."""
import pytest

from support.ha_node import HaNode, patroni_version
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
IDENTITY = 76  # docs/exit-codes.md
TIMES = {"CITUS_PATRONI_TTL": "20", "CITUS_PATRONI_LOOP_WAIT": "5", "CITUS_PATRONI_RETRY_TIMEOUT": "5"}


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["etcd", "c", "d"], subnet="10.231.14") as networks, Etcd(networks, "etcd"):
        yield networks


@pytest.fixture(name="leader", scope="module")
def fixture_leader(networks, programs):
    with HaNode(networks, "c", programs, **TIMES) as member:
        member.start()
        member.wait_ready()
        yield member


@pytest.fixture(name="other")
def fixture_other(networks, programs, leader):
    """A container of its own, which is not started yet."""
    with HaNode(networks, "d", programs, **TIMES) as member:
        yield member
    assert leader.rest("/primary") == "200" and leader.state()["state"] == "ready", leader.log()


@pytest.mark.skipif(patroni_version() < (3, 3), reason="Patroni below 3.3 does not check whether its name is taken")
def test_two_members_of_one_name_do_not_run_beside_each_other(other):
    other.start(PATRONI_NAME="c")
    other.node.wait_output("there is already a node named", stream="stderr")
    other.wait(lambda: "already a node named" in str(other.state()), "health reports it")
    assert other.state()["state"] != "ready"
    assert other.stop() == 0


def test_data_of_another_cluster_is_refused(other):
    other.start(PATRONI_SCOPE="elsewhere")
    other.wait_ready()
    assert other.stop() == 0
    other.start()
    assert other.node.wait() == IDENTITY, other.log()
    assert 'is of group 0 of the cluster "elsewhere"' in other.log()
    # As of a Patroni without citus-init: the store knows.
    (other.pgdata / "citus_init/member.json").unlink()
    other.start()
    assert other.node.wait() == IDENTITY, other.log()
    assert "belongs to a different cluster" in other.log()


def test_a_member_with_another_secret_never_becomes_ready(other):
    other.start(CITUS_CLUSTER_SECRET="5e1f00d2c3b4a5968778695a4b3c2d1e")
    other.node.wait_output("certificate verify failed", stream="stderr")
    assert other.state()["state"] != "ready"
    assert other.stop() == 0
