"""One group of two members, each on a network of its own, and a client at the socket of whichever leads."""
import time

from support.background import Background
from support.ha_cluster import takes_writes
from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd
from support.pid_namespace import wait_until

NAMES = ("c1", "c2")
TIMES = {"CITUS_PATRONI_TTL": "20", "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}
SYNCHRONOUS = ("sync_standby", "quorum_standby")


class HaPair:
    def __init__(self, programs, subnet, **settings):
        self.networks = Networks(["etcd", *NAMES], subnet)
        self.members = {name: HaNode(self.networks, name, programs, **{**TIMES, **settings}) for name in NAMES}
        self.etcd = None

    def __enter__(self):
        self.networks.__enter__()
        self.etcd = Etcd(self.networks, "etcd")
        return self

    def __exit__(self, *_):
        for member in self.members.values():
            member.__exit__(None, None, None)
        self.etcd.stop()
        self.networks.__exit__(None, None, None)

    def start(self, **mounts):
        """`mounts`: of each member, by its name."""
        for name, member in self.members.items():
            member.start(mounts=mounts.get(name))
        self.wait_whole()

    def leader(self):
        return next((member for member in self.members.values() if member.rest("/primary") == "200"), None)

    def replica_of(self, leader):
        return next(member for member in self.members.values() if member is not leader)

    def roles(self, member):
        return {each["name"]: each["role"] for each in member.answer("/cluster").get("members", [])}

    def whole(self):
        """The leader and its synchronous replica, both ready; None where it is not so."""
        leader = self.leader()
        replica = leader and self.replica_of(leader)
        if leader and self.roles(leader).get(replica.name) in SYNCHRONOUS and leader.has_synchronous_replica(
                replica.name) and all(member.state().get("state") == "ready" for member in self.members.values()):
            return leader, replica
        return None

    def wait_whole(self, deadline=90):
        return wait_until(self.whole, lambda: f"a leader and a synchronous replica that are ready: {self.log()}", deadline)

    def log(self):
        return "".join(f"\n== {name} {member.state()}\n{member.log()[-5000:]}" for name, member in self.members.items())

    def health(self, member, *options):
        """The output of `citus-init health` in the container, and its exit code."""
        done = member.node.inside("citus-init", "health", *options, environment=member.settings, check=False)
        return done.returncode, done.stdout + done.stderr


class PairWriter(Background):
    """Writes into whichever leads, one row after the other; what was acknowledged has to stay."""

    def __init__(self, pair):
        super().__init__(0.05)
        self.pair, self.number, self.acknowledged, self.moments = pair, 0, [], []
        self.members = list(pair.members.values())

    def __enter__(self):
        self.pair.leader().sql("CREATE TABLE IF NOT EXISTS written (id bigint)")
        super().__enter__()
        self.wait_more()
        return self

    def step(self):
        self.number += 1
        self.members.sort(key=takes_writes, reverse=True)
        try:
            if self.members[0].sql(f"INSERT INTO written VALUES ({self.number}) RETURNING id") == str(self.number):
                self.acknowledged.append(self.number)
                self.moments.append(time.monotonic())
        except Exception:  # pylint: disable=broad-except
            pass  # it is not acknowledged

    def wait_more(self, count=3, deadline=60):
        wanted = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= wanted, lambda: f"{count} more writes: {self.pair.log()}", deadline)

    def longest_gap(self):
        return max((later - sooner for sooner, later in zip(self.moments, self.moments[1:])), default=0.0)

    def lost(self, member):
        """What was acknowledged and is not there."""
        there = set(member.sql("SELECT id FROM written").split())
        return [number for number in self.acknowledged if str(number) not in there]
