"""CITUS_RESTORE under Patroni: one member of each group restores it, the others become its replicas."""
# pylint: disable=redefined-outer-name
import json
import subprocess

import pytest

from support.ha_backed_up import BackedUp, backed_up, wait_archived
from support.patroni_member import what_is_missing
from support.pgbackrest import needs_pgbackrest
from support.tier import nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              needs_pgbackrest, pytest.mark.xdist_group(__name__)]

ROWS = "SELECT string_agg(v, ' ' ORDER BY v) FROM public.kept"


class Restored(BackedUp):
    """Its rows are `public.kept` of each group's own server."""

    def write(self, text):
        for group in self.groups:
            self.leading(group).sql(
                "SET citus.enable_ddl_propagation = off; CREATE TABLE IF NOT EXISTS public.kept (v text); "
                f"INSERT INTO public.kept VALUES ('{text}')")

    def save(self, *arguments):
        """The verb, once nobody else is at work: a restored cluster saves itself at once."""
        leader = self.leading(0)
        def done():
            run = leader.node.inside("citus-init", *arguments, check=False, environment=leader.settings)
            assert run.returncode in (0, 75), run.stdout + run.stderr
            return run.returncode == 0
        leader.wait(done, "the end of another backup", 90)

    def rows(self):
        return {name: node.sql(ROWS) for name, node in self.nodes.items()}

    def lose(self, *names):
        """Stops the members and empties their volumes."""
        for name in names:
            assert self.nodes[name].stop() == 0, self.nodes[name].log()
            self.nodes[name].forget()

    def etcdctl(self, *arguments):
        return subprocess.run(
            ["ip", "netns", "exec", self.networks.namespace("etcd"), "/usr/bin/etcdctl", "--endpoints", self.etcd.url, *arguments],
            env={"PATH": "/usr/bin", "ETCDCTL_API": "3"}, capture_output=True, text=True, check=True).stdout

    def forget_keys(self, path=""):
        self.etcdctl("del", "--prefix", f"/service/demo/{path}")

    def restoring(self, group):
        """The names of the members that have restored the group."""
        return [name for name in self.groups[group]
                if f"this member restores group {group}" in self.nodes[name].node.stderr]


@pytest.fixture(scope="module")
def cluster(programs, is_real):
    with backed_up(Restored, programs, is_real) as whole:
        for group in whole.groups:
            whole.wait_archived(group)
        leader = whole.leading(0)
        leader.wait(lambda: leader.state().get("backup", {}).get("last_full"), "the first backup", 90)
        yield whole


PHASES = ["none", "files", "moving", "recovering", "settling"]


def phase_of(node):
    """How far its restore has come, as an index of PHASES: 0 before the first and after the last."""
    try:
        return PHASES.index(json.loads((node.pgdata / "citus_init.restore.json").read_text("ascii"))["phase"])
    except FileNotFoundError:
        return 0


def test_a_restore_on_empty_volumes_needs_a_scope_without_keys(cluster):
    cluster.write("before")
    cluster.save("restore-point", "wanted")
    cluster.write("later")
    cluster.save("backup")  # no replica of what is restored can be made from it
    cluster.lose(*cluster.nodes)
    node = cluster.nodes["a1"]
    node.start(CITUS_RESTORE="wanted")
    node.node.wait_output("CITUS_RESTORE has no effect: group 1 of \"demo\" has a cluster", stream="stderr")
    assert node.stop() == 0, node.log()
    node.forget()
    cluster.forget_keys()


def test_one_member_of_each_group_restores_it_and_the_others_become_replicas(cluster):
    first, other, worker = (cluster.nodes[name] for name in ("c1", "c2", "a1"))
    worker.start(CITUS_RESTORE="wanted")
    worker.wait(lambda: "waiting for a member of group 0" in (worker.state().get("reason") or ""), "its reason")
    first.start(CITUS_RESTORE="wanted")
    for node, group in ((first, 0), (worker, 1)):
        node.node.wait_output(f"this member restores group {group} of", stream="stderr")
    other.start(CITUS_RESTORE="wanted")
    # Whatever this one is told: another member restores its group.
    cluster.nodes["a2"].start()
    other.wait(lambda: "waiting for the member c1 (c1:5432), which restores group 0" in (other.state().get("reason") or ""),
               "its reason")
    cluster.wait_whole(240)
    assert [cluster.restoring(group) for group in cluster.groups] == [["c1"], ["a1"]]
    assert cluster.rows() == dict.fromkeys(cluster.nodes, "before")
    for node in (first, worker):
        assert node.sql("SELECT count(*) FROM pg_prepared_xacts") == "0"
        assert "handed over to Patroni" in node.node.stderr
        assert not (node.pgdata / "citus_init.restore.json").exists()
        wait_archived(node)
    for name in ("c2", "a2"):
        assert "replica has been created using pgbackrest" in cluster.nodes[name].node.stderr
        assert "has no effect" not in cluster.nodes[name].node.stderr


