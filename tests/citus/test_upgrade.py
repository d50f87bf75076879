"""A newer library on an older extension, and the other way round."""
import os
import pathlib

import pytest

import citus_node

OLD = "12.1-1"


def downgrade(node):
    """Makes the extension as an older version left it. Citus lets a superuser do that for tests."""
    node.sql("CREATE DATABASE app", "postgres")
    node.sql(f"SET citus.enable_version_checks = off; CREATE EXTENSION citus VERSION '{OLD}'")


def version(node):
    return node.value("SELECT extversion FROM pg_extension WHERE extname = 'citus'")


def test_an_older_extension_is_updated_where_the_policy_allows(coordinator):
    downgrade(coordinator)
    with coordinator.agent(CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")
    assert version(coordinator) != OLD
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")


@pytest.mark.parametrize("policy", ["off", "minor"])
def test_else_the_operator_is_asked_and_waited_for(coordinator, policy):
    downgrade(coordinator)
    with coordinator.agent(CITUS_AUTO_UPGRADE=policy) as agent:
        assert "CITUS_AUTO_UPGRADE=major" in agent.wait_for("warning")
        assert version(coordinator) == OLD
        coordinator.sql("ALTER EXTENSION citus UPDATE")
        agent.wait_for("prepared")


def test_an_older_library_is_refused(coordinator):
    coordinator.prepare()
    # As if the image had become older: nothing but the version of the files decides.
    coordinator.sql("UPDATE pg_extension SET extversion = '99.1-1' WHERE extname = 'citus'")
    with coordinator.agent() as agent:
        assert "99.1" in agent.wait_for("fatal 65")
        assert agent.finish() == 65


def test_an_upgraded_cluster_goes_on(coordinator, make_node):
    worker = make_node("w1", 2)
    for node in (coordinator, worker):
        downgrade(node)
    with worker.agent(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host,
                      CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")
    with coordinator.agent(CITUS_WORKERS=worker.address, CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("membership", "1 of 1 workers registered")


def test_a_worker_of_another_version_is_not_added(coordinator, make_node):
    worker = make_node("w1", 2)
    downgrade(worker)
    if version(worker) == OLD and not os.environ.get("CITUS_INIT_OLD_PG_BINDIR"):
        worker.sql("ALTER SYSTEM SET ssl = off", "postgres")
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        warning = agent.wait_for("warning", worker.address)
        assert "12.1" in warning or "requires" in warning
    assert coordinator.value("SELECT count(*) FROM pg_dist_node WHERE groupid <> 0") == "0"


def test_real_data_of_an_older_citus_is_upgraded(make_node, base_directory, is_real):
    old = os.environ.get("CITUS_INIT_OLD_PG_BINDIR")
    if not old or not is_real:
        pytest.skip("needs real Citus and, in CITUS_INIT_OLD_PG_BINDIR, the programs of the same "
                    "PostgreSQL with an older one")
    node = make_node("c", 1, start=False)
    new, node.programs = node.programs, old
    node.start()
    assert node.prepare().process.returncode == 0
    before = version(node)
    node.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a');"
             "INSERT INTO t SELECT generate_series(1, 100)")
    node.stop()
    node.programs = new
    node.start()
    with node.agent(CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")
    assert version(node) != before
    assert node.value("SELECT count(*) FROM t") == "100"
