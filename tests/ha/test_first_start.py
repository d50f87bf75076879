"""A group's first start that is killed in the middle."""
import os
import signal

import pytest

from support.ha_node import HaNode, least_ttl
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.pid_namespace import wait_until

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

# It is reported after a ttl.
TIMES = {"CITUS_PATRONI_TTL": least_ttl(12), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}


@pytest.fixture(name="member")
def fixture_member(programs):
    with Networks(["etcd", "c"], subnet="10.231.13") as networks, Etcd(networks, "etcd"):
        with HaNode(networks, "c", programs) as member:
            yield member


def test_it_is_reported_with_what_lets_another_begin(member):
    member.start(**TIMES)
    member.wait((member.pgdata / "PG_VERSION").exists, "initdb")
    os.kill(member.node.pid1, signal.SIGKILL)
    wait_until(lambda: member.node.process.poll() is not None, "its end")

    member.start(**TIMES)
    member.node.wait_output("nobody makes group 0", stream="stderr")
    member.wait(lambda: "degraded: nobody makes group 0" in str(member.state()), "health reports it")
    remove = ["patronictl", "-c", str(member.patroni_directory / "patroni.yml"), "remove", "demo", "--group", "0"]
    answers = "demo\nYes I am aware\n"
    done = member.node.inside(*remove, user="postgres", check=False, input=answers)
    assert done.returncode == 0, done.stdout + done.stderr
    member.wait_leader()
