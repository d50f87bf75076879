"""ttl and loop_wait are changed in the configuration store, where all members take them from."""
import time

import pytest

from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.pid_namespace import wait_until

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

PORT = 8009
# The watchdog's timeout is ttl - loop_wait - 3: 77 s of the settings, 12 s of the store.
SETTINGS = {"CITUS_PATRONI_TTL": "90", "CITUS_PATRONI_LOOP_WAIT": "10", "CITUS_PATRONI_RETRY_TIMEOUT": "10",
            "CITUS_HTTP_LISTEN": f"127.0.0.1:{PORT}"}
STORE = '{"ttl": 20, "loop_wait": 5, "retry_timeout": 5}'
TTL = 20
ANSWER_TIMEOUT = 12


@pytest.fixture(name="leader")
def fixture_leader(programs):
    with Networks(["etcd", "c"], subnet="10.231.15") as networks, Etcd(networks, "etcd"):
        with HaNode(networks, "c", programs) as member:
            member.start(**SETTINGS)
            member.wait_ready()
            yield member


def lease(member):
    """What the listener shows of the lease: (seconds left, ttl); None: nothing."""
    found = [member.series(PORT).get(f"citus_init_ha_lease_{part}_seconds") for part in ("left", "ttl")]
    return None if None in found else found


def test_the_watchdog_and_the_metric_go_by_what_applies(leader):
    leader.wait(lambda: (seen := lease(leader)) and seen[1] == 90 and 90 / 2 < seen[0] <= 90, "the settings' ttl", 60)
    leader.curl("/config", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", STORE)
    leader.wait(lambda: f"does not answer for {ANSWER_TIMEOUT} s is ended" in leader.node.stderr, "what applies", 60)
    leader.wait(lambda: (seen := lease(leader)) and seen[1] == TTL and TTL / 2 < seen[0] <= TTL, "the store's ttl", 60)
    server = leader.postmaster()
    frozen = leader.freeze_patroni()
    began = time.monotonic()
    seen = []
    wait_until(lambda: seen.append(lease(leader)) or leader.is_gone(server), leader.log, TTL + 10)
    took = time.monotonic() - began
    # It runs out by itself while Patroni does not say anything, and is nobody's without a server.
    left = [each[0] for each in seen if each]
    assert left == sorted(left, reverse=True) and left[0] > TTL / 2 and min(left) < 0.4 * TTL, left
    assert ANSWER_TIMEOUT - 3 <= took <= TTL, took
    wait_until(lambda: leader.is_gone(frozen), "the end of the frozen Patroni", 10)
    leader.wait_leader()
    assert leader.stop() == 0, leader.log()
