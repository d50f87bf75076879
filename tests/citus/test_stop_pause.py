"""A worker that restarts, and the queries that need it wait (CITUS_STOP_PAUSE).

All of it needs real Citus: the stand-in sends no query to a worker, so there is nothing to hold.
"""
import os
import re
import threading
import time
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, SIGSTOP, SIGTERM

import pytest

from support.mesh import Mesh
from support.pid_namespace import children_of, wait_until

PAUSE = {"CITUS_STOP_PAUSE": "true"}
HELD = "SELECT citus_init.traffic_holder('w1', 5432) IS NOT NULL"
HOLDS = "the coordinator holds this node"
# A read of every shard, a write and a transaction over several tables, a reference table.
SCRIPT = """\\set a random(1, 1000)
\\set b random(1, 1000)
SELECT sum(n) FROM accounts;
SELECT n FROM accounts JOIN kinds ON true WHERE accounts.id = :a;
BEGIN;
UPDATE accounts SET n = n + 1 WHERE id = :a;
SELECT n FROM accounts WHERE id = :b;
INSERT INTO history VALUES (:b, 1);
END;
"""


@pytest.fixture
def mesh(programs, is_real):
    if not is_real:
        pytest.skip("the stand-in sends no query to a worker")
    with Mesh(programs) as fresh:
        yield fresh


def start(mesh, **settings):
    mesh.start_all(**{**PAUSE, **settings})
    mesh.sql("c", "CREATE TABLE accounts (id bigint PRIMARY KEY, n int)",
             "SELECT create_distributed_table('accounts', 'id', shard_count := 8)",
             "INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 1000) i",
             "CREATE TABLE history (id bigint, n int)", "SELECT create_distributed_table('history', 'id')",
             "CREATE TABLE kinds (id int PRIMARY KEY)", "SELECT create_reference_table('kinds')",
             "INSERT INTO kinds VALUES (1)")
    for name in ("w1", "w2"):
        wait_until(lambda of=name: "joined as group" in mesh.nodes[of].inside("citus-init", "health").stdout,
                   "it knows that it has joined")


class Bench:
    """pgbench on the coordinator until the context ends."""

    def __init__(self, mesh, script=SCRIPT, mode="simple"):
        self.mesh, self.mode, self.done = mesh, mode, None
        self.script = mesh.places["c"].file("bench.sql", script)
        self.thread = threading.Thread(target=self.run)

    def run(self):
        self.done = self.mesh.nodes["c"].inside(
            f"{self.mesh.programs}/pgbench", "-n", "-U", "postgres", "-f", str(self.script), "-c", "6", "-T", "12",
            "-M", self.mode, "-l", "--log-prefix", str(self.mesh.places["c"].path / "bench"), "postgres", check=False)

    def __enter__(self):
        self.thread.start()
        wait_until(lambda: self.mesh.sql("c", "SELECT count(*) >= 6 FROM pg_stat_activity "
                                         "WHERE application_name = 'pgbench'") == "t", "it runs")
        return self

    def __exit__(self, *_):
        self.thread.join()

    def slowest(self):
        """The latency of the slowest transaction, in seconds."""
        logs = self.mesh.places["c"].path.glob("bench.*")
        return max(int(line.split()[2]) for log in logs if log.suffix != ".sql"
                   for line in Path(log).read_text().splitlines()) / 1e6


def restart(mesh, name, **settings):
    assert mesh.nodes[name].stop() == 0
    before = mesh.nodes[name].output()
    mesh.start(name, **{**PAUSE, **settings}).wait_ready()
    return before


def wait_released(mesh, deadline=30):
    wait_until(lambda: mesh.sql("c", HELD) == "f", lambda: mesh.nodes["c"].output(), deadline)


def answer_in(mesh, sql):
    """(seconds, output)"""
    begin = time.monotonic()
    out = mesh.sql("c", sql)
    return time.monotonic() - begin, out


