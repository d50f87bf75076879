"""A repository host under Patroni: each group is backed up from its leader, also after a failover."""
# pylint: disable=redefined-outer-name
import contextlib
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
from support.tier import nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              needs_pgbackrest, pytest.mark.xdist_group(__name__)]

SETTINGS = {"CITUS_PATRONI_TTL": least_ttl(15), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3",
            "CITUS_EXPECTED_WORKER_GROUPS": "1", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "shop",
            "CITUS_BACKUP_REPO": "pgbackrest://backup", "CITUS_BACKUP_CIPHER_PASS": "correct horse"}


class Cluster(HaCluster):
    """Beside its members it has the address of the repository host, `backup`."""

    def __init__(self, programs, is_real, **settings):
        super().__init__(programs, is_real, {0: ("c1",), 1: ("a1", "a2")}, **SETTINGS, **settings)
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


@contextlib.contextmanager
def saved_by_a_host(programs, is_real, **settings):
    """A cluster of two groups and the host that has its repository."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, \
            RepositoryHost(Repository(Path(path) / "backup"), CITUS_CLUSTER_SECRET=SECRET, CITUS_NODE_HOST="backup",
                           CITUS_BACKUP_LISTEN=":8432", CITUS_BACKUP_CIPHER_PASS="correct horse") as owner, \
            Cluster(programs, is_real, **settings) as cluster:
        os.chmod(path, 0o755)
        networks = cluster.networks
        with owner.place.start("repository-host", network=networks.namespace("backup"), PGDATA=None,
                               mounts={networks.hosts: "/etc/hosts"}, **owner.settings) as host:
            wait_healthy(host)
            cluster.wait_leaders()
            yield cluster, host
            assert host.stop() == 0


def test_the_leader_is_backed_up_before_and_after_a_failover(programs, is_real):
    with saved_by_a_host(programs, is_real) as (cluster, host):
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


@nightly
def test_a_cluster_that_saves_itself_there_is_restored_from_there(programs, is_real):
    rows = "SELECT string_agg(v, ' ' ORDER BY v) FROM public.kept"
    with saved_by_a_host(programs, is_real, CITUS_BACKUP_FULL_EVERY="7d") as (cluster, _):
        first = cluster.nodes["c1"]
        first.node.wait_output("scheduled backup is made: 2 full", stream="stderr", deadline=120)
        leaders = [cluster.nodes[cluster.wait_leader(group)] for group in (0, 1)]
        for text in ("before", "later"):
            for node in leaders:
                node.sql("SET citus.enable_ddl_propagation = off; CREATE TABLE IF NOT EXISTS public.kept (v text); "
                         f"INSERT INTO public.kept VALUES ('{text}')")
            if text == "before":
                cluster.verb("c1", "restore-point", "wanted")
        for node in cluster.nodes.values():
            assert node.stop() == 0, node.log()
            node.forget()
        for node in cluster.nodes.values():
            node.settings |= {"PATRONI_SCOPE": "again", "CITUS_RESTORE": "wanted"}
            node.start()
        cluster.wait_leaders()
        for node in cluster.nodes.values():
            node.wait(lambda node=node: node.sql(rows) == "before", "its rows", 120)
        replica = cluster.nodes[cluster.replica(1)]
        assert "replica has been created using pgbackrest" in replica.node.stderr, replica.log()
