#!/usr/bin/env python3
"""citus-init beside the same steps without it, in turn and in one run; prints medians and ratios."""
import argparse
import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from bench.instructions import instructions  # noqa: E402
from bench.nodes import BINDIR, ByHand, Citus, CitusInit, Official, OfficialPlain, has_citus  # noqa: E402
from support.cluster_template import template_of  # noqa: E402


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


@contextlib.contextmanager
def directories_kept():
    """Yields the list of nodes whose directories are removed at the end: for five minutes after a removal ext4
    looks, for each new file, for an inode that was not just freed, which no first start on a new volume pays."""
    nodes = []
    try:
        yield nodes
    finally:
        for node in nodes:
            node.destroy()


def fresh(kind, kept, **options):
    """From an empty directory to a query over TCP, Citus included."""
    node = kind(**options)
    kept.append(node)
    value = seconds(lambda: (node.start(), node.wait_ready()))
    node.stop()
    return value


def first_starts(runs, binary):
    copied = {"CITUS_TEMPLATE": "require", "CITUS_TEMPLATE_DIR": str(template_of(BINDIR))}
    with directories_kept() as kept:
        def ours(settings=None):
            return fresh(CitusInit, kept, binary=binary, settings=settings)
        row("empty directory to ready on TCP, against the same steps typed by hand",
            paired(runs, ours, lambda: fresh(ByHand, kept)), "0.9")
        row("the same, against the official entrypoint's way", paired(runs, ours, lambda: fresh(Official, kept)), "")
        row("empty directory to ready on TCP with a template, against the same steps typed by hand",
            paired(runs, lambda: ours(copied), lambda: fresh(ByHand, kept)), "0.33")
        row("the same, against the official entrypoint's way to plain PostgreSQL",
            paired(runs, lambda: ours(copied), lambda: fresh(OfficialPlain, kept)), "0.5")


class Warm:
    """One data directory per kind, started again and again."""

    def __init__(self, kind, **options):
        self.node = kind(**options)
        self.node.start()
        self.node.wait_ready()
        self.node.stop()
        for _ in range(1):  # what the first later start has to write, it writes here
            self.node.start_again()
            self.node.wait_ready()
            self.node.stop()

    def start(self):
        value = seconds(lambda: (self.node.start_again(), self.node.wait_accepting()))
        self.node.wait_ready()
        self.node.stop()
        return value

    def stop(self):
        self.node.start_again()
        self.node.wait_ready()
        self.node.settle()
        return seconds(self.node.stop)

    def crash(self):
        self.node.start_again()
        self.node.wait_ready()
        value = seconds(self.node.crash_and_wait)
        self.node.stop()
        return value

    def destroy(self):
        self.node.destroy()


def paired(runs, ours, other):
    """Medians of both, and the median of the ratios pair by pair."""
    pairs = [(ours(), other()) for _ in range(runs)]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


def row(what, result, budget):
    ours, other, ratio = result
    print(f"| {what} | {ours * 1000:.0f} ms | {other * 1000:.0f} ms | {ratio:.2f} | {budget} |", flush=True)


def count_row(binary):
    count = instructions(binary)
    print(f"| PID 1 until its first child, existing directory: instructions | {count if isinstance(count, str) else f'{count / 1e6:.1f} million'} "
          "| | | |", flush=True)


def footprint(binary):
    """Private memory and wake-ups of PID 1 and the agent of an idle coordinator."""
    # A worker to look for that does not answer.
    cluster = {"CITUS_WORKERS": "127.0.0.2:1", "CITUS_CLUSTER_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}
    node = CitusInit(binary=binary, settings=cluster if has_citus() else {})
    try:
        node.start()
        node.wait_ready()
        time.sleep(2)  # the start's own work is over
        for name, pid in node.own_processes().items():
            before, start = node.switches(pid), time.monotonic()
            time.sleep(10)
            rate = (node.switches(pid) - before) / (time.monotonic() - start) * 10
            print(f"| {name}: private memory (dirty), wake-ups in 10 s | {node.private_dirty(pid) / 1024:.1f} MB, {rate:.0f} | | | "
                  f"{'2 MB, 1' if name == 'PID 1' else '8 MB'} |", flush=True)
    finally:
        node.destroy()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="pairs of the long ones; of the short ones 4 and 8 times as many")
    parser.add_argument("--binary", default="build/release/citus-init")
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.binary)
    runs = arguments.runs
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}, "
          f"{subprocess.run([BINDIR + '/postgres', '-V'], capture_output=True, text=True, check=True).stdout.strip()}, "
          f"Citus: {Citus.version() or 'none'}; {runs} pairs of the long ones, 8 and 4 times as many of starts and stops\n")
    print("| what | citus-init | the other | ratio | budget |\n|---|---|---|---|---|")
    first_starts(runs, binary)
    ours, bare = Warm(CitusInit, binary=binary), Warm(ByHand)
    try:
        # Short ones, and as noisy as the others.
        row("existing directory to accepting, against bare postgres", paired(8 * runs, ours.start, bare.start), "1.03")
        row("SIGTERM to gone, against a bare fast shutdown", paired(4 * runs, ours.stop, bare.stop), "1.1")
        row("postmaster killed to accepting again, against a bare restart", paired(runs, ours.crash, bare.crash), "1.1")
    finally:
        ours.destroy()
        bare.destroy()
    count_row(binary)
    footprint(binary)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
