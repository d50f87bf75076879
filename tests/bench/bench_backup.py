#!/usr/bin/env python3
"""What citus-init's backup and restore cost beside bare pgBackRest: three groups saved, and restored until they are open; the
pause of a restore point as clients see it; archiving under pgbench.

Needs root, real Citus in PG_BINDIR, CITUS_INIT_BINARY and pgBackRest. Ratios are of one run, in turn (A B A B), medians.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from bench.restore_pause import pause  # noqa: E402
from support.backed_up_cluster import BackedUp  # noqa: E402
from support.node import POSTGRES, READY_LINE, Place  # noqa: E402
from support.pid_namespace import Program, wait_until  # noqa: E402
from support.repository import Repository, wait_archived  # noqa: E402

PROGRAMS = os.environ["PG_BINDIR"]
NODES = range(3)
TIMEOUT = 1800
HEADING = "\n| what | citus-init | bare | ratio | budget |\n|---|---|---|---|---|"
AS_POSTGRES = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
# As the nodes have them: recovery needs no less.
BARE_SERVER = ["-c", "shared_preload_libraries=citus", "-c", "wal_level=logical", "-c", "max_prepared_transactions=200",
               "-c", "max_worker_processes=32", "-c", "max_wal_senders=32", "-c", "fsync=on"]
# What a restored node logs at the end of each step.
STEPS = {"files": "the data directory is restored, up to its WAL", "recovered": "archive recovery complete",
         "with Citus": "starting again, with Citus", "settled": "restored to the restore point", "open": None}


def row(what, ours, other, budget):
    """`ours`, `other`: seconds, of each pair."""
    ratio = statistics.median(a / b for a, b in zip(ours, other))
    print(HEADING)
    print(f"| {what} | {statistics.median(ours):.1f} s | {statistics.median(other):.1f} s | {ratio:.2f} | {budget} |", flush=True)


def in_parallel(action):
    with ThreadPoolExecutor(len(NODES)) as pool:
        return list(pool.map(action, NODES))


def steps_of(made, begun, ended):
    """Of base backups, whose own times are whole seconds."""
    first, last = (choose(datetime.fromisoformat(base[end].replace("Z", "+00:00")).timestamp() for base in made)
                   for choose, end in ((min, "start"), (max, "stop")))
    return {"the first base backup starts": first - begun, "the last one stops": last - begun, "done": ended - begun}


def seconds(action):
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


class BareServer(Program):
    """postgres alone, stopped at its end."""

    def is_open(self):
        assert self.process.poll() is None, self.output()
        return READY_LINE in self.output()

    def __exit__(self, *exception):
        self.signal(signal.SIGINT)
        self.wait(TIMEOUT)
        super().__exit__(*exception)


class Bench:
    """A coordinator and two workers that archive, each with as much data."""

    def __init__(self, stack, directory, megabytes):
        self.stack, self.copies, self.manifest = stack, 0, {}
        # Of the last one: step, seconds from its beginning.
        self.backup_steps, self.restore_steps = {}, {}
        self.repository = Repository(directory / "repository")
        self.cluster = BackedUp([stack.enter_context(Place(directory)) for _ in NODES], PROGRAMS, self.repository, 84,
                                CITUS_BACKUP_OPTIONS="repo1-bundle=y", CITUS_BACKUP_RETENTION_FULL="2")
        self.cluster.cluster.server = ("postgres",)
        self.start()
        self.wait_archived()
        self.cluster.sql(0, "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL); "
                            "SELECT create_distributed_table('accounts', 'id'); "
                            "INSERT INTO accounts SELECT i, 1000 FROM generate_series(1, 10000) i")
        in_parallel(lambda index: self.fill(index, megabytes))
        self.wait_archived()
        self.stanzas = ["shop-" + self.cluster.sql(index, "SELECT groupid FROM pg_dist_local_group") for index in NODES]

    def fill(self, index, megabytes):
        """Rows that gzip halves, 160 bytes each."""
        statement = ("SET citus.enable_ddl_propagation = off; CREATE TABLE own AS SELECT i, md5(i::text) || md5((i + 1)::text) || "
                     f"md5((-i)::text) || md5((i * 7)::text) AS v FROM generate_series(1, {megabytes * 6250}) i")
        self.cluster.nodes[index].inside(f"{PROGRAMS}/psql", "-XAtq", "-U", "postgres", "-p", self.cluster.cluster.port, "-d", "app",
                                         "-c", statement, timeout=TIMEOUT)

    def start(self, **settings):
        """All nodes, and the time that it takes until they are open to clients."""
        begun = time.time()
        self.cluster.nodes = [self.stack.enter_context(self.cluster.cluster.start(index, CITUS_RECONCILE_INTERVAL=None, **settings))
                              for index in NODES]
        in_parallel(lambda index: self.cluster.nodes[index].wait_output(READY_LINE, stream="stdout", deadline=TIMEOUT))
        return time.time() - begun

    def wait_archived(self):
        for node in self.cluster.nodes:
            wait_archived(node, TIMEOUT)

    def stop(self):
        in_parallel(lambda index: self.cluster.nodes[index].stop(deadline=TIMEOUT))

    def verb(self, *arguments):
        done = self.cluster.nodes[0].inside("citus-init", *arguments, environment=self.cluster.environment(0), timeout=TIMEOUT)
        return done.stdout

    def clear(self):
        for place in self.cluster.places:
            shutil.rmtree(place.data, ignore_errors=True)

    # --- base backups ---

    def backup(self):
        begun = time.time()
        made = json.loads(self.verb("backup", "--type", "full", "-o", "json"))["backups"]
        ended = time.time()
        self.backup_steps["citus-init"] = steps_of(made, begun, ended)
        return ended - begun

    def bare_backup(self):
        begun = time.time()
        in_parallel(lambda index: self.cluster.nodes[index].inside(
            "pgbackrest", "--config=/var/run/postgresql/citus_init/pgbackrest.conf", f"--stanza={self.stanzas[index]}",
            "--type=full", "backup", user="postgres", timeout=TIMEOUT))
        ended = time.time()
        made = [stanza["backups"][-1] for stanza in json.loads(self.verb("backups", "-o", "json"))["stanzas"]]
        self.backup_steps["bare"] = steps_of(made, begun, ended)
        return ended - begun

    # --- restores ---

    def remember_point(self):
        """Of the newest one, which is later than every base backup."""
        self.manifest = json.loads(self.verb("backups", "-o", "json"))["points"][0]["manifest"]
        for place in self.cluster.places:
            own = place.path / "bare"
            own.mkdir()
            written = (place.run / "citus_init/pgbackrest.conf").read_text().replace("/var/run/postgresql/citus_init", str(own))
            file = place.file("bare/pgbackrest.conf", written, 0o600)
            for path in (own, file):
                os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)

    def restore(self):
        """Under a name of its own for each: no timeline is archived twice."""
        self.clear()
        self.copies += 1
        begun = datetime.now(timezone.utc)
        taken = self.start(CITUS_RESTORE=self.manifest["name"], CITUS_RESTORE_FROM="shop", CITUS_BACKUP_NAME=f"copy{self.copies}")
        self.restore_steps = {step: self.seconds_until(begun, text) if text else taken for step, text in STEPS.items()}
        self.stop()
        return taken

    def seconds_until(self, begun, text):
        """Until the last node has logged it."""
        stamps = [re.search(rf"^(\S+ \S+) UTC .*{text}", node.output().replace("\\n", "\n"), re.MULTILINE)[1]
                  for node in self.cluster.nodes]
        return max((datetime.fromisoformat(stamp).replace(tzinfo=timezone.utc) - begun).total_seconds() for stamp in stamps)

    def bare_restore(self):
        self.clear()
        with contextlib.ExitStack() as servers:
            taken = seconds(lambda: in_parallel(lambda index: self.bare_node(servers, index)))
        return taken

    def bare_node(self, servers, index):
        place, group = self.cluster.places[index], next(
            group for group in self.manifest["groups"] if group["stanza"] == self.stanzas[index])
        own = place.path / "bare"
        place.data.mkdir(mode=0o700)
        os.chown(place.data, POSTGRES.pw_uid, POSTGRES.pw_gid)
        with Program([*AS_POSTGRES, "pgbackrest", f"--config={own}/pgbackrest.conf", f"--stanza={group['stanza']}",
                      f"--set={group['label']}", "--type=name", f"--target={self.manifest['target']}",
                      "--target-action=promote", "--target-timeline=current", "--archive-mode=off", "restore"]) as restore:
            assert restore.wait(TIMEOUT) == 0, restore.output()
        server = servers.enter_context(BareServer(
            [*AS_POSTGRES, f"{PROGRAMS}/postgres", "-D", str(place.data), "-p", self.cluster.cluster.port, "-c",
             f"listen_addresses={self.cluster.cluster.hosts[index]}", "-c", f"unix_socket_directories={own}", *BARE_SERVER]))
        wait_until(server.is_open, server.output, TIMEOUT)


def pairs(runs, ours, other):
    taken = [(ours(), other()) for _ in range(runs)]
    return [one for one, _ in taken], [one for _, one in taken]


def describe(what, steps):
    print(f"\n{what}, the last one: " + ", ".join(f"{step} {at:.1f} s" for step, at in steps.items()), flush=True)


def archiving(directory, rounds, length):
    """pgbench on one node, with archiving and without."""
    with Place(directory) as place:
        repository = Repository(directory / "archive")
        settings = {"POSTGRES_PASSWORD": "bench", "POSTGRES_INITDB_ARGS": "--no-sync", "CITUS_BACKUP_REPO": repository.setting}

        def transactions(tool):
            with place.start("postgres", CITUS_BACKUP=tool, **settings) as node:
                node.wait_output(READY_LINE, stream="stdout", deadline=TIMEOUT)
                if tool == "pgbackrest":
                    wait_archived(node, TIMEOUT)
                if node.psql("SELECT to_regclass('pgbench_accounts') IS NULL") == "t":
                    node.inside(f"{PROGRAMS}/pgbench", "-i", "-q", "-s", "20", "-U", "postgres", "postgres", timeout=TIMEOUT)
                node.psql("CHECKPOINT")
                begun = node.psql("SELECT pg_current_wal_lsn()")
                done = node.inside(f"{PROGRAMS}/pgbench", "-n", "-c", "4", "-T", str(length), "-U", "postgres", "postgres",
                                   timeout=TIMEOUT)
                written = int(node.psql(f"SELECT (pg_current_wal_lsn() - '{begun}'::pg_lsn)::bigint"))
                assert node.stop(deadline=TIMEOUT) == 0, node.output()
            return float(re.search(r"tps = ([0-9.]+)", done.stdout)[1]), written / length / 1e6
        transactions("pgbackrest")  # makes its tables
        taken = [(transactions("pgbackrest"), transactions("none")) for _ in range(rounds)]
    on, off = ([one[i] for one in taken] for i in (0, 1))
    ratio = statistics.median(a[0] / b[0] for a, b in taken)
    print(HEADING)
    print(f"| pgbench -c 4 of one node with archiving, against without | {statistics.median(a for a, _ in on):.0f} tps | "
          f"{statistics.median(b for b, _ in off):.0f} tps | {ratio:.2f} | |")
    print(f"\nWAL with archiving: {statistics.median(a for _, a in on):.1f} MB/s, {os.cpu_count()} CPUs\n", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="pairs of backups, and of restores")
    options.add_argument("--megabytes", type=int, default=400, help="of each group")
    options.add_argument("--points", type=int, default=30)
    options.add_argument("--rate", type=int, default=30, help="transactions per second and node, while points are made")
    options.add_argument("--length", type=int, default=20, help="seconds of pgbench with archiving, and without")
    options.add_argument("--directory", default="/var/tmp", help="on a disk; what is made there is removed")
    options.add_argument("--only", choices=("pause", "backup", "restore", "archiving"), action="append")
    chosen = options.parse_args()
    wanted = chosen.only or ("pause", "backup", "restore", "archiving")
    with tempfile.TemporaryDirectory(prefix="citus_init_bench.", dir=chosen.directory) as path:
        os.chmod(path, 0o755)
        if set(wanted) - {"archiving"}:
            with contextlib.ExitStack() as stack:
                cluster_benches(Bench(stack, Path(path), chosen.megabytes), chosen, wanted)
        if "archiving" in wanted:
            archiving(Path(path), chosen.runs, chosen.length)


def cluster_benches(bench, chosen, wanted):
    bench.backup()  # a point needs one, and the system's caches are warm
    if "pause" in wanted:
        pause(bench, chosen.points, chosen.rate)
    if "backup" in wanted:
        row("full backup of 3 groups", *pairs(chosen.runs, bench.backup, bench.bare_backup), "1.1")
        for way, steps in bench.backup_steps.items():
            describe(f"backup, {way}", steps)
    if "restore" in wanted:
        bench.backup()
        bench.remember_point()
        bench.stop()
        row("restore of 3 groups until they are open", *pairs(chosen.runs, bench.restore, bench.bare_restore), "1.2")
        describe("restore", bench.restore_steps)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
