"""A leader that stood still, or whose Patroni hangs, for longer than its lease: another one leads, and never two.

CITUS_INIT_HA_FREEZES=50 repeats each freeze so often and prints the counts.
"""
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from support.frozen import StoppedByCgroup, StoppedBySignals, freeze_until_replaced, recording
from support.ha_node import PATRONI, least_ttl, patroni_version
from support.ha_pair import HaPair
from support.patroni_member import what_is_missing
from support.pid_namespace import wait_until
from support.tier import first_by_day, nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
TTL = int(least_ttl(10))
TIMES = {"CITUS_PATRONI_TTL": str(TTL), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}
FREEZES = int(os.environ.get("CITUS_INIT_HA_FREEZES", "1"))

# Its loop stands still as long as a file is there, as one does that waits for a name service; its REST API answers.
HANGING_PATRONI = """#!/usr/bin/python3
import os
import sys
import time
from contextlib import contextmanager, suppress
sys.path[:0] = {places}
import patroni.postgresql
from patroni.ha import Ha
run_cycle = Ha.run_cycle
def hang(self):
    while os.path.exists({file!r}):
        with open({file!r} + ".reached", "w") as reached:
            reached.write("yes")
        time.sleep(0.1)
    return run_cycle(self)
Ha.run_cycle = hang
if __name__ == "__main__":  # its children import it
    from patroni.__main__ import main
    sys.exit(main())
"""


def hang_file(member):
    return member.place.path / "hang"


def hang(member):
    """Returns once the loop stands still: one that runs without the store would demote the leader by itself."""
    reached = hang_file(member).with_name("hang.reached")
    reached.touch()
    reached.chmod(0o666)  # the member is another user
    hang_file(member).touch()
    wait_until(lambda: reached.read_text() == "yes", member.log, 4 * TTL)


@pytest.fixture(name="pair", scope="module")
def fixture_pair(programs):
    with HaPair(programs, "10.231.21", **TIMES) as pair:
        for member in pair.members.values():
            program = member.place.programs / "patroni"
            program.write_text(HANGING_PATRONI.format(places=[os.path.dirname(PATRONI)] if PATRONI else [],
                                                      file=str(hang_file(member))))
            program.chmod(0o755)
        pair.start()
        yield pair


@pytest.mark.parametrize("way", [
    pytest.param(StoppedByCgroup, marks=pytest.mark.skipif(
        bool(StoppedByCgroup.missing), reason=f"needs {StoppedByCgroup.missing}")),
    pytest.param(StoppedBySignals, marks=nightly)])
def test_a_leader_that_was_frozen_comes_back_as_a_replica(pair, way):
    outcomes = []
    for _ in range(FREEZES):
        outcomes.append(freeze_until_replaced(pair, way))
        print(f"{way.__name__}, Patroni {patroni_version()}: {outcomes[-1]}", flush=True)
    kept = [each for each in outcomes if each.kept]
    lost = [each for each in outcomes if each.lost]
    longest = max(each.primary_after_thaw for each in outcomes)
    print(f"{way.__name__}, Patroni {patroni_version()}: {len(outcomes)} freezes, kept the lead {len(kept)}, "
          f"lost rows {len(lost)}, primary after the thaw for {longest * 1000:.0f} ms at most")
    assert not kept and not lost and longest < 1.0, outcomes


@contextmanager
def cut_off(pair, member):
    pair.networks.link(member.name, "down")
    try:
        yield
    finally:
        pair.networks.link(member.name, "up")


@contextmanager
def asked_for_its_members(_, member):
    """As dashboards and `status` do; Patroni calls that a contact with the store."""
    ended = threading.Event()

    def ask():
        while not ended.wait(0.5):
            with suppress(AssertionError):  # it is being ended
                member.rest("/cluster")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        ended.set()
        asking.join()


@pytest.mark.parametrize("meanwhile", first_by_day([cut_off, asked_for_its_members], 0))
def test_a_leader_whose_loop_hangs_ends_before_another_leads(pair, meanwhile):
    leader, replica = pair.wait_whole()
    with recording(pair) as seen:
        server = leader.postmaster()
        hang(leader)
        try:
            with meanwhile(pair, leader):
                wait_until(lambda: leader.is_gone(server), leader.log, 2 * TTL)
                wait_until(lambda: replica.rest("/primary") == "200", replica.log, 3 * TTL)
                seen.wait_written(replica)
        finally:
            hang_file(leader).unlink()
        assert pair.wait_whole() == (replica, leader)
        assert max(seen.moments(leader)) < min(seen.moments(replica))
        assert not seen.lost(replica)
    assert "has not reached the configuration store" in leader.node.stderr


@nightly
def test_a_leader_that_all_members_answer_stays_without_the_store(pair):
    leader, _ = pair.wait_whole()
    server = leader.postmaster()
    pair.etcd.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with recording(pair) as seen:
            while time.monotonic() - began < 2 * TTL:
                seen.wait_written(leader, deadline=10)
    finally:
        pair.etcd.process.send_signal(signal.SIGCONT)
    assert leader.postmaster() == server, leader.log()
    assert pair.wait_whole()[0] is leader
