"""A cluster under Patroni that is saved: two groups of two members, one repository."""
import contextlib
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from support.ha_cluster import HaCluster
from support.ha_node import least_ttl
from support.pid_namespace import wait_until
from support.repository import Repository, gate_pgbackrest
from support.scratch import SCRATCH

SETTINGS = {"CITUS_PATRONI_TTL": least_ttl(15), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3",
            "CITUS_EXPECTED_WORKER_GROUPS": "1", "CITUS_BACKUP_FULL_EVERY": "7d", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "shop",
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

    def wait_archived(self, group):
        node = self.leading(group)
        wait_archived(node)
        assert archiving(node)["stanza"] == f"shop-{group}"

    def verb(self, node, *arguments, code=0):
        done = node.node.inside("citus-init", *arguments, check=False, environment=node.settings)
        assert done.returncode == code, f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}{self.logs()}"
        return done.stdout + (done.stderr if code else "")

    @contextlib.contextmanager
    def calling(self, node, *arguments):
        """A verb under way."""
        with subprocess.Popen(
                ["nsenter", "--target", str(node.node.process.pid), "--mount", "--net", "--ipc", "citus-init", *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={"PATH": f"{node.place.programs}:/usr/bin:/bin:/usr/sbin:/sbin", **node.settings}) as process:
            yield process
            process.kill()

    def counts(self):
        """How many points, and base backups of each group."""
        listing = json.loads(self.verb(self.leading(0), "backups", "-o", "json"))
        return len(listing["points"]), [len(stanza["backups"]) for stanza in listing["stanzas"]]

    def kill(self, node):
        """As the engine does with `docker kill`."""
        os.kill(node.node.pid1, signal.SIGKILL)
        wait_until(lambda: node.node.process.poll() is not None, f"the end of {node.name}")


def archiving(node):
    return node.state().get("archiving")


def wait_archived(node):
    node.wait(lambda: (archiving(node) or {"condition": "none yet"}).get("condition") is None, "archiving", 90)


@contextlib.contextmanager
def backed_up(kind, programs, is_real):
    """One of the `kind`, BackedUp or what derives from it, that is whole."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path:
        os.chmod(path, 0o755)
        with kind(programs, is_real, Repository(Path(path) / "backup")) as cluster:
            cluster.wait_whole(240)
            yield cluster
