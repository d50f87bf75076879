#!/usr/bin/env python3
"""A cluster of three groups under citus-init, beside the same under Patroni alone, with the same settings.

Needs real Citus in PG_BINDIR. Each way: from nothing to a distributed table, then one fault after the
other, with a client that writes a row every 50 ms. `bench_ha.py switchover idle` measures only what has one of
these words in its name.
"""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from support.ha_cluster import GROUPS, PASSWORD, HaCluster, PrimaryProbe, Writer  # noqa: E402
from support.ha_node import REST_PASSWORD, SECRET  # noqa: E402
from support.patroni_member import Member  # noqa: E402
from support.pid_namespace import children_of, wait_until  # noqa: E402

PROGRAMS = os.environ.get("PG_BINDIR", "/usr/lib/postgresql/15/bin")
PATRONI_VERSION = os.environ.get("CITUS_INIT_PATRONI_VERSION", "3.0.2")
MEMBERS = [name for names in GROUPS.values() for name in names]
FROZEN = 40  # seconds, twice ttl
IDLE = 120  # ticks of 10 ms: a hundredth of a percent


class Alone:
    """Patroni without citus-init, which has written its file and certificates; as HaNode is used."""

    def __init__(self, networks, name, group, settings):
        self.member = Member(networks, name, PROGRAMS, {
            "PATRONI_CITUS_GROUP": str(group), "PATRONI_ETCD3_HOSTS": networks.address("etcd") + ":2379",
            "CITUS_CLUSTER_SECRET": SECRET, "CITUS_ALLOW_OLD_PATRONI": "true",
            "CITUS_NODE_NETWORKS": ",".join(networks.address(member) + "/32" for member in MEMBERS), **settings})
        self.written = False

    def start(self):
        if not self.written:
            self.member.write(PATRONI_VERSION)
            self.written = True
        self.member.start()

    def kill(self):
        self.member.process.kill()
        self.member.process.wait()

    def __exit__(self, *_):
        self.member.stop()

    def log(self):
        return self.member.log()[-3000:]

    def curl(self, path, *options):
        run = str(self.member.directory / "run")
        return subprocess.run(
            ["ip", "netns", "exec", self.member.networks.namespace(self.member.name), "curl", "-s", "-m", "5", "--cacert",
             run + "/ca.crt", "--cert", run + "/server.crt", "--key", run + "/server.key", "--resolve",
             f"{self.member.name}:8008:{self.member.networks.address(self.member.name)}", "-u",
             "patroni:" + REST_PASSWORD, *options, f"https://{self.member.name}:8008{path}"],
            capture_output=True, text=True, check=False).stdout

    def sql(self, statement, database="citus"):
        return self.member.sql(statement, database=database)

    def patroni(self):
        return self.member.patroni()


class AloneCluster(HaCluster):
    def member(self, name, group):
        return Alone(self.networks, name, group, self.settings)


def kill(node):
    """As `docker kill`."""
    if isinstance(node, Alone):
        return node.kill()
    os.kill(node.node.pid1, signal.SIGKILL)
    return wait_until(lambda: node.node.process.poll() is not None, "its end")


def usable(cluster):
    began = time.monotonic()
    wait_until(lambda: cluster.leader(0) and cluster.nodes[cluster.leader(0)].sql(
        "SELECT count(*) FROM pg_dist_node WHERE isactive AND metadatasynced AND noderole = 'primary'") == "3",
        lambda: cluster.logs(), 200)
    cluster.sql("CREATE TABLE written (id bigint)")
    wait_until(lambda: "written" in cluster.sql("SELECT create_distributed_table('written', 'id');"
                                                "SELECT logicalrelid FROM pg_dist_partition"), cluster.logs, 60)
    return time.monotonic() - began


def measure(name, cluster, fault, figures):
    cluster.wait_whole()
    cluster.sql("TRUNCATE written")
    with Writer(cluster) as writer:
        writer.wait_more()
        again = fault()
        writer.wait_more(10, 120)
        if again:
            again()
        cluster.wait_whole()
        writer.wait_more()
        assert not writer.lost(), name
        figures[name] = f"{writer.longest_gap():.1f} s, {len(writer.errors().splitlines())}"


def kill_leader(cluster, group):
    def fault():
        name = cluster.wait_leader(group)
        kill(cluster.nodes[name])
        return cluster.nodes[name].start
    return fault


