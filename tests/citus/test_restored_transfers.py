"""Clients write through every node while points are made; each restored cluster is whole: nothing torn, nothing in doubt."""
# pylint: disable=redefined-outer-name
import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

import psycopg2
import pytest

from support.backed_up_cluster import BackedUp
from support.node import Place
from support.pid_namespace import wait_until
from support.repository import Repository, wait_archived
from support.tier import NIGHTLY
from support.transfers import ACCOUNTS, BALANCE, Transfers

pytestmark = pytest.mark.skipif(not shutil.which("pgbackrest"), reason="pgbackrest is not installed")

NODES = 3
POINTS = 20 if NIGHTLY else 2
# A follows nobody, each B its A: in two transactions, mostly in shards of two nodes.
TABLES = """CREATE TABLE step (id int PRIMARY KEY); SELECT create_distributed_table('step', 'id');
CREATE TABLE total (id int PRIMARY KEY, n bigint NOT NULL); SELECT create_reference_table('total');
INSERT INTO total VALUES (1, 0);"""
# Torn, unless 0: a B without its A.
TORN = """SELECT count(*) FROM step b LEFT JOIN (SELECT id FROM step WHERE id % 2 = 0) a ON a.id = b.id - 1
WHERE b.id % 2 = 1 AND a.id IS NULL"""


class Writers:
    """Beside the transfers: pairs of steps, and a reference table that everybody changes."""

    def __init__(self, connections):
        self.connections, self.failures, self.done = connections, [], 0
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(len(connections))]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)

    def run(self, number):
        session = psycopg2.connect(**self.connections[number])
        session.autocommit = True
        pair = number
        with contextlib.closing(session), session.cursor() as cursor:
            while not self.ending.is_set():
                try:
                    for sql in (f"INSERT INTO step VALUES ({2 * pair})", f"INSERT INTO step VALUES ({2 * pair + 1})",
                                "UPDATE total SET n = n + 1"):
                        cursor.execute(sql)
                    self.done += 1
                except psycopg2.Error as error:
                    self.failures.append(str(error))
                    return
                pair += len(self.connections)


@pytest.fixture
def original(programs, is_real):
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir="/tmp") as path, contextlib.ExitStack() as stack:
        os.chmod(path, 0o755)
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        cluster = BackedUp(places, programs, Repository(Path(path) / "backup"), 71)
        cluster.nodes = [stack.enter_context(cluster.cluster.start(index)) for index in range(NODES)]
        for node in cluster.nodes:
            node.wait_ready()
            wait_archived(node)
        yield cluster


def connection(cluster, index):
    return {"host": cluster.cluster.hosts[index], "port": cluster.cluster.port, "dbname": "app", "user": "postgres",
            "password": "secret", "connect_timeout": 5}


def check_restored(original, point, groups, number):
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(NODES)]
        copy = BackedUp(places, original.programs, original.repository, number)
        copy.cluster.settings.update({"CITUS_RESTORE": point, "CITUS_RESTORE_FROM": "shop", "CITUS_BACKUP_NAME": f"copy{number}"})
        copy.nodes = [stack.enter_context(copy.cluster.start(
            index, **({"CITUS_RESTORE_GROUP": groups[index]} if index else {}))) for index in range(NODES)]
        for node in copy.nodes:
            node.wait_ready()
        assert copy.sql(0, "SELECT count(*), sum(balance) FROM accounts") == f"{ACCOUNTS}|{ACCOUNTS * BALANCE}"
        assert copy.sql(0, TORN) == "0"
        totals = [copy.sql(index, "SELECT n FROM total") for index in range(NODES)]
        assert len(set(totals)) == 1 and int(totals[0]) > 0, totals
        assert [copy.sql(index, "SELECT count(*) FROM pg_prepared_xacts") for index in range(NODES)] == ["0"] * NODES
        for node in copy.nodes:
            assert node.stop() == 0
        return int(totals[0]), any("in doubt" in node.output() for node in copy.nodes)


def test_points_under_load_are_whole(original):
    groups = [original.sql(index, "SELECT groupid FROM pg_dist_local_group") for index in range(NODES)]
    original.sql(0, TABLES)
    with Transfers(connection(original, 0)) as first, Writers([connection(original, index) for index in range(NODES)]) as writers:
        original.verb(1, "backup", "--type", "full", "--name", "p0")
        for number in range(1, POINTS):
            done = writers.done
            wait_until(lambda done=done: writers.done > done + 20 or writers.failures, "writes between two points")
            original.verb(number % NODES, "restore-point", f"p{number}")
        before = 0
        for number in range(POINTS):
            total, _ = check_restored(original, f"p{number}", groups, 72 + number)
            assert total > before, "each point is later than the one before"
            before = total
        assert not writers.failures and not first.failures, (writers.failures, first.failures)
        assert first.committed > 100
    assert original.sql(0, "SELECT count(*), sum(balance) FROM accounts") == f"{ACCOUNTS}|{ACCOUNTS * BALANCE}"
    assert original.sql(0, TORN) == "0"
    assert int(original.sql(0, "SELECT n FROM total")) > before
