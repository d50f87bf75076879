"""Each fault of a whole cluster: nothing acknowledged is lost, one primary per group, pg_dist_node ends right.

CITUS_INIT_NIGHTLY=1 runs all of them; without it those that take a minute each are left out. With the
stand-in the client writes into a table of the coordinator's own, and only that one's pg_dist_node is compared.
"""
import json
import os
import signal
import subprocess
import time

import pytest

from support.ha_cluster import GROUPS, PASSWORD, HaCluster, PrimaryProbe, Writer
from support.ha_node import least_ttl, patroni_version
from support.patroni_member import what_is_missing
from support.pid_namespace import wait_until
from support.tier import first_by_day, nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              pytest.mark.xdist_group(__name__)]
PATRONI_CHECKS = {"unreachable", "nodes-unknown", "unread", "disabled", "unsynced", "high-availability", "roles", "extensions",
                  "group-unknown", "group-leader", "group-paused", "no-standby", "not-synchronous", "standby-behind",
                  "patroni-version", "wal-level", "no-two-phase-commit", "auto-conf", "pending-restart",
                  "configuration-file", "settings-differ", "prepared-transaction", "slot-keeps-wal", "clock-skew"}
TIMES = {"CITUS_PATRONI_TTL": os.environ.get("CITUS_INIT_HA_TTL", least_ttl(15)), "CITUS_PATRONI_LOOP_WAIT": "2",
         "CITUS_PATRONI_RETRY_TIMEOUT": "3"}


@pytest.fixture(scope="module")
def cluster(programs, is_real):
    with HaCluster(programs, is_real, CITUS_EXPECTED_WORKER_GROUPS="2", **TIMES) as whole:
        began = time.monotonic()
        whole.wait_whole(240)
        print(f"whole after {time.monotonic() - began:.1f} s")
        distribute = "SELECT create_distributed_table('written', 'id')" if is_real else "SELECT 1"
        quoted = PASSWORD.replace("'", "''")
        whole.sql(f"ALTER ROLE postgres PASSWORD '{quoted}'")
        whole.sql("CREATE TABLE written (id bigint)")
        whole.sql(distribute)
        yield whole


@pytest.fixture
def under_load(cluster, request):
    """A healthy cluster with a client; afterwards all that this page promises."""
    cluster.wait_whole()
    cluster.sql("TRUNCATE written")
    with Writer(cluster) as writer:
        writer.wait_more()
        yield cluster, writer
        writer.wait_more()
        cluster.wait_whole()
        writer.wait_more()
        assert not writer.lost()
        print(f"{request.node.name}: {len(writer.acknowledged())} acknowledged, longest gap {writer.longest_gap():.1f} s")
    cluster.sql("SELECT recover_prepared_transactions()")
    for group in GROUPS:
        wait_until(lambda group=group: cluster.sql("SELECT count(*) FROM pg_prepared_xacts", group) == "0",
                   f"no prepared transaction is left in group {group}")


def doctor(cluster, name, *options):
    """What `citus-init doctor` in the container of a member reports, as JSON."""
    member = cluster.nodes[name]
    done = member.node.inside("citus-init", "doctor", "-o", "json", *options, environment=member.settings, check=False)
    assert done.stdout.startswith("{"), done.stderr + member.log()
    return json.loads(done.stdout)


def found(report):
    """{check: nodes}"""
    by_check = {}
    for finding in report["findings"]:
        by_check.setdefault(finding["check"], set()).add(finding["node"].removesuffix(":5432"))
    return by_check


def examined_whole(cluster, name):
    """Of a cluster that has just been made: a member lets others in once its agent knows their addresses."""
    def whole():
        report = doctor(cluster, name)
        return report if all(node["answers"] for node in report["nodes"]) else None
    return wait_until(whole, lambda: f"an answer of all: {doctor(cluster, name)}", 60)


