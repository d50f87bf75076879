"""ttl and loop_wait are changed in the configuration store, where all members take them from."""
import time

import pytest

from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.pid_namespace import wait_until

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

# The watchdog's timeout is ttl - loop_wait - 3: 77 s of the settings, 12 s of the store.
SETTINGS = {"CITUS_PATRONI_TTL": "90", "CITUS_PATRONI_LOOP_WAIT": "10", "CITUS_PATRONI_RETRY_TIMEOUT": "10"}
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


def test_the_watchdog_goes_by_what_applies(leader):
    leader.curl("/config", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", STORE)
    leader.wait(lambda: f"does not answer for {ANSWER_TIMEOUT} s is ended" in leader.node.stderr, "what applies", 60)
    server = leader.postmaster()
    frozen = leader.freeze_patroni()
    began = time.monotonic()
    wait_until(lambda: leader.is_gone(server), leader.log, TTL + 10)
    took = time.monotonic() - began
    assert ANSWER_TIMEOUT - 3 <= took <= TTL, took
    wait_until(lambda: leader.is_gone(frozen), "the end of the frozen Patroni", 10)
    leader.wait_leader()
    assert leader.stop() == 0, leader.log()
