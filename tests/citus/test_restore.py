"""CITUS_RESTORE of a cluster: beside its original, in its place, cut off at each step."""
# pylint: disable=redefined-outer-name
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.backed_up_cluster import BackedUp
from support.node import READY_LINE, Place
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import DEADLINE, wait_until
from support.repository import Repository, wait_archived, wait_segment
from support.scratch import SCRATCH
from support.tier import nightly

pytestmark = [needs_pgbackrest, pytest.mark.xdist_group(__name__)]

NODES = 3
COPIER = 4242  # a uid of nobody
MEMBERS = "SELECT string_agg(groupid || ' ' || nodename || ':' || nodeport, ', ' ORDER BY groupid) FROM pg_dist_node"
ROWS = "SELECT string_agg(v, ' ' ORDER BY v) FROM public.saved_rows"
# What tells a copy from the original.
COPY = {"CITUS_BACKUP_NAME": "copy", "CITUS_RESTORE_FROM": "shop"}


class Saved:
    """The original, which runs, with the points `early` and `wanted`, and rows after both."""

    def __init__(self, original, programs, is_real, stack):
        self.original, self.programs, self.repository, self.is_real = original, programs, original.repository, is_real
        self.stack = stack  # of the original's nodes
        self.groups = [original.sql(index, "SELECT groupid FROM pg_dist_local_group") for index in range(NODES)]

    def copy(self, places, number, **settings):
        """A cluster at other addresses."""
        other = BackedUp(places, self.programs, self.repository, number)
        other.cluster.settings.update({"CITUS_RESTORE": "latest", **COPY, **settings})
        return other

    def restart(self, index, **settings):
        """A node of the original."""
        node = self.original.nodes[index] = self.stack.enter_context(self.original.cluster.start(index, **settings))
        return node

    def start(self, other, index, **settings):
        group = {"CITUS_RESTORE_GROUP": self.groups[index]} if index else {}
        return other.cluster.start(index, **{**group, **settings})


@pytest.fixture(scope="module")
def saved(programs, is_real):
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, contextlib.ExitStack() as stack:
        os.chmod(path, 0o755)
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        original = BackedUp(places, programs, Repository(Path(path) / "backup"))
        original.nodes = [stack.enter_context(original.cluster.start(index)) for index in range(NODES)]
        for node in original.nodes:
            node.wait_ready()
            wait_archived(node)
        for index in range(NODES):
            original.sql(index, "SET citus.enable_ddl_propagation = off; CREATE TABLE public.saved_rows (v text); "
                                "INSERT INTO public.saved_rows VALUES ('a')")
        if is_real:
            for name, members in (("books", (2, 1)), ("notes", (2,))):
                original.add_database(name, members)
                assert original.sql(0, MEMBERS) != original.sql(0, MEMBERS, name)
                original.sql(0, "CREATE TABLE lent (k int PRIMARY KEY); SELECT create_distributed_table('lent', 'k'); "
                                "INSERT INTO lent SELECT generate_series(1, 1000)", name)
            original.add_database("alone", ())
            original.sql(0, "CREATE TABLE public.spread (k int PRIMARY KEY, v int); "
                            "SELECT create_distributed_table('public.spread', 'k'); "
                            "INSERT INTO public.spread SELECT g, g FROM generate_series(1, 1000) g")
        original.verb(1, "backup", "--type", "full", "--name", "early")
        for index in range(NODES):
            original.sql(index, "INSERT INTO public.saved_rows VALUES ('b')")
        original.verb(0, "restore-point", "wanted")
        for index in range(NODES):
            original.sql(index, "INSERT INTO public.saved_rows VALUES ('c')")
        yield Saved(original, programs, is_real, stack)


