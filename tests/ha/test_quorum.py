"""Quorum commit: a group of three members, of which any one replica has what is acknowledged (Patroni 4)."""
import os
import signal

import pytest

from support.ha_node import HaNode, patroni_version
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing

MISSING = what_is_missing() or (patroni_version() < (4,) and "Patroni has quorum commit since version 4")
pytestmark = pytest.mark.skipif(bool(MISSING), reason=str(MISSING))

NAMES = ("c1", "c2", "c3")


@pytest.fixture(name="members")
def fixture_members(programs):
    with Networks(["etcd", *NAMES], subnet="10.231.17") as networks, Etcd(networks, "etcd"):
        members = [HaNode(networks, name, programs, CITUS_SYNCHRONOUS_MODE="quorum") for name in NAMES]
        try:
            yield members
        finally:
            for member in members:
                member.__exit__()


def wait_line(member, text):
    member.wait(lambda: text in str(member.state().get("membership")), f"{text}: {member.state()}", 60)


def test_both_replicas_count_and_one_is_enough(members):
    first, second, third = members
    for member in members:
        member.start()
        member.wait_ready()
    wait_line(first, "leader of group 0, 2 replicas, synchronous: c2, c3")
    for replica in (second, third):
        wait_line(replica, "replica of c1 in group 0")
        wait_line(replica, ", synchronous")
    assert first.sql("SHOW synchronous_standby_names").startswith("ANY 1 (")
    done = first.node.inside("citus-init", "status", environment=first.settings, check=False)
    assert done.returncode == 0 and "degraded" not in done.stdout, done.stdout + done.stderr

    os.kill(third.node.pid1, signal.SIGKILL)
    first.sql("CREATE TABLE still ()")
    wait_line(first, "leader of group 0, 1 replica, synchronous: c2")
    assert first.state()["state"] == "ready" and "degraded" not in str(first.state())

    os.kill(first.node.pid1, signal.SIGKILL)
    second.wait_leader()
    second.wait_ready()
    wait_line(second, "leader of group 0, no replica")
    assert second.sql("SELECT to_regclass('still')") == "still"
    assert second.stop() == 0, second.log()
