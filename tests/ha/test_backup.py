"""Archiving and backups of a cluster under Patroni: two groups of two members, one repository."""
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from support.ha_cluster import HaCluster
from support.ha_node import least_ttl
from support.patroni_member import what_is_missing
from support.pid_namespace import wait_until
from support.repository import Repository, gate_pgbackrest

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              pytest.mark.skipif(not shutil.which("pgbackrest"), reason="pgbackrest is not installed")]

SETTINGS = {"CITUS_PATRONI_TTL": least_ttl(15), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3",
            "CITUS_EXPECTED_WORKER_GROUPS": "1", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "shop",
            "CITUS_BACKUP_CIPHER_PASS": "correct horse", "CITUS_BACKUP_OPTIONS": "compress-type=none repo1-bundle=y"}


class BackedUp(HaCluster):
    """Its pgBackRest fails to archive where a test has made the file `broken`."""

    def __init__(self, programs, is_real, repository):
        super().__init__(programs, is_real, {0: ("c1", "c2"), 1: ("a1", "a2")}, CITUS_BACKUP_REPO=repository.setting,
                         **SETTINGS)
        self.repository = repository

    def member(self, name, group):
        node = super().member(name, group)
        gate_pgbackrest(node.place)
        return node

    def leading(self, group):
        return self.nodes[self.wait_leader(group)]

    def following(self, group):
        return self.nodes[self.replica(group)]

    def wait_archived(self, group, deadline=90):
        node = self.leading(group)
        node.wait(lambda: (archiving(node) or {"condition": {"code": "none yet"}}).get("condition") is None,
                  f"archiving of group {group} ({archiving(node)})", deadline)
        assert archiving(node)["stanza"] == f"shop-{group}"

    def kill(self, node):
        """As the engine does with `docker kill`."""
        os.kill(node.node.pid1, signal.SIGKILL)
        wait_until(lambda: node.node.process.poll() is not None, f"the end of {node.name}")


def archiving(node):
    return node.state().get("archiving")


def switch_wal(node):
    """The name of the segment that ends with it."""
    return node.sql("SELECT pg_create_restore_point('x'); SELECT pg_walfile_name(pg_switch_wal())").splitlines()[-1]


@pytest.fixture(scope="module")
def cluster(programs, is_real):
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir="/tmp") as path:
        os.chmod(path, 0o755)
        with BackedUp(programs, is_real, Repository(Path(path) / "backup")) as whole:
            whole.wait_whole(240)
            yield whole


def test_the_leader_archives_and_after_a_failover_the_next_one_without_a_gap(cluster):
    for group in (0, 1):
        cluster.wait_archived(group)
        replica = cluster.following(group)
        assert archiving(replica) is None and "archiv" not in replica.state()["reason"]
        assert f"--stanza=shop-{group} archive-get" in replica.sql("SHOW restore_command")
        assert (replica.patroni_directory / "pgbackrest.conf").stat().st_mode & 0o777 == 0o600
    old, successor = cluster.leading(1), cluster.following(1)
    (old.place.programs / "broken").touch()
    lost = [switch_wal(old) for _ in range(3)]
    old.wait(lambda: "No space left on device" in archiving(old).get("text", ""), "the failure")
    successor.wait(lambda: (successor.pgdata / f"pg_wal/archive_status/{lost[-1]}.done").exists(), "its WAL")
    assert not set(lost) & set(cluster.repository.segments("shop-1"))
    cluster.kill(old)
    assert cluster.wait_leader(1, other_than=old.name) == successor.name
    cluster.wait_archived(1)
    later = switch_wal(successor)
    assert later.startswith("00000002")
    wait_until(lambda: {*lost, later} <= set(cluster.repository.segments("shop-1")), lambda: successor.log())
    assert "WAL files that were received as a replica are archived, too" in successor.node.stderr
    assert sorted(stanza.name for stanza in cluster.repository.path.glob("archive/*")) == ["shop-0", "shop-1"]
    (old.place.programs / "broken").unlink()
    cluster.restart(old.name)
    cluster.wait_whole()
    assert archiving(old) is None