def test_the_doctor_examines_every_member_from_any(cluster):
    cluster.wait_whole()
    leaders = {cluster.wait_leader(group) for group in GROUPS}
    names = {name for group in GROUPS.values() for name in group}
    # What the tests' own settings ask for, on each member and nowhere else.
    usual = {"fsync-off": names}
    if patroni_version() < (3, 3):
        usual["patroni-version"] = names
    for name in (cluster.wait_leader(0), cluster.replica(0), cluster.wait_leader(1), cluster.replica(2)):
        report = examined_whole(cluster, name)
        assert {node["node"].removesuffix(":5432"): (node["role"], node["standby"], node["answers"])
                for node in report["nodes"]} == {
                    member: ("coordinator" if group == 0 else "worker", member not in leaders, True)
                    for group, members in GROUPS.items() for member in members}
        checks = found(report)
        for check, nodes in usual.items():
            assert checks.pop(check) == nodes, report
        # Those of this machine and of the stand-in, which are the same under Patroni and without it.
        assert not set(checks) & PATRONI_CHECKS, report
        assert all(nodes <= names for nodes in checks.values()), report

    replica = cluster.replica(1)
    server = cluster.nodes[replica].postmaster()
    os.kill(server, signal.SIGSTOP)
    try:
        report = doctor(cluster, cluster.wait_leader(2))
    finally:
        os.kill(server, signal.SIGCONT)
    assert found(report)["unreachable"] == {replica}, report
    paused = cluster.nodes[cluster.wait_leader(1)]
    paused.curl("/config", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", '{"pause": true}')
    try:
        wait_until(lambda: "group 1" in found(doctor(cluster, replica)).get("group-paused", ()), "the pause is seen")
    finally:
        paused.curl("/config", "-X", "PATCH", "-H", "Content-Type: application/json", "-d", '{"pause": null}')
        wait_until(lambda: "group-paused" not in found(doctor(cluster, replica)), "it is over")
    kill_init(cluster, replica)
    try:
        wait_until(lambda: "group 1" in found(doctor(cluster, cluster.wait_leader(0))).get("no-standby", ()),
                   "the lost standby is seen", 60)
    finally:
        cluster.restart(replica)
        cluster.wait_whole()


def kill_init(cluster, name):
    os.kill(cluster.nodes[name].node.pid1, signal.SIGKILL)
    wait_until(lambda: cluster.nodes[name].node.process.poll() is not None, f"the end of {name}")


@pytest.mark.parametrize("group", first_by_day([0, 1]))
def test_a_primary_that_is_killed_is_replaced(under_load, group):
    cluster, writer = under_load
    old = cluster.wait_leader(group)
    with PrimaryProbe(cluster, group) as probe:
        kill_init(cluster, old)
        cluster.wait_leader(group, other_than=old)
        writer.wait_more()
        cluster.restart(old)
        cluster.wait_whole()
    assert probe.probes > 3 and not probe.doubles


def test_a_primary_whose_patroni_is_frozen_ends_before_another_is_promoted(under_load):
    cluster, writer = under_load
    old = cluster.wait_leader(1)
    frozen = cluster.nodes[old].freeze_patroni()
    with PrimaryProbe(cluster, 1) as probe:
        wait_until(lambda: cluster.nodes[old].is_gone(frozen), cluster.nodes[old].log, 40)
        cluster.wait_whole()
        writer.wait_more()
    assert probe.probes > 3 and not probe.doubles


@nightly
def test_a_patroni_that_is_killed_is_started_again_and_nobody_notices(under_load):
    cluster, writer = under_load
    old = cluster.wait_leader(1)
    killed = cluster.nodes[old].patroni()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: cluster.nodes[old].patroni() not in (None, killed), cluster.nodes[old].log)
    writer.wait_more()


@nightly
@pytest.mark.parametrize("group", [0, 2])
def test_a_postmaster_that_is_killed_comes_back(under_load, group):
    cluster, writer = under_load
    name = cluster.wait_leader(group)
    killed = cluster.nodes[name].postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: cluster.nodes[name].is_gone(killed), "its end")
    writer.wait_more()


@pytest.mark.parametrize("group", [pytest.param(0, marks=nightly), 1])
def test_a_primary_that_is_cut_off_gives_way(under_load, group):
    cluster, writer = under_load
    old = cluster.wait_leader(group)
    with PrimaryProbe(cluster, group) as probe:
        cluster.networks.link(old, "down")
        try:
            # It cannot be asked by anybody but itself.
            cluster.wait_leader(group, other_than=old)
            writer.wait_more()
        finally:
            cluster.networks.link(old, "up")
        cluster.wait_whole()
    assert probe.probes > 3 and not probe.doubles


@nightly
def test_writes_go_on_while_etcd_is_frozen(under_load):
    cluster, writer = under_load
    leaders = {group: cluster.leader(group) for group in GROUPS}
    cluster.etcd.process.send_signal(signal.SIGSTOP)
    try:
        end = time.monotonic() + 2 * int(TIMES["CITUS_PATRONI_TTL"])
        while time.monotonic() < end:
            writer.wait_more(deadline=10)
    finally:
        cluster.etcd.process.send_signal(signal.SIGCONT)
    # Their keys had run out, so that each takes its own anew: for a moment none is there.
    wait_until(lambda: {group: cluster.leader(group) for group in GROUPS} == leaders, "the leaders as before", 20)
    assert writer.longest_gap() < 10


def switch_over(cluster, group, leader):
    body = f'{{"leader": "{leader}"}}'
    status = cluster.nodes[leader].rest("/switchover", "-X", "POST", "-m", "60", "-H",
                                        "Content-Type: application/json", "-d", body)
    assert status == "200", status
    return cluster.wait_leader(group, other_than=leader)


@pytest.mark.parametrize("group", first_by_day([1, 0]))
def test_a_switchover_hands_over(under_load, group):
    cluster, writer = under_load
    leader = cluster.wait_leader(group)
    with PrimaryProbe(cluster, group) as probe:
        switch_over(cluster, group, leader)
        writer.wait_more()
        cluster.wait_whole()
    assert not probe.doubles


@nightly
def test_everything_restarts_one_after_the_other(under_load):
    cluster, writer = under_load
    for group in (1, 2, 0):
        for name in (cluster.replica(group), cluster.leader(group)):
            assert cluster.nodes[name].stop() == 0, cluster.nodes[name].log()
            cluster.restart(name)
            cluster.wait_whole()
            writer.wait_more()


@nightly
def test_a_member_comes_back_with_another_address(under_load):
    cluster, writer = under_load
    name = cluster.wait_leader(2)
    kill_init(cluster, name)
    cluster.networks.move(name)
    cluster.restart(name)
    writer.wait_more()
    cluster.wait_whole()


@nightly
def test_a_coordinator_and_a_worker_that_cannot_reach_each_other(under_load):
    cluster, writer = under_load
    worker, coordinator = cluster.wait_leader(1), cluster.wait_leader(0)
    route = ["ip", "-n", cluster.networks.namespace(worker), "route"]
    blackhole = ["blackhole", cluster.networks.address(coordinator) + "/32"]
    subprocess.run([*route, "add", *blackhole], check=True)
    try:
        time.sleep(5)  # the fault's length
    finally:
        subprocess.run([*route, "del", *blackhole], check=True)
    writer.wait_more()
