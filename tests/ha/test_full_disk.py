"""A data directory on a file system that is full: of the primary, of the replica."""
import os
import subprocess

import pytest

from support.ha_pair import HaPair, PairWriter
from support.networks import run
from support.patroni_member import what_is_missing
from support.pid_namespace import wait_until
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
FINDING = "MB are free where"


@pytest.fixture(name="pair")
def fixture_pair(programs):
    with HaPair(programs, "10.231.19", CITUS_GUC_MIN_WAL_SIZE="32MB", CITUS_GUC_MAX_WAL_SIZE="48MB",
                CITUS_GUC_WAL_KEEP_SIZE="0") as pair:
        for member in pair.members.values():
            member.place.data.mkdir()
            run("mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(member.place.data))
        try:
            pair.start()
            yield pair
        finally:
            for member in pair.members.values():
                if member.node:
                    member.node.__exit__(None, None, None)
                    member.node = None
                subprocess.run(["umount", str(member.place.data)], check=True)


def fill(member, leave=0):
    """So many bytes are free on its file system afterwards."""
    ballast = member.place.data / "ballast"
    with open(ballast, "ab", buffering=0) as file:
        while (space := os.statvfs(ballast)).f_bavail * space.f_frsize > leave:
            try:
                file.write(bytes(1 << 16))
            except OSError:
                break
    return ballast


def fill_up(leader, member):
    """No room is left, and the log needs some."""
    ballast = fill(member)
    for _ in range(3):
        leader.sql("SELECT pg_switch_wal()", database="postgres")
    return ballast


def test_a_primary_without_room_is_reported_and_comes_back_with_everything(pair):
    leader, _ = pair.wait_whole()
    with PairWriter(pair) as writer:
        ballast = fill_up(leader, leader)
        leader.node.wait_output("PANIC:", stream="stderr")
        leader.wait(lambda: FINDING in pair.health(leader)[1], "health reports it", 60)
        leader.node.wait_output("Free space there (never in pg_wal)", stream="stderr")
        ballast.unlink()
        # Whichever leads.
        members = pair.wait_whole()
        writer.wait_more()
    print(f"{writer.longest_gap():.1f} s at most between two writes; "
          f"{'the same' if members[0] is leader else 'another'} leads")
    for member in members:
        member.wait(lambda member=member: not writer.lost(member), "all rows")
        assert FINDING not in pair.health(member)[1]


@nightly
def test_a_primary_with_little_room_hands_over_when_it_is_stopped(pair):
    leader, replica = pair.wait_whole()
    with PairWriter(pair) as writer:
        ballast = fill(leader, leave=60 << 20)
        leader.wait(lambda: FINDING in pair.health(leader)[1], "health reports it", 60)
        assert pair.health(leader)[0] == 0
        leader.stop()
        wait_until(lambda: pair.leader() is replica, pair.log)
        writer.wait_more()
        ballast.unlink()
        leader.start()
        assert pair.wait_whole() == (replica, leader)
    assert not writer.lost(replica)


@nightly
def test_a_replica_without_room_is_reported_and_nobody_waits_for_it(pair):
    leader, replica = pair.wait_whole()
    with PairWriter(pair) as writer:
        ballast = fill_up(leader, replica)
        replica.wait(lambda: FINDING in pair.health(replica)[1] and pair.health(replica)[0] != 0, "health reports it", 60)
        writer.wait_more()
        ballast.unlink()
        assert pair.wait_whole() == (leader, replica)
        writer.wait_more()
    print(f"{writer.longest_gap():.1f} s at most between two writes")
    assert not writer.lost(leader)
    replica.wait(lambda: not writer.lost(replica), "all rows on the replica")
