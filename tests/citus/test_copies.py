"""Copies of data directories: whoever starts one, the member that it was made of is left alone."""
import shutil
import subprocess

import pytest

from citus_node import set_system_identifier, wait_until
from support.mesh import PASSWORD, Mesh
from support.node import Place

APP = ("app", "of-the-app")
HELD_BACK = ("SELECT count(*) FROM pg_settings WHERE name IN ('citus.recover_2pc_interval', "
             "'citus.distributed_deadlock_detection_factor') AND setting = '-1'")
TABLE = ("CREATE ROLE app LOGIN PASSWORD 'of-the-app'", "CREATE TABLE t (id bigint)",
         "SELECT create_distributed_table('t', 'id')", "GRANT ALL ON t TO app",
         "INSERT INTO t SELECT generate_series(1, 1000)")
STATE = "SELECT state, coalesce(standing, ''), reason FROM citus_init.node_state WHERE nodename = '{}'"


@pytest.fixture
def cluster(programs, is_real):
    """Of containers, with a place each for a copy `b` of a worker and a copy `c2` of the coordinator."""
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    with Mesh(programs, ("c", "w1", "w2", "b", "c2", "client")) as mesh:
        yield mesh


def health(mesh, name):
    return mesh.nodes[name].inside("citus-init", "health", check=False, environment=mesh.settings[name])


def wait_health(mesh, name, text, deadline=60):
    wait_until(lambda: text in health(mesh, name).stdout,
               lambda: health(mesh, name).stdout + mesh.nodes[name].output(), deadline)
    return health(mesh, name)


def query(mesh, name, sql):
    """As an application, over the network."""
    return mesh.client(name, sql, user=APP[0], password=APP[1])


def kill(mesh, name):
    """As a host that loses its power."""
    mesh.nodes[name].__exit__(None, None, None)


def base_backup(mesh, source, target):
    """Of a running node; what pg_basebackup copies holds the secrets' keys, too."""
    place = mesh.places.setdefault(target, Place())
    mesh.nodes[source].inside(f"{mesh.programs}/pg_basebackup", "-U", "postgres", "-c", "fast", "-D", str(place.data))
    subprocess.run(["chown", "-R", "postgres:", str(place.data)], check=True)


def copy(mesh, source, target):
    """Of a stopped node."""
    mesh.places.setdefault(target, Place()).adopt(mesh.places[source])


def state(mesh, name):
    return mesh.sql("c", STATE.format(name))


def wait_state(mesh, name, text):
    wait_until(lambda: text in state(mesh, name), lambda: state(mesh, name) + mesh.nodes["c"].output(), 60)
    return state(mesh, name)


def registered(mesh):
    return mesh.sql("c", "SELECT string_agg(nodename, ',' ORDER BY nodename) FROM pg_dist_node WHERE groupid > 0")


def test_a_base_backup_started_elsewhere_serves_nobody_and_recovers_nothing(cluster):
    mesh = cluster
    # Neither the coordinator's nor the original's own maintenance is to end the transaction below.
    mesh.start_all(CITUS_WORKER_CLIENTS="true", CITUS_GUC_CITUS__RECOVER_2PC_INTERVAL="1h")
    mesh.sql("c", *TABLE)
    base_backup(mesh, "w1", "b")
    group = mesh.sql("w1", "SELECT groupid FROM pg_dist_local_group")
    # Of a transaction that w1 coordinates; it has not written its own record yet.
    mesh.sql("c", f"BEGIN; CREATE TABLE prepared (); PREPARE TRANSACTION 'citus_{group}_4711_1_1'")
    prepared = "SELECT count(*) FROM pg_prepared_xacts WHERE gid ~ '_4711_'"
    assert mesh.sql("c", prepared) == "1"
    mesh.start("b", CITUS_WORKER_CLIENTS="true")
    told = wait_health(mesh, "b", "failed: this node is a copy: group ")
    assert "w1:5432" in told.stdout
    assert told.returncode == 1
    assert mesh.sql("b", HELD_BACK) == "2"
    status, answer = query(mesh, "b", "SELECT 1")
    assert status != 0 and "certificate" in answer
    assert "ready to accept connections" not in mesh.nodes["b"].stdout
    wait_state(mesh, "b", "duplicate")
    assert mesh.sql("c", prepared) == "1"
    # The original does not notice.
    assert query(mesh, "w1", "SELECT count(*) FROM t") == (0, "1000")
    assert health(mesh, "w1").returncode == 0 and mesh.sql("w1", HELD_BACK) == "0"
    # Nor does the copy become the member when the original goes.
    kill(mesh, "w1")
    mesh.nodes["c"].stop()
    mesh.start("c", CITUS_WORKERS="w1,w2,b")
    reason = wait_state(mesh, "b", "SELECT citus_update_node(")
    assert "Start that worker again" in reason and "empty" not in reason
    assert registered(mesh) == "w1,w2"
    assert query(mesh, "b", "SELECT 1")[0] != 0


