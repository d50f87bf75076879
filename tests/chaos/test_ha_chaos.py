"""One group under random faults of whole members and a writer: never two primaries, no acknowledged row lost, and it
becomes whole each time.

CITUS_INIT_CHAOS_SECONDS: how long (60). CITUS_INIT_CHAOS_SEED: which faults. CITUS_INIT_PATRONI: another Patroni.
"""
import os
import random
import signal
import time
from contextlib import suppress

import pytest

from support.frozen import StoppedByCgroup, StoppedBySignals, recording
from support.ha_node import least_ttl, patroni_version
from support.ha_pair import HaPair
from support.patroni_member import what_is_missing
from support.tier import nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())), nightly]
SECONDS = int(os.environ.get("CITUS_INIT_CHAOS_SECONDS", "60"))
SEED = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
TTL = int(least_ttl(10))
TIMES = {"CITUS_PATRONI_TTL": str(TTL), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3",
         "CITUS_GUC_WAL_RECEIVER_TIMEOUT": "10s"}
HEALED = 240
# A session that was open when its member stood still may read what is old by then (docs/high-availability.md).
AFTER_THAW = 1.0


class Faults:
    """Each lasts between a third of the lease and twice as long."""

    def __init__(self, pair, chance):
        self.pair, self.chance = pair, chance
        self.thaws = []  # (member's name, when)

    def strike(self):
        leader, replica = self.pair.wait_whole(HEALED)
        member = self.chance.choice([leader, leader, replica])
        fault = self.chance.choice([self.freeze, self.freeze, self.leave_store, self.leave_peer, self.leave_all,
                                    self.kill_patroni, self.kill_server, self.kill_container, self.restart,
                                    self.stop_store])
        print(f"{time.strftime('%T')} {fault.__name__} of {member.name}, "
              f"{'leader' if member is leader else 'replica'}", flush=True)
        fault(member)

    def last(self):
        time.sleep(self.chance.uniform(TTL / 3, TTL * 2))  # how long a fault lasts is what is tried

    def freeze(self, member):
        ways = [StoppedBySignals] if StoppedByCgroup.missing else [StoppedBySignals, StoppedByCgroup]
        stop = self.chance.choice(ways)(member.node)
        stop.freeze()
        try:
            self.last()
        finally:
            self.thaws.append((member.name, time.time()))
            stop.thaw()
        self.pair.wait_whole(HEALED)
        stop.close()

    def cut(self, member, others):
        for other in others:
            self.pair.networks.cut(member.name, other)
        try:
            self.last()
        finally:
            for other in others:
                self.pair.networks.heal(member.name, other)

    def leave_store(self, member):
        self.cut(member, ["etcd"])

    def leave_peer(self, member):
        self.cut(member, [self.pair.replica_of(member).name])

    def leave_all(self, member):
        self.cut(member, ["etcd", self.pair.replica_of(member).name])

    @staticmethod
    def kill_patroni(member):
        kill(member.patroni())

    @staticmethod
    def kill_server(member):
        kill(member.postmaster())

    def kill_container(self, member):
        os.kill(member.node.pid1, signal.SIGKILL)
        member.node.process.wait()
        self.chance.choice([self.last, lambda: None])()
        member.start()

    def restart(self, member):
        assert member.stop() == 0, member.log()
        member.start()

    def stop_store(self, _):
        self.pair.etcd.process.send_signal(signal.SIGSTOP)
        try:
            self.last()
        finally:
            self.pair.etcd.process.send_signal(signal.SIGCONT)


def kill(pid):
    # None: it was killed a moment ago, and nobody has noticed.
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def two_primaries(moments, thaws):
    """Who was a primary, and when, within a second in which another one was before and after: [(name, moment)]."""
    def is_old(name, moment):
        return any(name == thawed and 0 <= moment - when <= AFTER_THAW for thawed, when in thaws)

    terms = []  # [name, first moment, last moment], one after the other
    for moment, name in sorted((moment, name) for name, own in moments.items() for moment in own
                               if not is_old(name, moment)):
        if not terms or terms[-1][0] != name:
            terms.append([name, moment, moment])
        terms[-1][2] = moment
    return [(term[0], term[1]) for before, term, after in zip(terms, terms[1:], terms[2:]) if after[1] - before[2] < 1.0]


def test_the_check_sees_two_primaries():
    after = {"a": [1.0, 1.1, 1.2], "b": [5.0, 5.1]}
    assert not two_primaries(after, [])
    both = {"a": [1.0, 1.1, 1.2], "b": [1.15]}
    assert two_primaries(both, []) == [("b", 1.15)]
    assert not two_primaries(both, [("b", 1.1)]) and two_primaries(both, [("a", -9.0)])


def test_no_acknowledged_row_is_lost(programs):
    chance = random.Random(SEED)
    print(f"seed {SEED}, {SECONDS} s, Patroni {patroni_version()}, ttl {TTL} s", flush=True)
    with HaPair(programs, "10.231.24", **TIMES) as pair:
        pair.start()
        with recording(pair) as seen:
            faults, count = Faults(pair, chance), 0
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                faults.strike()
                count += 1
            leader, _ = pair.wait_whole(HEALED)
            seen.wait_written(leader)
            lost, acknowledged = seen.lost(leader), len(seen.acknowledged())
            moments = {name: seen.moments(member) for name, member in pair.members.items()}
        both = two_primaries(moments, faults.thaws)
        print(f"seed {SEED}: {count} faults, {acknowledged} rows acknowledged, {len(lost)} lost, "
              f"two primaries {len(both)} times")
    assert not lost and not both, (SEED, lost[:10], both[:10])