def check_restored(saved, other, rows="a b"):
    for node in other.nodes:
        node.wait_ready()
    members = ", ".join(f"{group} {host}:{other.cluster.port}" for group, host in sorted(
        zip(saved.groups, other.cluster.hosts), key=lambda pair: int(pair[0])))
    for index in range(NODES):
        assert other.sql(index, ROWS) == rows
        assert other.sql(index, MEMBERS) == members
        assert other.sql(index, "SELECT count(*) FROM pg_prepared_xacts") == "0"
        assert not [name for name in other.places[index].listing() if name.startswith("citus_init.")]
    if saved.is_real:
        assert other.sql(0, "SELECT count(*), sum(v) FROM public.spread") == "1000|500500"
        for database, members in (("books", (0, 1, 2)), ("notes", (0, 2))):
            assert other.sql(0, "SELECT count(*) FROM lent", database) == "1000"
            rows = {other.sql(index, MEMBERS, database) for index in members}
            assert len(rows) == 1 and all(f"{other.cluster.hosts[index]}:{other.cluster.port}" in min(rows)
                                          for index in members), rows
        for database in ("app", "books", "notes"):
            assert other.sql(0, "SELECT bool_and(result) FROM citus_check_cluster_node_health()", database) == "t"
        other.sql(0, "INSERT INTO public.spread SELECT g, g FROM generate_series(1001, 1100) g")


@contextlib.contextmanager
def counted(*networks):
    """How many packets the copy's user has sent to each; None where the kernel cannot count them."""
    rules = [["-d", network, "-m", "owner", "--uid-owner", str(COPIER)] for network in networks]

    def iptables(*words):
        return subprocess.run(["iptables", *words], capture_output=True, text=True, check=False)

    def packets():
        lines = iptables("-L", "OUTPUT", "-v", "-x", "-n").stdout.splitlines()
        return [sum(int(line.split()[0]) for line in lines if network in line and str(COPIER) in line) for network in networks]
    if not shutil.which("iptables") or any(iptables("-I", "OUTPUT", *rule).returncode for rule in rules):
        print("packets are not counted: iptables cannot match their owner here")
        yield lambda: None
        return
    try:
        yield packets
    finally:
        for rule in rules:
            iptables("-D", "OUTPUT", *rule)


def test_a_copy_beside_its_original_sends_it_nothing(saved):
    """As another user, with a copy of the repository, so that its packets can be told from the original's."""
    def chown(path):
        subprocess.run(["chown", "-R", f"{COPIER}:{COPIER}", str(path)], check=True)
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        copied = saved.repository.path.with_name("copied")
        shutil.copytree(saved.repository.path, copied, symlinks=True)
        for path in (copied, *(place.path for place in places)):
            chown(path)
        other = saved.copy(places, 68, CITUS_BACKUP_REPO=f"posix:{copied}", CITUS_BACKUP_NAME="shop")
        packets = stack.enter_context(counted("127.0.64.0/24", "127.0.68.0/24"))
        other.nodes = [stack.enter_context(saved.start(other, index, user=(COPIER, COPIER), HOME="/"))
                       for index in range(NODES)]
        check_restored(saved, other)
        sent = packets()
        assert sent is None or (sent[0] == 0 and sent[1] > 100), sent
        for node in other.nodes:
            assert node.stop() == 0


@nightly
def test_a_copy_beside_its_original(saved):
    members = saved.original.sql(0, MEMBERS)
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        other = saved.copy(places, 65)
        # The worker first: the order does not matter.
        nodes = {index: stack.enter_context(saved.start(other, index)) for index in (2, 0, 1)}
        other.nodes = [nodes[index] for index in range(NODES)]
        check_restored(saved, other)
        for node in other.nodes:
            wait_archived(node)
        # It is a cluster of its own, with backups of its own.
        assert "restore point again: 3 groups" in other.verb(2, "backup", "--type", "full", "--name", "again")
        for node in other.nodes:
            assert node.stop() == 0
        # A restart is one like any other.
        nodes = [stack.enter_context(saved.start(other, index)) for index in range(NODES)]
        other.nodes = nodes
        for node in nodes:
            node.wait_ready()
    for index in range(NODES):
        assert saved.original.sql(index, MEMBERS) == members
        assert saved.original.sql(index, ROWS) == "a b c"