@pytest.mark.parametrize("marker", ["kept", "lost"])
def test_a_stale_copy_does_not_take_the_place_of_a_member_that_is_down(cluster, marker):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    assert mesh.nodes["w1"].stop() == 0
    copy(mesh, "w1", "b")
    mesh.start("w1").wait_ready()
    mesh.sql("c", "INSERT INTO t SELECT generate_series(1001, 2000)", "CHECKPOINT")
    # Members are looked at once in 60 s, and all of them by a new coordinator.
    assert mesh.nodes["c"].stop() == 0
    mesh.start("c").wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT count(wal_lsn) FROM citus_init.node") == "2", "positions")
    kill(mesh, "w1")
    if marker == "lost":  # what says that the directory is a copy
        (mesh.places["b"].data / "citus_init" / "marker.json").unlink()
    mesh.start("b")
    reason = wait_state(mesh, "b", "is an older copy of the worker registered as w1:5432")
    assert "so it is the newer one" in reason and "empty" not in reason
    assert registered(mesh) == "w1,w2"
    assert health(mesh, "b").returncode != 0
    # The member comes back, with everything.
    mesh.start("w1").wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT count(*) FROM t") == "2000", lambda: mesh.sql("c", "SELECT count(*) FROM t"))


def test_the_original_does_not_come_back_when_its_copy_has_served_in_its_place(cluster):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    assert mesh.nodes["w1"].stop() == 0
    copy(mesh, "w1", "b")
    # A volume that was copied to another host, under the member's own name.
    mesh.places["w1"], mesh.places["b"] = mesh.places["b"], mesh.places["w1"]
    mesh.start("w1").wait_ready()
    assert mesh.sql("c", "SELECT copy_seen FROM citus_init.node WHERE nodename = 'w1'") == "w1:5432"
    # Rows that only the copy has, and that the coordinator has not seen: members are looked at once in 60 s.
    mesh.sql("c", "INSERT INTO t SELECT generate_series(1001, 1100)", "UPDATE citus_init.node SET wal_lsn = NULL")
    kill(mesh, "w1")
    mesh.start("b")
    reason = wait_state(mesh, "b", "a copy of its data directory has been running there")
    assert "which of them has the newest rows is not known" in reason and "empty" not in reason
    assert registered(mesh) == "w1,w2"
    mesh.start("w1").wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT count(*) FROM t") == "1100", lambda: mesh.sql("c", "SELECT count(*) FROM t"))


