#!/usr/bin/env python3
"""N workers joined from cold: the agent beside the same citus_add_node() calls typed by hand.

Needs real Citus in PG_BINDIR. Both use the same servers, in turn; after each the workers leave the
clean way, so that they are as empty as before.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
import citus_node  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = os.environ.get("PG_BINDIR", "/usr/lib/postgresql/15/bin")


class Cluster:
    def __init__(self, directory, size):
        port = citus_node.free_port("127.0.1.1")
        names = ["c", *(f"w{number}" for number in range(1, size + 1))]
        self.nodes = [citus_node.Node(PROGRAMS, os.path.join(directory, name), f"127.0.1.{number}", port)
                      for number, name in enumerate(names, start=1)]
        for node in self.nodes:
            node.create().start(shared_buffers="8MB", **{"citus.local_hostname": node.host})
            role = {} if node is self.coordinator else {"CITUS_ROLE": "worker", "CITUS_COORDINATOR_HOST": self.coordinator.host}
            assert node.prepare(**role).process.returncode == 0
            if role:
                continue
            # What both ways need first, so that neither pays for it.
            node.sql(f"SELECT citus_set_coordinator_host('{node.host}', {node.port})")

    @property
    def coordinator(self):
        return self.nodes[0]

    def addresses(self, count):
        return [(node.host, node.port) for node in self.nodes[1:count + 1]]

    def by_hand(self, count):
        statements = "".join(f"SELECT citus_add_node('{host}', {port});\n" for host, port in self.addresses(count))
        start = time.perf_counter()
        self.coordinator.sql(statements)
        return time.perf_counter() - start

    def by_agent(self, count):
        workers = ",".join(f"{host}:{port}" for host, port in self.addresses(count))
        start = time.perf_counter()
        with self.coordinator.agent(CITUS_WORKERS=workers, CITUS_INTERNODE_AUTH="trust") as agent:
            agent.wait_for("membership", f"{count} of {count} workers registered", 120)
            return time.perf_counter() - start

    def leave(self, count):
        for host, port in self.addresses(count):
            self.coordinator.sql(f"SELECT stop_metadata_sync_to_node('{host}', {port}); SELECT citus_remove_node('{host}', {port})")
        if self.coordinator.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'citus_init'"):
            self.coordinator.sql("DROP SCHEMA citus_init CASCADE")

    def stop(self):
        for node in self.nodes:
            node.stop()


def measure(cluster, count, runs):
    pairs = []
    for _ in range(runs):
        pair = []
        for way in (cluster.by_agent, cluster.by_hand):
            pair.append(way(count))
            cluster.leave(count)
        pairs.append(pair)
    ours, other = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"| {count} workers joined, against {count} citus_add_node() by hand | {ours * 1000:.0f} ms | {other * 1000:.0f} ms | {ratio:.2f} | 1.3 |",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 10, 20])
    arguments = parser.parse_args()
    version = subprocess.run([f"{PROGRAMS}/postgres", "-V"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{os.cpu_count()} CPUs, {version}; {arguments.runs} pairs\n")
    print("| what | citus-init | by hand | ratio | budget |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="ci") as directory:
        os.chmod(directory, 0o755)
        cluster = Cluster(directory, max(arguments.sizes))
        try:
            for size in arguments.sizes:
                measure(cluster, size, arguments.runs)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
