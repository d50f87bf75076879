"""A newer library on an older extension, and the other way round."""
import os
import pathlib

import pytest

import citus_node
from support.citus_under_test import default_version, older_version


def downgrade(node):
    """Makes the extension as an older version left it. Citus lets a superuser do that for tests."""
    node.sql("CREATE DATABASE app", "postgres")
    node.sql(f"SET citus.enable_version_checks = off; CREATE EXTENSION citus VERSION '{older_version(node.programs)}'")


def version(node):
    return node.value("SELECT extversion FROM pg_extension WHERE extname = 'citus'")


def test_an_older_extension_is_updated_where_the_policy_allows(coordinator):
    downgrade(coordinator)
    with coordinator.agent(CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")
    assert version(coordinator) == default_version(coordinator.programs)
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")


@pytest.mark.parametrize("policy", ["off", "minor"])
def test_else_the_operator_is_asked_and_waited_for(coordinator, policy):
    same_major = older_version(coordinator.programs)[:3] == default_version(coordinator.programs)[:3]
    if policy == "minor" and same_major:
        pytest.skip("the older version that it knows is of the same major version")
    downgrade(coordinator)
    with coordinator.agent(CITUS_AUTO_UPGRADE=policy) as agent:
        assert f"CITUS_AUTO_UPGRADE={'minor' if same_major else 'major'}" in agent.wait_for("warning")
        assert version(coordinator) == older_version(coordinator.programs)
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
    if version(worker) == older_version(worker.programs) and not os.environ.get("CITUS_INIT_OLD_PG_BINDIR"):
        worker.sql("ALTER SYSTEM SET ssl = off", "postgres")
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        warning = agent.wait_for("warning", worker.address)
        assert version(worker).split("-", maxsplit=1)[0] in warning or "requires" in warning
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


def last_upgrade(node):
    return node.value("SELECT metadata->>'last_upgrade_version' FROM pg_dist_node_metadata")


def finished(node):
    """How often it was called."""
    with open(node.log, encoding="utf-8") as log:
        return sum("CALL pg_catalog.citus_finish_citus_upgrade()" in line for line in log)


def test_an_upgrade_that_was_not_finished_is_finished(coordinator, make_node, is_real):
    if not is_real:
        pytest.skip("the stand-in has no such step")
    worker = make_node("w1", 2)
    worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    # As a Citus 10 leaves it: the last one whose workers had no metadata.
    coordinator.sql("UPDATE pg_dist_node_metadata SET metadata = jsonb_set(metadata, '{last_upgrade_version}', '\"10.2-1\"');"
                    "UPDATE pg_dist_node SET hasmetadata = false, metadatasynced = false WHERE groupid <> 0")
    worker.sql("TRUNCATE pg_dist_node")
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        citus_node.wait_until(lambda: last_upgrade(coordinator) == version(coordinator), "the last step")
        agent.wait_for("membership", "1 of 1 workers registered")
    assert coordinator.sql("SELECT hasmetadata, metadatasynced FROM pg_dist_node WHERE groupid <> 0") == [["t", "t"]]
    assert worker.value("SELECT count(*) FROM pg_dist_node") == "2"


def test_a_cluster_of_an_older_citus_is_upgraded_to_the_end(make_node, is_real):
    old = os.environ.get("CITUS_INIT_OLD_PG_BINDIR")
    if not old or not is_real:
        pytest.skip("needs real Citus and, in CITUS_INIT_OLD_PG_BINDIR, the programs of the same "
                    "PostgreSQL with an older one")
    coordinator, worker = (make_node(name, number, start=False) for number, name in enumerate(("c", "w1"), start=1))
    as_worker = {"CITUS_ROLE": "worker", "CITUS_COORDINATOR_HOST": coordinator.host, "CITUS_AUTO_UPGRADE": "major"}
    new = coordinator.programs
    for node in (coordinator, worker):
        node.programs = old
        node.start()
    assert worker.prepare(**as_worker).process.returncode == 0
    with coordinator.agent(CITUS_WORKERS=worker.address) as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY); SELECT create_distributed_table('t', 'a');"
                    "INSERT INTO t SELECT generate_series(1, 100)")
    before = version(coordinator)
    for node in (coordinator, worker):
        node.stop()
        node.programs = new
        node.start(log_statement="all")
    with coordinator.agent(CITUS_WORKERS=worker.address, CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")  # it does not wait for the worker, which has the old extension still
        agent.wait_for("membership", worker.address)
        assert version(worker) == before and not finished(coordinator)
        with worker.agent(**as_worker) as other:
            other.wait_for("prepared")
        # A refused node is looked at every half minute. There is no effect to wait for: since 11 nothing is left for the call.
        citus_node.wait_until(lambda: finished(coordinator), "the last step")
    assert version(worker) == version(coordinator) != before
    assert coordinator.value("SELECT count(*) FROM t") == "100"


def extension(node, name, database):
    return node.sql(f"SELECT extversion FROM pg_extension WHERE extname = '{name}'", database)[0][0]


def test_citus_is_updated_in_every_database(coordinator):
    downgrade(coordinator)
    coordinator.sql("CREATE DATABASE other", "postgres")
    old = older_version(coordinator.programs)
    coordinator.sql(f"SET citus.enable_version_checks = off; CREATE EXTENSION citus VERSION '{old}'", "other")
    with coordinator.agent(CITUS_AUTO_UPGRADE="major") as agent:
        agent.wait_for("prepared")
    assert extension(coordinator, "citus", "other") == version(coordinator) != old


def test_other_extensions_follow_the_image_where_they_are_named(coordinator):
    coordinator.prepare()
    for database in ("app", "postgres"):
        coordinator.sql("CREATE EXTENSION hstore VERSION '1.4'; CREATE EXTENSION pg_trgm VERSION '1.3'", database)
    with coordinator.agent() as agent:
        assert "CITUS_UPDATE_EXTENSIONS=hstore" in agent.wait_for("warning", "hstore")
        agent.wait_for("prepared")
    assert extension(coordinator, "hstore", "app") == "1.4"
    with coordinator.agent(CITUS_UPDATE_EXTENSIONS="hstore") as agent:
        agent.wait_for("prepared")
    for database in ("app", "postgres"):
        assert extension(coordinator, "hstore", database) != "1.4"
        assert extension(coordinator, "pg_trgm", database) == "1.3"