def phase(place):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((place.data / "citus_init.restore.json").read_text())["phase"]
    return None


@nightly
def test_a_restore_that_is_killed_at_each_step(saved):
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        other = saved.copy(places, 66, CITUS_RESTORE="early")
        # Each alone: it waits for the others, closed, without Citus.
        for index in range(NODES):
            with saved.start(other, index) as node:
                wait_until(lambda place=places[index]: phase(place) == "recovering", node.output)
                node.stop(signal.SIGKILL)
        worker = stack.enter_context(saved.start(other, 1))
        wait_until(lambda: "cannot be reached yet" in worker.output(), worker.output)
        other.nodes = [None, worker, None]
        assert "citus" not in other.sql(1, "SHOW shared_preload_libraries")
        coordinator = stack.enter_context(saved.start(other, 0))
        wait_until(lambda: f"waiting for group {saved.groups[2]} " in coordinator.output(), coordinator.output)
        # Nobody archives before the cluster is whole.
        other.nodes = [coordinator, worker, None]
        assert [other.sql(index, "SHOW archive_command") for index in (0, 1)] == ["", ""]
        health = coordinator.inside("citus-init", "health", check=False).stdout
        assert "being restored to the restore point early" in health, health
        # Each dies in the middle of what it does with the others.
        worker.stop(signal.SIGKILL)
        last = stack.enter_context(saved.start(other, 2))
        worker = stack.enter_context(saved.start(other, 1))
        wait_until(lambda: phase(places[2]) == "settling", last.output)
        coordinator.stop(signal.SIGKILL)
        coordinator = stack.enter_context(saved.start(other, 0))
        other.nodes = [coordinator, worker, last]
        check_restored(saved, other, "a")


@nightly
def test_what_does_not_fit_is_said(saved):
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        other = saved.copy(places, 67)
        with other.cluster.start(1) as worker:
            assert worker.wait() == 78, worker.output()
            assert "Set CITUS_RESTORE_GROUP" in worker.output() and saved.original.cluster.hosts[1] in worker.output()
            assert not places[1].listing()
        with other.cluster.start(1, CITUS_RESTORE_GROUP="77") as worker:
            assert worker.wait() == 78, worker.output()
        # A worker at another point follows its coordinator, where nobody has named a point; else it says so.
        coordinator = stack.enter_context(saved.start(other, 0, CITUS_RESTORE="early"))
        with saved.start(other, 1, CITUS_RESTORE="wanted") as worker:
            wait_until(lambda: "is being restored to another point, early" in worker.output(), worker.output)
            assert worker.stop() == 0
        shutil.rmtree(places[1].data)
        nodes = [stack.enter_context(saved.start(other, index)) for index in (1, 2)]
        other.nodes = [coordinator, *nodes]
        check_restored(saved, other, "a")
        assert "the coordinator is restored to early: restoring this node to it, too" in nodes[0].output()


def test_one_lost_worker_comes_back_with_all_that_it_had(saved):
    """To the end of its WAL, not to the point: its cluster lives, and has gone on."""
    original = saved.original
    original.sql(1, "INSERT INTO public.saved_rows VALUES ('d')")
    if saved.is_real:
        original.sql(0, "INSERT INTO public.spread SELECT g, 0 FROM generate_series(2001, 2100) g")
    assert original.nodes[1].stop() == 0
    shutil.rmtree(original.places[1].data)
    # A point of the past does not fit to a cluster that lives.
    with original.cluster.start(1, CITUS_RESTORE="wanted") as worker:
        wait_until(lambda: "set CITUS_RESTORE=latest" in worker.output(), worker.output)
        assert worker.stop() == 0
    shutil.rmtree(original.places[1].data)
    worker = saved.restart(1, CITUS_RESTORE="latest")
    worker.wait_ready()
    assert "its cluster lives: restoring this node to the end of its WAL" in worker.output()
    assert original.sql(1, ROWS) == "a b c d"
    assert original.sql(1, MEMBERS) == original.sql(0, MEMBERS)
    assert not [name for name in original.places[1].listing() if name.startswith("citus_init.")]
    if saved.is_real:
        assert original.sql(0, "SELECT count(*) FROM public.spread") == "1100"
    wait_archived(worker)
    original.sql(1, "DELETE FROM public.saved_rows WHERE v = 'd'")


