#!/usr/bin/env python3
"""What Citus, its mesh and citus-init cost a workload: pgbench and a COPY on a plain PostgreSQL, beside the same on a node
with Citus and its tables local, distributed on one node, and distributed over a coordinator and two workers, with the
connections between nodes in the clear, in the mesh's TLS, and with settings that fit the machine (CITUS_TUNE).

All servers run all the time, on this one machine; each round asks them in turn, and a ratio is of one round. Needs root and
real Citus in PG_BINDIR, CITUS_INIT_BINARY.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from bench.nodes import DROP, OfficialPlain, tps_of  # noqa: E402
from bench.servers import Nodes, Server  # noqa: E402
from support.mesh import SECRET  # noqa: E402
from support.node import BINDIR  # noqa: E402

FILES = tempfile.TemporaryDirectory(prefix="citus_init_workload.", dir="/tmp")  # pylint: disable=consider-using-with
BY_BRANCH_FILE = FILES.name + "/by_branch.sql"
ROWS_FILE = FILES.name + "/rows.csv"
ROWS = 200_000  # of a COPY
OPEN = {"CITUS_INTERNODE_AUTH": "trust", "CITUS_GUC_CITUS__NODE_CONNINFO": "sslmode=disable"}
MESH = {"CITUS_CLUSTER_SECRET": SECRET}
TUNED = {"CITUS_TUNE": "auto"}
# pgbench's tables by what its statements name: TPC-B changes rows of three tables by three keys.
BY_KEY = ("SELECT create_distributed_table('pgbench_accounts', 'aid'), create_distributed_table('pgbench_tellers', 'tid'), "
          "create_distributed_table('pgbench_branches', 'bid'), create_distributed_table('pgbench_history', 'aid'), "
          "create_distributed_table('copied', 'id')")
# What one does about the price of TPC-B: one key in every statement, and tables that are colocated by it.
BY_BRANCH = """\\set bid random(1, :scale)
\\set tid (:bid - 1) * 10 + random(1, 10)
\\set aid (:bid - 1) * 100000 + random(1, 100000)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE {s}accounts SET abalance = abalance + :delta WHERE bid = :bid AND aid = :aid;
SELECT abalance FROM {s}accounts WHERE bid = :bid AND aid = :aid;
UPDATE {s}tellers SET tbalance = tbalance + :delta WHERE bid = :bid AND tid = :tid;
UPDATE {s}branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO {s}history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
""".format(s="by_branch.pgbench_")
TABLES = ("accounts", "tellers", "branches", "history")
COPIES = "; ".join(["CREATE TABLE copied (id bigint, a int, b text)", "CREATE SCHEMA by_branch"] + [
    f"CREATE TABLE by_branch.pgbench_{name} (LIKE pgbench_{name})" for name in TABLES] + [
    f"INSERT INTO by_branch.pgbench_{name} SELECT * FROM pgbench_{name}" for name in TABLES] + [
    "CREATE UNIQUE INDEX ON by_branch.pgbench_accounts (bid, aid)", "CREATE UNIQUE INDEX ON by_branch.pgbench_tellers (bid, tid)",
    "CREATE UNIQUE INDEX ON by_branch.pgbench_branches (bid)"])
BY_ONE_KEY = "SELECT " + ", ".join(f"create_distributed_table('by_branch.pgbench_{name}', 'bid')" for name in TABLES)
LOCAL = (COPIES,)
DISTRIBUTED = (COPIES, BY_KEY, BY_ONE_KEY)
WORKLOADS = {"select-only": ("-b", "select-only"), "simple-update": ("-b", "simple-update"), "TPC-B": ("-b", "tpcb-like"),
             "TPC-B, one key": ("-f", BY_BRANCH_FILE)}


class Bare(Server):
    """A plain PostgreSQL, its defaults."""

    def __init__(self, stack):
        self.node = OfficialPlain()
        stack.callback(self.node.destroy)
        self.node.start()
        self.node.wait_accepting()

    def run(self, program, *words, check=True):
        done = subprocess.run([*DROP, f"{BINDIR}/{program}", "-h", str(self.node.home), "-p", str(self.node.port),
                               "-U", "postgres", *words, "postgres"], capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr[-2000:]
        return done.stdout


def servers(stack):
    """By name: the servers, and what makes the tables lie as they are to."""
    return {
        "plain PostgreSQL": (Bare(stack), LOCAL),
        "Citus, local tables": (Nodes(stack, 91), LOCAL),
        "the same, tuned": (Nodes(stack, 92, settings=TUNED), LOCAL),
        "distributed on one node": (Nodes(stack, 93), DISTRIBUTED),
        "coordinator and two workers": (Nodes(stack, 94, 2, OPEN), DISTRIBUTED),
        "the same, TLS of the mesh": (Nodes(stack, 95, 2, MESH), DISTRIBUTED),
        "the same, TLS, tuned": (Nodes(stack, 96, 2, {**MESH, **TUNED}), DISTRIBUTED),
    }


def transactions(server, words, clients, seconds):
    """A second."""
    text = server.run("pgbench", "-n", "-c", str(clients), "-j", "1", "-T", str(seconds), *words)
    assert "number of failed transactions: 0 " in text, text
    return tps_of(text)


def copied_rows(server):
    """A second; by psql's clock of the statement alone."""
    server.run("psql", "-Xq", "-c", "TRUNCATE copied")
    text = server.run("psql", "-X", "-c", "\\timing", "-c", f"\\copy copied FROM {ROWS_FILE} CSV")
    return ROWS / (float(text.split("Time: ")[1].split()[0]) / 1000)


def measure(servers_, rounds, clients, seconds):
    """{workload: {server: [rate of each round]}}"""
    found = {}
    for name, words in [*WORKLOADS.items(), ("COPY", None)]:
        found[name] = {server: [] for server in servers_}
        for _ in range(rounds):
            for server, (nodes, _) in servers_.items():
                rate = transactions(nodes, words, clients, seconds) if words else copied_rows(nodes)
                found[name][server].append(rate)
    return found


def report(found):
    names = list(found)
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    servers_ = list(found[names[0]])
    for server in servers_:
        cells = []
        for name in names:
            base, rates = found[name][servers_[0]], found[name][server]
            ratio = statistics.median(rate / plain for rate, plain in zip(rates, base))
            cells.append(f"{statistics.median(rates):.0f}/s" if server == servers_[0] else f"{ratio:.2f}")
        print(f"| {server} | " + " | ".join(cells) + " |")


def write_files():
    """For all to read."""
    os.chmod(FILES.name, 0o755)
    for path, text in ((BY_BRANCH_FILE, BY_BRANCH), (ROWS_FILE, "".join(f"{i},{i % 97},value {i}\n" for i in range(ROWS)))):
        Path(path).write_text(text, "ascii")
        os.chmod(path, 0o644)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--scale", type=int, default=10)
    chosen = options.parse_args()
    with ExitStack() as stack:
        stack.enter_context(FILES)
        write_files()
        found = servers(stack)
        for nodes, statements in found.values():
            nodes.fill(statements, chosen.scale)
        report(measure(found, chosen.rounds, chosen.clients, chosen.seconds))


if __name__ == "__main__":
    main()
