"""A repository host under Patroni: each group is backed up from its leader, also after a failover."""
# pylint: disable=redefined-outer-name
import os
import signal
import tempfile
from pathlib import Path

import pytest

from support.ha_cluster import HaCluster
from support.ha_node import SECRET, least_ttl
from support.networks import Networks
from support.patroni_member import what_is_missing
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import pids_of, wait_until
from support.repository import Repository
from support.repository_host import RepositoryHost, wait_healthy
from support.scratch import SCRATCH

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              needs_pgbackrest, pytest.mark.xdist_group(__name__)]

SETTINGS = {"CITUS_PATRONI_TTL": least_ttl(15), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3",
            "CITUS_EXPECTED_WORKER_GROUPS": "1", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "shop",
            "CITUS_BACKUP_REPO": "pgbackrest://backup", "CITUS_BACKUP_CIPHER_PASS": "correct horse"}


class Cluster(HaCluster):
    """Beside its members it has the address of the repository host, `backup`."""

    def __init__(self, programs, is_real):
        super().__init__(programs, is_real, {0: ("c1",), 1: ("a1", "a2")}, **SETTINGS)
        self.networks = Networks(["c1", "a1", "a2", "etcd", "client", "backup"])

    def wait_leaders(self):
        for group in self.groups:
            leader = self.nodes[self.wait_leader(group)]
            leader.wait(lambda node=leader: (node.state().get("archiving") or {"condition": 1}).get("condition") is None,
                        "archiving", 120)

    def verb(self, name, *arguments):
        done = self.nodes[name].node.inside("citus-init", *arguments, check=False, environment=self.nodes[name].settings)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}{self.logs()}"
        return done.stdout


def test_the_leader_is_backed_up_before_and_after_a_failover(programs, is_real):
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, \
            RepositoryHost(Repository(Path(path) / "backup"), CITUS_CLUSTER_SECRET=SECRET, CITUS_NODE_HOST="backup",
                           CITUS_BACKUP_LISTEN=":8432", CITUS_BACKUP_CIPHER_PASS="correct horse") as owner, \
            Cluster(programs, is_real) as cluster:
        os.chmod(path, 0o755)
        networks = cluster.networks
        with owner.place.start("repository-host", network=networks.namespace("backup"), PGDATA=None,
                               mounts={networks.hosts: "/etc/hosts"}, **owner.settings) as host:
            wait_healthy(host)
            cluster.wait_leaders()
            old, successor = cluster.nodes[cluster.wait_leader(1)], cluster.nodes[cluster.replica(1)]
            cluster.verb("c1", "backup", "--type", "full", "--name", "first")
            for group, node in ((0, "c1"), (1, old.name)):
                assert f"base backup (full) of the stanza shop-{group} from {node}:8432 is complete" in host.output()
            assert not pids_of(successor.node, "pgbackrest", "server"), "a replica is not backed up"
            os.kill(old.node.pid1, signal.SIGKILL)
            assert cluster.wait_leader(1, other_than=old.name) == successor.name
            cluster.wait_leaders()
            wait_until(lambda: f"1|{successor.name}" in cluster.nodes["c1"].sql(
                "SELECT groupid, nodename FROM pg_dist_node WHERE noderole = 'primary'"), cluster.logs)
            cluster.verb("c1", "backup", "--name", "second")
            assert f"of the stanza shop-1 from {successor.name}:8432 is complete" in host.output()
            assert host.stop() == 0
