"""The verbs for people: nodes, rebalance, scale, drain, remove, called as `docker exec` does."""
import concurrent.futures
import json
import os
import re
import signal
import subprocess

import pytest

from citus_node import BINARY, wait_until
from support.tier import nightly

ROWS = 2000


@pytest.fixture
def cluster(make_node, is_real):
    """A coordinator and two workers; the shards of a table are all on the first."""
    if not is_real:
        pytest.skip("needs real Citus: the stand-in moves no shards")
    nodes = []
    for number, name in enumerate(("c", "w1", "w2"), start=1):
        node = make_node(name, number, wal_level="logical", **{"citus.local_hostname": f"127.0.1.{number}"})
        node.prepare(CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_ROLE="coordinator" if name == "c" else "worker")
        nodes.append(node)
    coordinator = nodes[0]
    add(coordinator, nodes[1])
    coordinator.sql(f"SELECT citus_set_node_property('{coordinator.host}', {coordinator.port}, 'shouldhaveshards', false)")
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY, b text);"
                    "SELECT create_distributed_table('t', 'a', shard_count => 4);"
                    "CREATE TABLE r(a int PRIMARY KEY); SELECT create_reference_table('r');"
                    'CREATE SCHEMA "S x"; CREATE TABLE "S x"."r ""q"(a int PRIMARY KEY REFERENCES r);'
                    """SELECT create_reference_table('"S x"."r ""q"');"""
                    f"INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, {ROWS}) i")
    return nodes


def add(coordinator, worker):
    coordinator.sql(f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port});"
                    f"SELECT citus_add_node('{worker.host}', {worker.port})")


def verb(node, *words, **options):
    environment = {"PATH": os.environ["PATH"], **node.environment(
        CITUS_INTERNODE_AUTH="trust", CITUS_ROLE="coordinator" if node.host == "127.0.1.1" else "worker",
        CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_COORDINATOR_PORT=str(node.port))}
    return subprocess.run([BINARY, *words], env=environment, capture_output=True, text=True, check=False, **options)


def spread(coordinator):
    return {row[0]: int(row[1]) for row in coordinator.sql(
        "SELECT nodename, count(*) FROM citus_shards WHERE table_name = 't'::regclass GROUP BY 1")}


def test_nodes_are_listed_from_every_node(cluster):
    for node in cluster:
        done = verb(node, "nodes")
        assert done.returncode == 0, done.stderr
        lines = [line.split() for line in done.stdout.splitlines()]
        assert lines[0] == ["NODE", "ROLE", "GROUP", "STATE", "WHY", "SINCE", "IDENTITY", "SHARDS", "SIZE"]
        # No agent has run here: nobody has told anything but pg_dist_node.
        assert [line[:6] + line[7:8] for line in lines[1:]] == [
            [cluster[0].address, "coordinator", "0", "active", "-", "-", "0"],
            [cluster[1].address, "worker", "1", "active", "-", "-", "4"]]
    listing = json.loads(verb(cluster[0], "nodes", "-o", "json").stdout)
    assert listing[1]["shards"] == 4 and listing[1]["bytes"] > 0


def test_a_new_worker_gets_its_share_online(cluster):
    coordinator, _, second = cluster
    add(coordinator, second)
    done = verb(coordinator, "scale", "2")
    assert done.returncode == 0, done.stderr
    assert spread(coordinator) == {"127.0.1.2": 2, "127.0.1.3": 2}
    assert "shards to move" in done.stderr and "100 %" in done.stderr
    assert "are balanced" in done.stdout
    assert "balanced already" in verb(coordinator, "rebalance").stdout
    assert coordinator.value("SELECT count(*) FROM t") == str(ROWS)


def test_scaling_waits_for_workers_and_says_how_many_came(cluster):
    done = verb(cluster[0], "scale", "2", "--wait", "1s")
    assert done.returncode == 1
    assert "only 1 of 2 workers joined" in done.stderr


