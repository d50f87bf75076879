"""Archiving and backups of a cluster under Patroni: two groups of two members, one repository."""
import json
import os

import pytest

from support.ha_backed_up import BackedUp, archiving, backed_up, wait_archived
from support.patroni_member import what_is_missing
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import open_gate
from support.tier import nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              needs_pgbackrest, pytest.mark.xdist_group(__name__)]


def switch_wal(node):
    """The name of the segment that ends with it."""
    return node.sql("SELECT pg_create_restore_point('x'); SELECT pg_walfile_name(pg_switch_wal())").splitlines()[-1]


@pytest.fixture(scope="module")
def cluster(programs, is_real):
    with backed_up(BackedUp, programs, is_real) as whole:
        yield whole


def test_the_coordinators_leader_alone_makes_what_is_due(cluster):
    leader = cluster.leading(0)
    leader.node.wait_output("scheduled backup is made: 2 full", stream="stderr", deadline=90)
    leader.wait(lambda: leader.state().get("backup", {}).get("last_full"), "its time in the state")
    for name, node in cluster.nodes.items():
        assert node is leader or ("scheduled" not in node.node.stderr and "backup" not in node.state()), name


def test_the_leader_archives_and_after_a_failover_the_next_one_without_a_gap(cluster):
    for group in (0, 1):
        cluster.wait_archived(group)
        replica = cluster.following(group)
        assert archiving(replica) is None and "WAL" not in (replica.state()["reason"] or "")
        assert f"--stanza=shop-{group} archive-get" in replica.sql("SHOW restore_command")
        assert (replica.patroni_directory / "pgbackrest.conf").stat().st_mode & 0o777 == 0o600
    old, successor = cluster.leading(1), cluster.following(1)
    (old.place.programs / "broken").touch()
    lost = [switch_wal(old) for _ in range(3)]
    old.wait(lambda: "No space left on device" in archiving(old).get("text", ""), "the failure")
    successor.wait(lambda: (successor.pgdata / f"pg_wal/archive_status/{lost[-1]}.done").exists(), "its WAL")
    assert not set(lost) & set(cluster.repository.segments("shop-1"))
    cluster.kill(old)
    assert cluster.wait_leader(1, other_than=old.name) == successor.name
    cluster.wait_archived(1)
    later = switch_wal(successor)
    assert later.startswith("00000002")
    wait_until(lambda: {*lost, later} <= set(cluster.repository.segments("shop-1")), lambda: successor.log())
    assert "WAL files that were received as a replica are archived, too" in successor.node.stderr
    assert sorted(stanza.name for stanza in cluster.repository.path.glob("archive/*")) == ["shop-0", "shop-1"]
    (old.place.programs / "broken").unlink()
    cluster.restart(old.name)
    cluster.wait_whole()
    assert archiving(old) is None
    assert "Failed to archive WAL segment" not in old.node.stderr  # by Patroni, before it rewound it


def test_each_group_is_backed_up_by_its_leader_whoever_calls(cluster):
    points, backups = cluster.counts()
    whole = json.loads(cluster.verb(cluster.following(1), "backup", "-o", "json"))
    assert [(group["stanza"], group["node"].split(":")[0]) for group in whole["backups"]] == [
        ("shop-0", "coordinator"), ("shop-1", cluster.wait_leader(1))]
    assert cluster.verb(cluster.following(0), "restore-point", "wanted").startswith("restore point wanted: 2 groups")
    assert cluster.counts() == (points + 2, [count + 1 for count in backups])
    listing = json.loads(cluster.verb(cluster.following(1), "backups", "-o", "json"))
    point = next(point for point in listing["points"] if point["name"] == "wanted")
    assert point["restorable"], point
    timelines = {group["group"]: group["timeline"] for group in point["manifest"]["groups"]}
    assert timelines == {0: 1, 1: 2}


@nightly
def test_a_failover_during_a_backup_is_reported_and_makes_no_point(cluster):
    points, backups = cluster.counts()
    old, successor = cluster.leading(1), cluster.following(1)
    gate = old.place.programs / "gate"
    os.mkfifo(gate, 0o666)
    gate.chmod(0o666)
    with cluster.calling(cluster.following(0), "backup") as caller:
        old.wait(lambda: old.sql("SELECT state FROM citus_init.backup ORDER BY requested_at DESC LIMIT 1") == "running",
                 "the base backup")
        cluster.kill(old)
        _, errors = caller.communicate(timeout=90)
    open_gate(gate)
    last = errors.splitlines()[-1]
    assert caller.returncode == 1, errors
    assert "no restore point was made" in last and "Those of shop-0 are complete and stay" in last, errors
    assert f"group 1 has failed over from {old.name}:5432 to {successor.name}:5432 meanwhile" in last, errors
    assert cluster.wait_leader(1) == successor.name
    cluster.wait_archived(1)
    assert cluster.counts() == (points, [backups[0] + 1, backups[1]])
    cluster.verb(successor, "backup")
    assert cluster.counts() == (points + 1, [backups[0] + 2, backups[1] + 1])
    cluster.restart(old.name)
    cluster.wait_whole()