def test_a_member_that_is_restored_from_an_older_copy_is_reported_and_closed(cluster):
    mesh = cluster
    mesh.start_all(CITUS_WORKER_CLIENTS="true")
    mesh.sql("c", *TABLE)
    assert mesh.nodes["w1"].stop() == 0
    copy(mesh, "w1", "b")
    mesh.start("w1", CITUS_WORKER_CLIENTS="true").wait_ready()
    mesh.sql("c", "INSERT INTO t SELECT generate_series(1001, 2000)")
    assert mesh.nodes["c"].stop() == 0
    mesh.start("c").wait_ready()
    wait_until(lambda: mesh.sql("c", "SELECT count(wal_lsn) FROM citus_init.node") == "2", "positions")
    assert mesh.nodes["w1"].stop() == 0
    shutil.rmtree(mesh.places["w1"].data)
    mesh.places["w1"].adopt(mesh.places["b"])
    assert mesh.nodes["c"].stop() == 0
    mesh.start("w1", CITUS_WORKER_CLIENTS="true")
    mesh.start("c").wait_ready()
    reason = wait_state(mesh, "w1", "lost|stale")
    wait_health(mesh, "w1", "failed: clients must not use this node: w1:5432 (stale)")
    assert query(mesh, "w1", "SELECT 1")[0] != 0
    # The cluster goes on writing to its shards; that brings no row back.
    further = "SELECT wal_lsn FROM citus_init.node WHERE nodename = 'w1'"
    for start in range(10_000, 1_000_000, 10_000):
        mesh.sql("c", f"INSERT INTO t SELECT generate_series({start}, {start + 9_999})")
        if mesh.sql("w1", f"SELECT pg_current_wal_flush_lsn() > '{mesh.sql('c', further)}'") == "t":
            break
    reason = wait_state(mesh, "w1", "older data has been running there")
    assert "lost|stale" in reason and health(mesh, "w1").returncode == 1
    # A restart does not open it, not even until the agent's first pass.
    assert mesh.nodes["w1"].stop() == 0
    mesh.start("w1", CITUS_WORKER_CLIENTS="true")
    wait_health(mesh, "w1", "failed: clients must not use this node: w1:5432 (stale)")
    assert "citus-init: database system is ready" not in mesh.nodes["w1"].stdout, mesh.nodes["w1"].output()
    reason = wait_state(mesh, "w1", "older data has been running there")
    # The operator's word.
    assert "UPDATE citus_init.node SET wal_lsn = NULL" in reason
    mesh.sql("c", "UPDATE citus_init.node SET wal_lsn = NULL")
    wait_until(lambda: health(mesh, "w1").returncode == 0, lambda: health(mesh, "w1").stdout + state(mesh, "w1"), 90)
    wait_until(lambda: query(mesh, "w1", "SELECT 1")[0] == 0, "clients")


def test_a_copy_of_the_coordinator_takes_over_nothing_while_the_original_lives(cluster):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    base_backup(mesh, "c", "c2")
    copy_of_c = {"CITUS_ROLE": "coordinator", "CITUS_COORDINATOR_HOST": None, "CITUS_WORKERS": "w1,w2",
                 "POSTGRES_PASSWORD": PASSWORD}
    mesh.start("c2", **copy_of_c)
    wait_health(mesh, "c2", "failed: another coordinator with the same identity runs at c:5432")
    leader = "SELECT nodename FROM pg_dist_node WHERE groupid = 0"
    assert [mesh.sql(name, leader) for name in ("c", "w1", "w2", "c2")] == ["c"] * 4
    assert mesh.client("c2", "SELECT 1", password=PASSWORD)[0] != 0
    assert mesh.client("c", "SELECT count(*) FROM t", password=PASSWORD) == (0, "1000")
    assert mesh.sql("c2", HELD_BACK) == "2"
    # It does not lie in wait for the moment in which the original is restarted; nor does its next agent.
    assert mesh.nodes["c"].stop() == 0
    mesh.nodes["c2"].inside("pkill", "-KILL", "-f", "citus-init agent")
    age = ("sh", "-c", "ps -o etimes= -p $(pgrep -f 'citus-init [a]gent')")
    wait_until(lambda: int(mesh.nodes["c2"].inside(*age, check=False).stdout.strip() or 0) >= 5, mesh.nodes["c2"].output)
    assert "failed" in health(mesh, "c2").stdout
    assert [mesh.sql(name, leader) for name in ("w1", "w2", "c2")] == ["c"] * 3
    wait_health(mesh, "c2", "does not take its place by itself")
    mesh.start("c").wait_ready()
    assert [mesh.sql(name, leader) for name in ("c", "w1", "w2", "c2")] == ["c"] * 4
    # Once the original has been stopped for good, the copy is started and takes over.
    assert mesh.nodes["c2"].stop() == 0
    assert mesh.nodes["c"].stop() == 0
    mesh.start("c2", **copy_of_c).wait_ready()
    wait_until(lambda: mesh.sql("w1", leader) == "c2", mesh.nodes["c2"].output, 60)
    # And then the original is the one that must not act.
    mesh.start("c")
    wait_health(mesh, "c", "failed: another coordinator with the same identity runs at c2:5432 (asked on w")
    assert [mesh.sql(name, leader) for name in ("w1", "w2", "c2")] == ["c2"] * 3


def verb(mesh, name, *words):
    return mesh.nodes[name].inside("citus-init", *words, check=False, environment=mesh.settings[name])


