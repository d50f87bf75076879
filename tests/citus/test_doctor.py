"""`citus-init doctor`, called as `docker exec` does: silent about a clean cluster, and what it finds on a spoiled one."""
import json
import os
import signal
import subprocess
import time

import pytest

from citus_node import BINARY, wait_until

# The stand-in does not raise max_prepared_transactions, as Citus does.
CLEAN = {"fsync": "on", "wal_level": "logical", "autovacuum_naptime": "1h", "max_prepared_transactions": 120}


@pytest.fixture
def cluster(make_node):
    """A coordinator and two workers, prepared and registered; a worker has room for the coordinator's pool."""
    nodes = []
    for number, name in enumerate(("c", "w1", "w2"), start=1):
        node = make_node(name, number, max_connections=100 if name == "c" else 150, **CLEAN)
        prepared = node.prepare(CITUS_COORDINATOR_HOST="127.0.1.1",
                                CITUS_ROLE="coordinator" if name == "c" else "worker")
        assert prepared.process.returncode == 0, prepared.stderr
        nodes.append(node)
    add(*nodes)
    return nodes


def add(coordinator, *workers):
    coordinator.sql(f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port});" +
                    "".join(f"SELECT citus_add_node('{worker.host}', {worker.port});" for worker in workers))


def doctor(node, *words, **variables):
    environment = {"PATH": os.environ["PATH"], **node.environment(
        CITUS_ROLE="coordinator" if node.host == "127.0.1.1" else "worker",
        CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_COORDINATOR_PORT=str(node.port), **variables)}
    return subprocess.run([BINARY, "doctor", *words], env=environment, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def report(node, *words, **variables):
    return json.loads(doctor(node, "-o", "json", *words, **variables).stdout)


def found(node, *words, **variables):
    """(check, host) of each finding."""
    return {(finding["check"], finding["node"].split(":")[0]) for finding in report(node, *words, **variables)["findings"]}


def in_session(node, *statements):
    """Each outside of a transaction block; what fails does."""
    for statement in statements:
        subprocess.run([f"{node.programs}/psql", "-XqAt", "-h", node.directory, "-p", str(node.port), "-U", "postgres",
                        "-d", "app", "-c", statement], capture_output=True, check=False)


def test_a_clean_cluster_has_no_findings_from_any_node(cluster):
    for node in cluster:
        done = doctor(node)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout == "nothing found: 0 errors, 0 warnings, 0 notes on 3 nodes\n"
        assert [entry["role"] for entry in report(node)["nodes"]] == ["coordinator", "worker", "worker"]


def test_a_worker_with_other_settings_is_found_from_the_coordinator(cluster):
    coordinator, _, worker = cluster
    worker.stop()
    worker.start(max_connections=30, max_prepared_transactions=120, fsync="off", full_page_writes="off", autovacuum="off", wal_level="replica",
                 timezone="Asia/Tokyo", zero_damaged_pages="on")
    worker.sql("ALTER SYSTEM SET max_wal_size = '77MB'; ALTER SYSTEM SET max_locks_per_transaction = 100")
    with open(os.path.join(worker.data, "postgresql.conf"), "a", encoding="utf-8") as file:
        file.write("deadlock_timeout = '-5'\n")
    worker.sql("SELECT pg_reload_conf()")
    wait_until(lambda: ("pending-restart", worker.host) in found(coordinator), "the server has read its files")
    expected = {"fsync-off", "full-page-writes-off", "autovacuum-off", "wal-level", "settings-differ",
                "damage-ignored", "auto-conf", "pending-restart", "configuration-file"}
    # The stand-in's settings of Citus are not known.
    assert {check for check, host in found(coordinator) if host == worker.host} - {"pool-over-worker"} == expected
    done = doctor(coordinator)
    assert done.returncode == 2
    assert "fsync is off" in done.stdout and "CITUS_GUC_FSYNC=on" in done.stdout
    assert 'timezone is "Asia/Tokyo", on the coordinator' in done.stdout
    assert "postgresql.auto.conf overrides max_wal_size" in done.stdout
    # A choice of checks.
    done = doctor(coordinator, "--check", "wal-level,auto-conf")
    assert done.returncode == 1 and "fsync-off" not in done.stdout and "2 warnings" in done.stdout


def test_what_was_left_on_a_worker_is_found_from_another(cluster):
    coordinator, worker, other = cluster
    in_session(
        worker, "SET citus.enable_ddl_propagation = off; CREATE ROLE only_here LOGIN",
        "CREATE TABLE t(a int, b bigserial); INSERT INTO t VALUES (1), (1)",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t(a)", "SELECT setval('t_b_seq', 9000000000000000000)",
        "SELECT pg_create_physical_replication_slot('citus_shard_move_slot_1_2_3', true)",
        "BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'left'")
    if worker.value("SELECT count(*) FROM pg_prepared_xacts") != "1":
        pytest.fail("the transaction was not prepared")
    expected = {"roles", "invalid-index", "sequence-near-end", "orphaned-slot"}
    assert expected <= {check for check, host in found(other) if host == worker.host}
    wait_until(lambda: ("prepared-transaction", worker.host) in found(other), "it has been prepared for 10 s")
    text = doctor(coordinator).stdout
    assert "only here: only_here" in text and "public.i" in text
    assert '"left" of postgres in the database "app"' in text


def test_a_table_named_as_a_shard_is_found_where_no_placement_explains_it(cluster):
    coordinator, worker, _ = cluster
    coordinator.sql("CREATE TABLE d(a int); SELECT create_distributed_table('d', 'a')")
    issued = int(coordinator.value("SELECT max(shardid) FROM pg_dist_shard"))
    elsewhere = coordinator.value("SELECT min(p.shardid) FROM pg_dist_placement p JOIN pg_dist_node n USING (groupid) "
                                  f"WHERE nodename <> '{worker.host}'")
    in_session(worker, f"CREATE TABLE d_{elsewhere}(a int)", f"CREATE TABLE log_{issued + 1000}(a int)")
    findings = report(coordinator, "--check", "orphaned-shard,replica-identity")["findings"]
    orphans = [finding for finding in findings if finding["check"] == "orphaned-shard"]
    assert [finding["node"] for finding in orphans] == [worker.address]
    assert f"public.d_{elsewhere}" in orphans[0]["what"] and "log_" not in orphans[0]["what"]
    assert "public.d" in next(finding["what"] for finding in findings if finding["check"] == "replica-identity")


def test_a_shard_that_only_the_coordinator_knows_is_no_orphan(cluster, is_real):
    coordinator, worker, _ = cluster
    coordinator.sql("CREATE TABLE d(a int); SELECT create_distributed_table('d', 'a')")
    # What stop_metadata_sync_to_node() leaves, and a move that ends between the answers of two nodes.
    worker.sql("DELETE FROM pg_dist_placement")
    assert found(coordinator, "--check", "orphaned-shard") == set()
    if not is_real:
        return  # the stand-in has no pg_dist_cleanup
    group = coordinator.value(f"SELECT groupid FROM pg_dist_node WHERE nodename = '{worker.host}'")
    in_session(worker, "CREATE TABLE x_102008(a int)")
    assert found(coordinator, "--check", "orphaned-shard") == {("orphaned-shard", worker.host)}
    in_session(coordinator, "ALTER SYSTEM SET citus.defer_shard_delete_interval = -1", "SELECT pg_reload_conf()")
    coordinator.sql("INSERT INTO pg_dist_cleanup SELECT nextval('pg_dist_cleanup_recordid_seq'), 0, 1, "
                    f"'public.x' || i || '_102008', {group}, 2 FROM generate_series(1, 300) i")
    assert found(coordinator, "--check", "orphaned-shard") == {("orphaned-shard", worker.host)}
    coordinator.sql("INSERT INTO pg_dist_cleanup VALUES (nextval('pg_dist_cleanup_recordid_seq'), 0, 1, "
                    f"'public.x_102008', {group}, 2)")
    assert found(coordinator, "--check", "orphaned-shard") == set()
    what = report(coordinator, "--check", "cleanup-records")["findings"][0]["what"]
    assert "301 objects" in what


def test_a_dead_and_a_frozen_worker_are_findings_and_cost_seconds(cluster):
    coordinator, dead, frozen = cluster
    dead.stop()
    os.kill(frozen.process.pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        done = doctor(coordinator)
        took = time.monotonic() - begin
    finally:
        os.kill(frozen.process.pid, signal.SIGCONT)
    assert done.returncode == 2
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("error")]
    assert {(line[1], line[2]) for line in lines} == {(dead.address, "unreachable"), (frozen.address, "unreachable")}
    assert took < 20, f"{took:.1f} s"


def test_a_node_whose_server_is_stopped_is_checked_by_its_files(cluster):
    coordinator = cluster[0]
    coordinator.stop()
    with open(os.path.join(coordinator.data, "postgresql.conf"), "a", encoding="utf-8") as file:
        file.write("fsync = off\nwork_mem = '5MB'\n")
    with open(os.path.join(coordinator.data, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
        file.write("work_mem = '6MB'\n")
    findings = found(coordinator, PATH=f"{coordinator.programs}:{os.environ['PATH']}", CITUS_NO_SUCH="1")
    assert {("unreachable", "127.0.1.1"), ("nodes-unknown", "127.0.1.1"), ("fsync-off", "127.0.1.1"),
            ("auto-conf", "127.0.1.1"), ("configuration", "127.0.1.1")} <= findings


def test_a_worker_that_is_no_member_is_compared_with_the_cluster(cluster, make_worker):
    newcomer = make_worker("n", 9)
    in_session(newcomer, "CREATE ROLE only_here LOGIN")
    findings = report(newcomer)["findings"]
    nodes = report(newcomer)["nodes"]
    assert [node["node"].split(":")[0] for node in nodes] == ["127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.9"]
    assert ("roles", newcomer.address) in {(finding["check"], finding["node"]) for finding in findings}


def test_what_is_safe_is_run_after_a_list_only(cluster):
    coordinator, worker, _ = cluster
    worker.sql("DO $$BEGIN FOR i IN 1..10100 LOOP UPDATE pg_dist_local_group SET groupid = groupid; END LOOP; END$$")
    wait_until(lambda: ("metadata-bloat", worker.host) in found(coordinator), "the statistics are there")
    statement = f"{worker.address}: VACUUM pg_catalog."
    asked = doctor(coordinator, "--fix")
    assert statement in asked.stderr and "nothing was run" in asked.stderr and asked.returncode == 1
    done = doctor(coordinator, "--fix", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{statement}\"pg_dist_local_group\": done" in done.stderr
    assert "nothing can be mended" in doctor(coordinator, "--fix", "--yes").stderr


def test_records_of_a_move_that_failed_are_cleaned_up(cluster, is_real):
    if not is_real:
        pytest.skip("needs real Citus: the stand-in moves no shards")
    coordinator, worker, _ = cluster
    # Citus' maintenance daemon would do it first.
    in_session(coordinator, "ALTER SYSTEM SET citus.defer_shard_delete_interval = -1", "SELECT pg_reload_conf()")
    in_session(worker, "CREATE TABLE x_102008(a int)")
    coordinator.sql("INSERT INTO pg_dist_cleanup VALUES (nextval('pg_dist_cleanup_recordid_seq'), 0, 1, "
                    f"'public.x_102008', (SELECT groupid FROM pg_dist_node WHERE nodename = '{worker.host}'), 2)")
    done = doctor(coordinator, "--fix", "--yes")
    assert "citus_cleanup_orphaned_resources(): done" in done.stderr and done.returncode == 0, done.stdout
    assert worker.value("SELECT to_regclass('public.x_102008')") == ""


def test_a_server_without_citus_is_examined_alone(make_node):
    node = make_node("p", 1, preload="", **CLEAN)
    node.sql("CREATE DATABASE app", "postgres")
    done = doctor(node, CITUS_ENABLE="false")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on 1 node\n" in done.stdout
    node.stop()
    node.start(fsync="off")
    assert [check for check, _ in found(node, CITUS_ENABLE="false")] == ["fsync-off"]


def test_an_unknown_check_is_a_usage_error_with_the_nearest_name(make_node):
    node = make_node("p", 1, start=False)
    done = doctor(node, "--check", "fsync-of")
    assert done.returncode == 64 and "Did you mean fsync-off?" in done.stderr


def test_a_role_that_is_no_superuser_is_a_finding_with_the_reason(make_node):
    node = make_node("p", 1, preload="", **CLEAN)
    node.sql("CREATE DATABASE app", "postgres")
    node.sql("CREATE ROLE weak LOGIN", "postgres")
    done = doctor(node, CITUS_ENABLE="false", POSTGRES_USER="weak", POSTGRES_DB="app")
    assert done.returncode == 2 and "permission denied" in done.stdout, done.stdout + done.stderr