def test_a_removed_node_leaves_nothing_behind_and_can_come_back(cluster):
    coordinator, first, second = cluster
    add(coordinator, second)
    done = verb(second, "remove", first.address)  # from another node than the coordinator
    assert done.returncode == 0, done.stderr
    assert "is no node of the cluster any more" in done.stdout
    assert spread(coordinator) == {"127.0.1.3": 4}
    assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE groupid <> 0") == "1"
    assert coordinator.value("SELECT count(*) FROM pg_dist_cleanup") == "0"
    assert first.value("SELECT groupid FROM pg_dist_local_group") == "0"
    assert first.value("SELECT count(*) FROM pg_class WHERE relname ~ '_1[0-9]{5}$'") == "0"
    add(coordinator, first)
    assert verb(coordinator, "rebalance").returncode == 0
    assert spread(coordinator) == {"127.0.1.2": 2, "127.0.1.3": 2}
    assert coordinator.value("SELECT count(*) FROM t") == str(ROWS)


def test_a_removed_node_stays_out_until_it_is_started_anew(cluster):
    coordinator, first, second = cluster
    add(coordinator, second)
    with coordinator.agent(CITUS_WORKERS=f"{first.address},{second.address}", CITUS_INTERNODE_AUTH="trust") as agent:
        agent.wait_for("membership", "2 of 2 workers registered")
        assert verb(coordinator, "remove", first.address).returncode == 0
        agent.wait_for("membership", "was taken out by `citus-init remove`")
        assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE groupid <> 0") == "1"
        first.stop()
        first.start(wal_level="logical", **{"citus.local_hostname": first.host})
        agent.wait_for("membership", "2 of 2 workers registered")


def test_moves_to_a_worker_that_was_wiped_are_stopped(cluster):
    coordinator, first, second = cluster
    add(coordinator, second)
    with coordinator.agent(CITUS_WORKERS=f"{first.address},{second.address}", CITUS_INTERNODE_AUTH="trust") as agent:
        agent.wait_for("membership", "2 of 2 workers registered")
        second.stop()
        coordinator.sql("SELECT citus_rebalance_start()")  # its moves fail and are tried again
        second.wipe().start(wal_level="logical", **{"citus.local_hostname": second.host})
        second.prepare(CITUS_COORDINATOR_HOST="127.0.1.1", CITUS_ROLE="worker")
        agent.wait_for("warning", f"because {second.address} is lost")
        wait_until(lambda: coordinator.value("SELECT state FROM pg_dist_background_job") == "cancelled", "the job's end")
    assert spread(coordinator) == {"127.0.1.2": 4}


def test_a_drained_node_gets_no_shards_until_that_is_undone(cluster):
    coordinator, first, second = cluster
    add(coordinator, second)
    assert verb(coordinator, "drain", first.host).returncode == 0
    assert spread(coordinator) == {"127.0.1.3": 4}
    assert "drained" in verb(coordinator, "nodes").stdout
    assert verb(coordinator, "drain", first.host, "--undo").returncode == 0
    assert verb(coordinator, "rebalance").returncode == 0
    assert spread(coordinator) == {"127.0.1.2": 2, "127.0.1.3": 2}


@nightly
def test_a_drain_whose_job_cannot_be_followed_is_not_undone(cluster):
    """The job goes on, and new shards would come to the node behind it."""
    coordinator, first, second = cluster
    add(coordinator, second)
    with coordinator.session() as writer, concurrent.futures.ThreadPoolExecutor() as pool:
        writer.run("BEGIN; UPDATE t SET b = b")  # which a move waits for
        drained = pool.submit(verb, coordinator, "drain", first.host)
        wait_until(lambda: coordinator.value("SELECT count(*) FROM pg_dist_background_job") == "1", "the job")
        coordinator.sql("SET citus.enable_ddl_propagation = off;"
                        "ALTER FUNCTION pg_catalog.citus_job_status(bigint, boolean) RENAME TO citus_job_status_away")
        done = drained.result()
    assert done.returncode == 1, done.stderr
    assert "cannot follow the moves, which go on by themselves" in done.stderr
    assert f"gets no new shards until `citus-init drain {first.address} --undo`" in done.stderr
    assert coordinator.value(f"SELECT shouldhaveshards FROM pg_dist_node WHERE nodename = '{first.host}'") == "f"


