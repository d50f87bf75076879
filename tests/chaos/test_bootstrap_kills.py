"""First starts, killed at random moments with everything that they started: the next start completes what it finds, or
refuses it, and whatever is served is whole.

CITUS_INIT_KILLS: how many (3). CITUS_INIT_CHAOS_SEED: which moments.
"""
# pylint: disable=redefined-outer-name
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from support.node import READY_LINE, Place
from support.node_fixtures import DATA, PASSWORD, SERVER
from support.pid_namespace import wait_until

KILLS = int(os.environ.get("CITUS_INIT_KILLS", "3"))
SEED = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
DEADLINE = 120
COMPLETED, REFUSED = "completed", "refused"
WHOLE = """SELECT (SELECT string_agg(seen, '+') FROM once),
                  (SELECT count(*) FROM pg_extension WHERE extname = 'citus'),
                  (SELECT count(*) FROM pg_dist_node WHERE groupid = 0)"""


class FirstStart:
    """A place in memory where a node is started for the first time, again and again."""

    def __init__(self, place, programs):
        self.place = place
        self.disk = place.path / "disk"
        self.was_served = False
        place.data, self.wal = self.disk / "data", self.disk / "wal"
        place.init_file("1.sql", "CREATE TABLE once (seen text); INSERT INTO once VALUES ('sql');")
        place.init_file("2.sh", "\"${psql[@]}\" -c \"INSERT INTO once VALUES ('sh')\"")
        self.settings = {
            "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app", "POSTGRES_INITDB_ARGS": "--no-sync --auth-host=scram-sha-256",
            "CITUS_ENABLE": "true", "CITUS_PG_BINDIR": programs, "CITUS_NODE_HOST": "127.0.0.1"}

    def __enter__(self):
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=777", "tmpfs", self.disk], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.disk], check=True)

    @property
    def token(self):
        """In the data directory, from when it was served."""
        return self.place.data / "served"

    def empty(self, own_wal_directory):
        self.was_served = False
        for entry in self.disk.iterdir():
            shutil.rmtree(entry)
        self.settings["POSTGRES_INITDB_WALDIR"] = str(self.wal) if own_wal_directory else None

    def start(self):
        return self.place.start(*SERVER, **self.settings)

    def phase(self):
        """How far the bootstrap came, as its marker has it; None without a marker."""
        marker = self.place.data / "citus_init.bootstrap.json"
        return json.loads(marker.read_text())["phase"] if marker.exists() else None


def expect_whole(first, node):
    """Everything that clients were promised, over the network and with the password."""
    answer = node.psql(WHOLE, database="app", host="127.0.0.1", password=PASSWORD, check=False)
    assert answer == "sql+sh|1|1", (answer, node.output())
    refused = node.psql("SELECT 1", database="app", host="127.0.0.1", password="another", check=False)
    assert "password authentication failed" in refused, refused
    assert first.phase() is None
    assert not [name for name in first.place.listing() if name.startswith("citus_init.")]
    marker = json.loads((first.place.data / "citus_init" / "marker.json").read_text())
    assert marker["citus"] and marker["database"] == "app", marker
    assert "until the init files have run" not in (first.place.data / "postgresql.conf").read_text()
    assert first.token.exists() or not first.was_served, "what clients have used was made anew"


def expect_refusal(first, node):
    """Only where the user's own files have begun, with the documented code."""
    assert node.wait() == DATA, node.output()
    assert first.phase() == "init_scripts", node.output()
    assert READY_LINE not in node.stdout, node.output()
    return REFUSED


def kill(first, after):
    """What became of a start that was killed so many seconds after its beginning."""
    with first.start() as node:
        try:
            node.process.wait(after)
            return expect_refusal(first, node)
        except subprocess.TimeoutExpired:
            node.signal(signal.SIGKILL)
            node.wait()
        if READY_LINE not in node.stdout:
            return f"killed in {first.phase() or 'no bootstrap'}"
        assert first.phase() is None, node.output()
        first.was_served = True
        first.token.touch()
        return "killed while served"


def leave_alone(first):
    """What becomes of a start that nobody disturbs."""
    with first.start() as node:
        wait_until(lambda: READY_LINE in node.stdout or node.process.poll() is not None, node.output, DEADLINE)
        if READY_LINE not in node.stdout:
            return expect_refusal(first, node)
        expect_whole(first, node)
        assert node.stop() == 0, node.output()
        return COMPLETED


@pytest.fixture
def first(programs):
    with Place() as place, FirstStart(place, programs) as first:
        yield first


def test_a_bootstrap_killed_at_random_moments(first, record_property):
    chance, outcomes = random.Random(SEED), []
    began = time.monotonic()
    assert leave_alone(first) == COMPLETED
    usual = time.monotonic() - began
    while sum(outcome.startswith("killed") for outcome in outcomes) < KILLS:
        first.empty(own_wal_directory=chance.random() < 0.25)
        outcomes.append(kill(first, chance.uniform(0, usual)))
        while outcomes[-1] not in (COMPLETED, REFUSED):
            if chance.random() < 0.5:
                outcomes.append(kill(first, chance.uniform(0, usual)))
                continue
            began = time.monotonic()
            outcomes.append(leave_alone(first))
            if outcomes[-1] == COMPLETED:  # the machine's load changes
                usual = max(time.monotonic() - began, usual / 2)
    figures = f"seed {SEED}: {dict(collections.Counter(outcomes))}"
    record_property("figures", figures)
    print(figures)