@pytest.mark.parametrize("mode", ["simple", "prepared"])
def test_a_rolling_restart_of_all_workers_fails_no_transaction(mesh, mode):
    longest = {"CITUS_STOP_PAUSE_LONGEST": "90s"}
    start(mesh, **longest)
    with Bench(mesh, mode=mode) as bench:
        for name in ("w1", "w2", "w1"):
            before = restart(mesh, name, **longest)
            assert HOLDS in before, before[-2000:]
            wait_released(mesh)
    assert bench.done.returncode == 0, bench.done.stderr
    assert re.search(r"failed transactions: 0 \(", bench.done.stdout), bench.done.stdout
    assert bench.slowest() < 60  # long before the limit
    assert mesh.sql("c", "SELECT (SELECT sum(n) FROM accounts) = (SELECT count(*) FROM history)") == "t"
    assert mesh.sql("c", "SELECT count(*) FROM pg_dist_node WHERE nodename IN ('w1', 'w2') AND "
                    "isactive AND metadatasynced") == "2"


def test_without_the_setting_nothing_is_asked(mesh):
    start(mesh, CITUS_STOP_PAUSE=None)
    assert mesh.nodes["w1"].stop() == 0
    assert "holding_traffic" not in mesh.nodes["w1"].output()
    assert mesh.sql("c", HELD) == "f"


def test_traffic_goes_on_when_the_worker_does_not_return(mesh):
    start(mesh, CITUS_STOP_PAUSE_LONGEST="3s")
    assert mesh.nodes["w1"].stop() == 0
    assert mesh.sql("c", HELD) == "t"
    taken, out = answer_in(mesh, "SELECT sum(n) FROM accounts")
    assert "w1" in out and taken < 60, (taken, out)
    wait_released(mesh)
    assert mesh.sql("c", "SELECT count(*) FROM pg_locks WHERE mode LIKE '%Exclusive%' AND database = "
                    "(SELECT oid FROM pg_database WHERE datname = 'postgres')") == "0"
    mesh.start("w1", **PAUSE).wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT sum(n) FROM accounts") == "0", "it is back")


