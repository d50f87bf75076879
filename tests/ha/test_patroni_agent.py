"""The agent beside a real Patroni: what it tells PID 1."""
import json
import os
import signal
import subprocess

import pytest

from support.networks import Networks
from support.patroni_agent import start_agent
from support.patroni_member import PATRONI, Etcd, Member, what_is_missing
from support.pid_namespace import wait_until

SECRET = "6b0c1f6e9ad24c1795bd0e4a8c37f2d1"

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


class Cluster:
    """One member in each group."""

    def __init__(self, networks, programs):
        self.networks = networks
        self.etcd = Etcd(networks, "etcd")
        common = {"PATRONI_ETCD3_HOSTS": networks.address("etcd") + ":2379", "CITUS_CLUSTER_SECRET": SECRET,
                  "POSTGRES_PASSWORD": "0123", "CITUS_ALLOW_OLD_PATRONI": "true",
                  "CITUS_EXPECTED_WORKER_GROUPS": "1"}
        self.members = [Member(networks, name, programs, {**common, "PATRONI_CITUS_GROUP": str(group)})
                        for group, name in enumerate(("c", "w"))]
        self.coordinator, self.worker = self.members
        version = subprocess.run(["/usr/bin/python3", PATRONI, "--version"], capture_output=True, text=True,
                                 check=True).stdout
        for member in self.members:
            member.write(version)

    def start(self):
        for member in self.members:
            member.start()
        for member in self.members:
            wait_until(lambda: member.get("/primary") == "200", f"a primary in {member.name}'s group", 60)

    def stop(self):
        for member in self.members:
            member.stop()
        self.etcd.stop()


@pytest.fixture(name="cluster", scope="module")
def fixture_cluster(programs):
    with Networks(["etcd", "c", "w"], subnet="10.231.10") as networks:
        cluster = Cluster(networks, programs)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def pulse_with(**fields):
    return lambda text: fields.items() <= json.loads(text).items()


def test_it_tells_a_pulse_each_second(cluster):
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse", pulse_with(answer="alive", role="primary", state="running", paused=False))
        agent.read(4.5)
        for _ in range(4):
            agent.wait_for("pulse", pulse_with(answer="alive"), 1.5)


def test_a_frozen_patroni_is_silent_and_its_role_is_remembered(cluster):
    pid = cluster.worker.patroni()
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse", pulse_with(answer="alive", role="primary"))
        os.kill(pid, signal.SIGSTOP)
        try:
            agent.wait_for("pulse", pulse_with(answer="silent", role="primary", state="running"), 5)
            # Two seconds is what it waits for an answer.
            agent.wait_for("pulse", pulse_with(answer="silent"), 4)
        finally:
            os.kill(pid, signal.SIGCONT)
        agent.wait_for("pulse", pulse_with(answer="alive"), 5)


def test_maintenance_is_told(cluster):
    with start_agent(cluster.worker) as agent:
        cluster.worker.ask("/config", "PATCH", '{"pause": true}')
        try:
            agent.wait_for("pulse", pulse_with(answer="alive", paused=True), 20)
        finally:
            cluster.worker.ask("/config", "PATCH", '{"pause": null}')
        agent.wait_for("pulse", pulse_with(answer="alive", paused=False), 20)


def test_it_ends_with_pid_1(cluster):
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse")
        agent.socket.close()
        assert agent.finished(5)[0] == 0