def follows(leader, replica):
    return leader.sql(f"SELECT state FROM pg_stat_replication WHERE application_name = '{replica.name}'") == "streaming"


def test_a_replica_is_made_from_the_repository(cluster):
    leader, replica = cluster.leading(1), cluster.following(1)
    leader.sql("CREATE TABLE IF NOT EXISTS public.later (id int)")
    assert replica.stop() == 0, replica.log()
    leader.sql("INSERT INTO public.later VALUES (1)")
    replica.forget()
    replica.start()
    replica.node.wait_output("this replica is made from the base backup", stream="stderr")
    replica.wait(lambda: follows(leader, replica), "replication")
    cluster.wait_whole()
    assert "pg_basebackup" not in replica.node.stderr and "replica has been created using pgbackrest" in replica.node.stderr
    assert "restored log file" in replica.node.stderr  # with WAL of the archive
    assert replica.sql("SELECT count(*) FROM public.later") == "1"
    assert not (replica.patroni_directory / "replica-source").exists()


@nightly
def test_a_replica_is_made_by_pg_basebackup_where_the_repository_is_away(cluster):
    leader, replica = cluster.leading(1), cluster.following(1)
    assert replica.stop() == 0, replica.log()
    replica.forget()
    away = cluster.repository.path.with_name("away")
    cluster.repository.path.rename(away)
    try:
        replica.start()
        replica.node.wait_output("this replica is not made from the repository: ", stream="stderr")
        replica.node.wait_output("replica has been created using basebackup", stream="stderr")
        replica.wait(lambda: follows(leader, replica), "replication")
        leader.wait(lambda: (archiving(leader).get("condition") or {}).get("code") == "archiving_failed", "the failure", 120)
    finally:
        away.rename(cluster.repository.path)
    cluster.wait_archived(1)
    cluster.wait_whole()


WITHOUT_PATRONI = {name: None for name in (
    "CITUS_HA", "CITUS_ALLOW_OLD_PATRONI", "CITUS_BACKUP_FULL_EVERY", "CITUS_EXPECTED_WORKER_GROUPS", "CITUS_PATRONI_DIR",
    "CITUS_PATRONI_LOOP_WAIT", "CITUS_PATRONI_RETRY_TIMEOUT", "CITUS_PATRONI_TTL", "PATRONI_CITUS_GROUP",
    "PATRONI_ETCD3_HOSTS", "PATRONI_NAME", "PATRONI_RESTAPI_PASSWORD", "PATRONI_RESTAPI_USERNAME", "PATRONI_SCOPE")}


@nightly
def test_a_cluster_is_restored_without_patroni_and_handed_to_a_new_scope(cluster):
    rows = "SELECT string_agg(v, ' ') FROM public.kept"
    for group in (0, 1):
        cluster.leading(group).sql("SET citus.enable_ddl_propagation = off; CREATE TABLE public.kept (v text); "
                                   "INSERT INTO public.kept VALUES ('before')")
    cluster.verb(cluster.leading(0), "restore-point", "handed")
    for group in (0, 1):
        cluster.leading(group).sql("INSERT INTO public.kept VALUES ('after')")
    for node in cluster.nodes.values():
        assert node.stop() == 0, node.log()
        node.forget()
    first, worker = cluster.nodes["c1"], cluster.nodes["a1"]
    alone = {**WITHOUT_PATRONI, "CITUS_ENABLE": "true", "CITUS_COORDINATOR_HOST": "c1", "CITUS_RESTORE": "handed",
             "CITUS_DATABASE": "citus"}
    first.start(**alone)
    worker.start(**alone, CITUS_ROLE="worker", CITUS_RESTORE_GROUP="1")
    for node in (first, worker):
        node.wait_ready()
        assert node.sql(rows) == "before"
        wait_archived(node)
    done = first.node.inside("citus-init", "backup", "--type", "full", check=False,
                             environment={**{k: v for k, v in {**first.settings, **alone}.items() if v}})
    assert done.returncode == 0, done.stdout + done.stderr
    for node in (first, worker):
        assert node.stop() == 0, node.log()
    for node in cluster.nodes.values():
        node.settings["PATRONI_SCOPE"] = "again"
    for node in (first, worker):
        node.start()
        node.wait_leader()
    for name in ("c2", "a2"):
        cluster.nodes[name].start()
    cluster.wait_whole(240)
    for node in cluster.nodes.values():
        assert node.sql(rows) == "before"
    for name in ("c2", "a2"):
        assert "replica has been created using pgbackrest" in cluster.nodes[name].node.stderr
