"""Fixtures: a member that PID 1 runs, the only one of its cluster."""
import pytest

from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd

# What Patroni takes at least since version 4.
TIMES = {"CITUS_PATRONI_TTL": "20", "CITUS_PATRONI_LOOP_WAIT": "10", "CITUS_PATRONI_RETRY_TIMEOUT": "5"}


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["etcd", "c"], subnet="10.231.12") as networks, Etcd(networks, "etcd"):
        yield networks


@pytest.fixture(name="member")
def fixture_member(networks, programs, request):
    """One that is not started yet, the only one of its cluster."""
    scope = request.node.name.replace("_", "-").replace("[", "-").replace("]", "")
    with HaNode(networks, "c", programs, PATRONI_SCOPE=scope) as member:
        try:
            yield member
        finally:
            if member.node:
                print(member.log())


@pytest.fixture(name="leader")
def fixture_leader(member):
    member.start(**TIMES)
    member.wait_ready()
    return member
