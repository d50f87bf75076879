#!/usr/bin/env python3
"""What seeing a cluster costs: a scrape of the coordinator and the listener's memory beside postgres_exporter's on the same
server, and pgbench with metrics that are scraped each five seconds beside the same with the listener stopped (SIGSTOP).

Needs root, real Citus in PG_BINDIR, CITUS_INIT_BINARY, and Debian's prometheus-postgres-exporter.
"""
import argparse
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from bench.nodes import tps_of  # noqa: E402
from support.http_probe import free_port  # noqa: E402
from support.loopback_cluster import Cluster  # noqa: E402
from support.mesh import SECRET  # noqa: E402
from support.node import Place  # noqa: E402
from support.pid_namespace import children_of, status_field, wait_until  # noqa: E402

PROGRAMS = os.environ["PG_BINDIR"]
TABLES, SHARDS = 50, 32


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def milliseconds(url):
    start = time.perf_counter()
    get(url)
    return (time.perf_counter() - start) * 1000


def resident(pid):
    return int(status_field(pid, "VmRSS").split()[0])


def proportional(pid):
    """Pages that others map, too, those of libraries, count in part."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])


def listener_of(node):
    for pid in children_of(node.pid1):
        if b"\0http\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise AssertionError("no listener")


class Bench:
    """A coordinator and two workers; 50 distributed tables of 32 shards."""

    def __init__(self, stack):
        self.stack = stack
        self.http = free_port()
        self.cluster = Cluster([stack.enter_context(Place()) for _ in range(3)], PROGRAMS, 83,
                               server=("postgres", "-c", "fsync=off"),
                               settings={"CITUS_ENABLE": "true", "CITUS_CLUSTER_SECRET": SECRET,
                                         "POSTGRES_PASSWORD": "bench", "POSTGRES_INITDB_ARGS": "--no-sync"})
        self.nodes = [stack.enter_context(self.start(index)) for index in range(3)]
        for node in self.nodes:
            node.wait_ready()
        wait_until(lambda: self.sql("SELECT count(*) FROM pg_dist_node WHERE isactive AND metadatasynced") == "3",
                   self.nodes[0].output)
        self.sql(f"SET citus.shard_count = {SHARDS}; " + " ".join(
            f"CREATE TABLE t{i} (id bigint PRIMARY KEY, v text); SELECT create_distributed_table('t{i}', 'id');"
            for i in range(TABLES)))
        assert self.sql("SELECT count(*) FROM pg_dist_partition") == str(TABLES)

    def start(self, index):
        return self.cluster.start(index, **({} if index else {"CITUS_HTTP_LISTEN": f"127.0.0.1:{self.http}"}))

    def sql(self, text):
        return self.cluster.psql(self.nodes[0], text)

    def pgbench(self, seconds):
        done = self.nodes[0].inside(f"{PROGRAMS}/pgbench", "-U", "postgres", "-p", self.cluster.port, "-n", "-S", "-c", "4",
                                    "-j", "1", "-T", str(seconds), "postgres")
        return tps_of(done.stdout)


def scrapes(bench, runs):
    port = free_port()
    url = f"http://127.0.0.1:{bench.http}/metrics"
    source = f"host={bench.cluster.hosts[0]} port={bench.cluster.port} user=postgres password=bench dbname=postgres sslmode=require"
    with subprocess.Popen(["prometheus-postgres-exporter", f"--web.listen-address=127.0.0.1:{port}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, "DATA_SOURCE_NAME": source}) as exporter:
        other = f"http://127.0.0.1:{port}/metrics"

        def answers():
            try:
                return b"pg_up 1" in get(other)
            except OSError:
                return False
        wait_until(answers, "the exporter")
        wait_until(lambda: b"citus_node_up" in get(url), "the collector")
        pairs = [(milliseconds(url), milliseconds(other)) for _ in range(runs)]
        ours, theirs = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
        print(f"| a scrape of the coordinator | {ours:.1f} ms | {theirs:.1f} ms | {ours / theirs:.2f} | <= 0.25 |")
        for name, of in (("RSS", resident), ("PSS", proportional)):
            ours, theirs = of(listener_of(bench.nodes[0])), of(exporter.pid)
            print(f"| memory, {name} | {ours} kB | {theirs} kB | {ours / theirs:.2f} | <= 0.4 |")
        exporter.terminate()


def load(bench, rounds, seconds):
    bench.nodes[0].inside(f"{PROGRAMS}/pgbench", "-U", "postgres", "-p", bench.cluster.port, "-i", "-q", "postgres")
    listener = listener_of(bench.nodes[0])
    ended = threading.Event()
    stopped = threading.Event()

    def scrape():
        while not ended.wait(5):
            if not stopped.is_set():
                get(f"http://127.0.0.1:{bench.http}/metrics")
    scraper = threading.Thread(target=scrape)
    scraper.start()
    on, off = [], []
    for _ in range(rounds):
        on.append(bench.pgbench(seconds))
        stopped.set()
        os.kill(listener, signal.SIGSTOP)
        off.append(bench.pgbench(seconds))  # process 1 would kill it after 35 s
        os.kill(listener, signal.SIGCONT)
        stopped.clear()
    ended.set()
    scraper.join()
    ratios = [ours / other for ours, other in zip(on, off)]
    print(f"| pgbench -S -c 4, scraped each 5 s | {statistics.median(on):.0f} tps | {statistics.median(off):.0f} tps | "
          f"{statistics.median(ratios):.3f} | >= 0.99 |")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=40)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seconds", type=int, default=12)
    chosen = options.parse_args()
    print("| what | citus-init | beside it | ratio | budget |\n|---|---|---|---|---|")
    with ExitStack() as stack:
        bench = Bench(stack)
        scrapes(bench, chosen.runs)
        load(bench, chosen.rounds, chosen.seconds)


if __name__ == "__main__":
    main()
