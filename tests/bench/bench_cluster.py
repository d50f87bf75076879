#!/usr/bin/env python3
"""What watching over a cluster costs: the planner, a pass that finds nothing to do, an idle coordinator with a secret.

Needs root, real Citus in PG_BINDIR, and the targets planner_bench and pass_bench beside the binary.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
# pylint: disable=wrong-import-position
from bench.bench_join import PROGRAMS, Cluster  # noqa: E402
from bench.nodes import Node  # noqa: E402
from support.mesh import Mesh  # noqa: E402
from support.pid_namespace import children_of  # noqa: E402


def passes(build, workers, runs):
    """Rows of the reconciler's own time, beside what a person would type."""
    with tempfile.TemporaryDirectory(prefix="ci") as directory:
        os.chmod(directory, 0o755)
        cluster = Cluster(directory, workers)
        try:
            cluster.by_agent(workers)
            node = cluster.coordinator
            subprocess.run([build / "pass_bench", node.directory, str(node.port), "app", str(runs), node.host,
                            *(host for host, _ in cluster.addresses(workers))], check=True)
        finally:
            cluster.stop()


def agent_below(pid):
    """The pid, as seen from here; None: there is none."""
    if b"agent" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
        return pid
    return next((found for found in map(agent_below, children_of(pid)) if found), None)


def busy(pid):
    """Nanoseconds on a CPU, of all its threads that live."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def idle(workers, seconds):
    """Rows of the coordinator's agent with a secret, its interval the default, when nothing happens."""
    names = ("c", *(f"w{number}" for number in range(1, workers + 1)))
    with Mesh(PROGRAMS, names) as mesh:
        mesh.start_all(CITUS_RECONCILE_INTERVAL=None, CITUS_GUC_LOG_CONNECTIONS="on", CITUS_LOG_LEVEL="info")
        time.sleep(5)  # the joining is over
        pid = agent_below(mesh.nodes["c"].process.pid)
        opened = {name: connections(mesh, name) for name in names}
        assert all(opened.values()), opened  # the logs have what is counted
        before, start = (Node.switches(pid), busy(pid)), time.monotonic()
        time.sleep(seconds)
        minutes = (time.monotonic() - start) / 60
        wakes, work = Node.switches(pid) - before[0], busy(pid) - before[1]
        own = (connections(mesh, "c") - opened["c"]) / minutes
        theirs = sum(connections(mesh, name) - opened[name] for name in names[1:]) / minutes
        print(f"| agent of an idle coordinator with a secret and {workers} workers: wake-ups in 1 s, CPU | "
              f"{wakes / minutes / 60:.2f}, {work / 1e9 / minutes / 60 * 100:.3f} % | | | |")
        print(f"| the same: connections in 1 min to its own server, to all workers | {own:.1f}, {theirs:.1f} | | | |", flush=True)


def connections(mesh, name):
    """Of our own programs, since the start."""
    return len(re.findall("connection authorized:.*application_name=citus-init", mesh.nodes[name].stderr))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/bench/tests/bench"), help="where the two programs are")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--nodes", type=int, default=10000, help="for the planner")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=120, help="of idleness")
    arguments = parser.parse_args()
    print("| what | citus-init | the other | ratio | budget |\n|---|---|---|---|---|", flush=True)
    build = arguments.build.absolute()
    subprocess.run([build / "planner_bench", str(arguments.nodes), str(arguments.runs)], check=True)
    passes(build, arguments.workers, arguments.runs)
    idle(arguments.workers, arguments.seconds)


if __name__ == "__main__":
    main()
