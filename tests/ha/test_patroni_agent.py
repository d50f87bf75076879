"""The agent beside a real Patroni: what it reports to PID 1."""
import json
import os
import signal
import subprocess
import time

import pytest

from support.networks import Networks
from support.own_program import BINARY
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


def test_it_reports_a_pulse_every_one_to_three_seconds(cluster):
    started = time.monotonic()
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse", pulse_with(answer="alive", role="primary", state="running", paused=False))
        for _ in range(5):
            agent.wait_for("pulse", pulse_with(answer="alive"), 10)
        # Five intervals, of one second while the contact with etcd is in doubt, however late each pulse is read.
        assert time.monotonic() - started > 5


def test_a_frozen_patroni_is_silent_and_its_role_is_remembered(cluster):
    pid = cluster.worker.patroni()
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse", pulse_with(answer="alive", role="primary"))
        os.kill(pid, signal.SIGSTOP)
        try:
            agent.wait_for("pulse", pulse_with(answer="silent", role="primary", state="running"), 8)
            # Two seconds is what it waits for an answer.
            agent.wait_for("pulse", pulse_with(answer="silent"), 4)
        finally:
            os.kill(pid, signal.SIGCONT)
        agent.wait_for("pulse", pulse_with(answer="alive"), 5)


def test_maintenance_is_reported(cluster):
    with start_agent(cluster.worker) as agent:
        cluster.worker.ask("/config", "PATCH", '{"pause": true}')
        try:
            agent.wait_for("pulse", pulse_with(answer="alive", paused=True), 20)
        finally:
            cluster.worker.ask("/config", "PATCH", '{"pause": null}')
        agent.wait_for("pulse", pulse_with(answer="alive", paused=False), 20)


def test_a_worker_is_ready_and_says_who_it_is(cluster, is_real):
    with start_agent(cluster.worker) as agent:
        assert agent.wait_for("readiness", lambda text: not text) == ""
        assert agent.wait_for("membership", lambda text: "leader" in text) == "leader of group 1, no replica"
        kinds = [kind for kind, _ in agent.reports]
        assert kinds.index("node") < kinds.index("prepared")
        node = json.loads(dict(agent.reports)["node"])
        assert node["database"] == "citus" and node["server_id"]
        # The stand-in's version is none.
        assert bool(node["citus_version"]) == is_real


def test_the_coordinator_waits_for_its_workers(cluster):
    with start_agent(cluster.coordinator, CITUS_EXPECTED_WORKER_GROUPS="2") as agent:
        agent.wait_for("readiness", lambda text: text == "2 worker groups: group 2 is not registered")
    with start_agent(cluster.coordinator) as agent:
        agent.wait_for("readiness", lambda text: not text)


def test_without_citus_nobody_is_ready(cluster):
    """What Patroni calls a primary and ready, REST alone."""
    with start_agent(cluster.worker, PATRONI_CITUS_DATABASE="other") as agent:
        agent.wait_for("readiness", lambda text: 'Citus: there is not even the database "other"' in text)
        cluster.worker.sql("CREATE DATABASE other")
        try:
            agent.wait_for("readiness", lambda text: 'Citus: it is not in the database "other"' in text)
        finally:
            agent.__exit__()
            cluster.worker.sql("DROP DATABASE other")


def test_the_password_is_set_once(cluster):
    verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'"
    cluster.coordinator.sql("SET citus.enable_ddl_propagation = off; ALTER ROLE postgres PASSWORD NULL")
    assert cluster.coordinator.sql(verifier) == ""
    with start_agent(cluster.coordinator, POSTGRES_PASSWORD="0123") as agent:
        wait_until(lambda: cluster.coordinator.sql(verifier).startswith("SCRAM-SHA-256$"), "the password", 20)
        agent.wait_for("readiness", lambda text: not text)
    made = cluster.coordinator.sql(verifier)
    with start_agent(cluster.coordinator, POSTGRES_PASSWORD="another") as agent:
        agent.wait_for("membership")
    assert cluster.coordinator.sql(verifier) == made
    # From the network, where no certificate is asked of a client.
    assert login(cluster, "0123") == "1"
    assert login(cluster, "another") == ""


def login(cluster, password):
    return subprocess.run(
        ["ip", "netns", "exec", cluster.networks.namespace("etcd"), cluster.coordinator.programs + "/psql",
         "-XAtqc", "SELECT 1"], capture_output=True, text=True, check=False,
        env={"PGHOST": cluster.networks.address("c"), "PGUSER": "postgres", "PGDATABASE": "citus",
             "PGPASSWORD": password, "PATH": "/usr/bin:/bin"}).stdout.strip()


