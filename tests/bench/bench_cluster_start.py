#!/usr/bin/env python3
"""A coordinator and two workers from empty volumes to the answer of a distributed query: with a template beside without.

Needs real Citus in PG_BINDIR. In turn (A B A B); prints when the nodes were ready and the workers registered, too.
"""
import argparse
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
# pylint: disable=wrong-import-position
from bench.nodes import Citus  # noqa: E402
from bench.servers import SETTINGS, SHARD_HOLDERS  # noqa: E402
from support.cluster_template import template_of  # noqa: E402
from support.loopback_cluster import Cluster  # noqa: E402
from support.node import BINDIR, Place  # noqa: E402

WORKERS = 2
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
STEPS = ("nodes ready", "workers registered", "query answered")
QUERY = ("CREATE TABLE t (a int)", "SELECT create_distributed_table('t', 'a')", "INSERT INTO t SELECT generate_series(1, 100)",
         "SELECT count(*) FROM t")


def registered(cluster, node):
    return cluster.psql(node, SHARD_HOLDERS) == str(WORKERS)


def start(number, settings):
    """Seconds from the start of the containers to each of the steps."""
    with ExitStack() as stack:
        places = [stack.enter_context(Place()) for _ in range(WORKERS + 1)]
        cluster = Cluster(places, BINDIR, number, settings={**SETTINGS, "CITUS_CLUSTER_SECRET": SECRET, **settings})
        times, began = [], time.perf_counter()
        # The interval of the test suites is shorter than the default.
        nodes = [stack.enter_context(cluster.start(index, CITUS_RECONCILE_INTERVAL=None)) for index in range(WORKERS + 1)]
        for node in nodes:
            node.wait_ready()
        times.append(time.perf_counter() - began)
        while not registered(cluster, nodes[0]):
            time.sleep(0.01)
        times.append(time.perf_counter() - began)
        words = [word for sql in QUERY for word in ("-c", sql)]
        answer = nodes[0].inside(f"{BINDIR}/psql", "-XAtq", "-U", "postgres", "-p", cluster.port, *words).stdout.split()
        times.append(time.perf_counter() - began)
        assert answer[-1] == "100", answer
        return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="pairs")
    runs = parser.parse_args().runs
    if not Citus.version():
        sys.exit("needs real Citus in PG_BINDIR")
    copied = {"CITUS_TEMPLATE": "require", "CITUS_TEMPLATE_DIR": str(template_of(BINDIR))}
    pairs = [(start(80, copied), start(81, {"CITUS_TEMPLATE": "off"})) for _ in range(runs)]
    print(f"Citus {Citus.version()}, {runs} pairs\n\n| step | with a template | without | ratio |\n|---|---|---|---|")
    for index, step in enumerate(STEPS):
        ours, other = ([pair[side][index] for pair in pairs] for side in (0, 1))
        print(f"| {step} | {statistics.median(ours) * 1000:.0f} ms | {statistics.median(other) * 1000:.0f} ms | "
              f"{statistics.median(a / b for a, b in zip(ours, other)):.2f} |")


if __name__ == "__main__":
    main()
