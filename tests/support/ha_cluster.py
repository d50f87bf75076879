"""A whole cluster under Patroni: groups of members, one etcd, and a client that counts what was acknowledged."""
import json
import pathlib
import subprocess
import tempfile
import time

from support.background import Background
from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd
from support.pid_namespace import wait_until
from support.scratch import SCRATCH

WRITER = str(pathlib.Path(__file__).with_name("acknowledged_writer.py"))
PASSWORD = "client's own"
GROUPS = {0: ("c1", "c2"), 1: ("a1", "a2"), 2: ("b1", "b2")}


class HaCluster:
    def __init__(self, programs, is_real, groups=None, **settings):
        self.programs, self.is_real, self.settings = programs, is_real, settings
        self.groups = groups or GROUPS
        names = [name for group in self.groups.values() for name in group]
        self.networks = Networks([*names, "etcd", "client"])
        self.nodes, self.etcd = {}, None

    def __enter__(self):
        self.networks.__enter__()
        self.etcd = Etcd(self.networks, "etcd")
        for group, names in self.groups.items():
            for name in names:
                self.nodes[name] = self.member(name, group)
                self.nodes[name].start()
        return self

    def member(self, name, group):
        return HaNode(self.networks, name, self.programs, group, **self.settings)

    def __exit__(self, *_):
        for node in self.nodes.values():
            node.__exit__(None, None, None)
        self.etcd.stop()
        self.networks.__exit__(None, None, None)

    # --- Who leads ---

    def leader(self, group):
        """The name of the member that leads, as its own Patroni reports; None where nobody leads."""
        return next((name for name in self.groups[group] if self.rest(name, "/primary") == "200"), None)

    def wait_leader(self, group, other_than=None, deadline=90):
        def leads():
            name = self.leader(group)
            return name if name != other_than else None
        return wait_until(leads, lambda: f"a leader of group {group}: {self.logs(*self.groups[group])}", deadline)

    def replica(self, group):
        leader = self.wait_leader(group)
        return next(name for name in self.groups[group] if name != leader)

    def wait_whole(self, deadline=120):
        """Every group has a leader and a standby that is synchronous, and every leader's catalog has the leaders."""
        wait_until(lambda: not self.what_is_missing(), lambda: f"{self.what_is_missing()}{self.logs()}", deadline)

    def what_is_missing(self):
        leaders = {group: self.leader(group) for group in self.groups}
        for group, names in self.groups.items():
            if leaders[group] is None:
                return f"no leader of group {group}"
            standby = next(name for name in names if name != leaders[group])
            roles = self.roles(leaders[group])
            if roles.get(standby) not in ("sync_standby", "quorum_standby"):
                return f"{standby} is no synchronous standby of {leaders[group]}: {roles}"
            if not self.nodes[leaders[group]].has_synchronous_replica(standby):
                return f"{standby} does not stream synchronously from {leaders[group]}"
        wanted = "\n".join(f"{group}|{leaders[group]}" for group in sorted(self.groups))
        # The stand-in has no daemon that updates the workers later.
        for name in leaders.values() if self.is_real else [leaders[0]]:
            rows = self.nodes[name].sql("SELECT groupid, nodename FROM pg_dist_node WHERE noderole = 'primary' "
                                        "AND isactive ORDER BY 1")
            if rows != wanted:
                return f"pg_dist_node of {name}: {rows!r} instead of {wanted!r}"
        return ""

    def roles(self, name):
        """What the store has of that member's group: names and roles, as Patroni calls them."""
        answer = self.nodes[name].curl("/cluster")
        members = json.loads(answer)["members"] if answer.startswith("{") else []
        return {member["name"]: member["role"] for member in members}

    def rest(self, name, path, *options):
        """The status of the REST API's answer, "000" for none."""
        return self.nodes[name].curl(path, "-o", "/dev/null", "-w", "%{http_code}", *options)

    def logs(self, *names):
        return "".join(f"\n== {name}\n{self.nodes[name].log()[-3000:]}" for name in names or self.nodes)

    def sql(self, statement, group=0):
        return self.nodes[self.wait_leader(group)].sql(statement)

    def restart(self, name):
        """As the engine does with a container that has ended."""
        self.nodes[name].start()


class Writer:
    """One client of the coordinators, whichever leads; what was acknowledged has to stay."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.directory = tempfile.TemporaryDirectory(prefix="writer.", dir=SCRATCH)
        self.path = pathlib.Path(self.directory.name, "acknowledged")
        self.path.touch()
        hosts = ",".join(GROUPS[0])
        conninfo = (f"host={hosts} port=5432 dbname=citus user=postgres password='client\\'s own' sslmode=require "
                    "target_session_attrs=read-write")
        with open(self.path.with_name("errors"), "wb") as errors:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", cluster.networks.namespace("client"), "unshare", "--mount", "sh", "-c",
                 'mount --bind "$1" /etc/hosts && exec /usr/bin/python3 "$2" "$3" "$4"', "sh",
                 cluster.networks.hosts, WRITER, conninfo, str(self.path)], stderr=errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.directory.cleanup()

    def acknowledged(self):
        """Numbers and when they were acknowledged."""
        lines = self.path.read_text("ascii").splitlines()
        return [(int(number), float(moment)) for number, moment in map(str.split, lines)]

    def wait_more(self, count=5, deadline=90):
        before = len(self.acknowledged())
        wait_until(lambda: len(self.acknowledged()) >= before + count,
                   lambda: f"{count} more writes: {self.errors()[-2000:]}{self.cluster.logs()}", deadline)

    def errors(self):
        return self.path.with_name("errors").read_text("utf-8", "replace")

    def longest_gap(self):
        moments = [moment for _, moment in self.acknowledged()]
        return max((later - sooner for sooner, later in zip(moments, moments[1:])), default=0.0)

    def lost(self):
        """What was acknowledged and is not there."""
        acknowledged = self.acknowledged()
        there = set(self.cluster.sql("SELECT id FROM written").split())
        return [number for number, _ in acknowledged if str(number) not in there]


class PrimaryProbe(Background):
    """Asks both members of a group all the time whether they take writes, and notes when both did at one instant."""

    def __init__(self, cluster, group):
        super().__init__(pause=0.1)
        self.members = [cluster.nodes[name] for name in GROUPS[group]]
        self.doubles, self.probes = [], 0

    def step(self):
        first, second = self.members
        # Between two times that the first one took writes, the second one did.
        if takes_writes(first) and takes_writes(second) and takes_writes(first):
            self.doubles.append(time.monotonic())
        self.probes += 1


def takes_writes(node):
    try:
        return node.sql("SELECT NOT pg_is_in_recovery()", database="postgres") == "t"
    except (subprocess.SubprocessError, OSError):
        return False