def test_a_row_that_was_changed_by_hand_is_reported_with_its_fix(cluster):
    change = "UPDATE pg_dist_node SET nodeport = {} WHERE groupid = 1"
    with start_agent(cluster.coordinator, CITUS_PATRONI_TTL="20") as agent:
        agent.wait_for("readiness", lambda text: not text)
        cluster.coordinator.sql(change.format(5433))
        try:
            warning = agent.wait_for("warning", lambda text: "w:5433" in text, 40)
            assert "pg_dist_node has w:5433 for group 1, which does not answer. It says: " in warning
            assert "end Patroni on the coordinator's leader" in warning
            agent.wait_for("membership", lambda text: "degraded: pg_dist_node has w:5433" in text, 5)
        finally:
            cluster.coordinator.sql(change.format(5432))
        agent.wait_for("membership", lambda text: "degraded" not in text, 30)


def test_ending_patroni_puts_the_row_right(cluster):
    """The fix of the finding above."""
    row = "SELECT nodeport FROM pg_dist_node WHERE groupid = 1"
    cluster.coordinator.sql("UPDATE pg_dist_node SET nodeport = 5433 WHERE groupid = 1")
    cluster.coordinator.restart_patroni()
    wait_until(lambda: cluster.coordinator.sql(row) == "5432", "the row", 30)


def test_a_store_with_other_values_is_reported_or_changed(cluster):
    cluster.worker.ask("/config", "PATCH", '{"ttl": 25}')
    # Patroni answers from what it read in its last loop.
    wait_until(lambda: json.loads(cluster.worker.ask("/config"))["ttl"] == 25, "the store's own value", 20)
    with start_agent(cluster.worker) as agent:
        assert json.loads(agent.wait_for("lease")) == {
            "ttl": 25, "loop_wait": 5, "retry_timeout": 5, "failsafe_mode": True, "synchronous_mode": True}
        warning = agent.wait_for("warning", lambda text: "configuration store" in text)
        assert "ttl is 25, here 20" in warning and "CITUS_RECONCILE_DCS_CONFIG=apply" in warning
    assert json.loads(cluster.worker.ask("/config"))["ttl"] == 25
    with start_agent(cluster.worker, CITUS_RECONCILE_DCS_CONFIG="apply"):
        wait_until(lambda: json.loads(cluster.worker.ask("/config"))["ttl"] == 20, "the store", 20)


def test_the_addresses_of_all_members_are_reported(cluster):
    addresses = {cluster.networks.address(name) for name in ("c", "w")}
    with start_agent(cluster.coordinator) as agent:
        agent.wait_for("peers", lambda text: set(text.split(",")) == addresses)


def run_verb(member, *arguments):
    """A verb as `docker exec` runs it."""
    done = subprocess.run(
        ["ip", "netns", "exec", member.networks.namespace(member.name), "unshare", "--mount", "sh", "-c",
         'mount --bind "$0" /etc/hosts && exec "$@"', member.networks.hosts, BINARY, *arguments],
        env={**member.environment, "CITUS_RUN_DIR": str(member.directory / "run")}, capture_output=True,
        text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_status_shows_every_group(cluster):
    for member in cluster.members:
        status, text = run_verb(member, "status")
        assert status == 0, text
        rows = [line.split() for line in text.splitlines()]
        assert ["0", "c", "leader", "running", "1", "c:5432"] in rows, text
        assert ["1", "w", "leader", "running", "1", "w:5432"] in rows, text
    status, text = run_verb(cluster.coordinator, "status", "-o", "json")
    listing = json.loads(text)
    assert [group["members"][0]["name"] for group in listing["groups"]] == ["c", "w"]
    assert listing["findings"] == [] and listing["trouble"] == ""


def test_a_hung_patroni_is_not_live(cluster):
    state = {"state": "ready", "reason": "", "node": "w", "role": "worker", "pid": os.getpid(),
             "postmaster": 0, "restarts": 0, "since": "", "data_directory": "", "joined": True,
             "membership": ""}
    (cluster.worker.directory / "run/citus-init.json").write_text(json.dumps(state), "ascii")
    assert run_verb(cluster.worker, "health", "--live")[0] == 0
    pid = cluster.worker.patroni()
    os.kill(pid, signal.SIGSTOP)
    try:
        status, text = run_verb(cluster.worker, "health", "--live")
        assert status == 1 and "Patroni does not answer" in text
    finally:
        os.kill(pid, signal.SIGCONT)


def test_it_ends_with_pid_1(cluster):
    with start_agent(cluster.worker) as agent:
        agent.wait_for("pulse")
        agent.socket.close()
        assert agent.finished(5)[0] == 0