def test_nothing_is_removed_that_would_lose_data(cluster):
    coordinator, first, second = cluster
    nowhere = verb(coordinator, "remove", first.address)
    assert nowhere.returncode == 1
    assert re.search(r"so the 4 of \S+ \(\d+(\.\d)? [kM]B\) have nowhere to go", nowhere.stderr)
    assert verb(coordinator, "remove", coordinator.address).returncode == 1
    unknown = verb(coordinator, "remove", "w9")
    assert unknown.returncode == 64 and first.address in unknown.stderr
    add(coordinator, second)
    first.stop()
    away = verb(coordinator, "remove", first.address)
    assert away.returncode == 1
    assert "does not answer, and it holds the only copy of 4 shards (tables public.t; size unknown)" in away.stderr
    first.start(wal_level="logical")
    assert coordinator.value("SELECT count(*) FROM t") == str(ROWS)


def test_a_dead_node_without_shards_is_removed(cluster):
    coordinator, _, second = cluster
    add(coordinator, second)
    second.stop()
    done = verb(coordinator, "remove", second.address)
    assert done.returncode == 0, done.stderr
    assert "did not answer, so it does not know that it was removed" in done.stderr
    assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE groupid <> 0") == "1"


def test_what_stands_in_the_way_of_online_moves_is_reported_beforehand(cluster):
    coordinator, first, second = cluster
    add(coordinator, second)
    coordinator.sql("CREATE TABLE plain(a int); SELECT create_distributed_table('plain', 'a', colocate_with => 't')")
    first.stop()
    first.start(wal_level="replica", **{"citus.local_hostname": first.host})
    refused = verb(coordinator, "rebalance")
    assert refused.returncode == 1
    assert f'{first.address}: wal_level is "replica"' in refused.stderr
    assert "table public.plain has no primary key" in refused.stderr
    assert spread(coordinator) == {"127.0.1.2": 4}
    assert verb(coordinator, "rebalance", "--mode", "block_writes").returncode == 0
    assert spread(coordinator) == {"127.0.1.2": 2, "127.0.1.3": 2}


def test_watching_can_be_left_and_taken_up_again(cluster):
    coordinator, _, second = cluster
    add(coordinator, second)
    environment = {"PATH": os.environ["PATH"], **coordinator.environment()}
    with subprocess.Popen([BINARY, "rebalance"], env=environment, stderr=subprocess.PIPE, text=True) as watching:
        wait_until(lambda: coordinator.value(
            "SELECT count(*) FROM pg_dist_background_job WHERE state::text IN ('scheduled', 'running')") == "1", "the job")
        watching.send_signal(signal.SIGINT)
        assert "goes on in the background" in watching.stderr.read()
        assert watching.wait() == 1
    again = verb(coordinator, "rebalance")
    assert again.returncode == 0, again.stderr
    assert spread(coordinator) == {"127.0.1.2": 2, "127.0.1.3": 2}


def test_the_moves_are_stopped(cluster):
    coordinator, _, second = cluster
    add(coordinator, second)
    assert verb(coordinator, "rebalance", "--detach").returncode == 0
    stopped = verb(coordinator, "rebalance", "--stop")
    assert stopped.returncode == 0, stopped.stderr
    assert coordinator.value("SELECT count(*) FROM t") == str(ROWS)
    assert "no shards are moving" in wait_until(
        lambda: (lambda text: text if "no shards" in text else "")(verb(coordinator, "rebalance", "--stop").stdout), "the end")
