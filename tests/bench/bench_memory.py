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
from bench.servers import Nodes  # noqa: E402
from support.memory_group import MemoryGroup  # noqa: E402
from support.mesh import SECRET  # noqa: E402

BASE = {"CITUS_CLUSTER_SECRET": SECRET}
KINDS = {"PostgreSQL's defaults": {}, "CITUS_TUNE=auto": {"CITUS_TUNE": "auto"}}
EVENTS = ("CREATE TABLE events (device int, payload text)",
          "SELECT create_distributed_table('events', 'device')",
          "INSERT INTO events SELECT i % 2000, md5(i::text) || repeat('x', 80) FROM generate_series(1, 2000000) i")
# Every shard is sorted by the worker that holds it.
SORTS = ("SELECT max(place) FROM (SELECT row_number() OVER (PARTITION BY device ORDER BY payload) AS place FROM events) AS ranked;\n")
REFUSED = re.compile(r".*FATAL: .*(?:too many clients|remaining connection slots).*")


class Limited(Nodes):
    """Each node in a control group of its own."""

    def __init__(self, stack, number, workers, megabytes, settings):
        self.groups = [MemoryGroup(megabytes, f"citus_init_bench_{number}_{index}") for index in range(workers + 1)]
        for group in self.groups:
            stack.callback(group.remove)
        super().__init__(stack, number, workers, {**BASE, **settings}, self.groups)

    def killed(self):
        return sum(group.killed() for group in self.groups)

    def refused(self):
        """The lines of the servers' logs."""
        return [line for node in self.nodes for line in REFUSED.findall(node.stdout + node.stderr)]


def rate(text):
    """Transactions a second, of what pgbench printed; 0 where no client was left to finish."""
    return tps_of(text) if "tps" in text else 0.0


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
        kinds = {name: Limited(stack, 97 + index, 2, 512, settings) for index, (name, settings) in enumerate(KINDS.items())}
        for nodes in kinds.values():
            nodes.fill(EVENTS)
        found = compare(kinds, rounds, ("-c", "18", "-T", str(seconds), "-f", script.name))
        print("| coordinator and two workers of 512 MB, 18 clients that sort | killed | refused | queries a second | ratio |\n|---|---|---|---|---|")
        for name, nodes in kinds.items():
            print(f"| {name} | {nodes.killed()} | {len(nodes.refused())} | {found[name][0]:.1f} | {found[name][1]:.2f} |", flush=True)
            print("\n".join(nodes.refused()[:5]), end="", file=sys.stderr)


def tpcb(rounds, seconds, scale):
    with ExitStack() as stack:
        kinds = {name: Limited(stack, 101 + index, 0, 4096, settings) for index, (name, settings) in enumerate(KINDS.items())}
        for nodes in kinds.values():
            nodes.fill((), scale)
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
