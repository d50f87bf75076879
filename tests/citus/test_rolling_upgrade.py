"""A cluster whose nodes get a newer Citus one after the other, under load.

CITUS_INIT_OLD_PG_BINDIR has the same PostgreSQL as PG_BINDIR with an older Citus.
"""
import os
import secrets

import pytest

from support.loopback_cluster import Cluster
from support.node import Place
from support.pid_namespace import wait_until
from support.transfers import Transfers
from support.tier import nightly

SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync",
            "CITUS_AUTO_UPGRADE": "major", "CITUS_STOP_PAUSE": "true", "CITUS_STOP_PAUSE_LONGEST": "60s",
            "CITUS_GUC_LOG_MIN_MESSAGES": "notice"}
# What citus_finish_citus_upgrade() says where the release has no step of its own; it leaves last_upgrade_version then.
NO_STEP = "already at the latest distributed schema version"
VERSION = "SELECT extversion FROM pg_extension WHERE extname = 'citus'"


@pytest.fixture
def cluster(programs, is_real):
    old = os.environ.get("CITUS_INIT_OLD_PG_BINDIR")
    if not old or not is_real:
        pytest.skip("needs real Citus and, in CITUS_INIT_OLD_PG_BINDIR, the programs of the same "
                    "PostgreSQL with an older one")
    with Place() as one, Place() as two, Place() as three, Place() as four:
        made = Cluster((one, two, three, four), old, 80,
                       settings={**SETTINGS, "CITUS_CLUSTER_SECRET": secrets.token_hex(32)})
        made.new = programs
        yield made


def own_lines(node):
    return "\n".join(line for line in node.stderr.splitlines() if "citus-init" in line)


def joined(cluster, nodes):
    return cluster.psql(nodes[0], "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive") == "3"


def replace(cluster, nodes, index):
    """Another image on the same volume."""
    assert nodes[index].stop(deadline=60) == 0
    nodes[index].__exit__(None, None, None)
    nodes[index] = cluster.start(index, CITUS_PG_BINDIR=cluster.new)
    nodes[index].wait_ready()


@pytest.mark.parametrize("order", [(1, 2, 3, 0), pytest.param((0, 3, 2, 1), marks=nightly)], ids=["workers first", "coordinator first"])
def test_every_transfer_is_whole(cluster, order):
    nodes = [cluster.start(index) for index in range(4)]
    try:
        nodes[0].wait_ready()
        wait_until(lambda: joined(cluster, nodes), nodes[0].output, 120)
        before = cluster.psql(nodes[0], VERSION)
        connection = {"host": cluster.hosts[0], "port": cluster.port, "user": "postgres", "password": "secret"}
        with Transfers(connection) as transfers:
            wait_until(lambda: transfers.committed > 20, lambda: transfers.failures)
            spans = {}
            for index in order:
                first = len(transfers.failures)
                replace(cluster, nodes, index)
                committed = transfers.committed
                wait_until(lambda count=committed: transfers.committed > count + 20, lambda: transfers.failures[-3:], 120)
                spans[index] = transfers.failures[first:]
        assert transfers.is_exact()  # not before: a query over several shards has no common snapshot
        print({index: failures for index, failures in spans.items() if failures}, transfers.committed)
        after = [cluster.psql(node, VERSION) for node in nodes]
        assert len(set(after)) == 1 and after[0] != before
        wait_until(lambda: NO_STEP in nodes[0].stderr or cluster.psql(
            nodes[0], "SELECT metadata->>'last_upgrade_version' FROM pg_dist_node_metadata") == after[0],
                   lambda: own_lines(nodes[0]), 90)
        assert transfers.is_exact()
        # Clients of the coordinator lose their connection when it is replaced; a worker's stop only delays them.
        for index, failures in spans.items():
            assert index == 0 or not failures, failures
    finally:
        for node in nodes:
            node.__exit__(None, None, None)
