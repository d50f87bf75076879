#!/usr/bin/env python3
"""What CITUS_TUNE=auto is worth in a container of limited memory, beside PostgreSQL's defaults, in turn and in one run.

sorts   a coordinator and two workers with 512 MB each, 18 clients whose queries sort every shard: processes that the kernel
        killed, connections that were refused, queries a second
tpcb    a node with 4 GB, pgbench's TPC-B at scale 100: transactions a second

Needs root, control groups, real Citus in PG_BINDIR, CITUS_INIT_BINARY.
"""
import argparse
import re
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from bench.nodes import tps_of  # noqa: E402
from support.loopback_cluster import Cluster  # noqa: E402
from support.memory_group import MemoryGroup  # noqa: E402
from support.mesh import SECRET  # noqa: E402
from support.node import BINDIR, Place  # noqa: E402
from support.pid_namespace import wait_until  # noqa: E402

BASE = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "bench", "CITUS_CLUSTER_SECRET": SECRET}
KINDS = {"PostgreSQL's defaults": {}, "CITUS_TUNE=auto": {"CITUS_TUNE": "auto"}}
EVENTS = ("CREATE TABLE events (device int, payload text)",
          "SELECT create_distributed_table('events', 'device')",
          "INSERT INTO events SELECT i % 2000, md5(i::text) || repeat('x', 80) FROM generate_series(1, 2000000) i",
          "VACUUM ANALYZE events")
# Every shard is sorted by the worker that holds it.
SORTS = ("SELECT max(place) FROM (SELECT row_number() OVER (PARTITION BY device ORDER BY payload) AS place FROM events) AS ranked;\n")
REFUSED = re.compile(r".*FATAL: .*(?:too many clients|remaining connection slots).*")


class Nodes:
    """A coordinator with `workers` (none: a node alone), each in a group of its own."""

    def __init__(self, stack, number, workers, megabytes, settings):
        self.groups = [MemoryGroup(megabytes, f"citus_init_bench_{number}_{index}") for index in range(workers + 1)]
        for group in self.groups:
            stack.callback(group.remove)
        self.cluster = Cluster([stack.enter_context(Place()) for _ in self.groups], BINDIR, number, settings={**BASE, **settings})
        self.nodes = []
        for index, group in enumerate(self.groups):
            with group:
                self.nodes.append(stack.enter_context(self.cluster.start(index, **({} if workers else {"CITUS_WORKERS": None}))))
        for node in self.nodes:
            node.wait_ready()
        if workers:
            wait_until(lambda: self.cluster.psql(self.nodes[0], "SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards")
                       == str(workers), self.nodes[0].output)

    def run(self, program, *words, check=True):
        return self.nodes[0].inside(f"{BINDIR}/{program}", "-p", self.cluster.port, "-U", "postgres", *words, "postgres",
                                    timeout=900, check=check)

    def fill(self, statements):
        self.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", *(word for sql in statements for word in ("-c", sql)))

    def killed(self):
        return sum(group.killed() for group in self.groups)

    def refused(self):
        """The lines of the servers' logs."""
        return [line for node in self.nodes for line in REFUSED.findall(node.stdout + node.stderr)]


def rate(done):
    """Transactions a second; 0 where no client was left to finish."""
    return tps_of(done.stdout) if "tps" in done.stdout else 0.0


def compare(kinds, rounds, words):
    """{kind: (median rate, median ratio to the first kind)}"""
    rates = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, nodes in kinds.items():
            rates[name].append(rate(nodes.run("pgbench", "-n", "-j", "1", *words, check=False)))
    base = rates[next(iter(kinds))]
    return {name: (statistics.median(own), statistics.median(a / b if b else float("inf") for a, b in zip(own, base)))
            for name, own in rates.items()}


def sorts(rounds, seconds):
    with ExitStack() as stack, tempfile.NamedTemporaryFile("w", suffix=".sql", dir="/tmp") as script:
        script.write(SORTS)
        script.flush()
        Path(script.name).chmod(0o644)
        kinds = {name: Nodes(stack, 97 + index, 2, 512, settings) for index, (name, settings) in enumerate(KINDS.items())}
        for nodes in kinds.values():
            nodes.fill(EVENTS)
        found = compare(kinds, rounds, ("-c", "18", "-T", str(seconds), "-f", script.name))
        print("| coordinator and two workers of 512 MB, 18 clients that sort | killed | refused | queries a second | ratio |\n|---|---|---|---|---|")
        for name, nodes in kinds.items():
            print(f"| {name} | {nodes.killed()} | {len(nodes.refused())} | {found[name][0]:.1f} | {found[name][1]:.2f} |", flush=True)
            print("\n".join(nodes.refused()[:5]), end="", file=sys.stderr)


def tpcb(rounds, seconds, scale):
    with ExitStack() as stack:
        kinds = {name: Nodes(stack, 101 + index, 0, 4096, settings) for index, (name, settings) in enumerate(KINDS.items())}
        for nodes in kinds.values():
            nodes.run("pgbench", "-i", "-q", "-s", str(scale))
            nodes.fill(("VACUUM ANALYZE", "CHECKPOINT"))
        found = compare(kinds, rounds, ("-c", "8", "-T", str(seconds)))
        print(f"| a node of 4 GB, TPC-B at scale {scale}, 8 clients | killed | refused | transactions a second | ratio |\n|---|---|---|---|---|")
        for name, nodes in kinds.items():
            print(f"| {name} | {nodes.killed()} | {len(nodes.refused())} | {found[name][0]:.0f} | {found[name][1]:.2f} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--scale", type=int, default=100)
    options.add_argument("--only", choices=("sorts", "tpcb"))
    chosen = options.parse_args()
    if chosen.only != "tpcb":
        sorts(chosen.rounds, chosen.seconds)
    if chosen.only != "sorts":
        tpcb(chosen.rounds, chosen.seconds, chosen.scale)


if __name__ == "__main__":
    main()