def test_a_copy_of_the_coordinator_runs_no_verb_while_the_original_lives(cluster):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    base_backup(mesh, "c", "c2")
    mesh.start("c2", CITUS_ROLE="coordinator", CITUS_COORDINATOR_HOST=None, CITUS_WORKERS="w1,w2", POSTGRES_PASSWORD=PASSWORD)
    wait_health(mesh, "c2", "failed: another coordinator with the same identity runs at c:5432")
    shards = "SELECT count(*) FROM pg_class WHERE relname ~ '^t_[0-9]+$'"
    mesh.sql("c", "SELECT citus_set_node_property('w2', 5432, 'shouldhaveshards', false)")
    before = [mesh.sql(name, shards) for name in ("w1", "w2")]
    for words in (("drain", "w1", "--mode", "block_writes"), ("remove", "w1", "--mode", "block_writes"), ("drain", "w1", "--undo")):
        done = verb(mesh, "c2", *words)
        assert done.returncode == 76, (words, done.stdout, done.stderr)
        assert "w1:5432 is led by another coordinator: it" in done.stderr, done.stderr
    assert [mesh.sql(name, shards) for name in ("w1", "w2")] == before
    assert mesh.sql("c2", "SELECT bool_and(shouldhaveshards) FROM pg_dist_node WHERE groupid > 0") == "t"
    assert mesh.client("c", "SELECT count(*) FROM t", password=PASSWORD) == (0, "1000")
    assert verb(mesh, "c", "rebalance", "--mode", "block_writes").returncode == 0


def test_a_copy_of_the_coordinator_after_pg_upgrade_takes_over_nothing_either(cluster):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    assert mesh.nodes["c"].stop() == 0
    copy(mesh, "c", "c2")
    # As pg_upgrade does, which keeps what Citus has in its tables.
    set_system_identifier(mesh.programs, str(mesh.places["c2"].data), 4711)
    mesh.start("c").wait_ready()
    mesh.start("c2", CITUS_ROLE="coordinator", CITUS_COORDINATOR_HOST=None, CITUS_WORKERS="w1,w2", POSTGRES_PASSWORD=PASSWORD)
    wait_health(mesh, "c2", "failed: another coordinator with the same identity runs at c:5432")
    leader = "SELECT nodename FROM pg_dist_node WHERE groupid = 0"
    assert [mesh.sql(name, leader) for name in ("c", "w1", "w2", "c2")] == ["c"] * 4
    assert mesh.client("c", "SELECT count(*) FROM t", password=PASSWORD) == (0, "1000")


def test_a_wiped_worker_refuses_password_logins(cluster):
    mesh = cluster
    mesh.start_all(CITUS_WORKER_CLIENTS="true")
    mesh.sql("c", *TABLE)
    assert query(mesh, "w2", "SELECT count(*) FROM t") == (0, "1000")
    assert mesh.nodes["w2"].stop() == 0
    shutil.rmtree(mesh.places["w2"].data)
    mesh.start("w2", CITUS_WORKER_CLIENTS="true").wait_ready()
    mesh.sql("w2", "CREATE ROLE app LOGIN PASSWORD 'of-the-app'")
    wait_health(mesh, "w2", "failed: clients must not use this node: w2:5432 (wiped)")
    status, answer = query(mesh, "w2", "SELECT 1")
    assert status != 0 and "certificate" in answer
    assert query(mesh, "w1", "SELECT 1") == (0, "1")


def test_a_removed_worker_that_comes_back_is_failed_and_closed(cluster):
    mesh = cluster
    mesh.start_all(CITUS_WORKER_CLIENTS="true")
    mesh.sql("c", "SELECT citus_set_node_property('w2', 5432, 'shouldhaveshards', false)", *TABLE)
    assert query(mesh, "w2", "SELECT count(*) FROM t") == (0, "1000")
    assert mesh.nodes["w2"].stop() == 0
    mesh.sql("c", "SELECT citus_remove_node('w2', 5432)")
    assert registered(mesh) == "w1"
    mesh.start("w2", CITUS_WORKER_CLIENTS="true")
    told = wait_health(mesh, "w2", "failed: this node was removed from the cluster")
    assert "Keep this data directory" in told.stdout and told.returncode == 1
    assert query(mesh, "w2", "SELECT 1")[0] != 0
    assert mesh.sql("w2", HELD_BACK) == "2"


