"""What Citus leaves undone on its nodes, and the reconciler does: a full sync of the metadata."""
import pytest

from citus_node import wait_until

SYNCED = "SELECT bool_and(metadatasynced) FROM pg_dist_node"
# The sync that Citus' own daemon tries now and then is not to help.
SLOW_DAEMON = {"citus.metadata_sync_interval": "1d", "citus.metadata_sync_retry_interval": "1d"}


@pytest.fixture
def cluster(make_node, make_worker, is_real):
    """A coordinator and two workers, and a table."""
    if not is_real:
        pytest.skip("the stand-in has no metadata that could be out of date")
    coordinator = make_node("c", 1, start=False)
    coordinator.start(**SLOW_DAEMON)
    workers = [make_worker(f"w{number}", number + 1) for number in (1, 2)]
    with agent_of(coordinator, workers) as agent:
        agent.wait_for("membership", "2 of 2 workers registered")
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY); SELECT create_distributed_table('t', 'a', shard_count => 4);"
                    "INSERT INTO t SELECT generate_series(1, 100)")
    return coordinator, workers


def agent_of(coordinator, workers):
    return coordinator.agent(CITUS_WORKERS=",".join(worker.address for worker in workers))


def fall_behind(coordinator, worker):
    """As if it had been away while the metadata changed: it knows less than the coordinator, which knows that."""
    worker.sql("DELETE FROM pg_dist_placement")
    coordinator.sql(f"UPDATE pg_dist_node SET metadatasynced = false WHERE nodename = '{worker.host}'")


def test_a_worker_with_all_its_shards_gets_the_metadata_that_it_missed(cluster):
    coordinator, workers = cluster
    fall_behind(coordinator, workers[0])
    with agent_of(coordinator, workers) as agent:
        wait_until(lambda: coordinator.value(SYNCED) == "t", "it is in sync")
        wait_until(lambda: f"brought the metadata of the worker {workers[0].address} up to date" in agent.stderr, "it is told")
        agent.wait_for("membership", "2 of 2 workers registered")
    assert workers[0].value("SELECT count(*) FROM pg_dist_placement") == "4"
    assert workers[0].value("SELECT count(*) FROM t") == "100"


def test_a_worker_that_lacks_a_shard_is_not_made_to_look_healthy(cluster):
    coordinator, workers = cluster
    shard = coordinator.value(f"SELECT shard_name FROM citus_shards WHERE nodename = '{workers[0].host}' LIMIT 1")
    workers[0].sql(f"SET citus.enable_manual_changes_to_shards = on; DROP TABLE {shard}")
    fall_behind(coordinator, workers[0])
    with agent_of(coordinator, workers) as agent:
        assert "lacks 1 of the 2" in agent.wait_for("warning", f"{workers[0].address} (wiped)")
        with pytest.raises(AssertionError):  # longer than Citus itself is waited for
            agent.wait_for("membership", "resync", 25)
    assert coordinator.value(SYNCED) == "f"


def test_a_worker_that_somebody_disabled_stays_disabled(cluster):
    coordinator, workers = cluster
    coordinator.sql("DROP TABLE t")
    coordinator.sql(f"SELECT citus_disable_node('{workers[1].host}', {workers[1].port}, synchronous => true)")
    with agent_of(coordinator, workers) as agent:
        assert "citus_activate_node" in agent.wait_for("warning", workers[1].address)
    assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE NOT isactive") == "1"