def test_a_lost_coordinator_comes_back_to_its_workers(saved):
    """To the end of its WAL as well; a point would have the workers emptied."""
    original = saved.original
    original.sql(0, "INSERT INTO public.saved_rows VALUES ('d')")
    assert original.nodes[0].stop() == 0
    shutil.rmtree(original.places[0].data)
    with original.cluster.start(0, CITUS_RESTORE="wanted") as coordinator:
        wait_until(lambda: "which lives" in coordinator.output() and "CITUS_RESTORE=latest here" in coordinator.output(),
                   coordinator.output)
        assert coordinator.stop() == 0
    shutil.rmtree(original.places[0].data)
    coordinator = saved.restart(0, CITUS_RESTORE="latest")
    coordinator.wait_ready()
    assert "its cluster lives: restoring this node to the end of its WAL" in coordinator.output()
    assert original.sql(0, ROWS) == "a b c d"
    assert [original.sql(index, MEMBERS) for index in range(NODES)] == [original.sql(0, MEMBERS)] * NODES
    if saved.is_real:
        assert original.sql(0, "SELECT bool_and(result) FROM citus_check_cluster_node_health()") == "t"
        original.sql(0, "UPDATE public.spread SET v = v")
    wait_archived(coordinator)
    original.sql(0, "DELETE FROM public.saved_rows WHERE v = 'd'")


@nightly
def test_a_lost_worker_whose_last_rows_were_not_archived_serves_nobody(saved):
    """Until somebody says that they are lost."""
    original = saved.original
    segment = original.sql(1, "SELECT pg_walfile_name(pg_switch_wal())")
    wait_segment(saved.repository, segment, original.nodes[1], f"shop-{saved.groups[1]}")
    broken = original.places[1].programs / "broken"
    broken.touch()
    original.sql(1, "INSERT INTO public.saved_rows VALUES ('e')")
    written = original.sql(1, "SELECT pg_current_wal_flush_lsn()")
    # Members are looked at once in 60 s, and all of them by a new coordinator.
    assert original.nodes[0].stop() == 0
    saved.restart(0).wait_ready()
    host = original.cluster.hosts[1]
    wait_until(lambda: original.sql(0, f"SELECT wal_lsn >= '{written}' FROM citus_init.node WHERE nodename = '{host}'") == "t",
               lambda: original.sql(0, "SELECT * FROM citus_init.node"))
    original.nodes[1].stop(signal.SIGKILL)
    shutil.rmtree(original.places[1].data)
    broken.unlink()
    worker = saved.restart(1, CITUS_RESTORE="latest")
    def health():
        return worker.inside("citus-init", "health", check=False).stdout
    wait_until(lambda: "failed: clients must not use this node: " in health(), worker.output)
    assert READY_LINE not in worker.stdout and "its data is older than what was seen of it" in health(), health()
    original.sql(0, re.search(r"UPDATE citus_init\.node SET wal_lsn = NULL WHERE nodeid = \d+", health())[0])
    worker.wait_ready()
    assert original.sql(1, ROWS) == "a b c"
    wait_archived(worker)