def test_a_worker_serves_while_its_coordinator_is_down_and_is_confirmed_when_it_is_back(cluster):
    mesh = cluster
    mesh.start_all(CITUS_WORKER_CLIENTS="true")
    mesh.sql("c", *TABLE)
    assert mesh.nodes["w1"].stop() == 0
    assert mesh.nodes["c"].stop() == 0
    mesh.start("w1", CITUS_WORKER_CLIENTS="true").wait_ready()
    assert query(mesh, "w1", "SELECT count(*) FROM t") == (0, "1000")
    assert mesh.sql("w1", HELD_BACK) == "2"
    assert "clients are let in, unconfirmed: coordinator c:5432 cannot confirm this node" in mesh.nodes["w1"].stderr
    mesh.start("c").wait_ready()
    wait_until(lambda: mesh.sql("w1", HELD_BACK) == "0", mesh.nodes["w1"].output, 60)
    assert mesh.sql("c", HELD_BACK) == "0"


def test_a_restart_of_all_nodes_at_once_opens_them_all(cluster):
    mesh = cluster
    mesh.start_all()
    mesh.sql("c", *TABLE)
    for name in ("w1", "w2", "c"):
        assert mesh.nodes[name].stop() == 0
    for name in ("c", "w1", "w2"):
        mesh.start(name)
    for name in ("c", "w1", "w2"):
        mesh.nodes[name].wait_ready()
    for name in ("c", "w1", "w2"):
        wait_until(lambda name=name: mesh.sql(name, HELD_BACK) == "0", mesh.nodes[name].output, 60)
    assert mesh.client("c", "SELECT count(*) FROM t", password=PASSWORD) == (0, "1000")


def copy_coordinator_of_one_worker(mesh):
    """c2 has the directory of a coordinator that knows w1 alone; c is stopped."""
    mesh.start("c", CITUS_WORKERS="w1")
    mesh.start("w1")
    for name in ("c", "w1"):
        mesh.nodes[name].wait_ready()
    mesh.wait_members("1")
    assert mesh.nodes["c"].stop() == 0
    copy(mesh, "c", "c2")


def restore_from_c2(mesh):
    """c gets the older directory of c2."""
    shutil.rmtree(mesh.places["c"].data)
    mesh.places["c"].adopt(mesh.places["c2"])


def test_a_coordinator_that_is_older_than_a_worker_changes_nothing(cluster):
    mesh = cluster
    copy_coordinator_of_one_worker(mesh)
    mesh.start("c", CITUS_WORKERS="w1").wait_ready()
    mesh.sql("c", *TABLE)
    assert mesh.nodes["c"].stop() == 0
    restore_from_c2(mesh)
    mesh.start("c")
    mesh.start("w2").wait_ready()
    reason = wait_state(mesh, "w2", "w1:5432 is newer than this coordinator")
    assert "Put its newest data directory back" in reason
    told = mesh.nodes["c"].inside("citus-init", "status", check=False, environment=mesh.settings["c"]).stdout
    assert "A node knows more than the coordinator" in told
    assert "gives the nodes its metadata anew" not in told
    done = mesh.nodes["c"].inside("citus-init", "rebalance", check=False, environment=mesh.settings["c"])
    assert done.returncode == 76 and "w1:5432 is newer than this coordinator" in done.stderr
    assert registered(mesh) == "w1"
    assert mesh.sql("w1", "SELECT count(*) FROM t") == "1000"
    # What is advised.
    mesh.sql("c", "SELECT start_metadata_sync_to_all_nodes()")
    mesh.wait_members()


def test_a_coordinator_that_is_older_than_a_worker_does_not_follow_it(cluster):
    mesh = cluster
    copy_coordinator_of_one_worker(mesh)
    mesh.start("c", CITUS_WORKERS="w1,w2")
    mesh.start("w2").wait_ready()
    mesh.wait_members("2")
    for name in ("c", "w1", "w2"):
        assert mesh.nodes[name].stop() == 0
    restore_from_c2(mesh)
    # The worker comes back at another address than the one that the restored coordinator has.
    mesh.places["b"] = mesh.places.pop("w1")
    mesh.start("c", CITUS_WORKERS="b")
    mesh.start("b")
    reason = wait_state(mesh, "b", "b:5432 is newer than this coordinator: it knows node")
    assert "Put its newest data directory back" in reason
    assert registered(mesh) == "w1"
    assert mesh.sql("b", "SELECT string_agg(nodename, ',' ORDER BY nodename) FROM pg_dist_node") == "c,w1,w2"
