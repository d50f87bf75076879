"""Clients write through every node while points are made; each restored cluster is whole: nothing torn, nothing in doubt."""
# pylint: disable=redefined-outer-name
import contextlib
import os
import tempfile
import threading
from pathlib import Path

import psycopg2
import pytest

from support.backed_up_cluster import BackedUp
from support.node import POSTGRES, Place
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import Program, wait_until
from support.repository import Repository, wait_archived
from support.scratch import SCRATCH
from support.tier import NIGHTLY, nightly
from support.transfers import ACCOUNTS, BALANCE, Transfers

pytestmark = needs_pgbackrest

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
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, contextlib.ExitStack() as stack:
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


def steps_of_bare_server(original, index, group, target, directory):
    """The ids in all shards of `step` on one node, which pgBackRest and PostgreSQL alone have restored to a target."""
    own = directory / f"node{index}"
    own.mkdir()
    data, conf = own / "data", own / "pgbackrest.conf"
    data.mkdir(mode=0o700)
    written = (original.places[index].run / "citus_init/pgbackrest.conf").read_text()
    conf.write_text(written.replace("/var/run/postgresql/citus_init", str(own)))
    (own / "hba").write_text("local all all trust\n")
    for path in (own, data, conf, own / "hba"):
        os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    with Program([*as_postgres, "pgbackrest", f"--config={conf}", f"--stanza=shop-{group}", f"--pg1-path={data}", *target,
                  "--target-action=promote", "--archive-mode=off", "restore"]) as restore:
        assert restore.wait(300) == 0, restore.output()
    with Program([*as_postgres, f"{original.programs}/postgres", "-D", str(data), "-c", f"unix_socket_directories={own}", "-c",
                  "listen_addresses=", "-c", f"hba_file={own}/hba", "-c", "wal_level=logical", "-c", "fsync=off", "-c",
                  "max_prepared_transactions=200", "-c", "max_worker_processes=32"]) as server:
        wait_until(lambda: "database system is ready to accept connections" in server.output(), server.output, 300)
        with contextlib.closing(psycopg2.connect(host=str(own), dbname="app", user="postgres")) as session:
            cursor = session.cursor()
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^step_[0-9]+$'")
            shards = [name for name, in cursor.fetchall()]
            cursor.execute(" UNION ALL ".join(f"SELECT id FROM {shard}" for shard in shards))
            return {number for number, in cursor.fetchall()}


def torn_pairs(original, groups, targets):
    """Of workers, each restored to a target of its own."""
    with tempfile.TemporaryDirectory(prefix="citus_init_bare.", dir="/var/tmp") as path:
        os.chmod(path, 0o755)
        found = set().union(*(steps_of_bare_server(original, index, groups[index], target, Path(path))
                              for index, target in targets.items()))
    return [number for number in found if number % 2 and number - 1 not in found]


@nightly
def test_times_of_each_node_are_torn_where_a_point_is_not(original):
    """What the check above can find, and why there is no time to restore a cluster to: clocks are never equal."""
    groups = [original.sql(index, "SELECT groupid FROM pg_dist_local_group") for index in range(NODES)]
    original.sql(0, TABLES)
    with Writers([connection(original, index) for index in range(NODES)]) as writers:
        original.verb(0, "backup", "--type", "full", "--name", "before")
        times = []
        for _ in range(2):
            done = writers.done
            wait_until(lambda done=done: writers.done > done + 40 or writers.failures, "writes between two times")
            times.append(original.sql(0, "SELECT clock_timestamp()"))
        wait_until(lambda done=writers.done: writers.done > done + 20 or writers.failures, "writes after both")
        original.verb(0, "restore-point", "after")
    assert not writers.failures, writers.failures
    manifest = original.listing()["points"][0]["manifest"]
    point = ["--type=name", f"--target={manifest['target']}"]
    assert not torn_pairs(original, groups, {1: point, 2: point})
    by_time = [["--type=time", f"--target={time}"] for time in times]
    assert torn_pairs(original, groups, {1: by_time[0], 2: by_time[1]})