def test_a_restore_is_ordered_of_all_nodes_or_of_none(saved):
    original = saved.original
    # An agent that is gone has left its row.
    assert original.nodes[1].stop() == 0
    saved.restart(1, CITUS_BACKUP="none").wait_ready()
    refused = original.verb(0, "restore", "early", "--yes", code=1)
    assert f"{original.cluster.hosts[1]}:{original.cluster.port} cannot be restored: its agent has not come up" in refused, refused
    assert original.nodes[1].stop() == 0
    saved.restart(1).wait_ready()
    wait_archived(original.nodes[1])
    # A group changes while somebody thinks about the question.
    leader, follower = os.openpty()
    with original.calling(0, "restore", "early", stdin=follower) as process:
        assert "What was written since is lost" in process.stderr.readline()
        original.sql(0, f"UPDATE pg_dist_node SET groupid = 77 WHERE groupid = {saved.groups[2]}")
        os.write(leader, b"y\n")
        _, stderr = process.communicate(timeout=DEADLINE)
    original.sql(0, f"UPDATE pg_dist_node SET groupid = {saved.groups[2]} WHERE groupid = 77")
    assert process.returncode == 76, stderr
    assert "and 77 is registered: another node has its address. Nothing was begun" in stderr, stderr
    assert not any(phase(place) for place in original.places)
    assert [original.sql(index, ROWS) for index in range(NODES)] == ["a b c"] * NODES
    os.close(leader)
    os.close(follower)


def test_a_running_cluster_in_its_place(saved):
    original = saved.original
    refused = original.verb(1, "restore", "nowhere", "--yes", code=78)
    assert 'POINT: "nowhere" is not a restore point of the cluster shop' in refused, refused
    asked = original.verb(1, "restore", "early", code=1)
    assert "What was written since is lost" in asked and "call it with --yes" in asked, asked
    assert [original.sql(index, ROWS) for index in range(NODES)] == ["a b c"] * NODES
    assert "the cluster is restored to the restore point early" in original.verb(1, "restore", "early", "--yes")
    check_restored(saved, original, "a")
    # Back to what the former timeline had. A node that dies meanwhile goes on with the order, whatever the variable says.
    original.verb(0, "restore", "wanted", "--yes", "--detach")
    wait_until(lambda: phase(original.places[2]), original.nodes[2].output)
    original.nodes[2].stop(signal.SIGKILL)
    saved.restart(2, CITUS_RESTORE="early")
    wait_until(lambda: not any(phase(place) for place in original.places), original.nodes[0].output)
    check_restored(saved, original)


@nightly
def test_an_interrupt_between_the_orders_of_two_nodes_waits(saved):
    original = saved.original
    # The commit there checks the key, and waits for the row.
    original.sql(2, "SET citus.enable_ddl_propagation = off; "
                    "CREATE TABLE public.held AS SELECT generate_series(0, 9) AS id; ALTER TABLE public.held ADD PRIMARY KEY (id); "
                    "ALTER TABLE citus_init.restore_request ADD FOREIGN KEY (group_id) REFERENCES public.held "
                    "DEFERRABLE INITIALLY DEFERRED NOT VALID")
    original.sql(2, "BEGIN; SELECT FROM public.held FOR UPDATE; PREPARE TRANSACTION 'held'")
    with original.calling(1, "restore", "early", "--yes") as process:
        wait_until(lambda: phase(original.places[0]), original.nodes[0].output)
        process.send_signal(signal.SIGINT)
        original.sql(2, "ROLLBACK PREPARED 'held'")
        _, stderr = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1 and "interrupted: the restore goes on" in stderr, stderr
    wait_until(lambda: not any(phase(place) for place in original.places), original.nodes[0].output)
    check_restored(saved, original, "a")


def test_a_cluster_in_its_own_place(saved):
    original = saved.original
    for node in original.nodes:
        assert node.stop() == 0
    for place in original.places:
        shutil.rmtree(place.data)
    nodes = [saved.restart(index, CITUS_RESTORE="wanted") for index in range(NODES)]
    check_restored(saved, original)
    for node in nodes:
        wait_archived(node)
    assert "restore point after: 3 groups" in original.verb(0, "backup", "--type", "full", "--name", "after")
