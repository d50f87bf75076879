"""Members whose superuser, or whose user in the system, is not "postgres"."""
import glob
import os

import pytest

from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

NAMELESS = (54320, 0)  # as OpenShift has it
WRAPPER = glob.glob("/usr/lib/*/libnss_wrapper.so")


@pytest.fixture(name="pair")
def fixture_pair(programs):
    with Networks(["etcd", "c1", "c2"], subnet="10.231.16") as networks, Etcd(networks, "etcd"):
        with HaNode(networks, "c1", programs) as leader, HaNode(networks, "c2", programs) as replica:
            yield leader, replica


def start(member, **options):
    member.start(**options)
    member.wait_ready()


def assert_follows(replica, leader):
    leader.wait(lambda: "1 replica, synchronous: c2" in str(leader.state()), "a synchronous replica", 60)
    replica.wait(lambda: "replica of c1 in group 0" in str(replica.state()), "that it knows whom it follows")
    for member in (replica, leader):
        assert member.stop() == 0, member.log()


def test_another_superuser(pair):
    for member in pair:
        start(member, POSTGRES_USER="App", POSTGRES_PASSWORD="0123")
        assert member.sql("SELECT current_user", user="App") == "App"
        done = member.node.inside("citus-init", "health", user="postgres", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    # Nobody else of the container comes in so.
    assert "Peer authentication failed" in pair[0].node.inside(
        pair[0].programs + "/psql", "-XAtq", "-U", "App", "-d", "citus", "-c", "SELECT 1", check=False).stderr
    assert_follows(pair[1], pair[0])


# A replica that is ahead of a new leader is not rewound without it.
def test_patroni_replicates_from_its_own_server_whatever_networks_are_allowed(pair):
    member = pair[0]
    start(member, CITUS_CLUSTER_SECRET=None, CITUS_INTERNODE_AUTH="password", POSTGRES_PASSWORD="0123",
          PATRONI_REPLICATION_PASSWORD="0456", PATRONI_REWIND_PASSWORD="0789", CITUS_ALLOWED_CIDR="10.231.16.0/24")
    done = member.node.inside(
        member.programs + "/psql", "-XAtq", "-d", "host=localhost user=replicator password=0456 replication=1",
        "-c", "IDENTIFY_SYSTEM", check=False)
    assert done.returncode == 0, done.stderr
    assert member.stop() == 0, member.log()


@nightly
@pytest.mark.skipif(not WRAPPER, reason="needs libnss-wrapper")
def test_a_uid_without_a_name(pair):
    for member in pair:
        for directory in (member.place.data, member.patroni_directory, member.place.run):
            directory.mkdir(exist_ok=True)
            os.chown(directory, *NAMELESS)
        start(member, user=NAMELESS, LD_PRELOAD=WRAPPER[0])
        with open(f"/proc/{member.postmaster()}/status", encoding="utf-8") as file:
            assert f"Uid:\t{NAMELESS[0]}\t" in file.read()
    assert_follows(pair[1], pair[0])