def agent_of(node):
    return next(pid for pid in children_of(node.pid1)
                if b"\0agent\0" in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_an_agent_that_hangs_or_dies_while_it_asks_delays_no_stop(mesh):
    start(mesh)
    for number, least, most in ((SIGSTOP, 1.9, 30), (SIGKILL, 0, 30)):
        node, other = mesh.nodes["w1"], agent_of(mesh.nodes["w1"])
        os.kill(other, SIGSTOP)  # so that it has not yet answered
        begin = time.monotonic()
        node.signal(SIGTERM)
        node.wait_output("fast shutdown")
        os.kill(other, number)
        assert node.wait() == 0
        assert least <= time.monotonic() - begin < most
        assert HOLDS not in node.output() and mesh.sql("c", HELD) == "f"
        mesh.start("w1", **PAUSE).wait_ready()
        wait_until(lambda: mesh.sql("c", "SELECT sum(n) FROM accounts") == "0", "it is back")


class OpenTransaction:
    """One that has read a table, and reads it again at its end."""

    def __init__(self, mesh, seconds):
        self.mesh, self.seconds, self.out = mesh, seconds, None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        self.out = self.mesh.sql("c", "BEGIN; SELECT count(*) FROM kinds; "
                                 f"SELECT pg_sleep({self.seconds}); SELECT count(*) FROM kinds; COMMIT")

    def __enter__(self):
        self.thread.start()
        wait_until(lambda: self.mesh.sql(
            "c", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep' "
            "AND pid <> pg_backend_pid()") == "1", "it is open")
        return self

    def __exit__(self, *_):
        self.thread.join()


def test_a_transaction_in_the_way_is_not_failed_and_the_stop_is_in_time(mesh):
    start(mesh)
    with OpenTransaction(mesh, 20) as transaction:
        begin = time.monotonic()
        assert mesh.nodes["w1"].stop() == 0
        assert time.monotonic() - begin < 18
        # That the agent says so is seen where it answers before process 1 stops waiting for it.
        assert HOLDS not in mesh.nodes["w1"].output() and mesh.sql("c", HELD) == "f"
    assert transaction.out.split() == ["1", "1"], transaction.out


def test_a_second_signal_waits_for_nobody(mesh):
    start(mesh)
    with OpenTransaction(mesh, 20):
        begin = time.monotonic()
        node = mesh.nodes["w1"]
        node.signal(SIGTERM)
        node.wait_output("fast shutdown")
        node.signal(SIGINT)
        assert node.wait() == 0
        assert time.monotonic() - begin < 18
        assert HOLDS not in node.output() and "is not held while it stops" not in node.output()


def test_a_worker_that_returns_without_the_setting_lets_the_traffic_go(mesh):
    start(mesh, CITUS_STOP_PAUSE_LONGEST="60s")
    assert mesh.nodes["w1"].stop() == 0
    assert mesh.sql("c", HELD) == "t"
    mesh.start("w1").wait_ready()
    wait_released(mesh)


def test_an_immediate_stop_never_asks(mesh):
    start(mesh)
    mesh.nodes["w1"].stop(SIGQUIT)
    assert HOLDS not in mesh.nodes["w1"].output() and mesh.sql("c", HELD) == "f"


def test_a_coordinator_that_dies_during_the_hold_changes_nothing(mesh):
    start(mesh, CITUS_STOP_PAUSE_LONGEST="60s")
    assert mesh.nodes["w1"].stop() == 0
    assert mesh.sql("c", HELD) == "t"
    coordinator = mesh.nodes["c"]
    coordinator.inside("kill", "-9", str(coordinator.postmaster()))
    wait_until(lambda: mesh.sql("c", HELD) == "f", lambda: coordinator.output())
    assert mesh.sql("c", "SELECT count(*) FROM pg_dist_node WHERE nodename IN ('w1', 'w2')") == "2"
    mesh.start("w1", **PAUSE).wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT sum(n) FROM accounts") == "0", "it is back")


def test_a_coordinator_that_is_away_delays_no_stop(mesh):
    start(mesh)
    assert mesh.nodes["c"].stop() == 0
    begin = time.monotonic()
    assert mesh.nodes["w1"].stop() == 0
    assert time.monotonic() - begin < 30
    assert HOLDS not in mesh.nodes["w1"].output()


def test_changes_of_the_cluster_wait_or_are_tried_again(mesh):
    start(mesh, CITUS_STOP_PAUSE_LONGEST="6s")
    assert mesh.nodes["w1"].stop() == 0
    for change in ("ALTER TABLE accounts ADD more int", "CREATE SCHEMA of_mine", "CREATE TABLE more (id int); "
                   "SELECT create_distributed_table('more', 'id')", "SELECT citus_remove_node('w2', 5432)",
                   "TRUNCATE kinds"):
        out = mesh.sql("c", f"SET lock_timeout = '300ms'; {change}")
        assert "lock timeout" in out, (change, out)
    mesh.start("w1", **PAUSE).wait_ready()
    wait_released(mesh)
    mesh.sql("c", "ALTER TABLE accounts ADD more int")
    assert mesh.sql("c", "SELECT count(more) FROM accounts") == "0"


def test_only_workers_are_held_and_not_for_ever(mesh):
    start(mesh)
    for arguments, told in (("'c', 5432, '1 s'", "no worker c:5432"), ("'nobody', 5432, '1 s'", "no worker nobody"),
                            ("'w1', 5432, '1 hour'", "5 minutes"), ("'w1', 5432, NULL", "5 minutes"),
                            ("NULL, 5432, '1 s'", "no worker")):
        assert told in mesh.sql("c", f"SELECT citus_init.hold_traffic({arguments})")
    mesh.sql("c", "CREATE ROLE app LOGIN")
    assert "permission denied" in mesh.sql("c", "SELECT citus_init.hold_traffic('w1', 5432, '1 s')", user="app")
    assert mesh.sql("c", "SELECT citus_init.release_traffic('w1', 5432)") == "t"