def test_a_restored_member_starts_again_as_any_other(cluster):
    """Its claim is still there, and CITUS_RESTORE is still set."""
    cluster.write("again")
    for name in ("a1", "a2"):
        assert cluster.nodes[name].stop() == 0, cluster.nodes[name].log()
    for name in ("a2", "a1"):
        cluster.nodes[name].start(CITUS_RESTORE="wanted")
    cluster.wait_whole(120)
    assert cluster.restoring(1) == []
    assert cluster.rows() == dict.fromkeys(cluster.nodes, "again before")


@nightly
def test_a_restore_that_is_killed_in_each_phase_goes_on_and_nobody_else_begins_one(cluster):
    cluster.save("restore-point", "second")
    cluster.write("unwanted")
    cluster.lose(*cluster.nodes)
    cluster.forget_keys()
    first, worker = cluster.nodes["c1"], cluster.nodes["a1"]
    for node in (first, worker):
        node.start(CITUS_RESTORE="second")
        node.node.wait_output("this member restores group", stream="stderr")
    for name in ("c2", "a2"):
        cluster.nodes[name].start(CITUS_RESTORE="second")
    for phase in ("files", "recovering", "settling"):
        for node in (first, worker):
            node.wait(lambda node=node, phase=phase: phase_of(node) >= PHASES.index(phase) or node.patroni(), phase, 90)
            cluster.kill(node)
            node.start(CITUS_RESTORE="second")
    cluster.wait_whole(240)
    assert cluster.rows() == dict.fromkeys(cluster.nodes, "again before")
    assert cluster.restoring(0) + cluster.restoring(1) == []  # the claims of before hold
    for name in ("c2", "a2"):
        assert "handed over" not in cluster.nodes[name].node.stderr


@nightly
def test_a_group_that_was_lost_is_restored_to_the_end_of_its_wal(cluster):
    cluster.save("backup", "--type", "full")
    cluster.write("last")
    cluster.leading(1).sql("SELECT pg_switch_wal()")
    cluster.wait_archived(1)
    cluster.lose("a1", "a2")
    cluster.forget_keys("1/")
    # Another member than the one that pg_dist_node names.
    led = cluster.sql("SELECT nodename FROM pg_dist_node WHERE groupid = 1")
    names = sorted(("a1", "a2"), key=lambda name: name == led)
    for name in names:
        cluster.nodes[name].start(CITUS_RESTORE="latest")
        if name == names[0]:
            cluster.nodes[name].node.wait_output("this member restores group 1", stream="stderr")
    cluster.wait_whole(240)
    assert cluster.wait_leader(1) == names[0]
    assert cluster.rows() == dict.fromkeys(cluster.nodes, "again before last")
    assert "restored to the end of its WAL" in cluster.nodes[names[0]].node.stderr


@nightly
def test_a_member_with_a_cluster_does_not_lead_while_another_restores_its_group(cluster):
    for name in cluster.nodes:
        assert cluster.nodes[name].stop() == 0
    cluster.forget_keys()
    cluster.nodes["a1"].forget()
    cluster.nodes["a1"].start(CITUS_RESTORE="latest")
    cluster.nodes["a1"].node.wait_output("this member restores group 1", stream="stderr")
    other = cluster.nodes["a2"]
    other.start()
    assert other.node.process.wait(60) == 65, other.log()
    assert "the member a1 (a1:5432) restores group 1" in other.log()
    assert (other.pgdata / "global/pg_control").exists()
    assert cluster.nodes["a1"].stop() == 0
