"""A replica that is cut off: from its primary, from etcd, from both. Writes go on, and it is reported and follows again."""
import pytest

from support.ha_pair import HaPair, PairWriter
from support.patroni_member import what_is_missing
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
NOT_FOLLOWING = ("it gets nothing from its leader", "the replica does not follow its leader yet")


@pytest.fixture(name="pair", scope="module")
def fixture_pair(programs):
    # A server whose packets are lost is given up after a minute otherwise.
    with HaPair(programs, "10.231.17", CITUS_GUC_WAL_RECEIVER_TIMEOUT="10s") as pair:
        pair.start()
        yield pair


def cut_and_healed(pair, replica, others, is_reported):
    """Until all of this is reported; what was acknowledged meanwhile is on both in the end."""
    leader = pair.replica_of(replica)
    with PairWriter(pair) as writer:
        for other in others:
            pair.networks.cut(replica.name, other)
        try:
            writer.wait_more()
            replica.wait(lambda: is_reported(*pair.health(replica)), "health reports it", 60)
            assert pair.health(replica, "--live")[0] == 0
            assert replica.sql("SELECT pg_is_in_recovery()") == "t" and pair.leader() is leader
            writer.wait_more()
        finally:
            for other in others:
                pair.networks.heal(replica.name, other)
        assert pair.wait_whole() == (leader, replica)
        writer.wait_more()
    print(f"cut from {others}: {writer.longest_gap():.1f} s at most between two writes")
    assert not writer.lost(leader)
    replica.wait(lambda: not writer.lost(replica), "all rows on the replica")


@nightly
def test_the_lead_can_be_handed_over_while_a_replica_counts_as_synchronous(pair):
    leader, replica = pair.wait_whole()
    for member in (leader, replica):
        assert pair.health(member, "--scope", "group")[0] == 0
    assert replica.stop() == 0, replica.log()
    leader.wait(lambda: pair.health(leader, "--scope", "group")[0] == 1, "no handover is possible")
    assert pair.health(leader)[0] == 0
    assert "no handover is possible: " + replica.name in pair.health(leader, "--scope", "group")[1]
    leader.wait(lambda: "synchronous" not in leader.state()["membership"], "that no replica counts")
    assert leader.stop() == 0, leader.log()
    assert "nobody takes the lead of group 0 over: " + replica.name in leader.node.stderr
    leader.start()
    replica.start()
    pair.wait_whole()
    assert pair.health(leader, "--scope", "group", "--wait", "10s")[0] == 0


@nightly
def test_a_replica_without_its_primary_is_not_ready(pair):
    leader, replica = pair.wait_whole()
    cut_and_healed(pair, replica, [leader.name], lambda code, said: code != 0 and any(
        text in said for text in NOT_FOLLOWING) and f"replica of {leader.name} in group 0" in said)


def test_a_replica_without_etcd_is_reported(pair):
    _, replica = pair.wait_whole()
    cut_and_healed(pair, replica, ["etcd"], lambda _, said: "no DCS: read only in group 0; degraded: etcd: GET" in said
                   and not any(text in said for text in NOT_FOLLOWING))


@nightly
def test_a_replica_without_anybody_is_not_promoted(pair):
    leader, replica = pair.wait_whole()
    cut_and_healed(pair, replica, [leader.name, "etcd"], lambda _, said: "no DCS: read only in group 0" in said)