def switch_over(cluster, group):
    def fault():
        leader = cluster.wait_leader(group)
        body = f'{{"leader": "{leader}"}}'
        cluster.rest(leader, "/switchover", "-X", "POST", "-m", "60", "-H", "Content-Type: application/json", "-d", body)
    return fault


def freeze_patroni(cluster, figures):
    def fault():
        node = cluster.nodes[cluster.wait_leader(1)]
        frozen = node.patroni()
        with PrimaryProbe(cluster, 1) as probe:
            os.kill(frozen, signal.SIGSTOP)
            time.sleep(FROZEN)  # the fault's length
            try:
                os.kill(frozen, signal.SIGCONT)
            except ProcessLookupError:
                pass  # the watchdog was there
        figures["two primaries meanwhile"] = (
            f"{probe.doubles[-1] - probe.doubles[0]:.1f} s" if probe.doubles else "never")
    return fault


def cut_off(cluster, group):
    def fault():
        name = cluster.wait_leader(group)
        cluster.networks.link(name, "down")
        return lambda: cluster.networks.link(name, "up")
    return fault


def processes(node):
    """Host pids below a member's container, by kind."""
    top = node.member.process.pid if isinstance(node, Alone) else node.node.pid1
    found, pending = [], [top]
    while pending:
        pid = pending.pop()
        found.append(pid)
        pending += children_of(pid)
    return found


def is_ours(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text("ascii").startswith("citus-init")
    except OSError:
        return False


def memory(pids):
    """In MB, of those that still live: a callback of Patroni's is gone soon."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def seconds_of_cpu(pids):
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def idle(cluster, figures):
    cluster.wait_whole()
    node = cluster.nodes[cluster.wait_leader(1)]
    ours = [pid for pid in processes(node) if is_ours(pid)]
    # What the questions of the agent cost Patroni is the difference to Patroni alone.
    watched = {"PID 1 and agent": ours, "Patroni": [node.patroni()]}
    before, began = {name: seconds_of_cpu(pids) for name, pids in watched.items()}, time.monotonic()
    time.sleep(IDLE)  # what is measured
    took = time.monotonic() - began
    figures["memory beside Patroni (PSS)"] = f"{memory(ours):.1f} MB" if ours else "-"
    for name, pids in watched.items():
        figures[f"idle CPU: {name}"] = f"{100 * (seconds_of_cpu(pids) - before[name]) / took:.2f} %" if pids else "-"


def is_wanted(name):
    """Words of the command line choose what is measured; without any, all is."""
    words = sys.argv[1:]
    return not words or any(word in name for word in words)


def figures_of(kind):
    figures = {}
    with kind(PROGRAMS, True) as cluster:
        figures["from nothing to a distributed table"] = f"{usable(cluster):.1f} s"
        quoted = PASSWORD.replace("'", "''")
        cluster.sql(f"ALTER ROLE postgres PASSWORD '{quoted}'")
        for name, fault in (("worker's leader killed", kill_leader(cluster, 1)),
                            ("coordinator's leader killed", kill_leader(cluster, 0)),
                            ("switchover of a worker", switch_over(cluster, 1)),
                            ("switchover of the coordinator", switch_over(cluster, 0)),
                            ("worker's leader cut off", cut_off(cluster, 2)),
                            (f"Patroni of a worker's leader frozen for {FROZEN} s", freeze_patroni(cluster, figures))):
            if not is_wanted(name):
                continue
            try:
                measure(name, cluster, fault, figures)
            except AssertionError as error:
                figures[name] = "not whole again: " + str(error).split("\n", 1)[0]
            print(f"  {name}: {figures[name]}", file=sys.stderr, flush=True)
        if is_wanted("idle"):
            idle(cluster, figures)
    return figures


def main():
    ours, alone = figures_of(HaCluster), figures_of(AloneCluster)
    print(f"{os.cpu_count()} CPUs, Patroni {PATRONI_VERSION}; the longest time between two acknowledged writes, "
          "and how many writes failed meanwhile\n")
    print("| what | citus-init | Patroni alone |\n|---|---|---|")
    for name, figure in ours.items():
        print(f"| {name} | {figure} | {alone.get(name, '-')} |")


if __name__ == "__main__":
    main()
