"""Backups and restores, killed at random moments: what counts afterwards is whole, and the next one completes.

CITUS_INIT_KILLS: how many of each (50). CITUS_INIT_CHAOS_SEED: which moments.
"""
# pylint: disable=redefined-outer-name,unused-import
import collections
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from support.citus_node import free_port
from support.node import READY_LINE, Place
from support.node_fixtures import FAST, SERVER, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import pids_of, wait_until
from support.repository import Repository, wait_archived
from support.scratch import SCRATCH
from support.tier import nightly

pytestmark = [nightly, needs_pgbackrest]

KILLS = int(os.environ.get("CITUS_INIT_KILLS", "50"))
SEED = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
DEADLINE = 120
ROWS = "SELECT count(*), min(v), max(v) FROM saved_rows"


class Server:
    """One without Citus that archives, its repository, and its verbs."""

    def __init__(self, directory, template):
        self.template, self.port = template, str(free_port("127.0.0.1"))
        self.settings = {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "PGPORT": self.port, **FAST,
                         "CITUS_BACKUP_REPO": Repository(directory / "backup").setting,
                         "CITUS_BACKUP_OPTIONS": "compress-type=none repo1-bundle=y", "CITUS_BACKUP_RETENTION_FULL": "9"}

    def start(self, place, **settings):
        return place.start(*SERVER, "-c", "listen_addresses=", network="host", **{**self.settings, **settings})

    def verb(self, node, *arguments, check=True):
        return node.inside("citus-init", *arguments, environment={**self.settings, "PGDATA": str(node.place.data)}, check=check)

    def sql(self, node, statement):
        return node.inside("psql", "-XAtq", "-U", "postgres", "-p", self.port, "-c", statement).stdout.strip()

    def points(self, node):
        """The names of those that can be restored, oldest first."""
        listing = json.loads(self.verb(node, "backups", "-o", "json").stdout)
        assert all(point["restorable"] for point in listing["points"]), listing
        return [point["name"] for point in reversed(listing["points"])]

    def caller(self, node, *arguments):
        """A verb under way, which is the process itself."""
        return subprocess.Popen(  # pylint: disable=consider-using-with
            ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc", "citus-init", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": f"{node.place.programs}:/usr/bin:/bin:/usr/sbin:/sbin", **self.settings, "PGDATA": str(node.place.data)})


@pytest.fixture
def server(template):
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path:
        os.chmod(path, 0o755)
        yield Server(Path(path), template)


def report(what, outcomes, record_property):
    figures = f"{what}, seed {SEED}: {dict(collections.Counter(outcomes))}"
    record_property("figures", figures)
    print(figures)


def kill_backup(server, node, victim, name, after):
    """What came of it."""
    caller = server.caller(node, "backup", "--type", "incr", "--name", name)
    try:
        caller.wait(after)
        return "was over"
    except subprocess.TimeoutExpired:
        pids = [caller.pid] if victim == "caller" else pids_of(node, *({"agent": ["agent"], "pgbackrest": ["backup"]}[victim]))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return f"{victim} killed" if pids else f"no {victim} yet"
    finally:
        caller.wait(DEADLINE)


def test_backups_that_are_killed_leave_nothing_that_does_not_count(server, record_property):
    chance, outcomes = random.Random(SEED), []
    with Place() as original:
        node = server.start(original.adopt(server.template)).__enter__()
        try:
            node.wait_ready()
            wait_archived(node)
            server.sql(node, "CREATE TABLE saved_rows (v int PRIMARY KEY)")
            server.verb(node, "backup", "--type", "full", "--name", "p0")
            began = time.monotonic()
            server.verb(node, "backup", "--name", "p00")
            usual, number = time.monotonic() - began, 0
            while sum(outcome.endswith("killed") for outcome in outcomes) < KILLS:
                number += 1
                server.sql(node, f"INSERT INTO saved_rows VALUES ({number})")
                victim = chance.choice(["caller", "agent", "pgbackrest", "node"])
                if victim == "node":
                    with server.caller(node, "backup", "--type", "incr", "--name", f"p{number}") as caller:
                        wait_until(lambda end=time.monotonic() + chance.uniform(0, usual): time.monotonic() > end, "the moment")
                        node.stop(signal.SIGKILL)
                        caller.wait(DEADLINE)
                    node.__exit__(None, None, None)
                    node = server.start(original).__enter__()
                    node.wait_ready()
                    outcomes.append("node killed")
                else:
                    outcomes.append(kill_backup(server, node, victim, f"p{number}", chance.uniform(0, usual)))
                # Whatever counts now can be restored, and the next one works.
                wait_until(lambda: server.verb(node, "backup", "--name", f"then{number}", check=False).returncode == 0,
                           node.output, DEADLINE)
                assert server.points(node)[-1] == f"then{number}"
            points = server.points(node)
            assert node.stop() == 0
        finally:
            node.__exit__(None, None, None)
    for point in chance.sample(points, 3) + points[-1:]:
        with Place() as other, server.start(other, CITUS_RESTORE=point, CITUS_RESTORE_FROM="app", CITUS_BACKUP_NAME="copy") as node:
            node.wait_ready()
            saved = int("".join(filter(str.isdigit, point)) or 0)
            count, first, last = (int(value or 0) for value in server.sql(node, ROWS).split("|"))
            assert count == saved and (count == 0 or (first, last) == (1, saved)), (point, count, first, last)
            assert node.stop() == 0
    report("backups", outcomes, record_property)


def test_restores_that_are_killed_go_on(server, record_property):
    chance, outcomes = random.Random(SEED), []
    with Place() as original, server.start(original.adopt(server.template)) as node:
        node.wait_ready()
        wait_archived(node)
        server.sql(node, "CREATE TABLE saved_rows (v int); INSERT INTO saved_rows SELECT generate_series(1, 1000)")
        server.verb(node, "backup", "--name", "first")
        server.sql(node, "INSERT INTO saved_rows VALUES (0)")
        assert node.stop() == 0
    usual = 10.0
    while sum(outcome != "complete" for outcome in outcomes) < KILLS:
        with Place() as other:
            settings = {"CITUS_RESTORE": "first", "CITUS_RESTORE_FROM": "app", "CITUS_BACKUP_NAME": f"copy{len(outcomes)}"}
            while True:
                began = time.monotonic()
                with server.start(other, **settings) as node:
                    if chance.random() < 0.75:
                        wait_until(lambda end=began + chance.uniform(0, usual): time.monotonic() > end, "the moment")
                        node.stop(signal.SIGKILL)
                        record = other.data / "citus_init.restore.json"
                        outcomes.append(json.loads(record.read_text())["phase"] if record.exists() else "before or after")
                        continue
                    node.wait_output(READY_LINE, stream="stdout", deadline=DEADLINE)
                    usual = max(time.monotonic() - began, usual / 2)
                    assert server.sql(node, ROWS) == "1000|1|1000"
                    assert not [name for name in other.listing() if name.startswith("citus_init.")]
                    assert node.stop() == 0
                    outcomes.append("complete")
                    break
    report("restores", outcomes, record_property)
