"""prepare-node and the agent's own preparation, on servers that this test starts."""
import json

import pytest

from citus_node import SqlFailure, wait_until


def catalog_state(node, database="app"):
    """Whatever a preparation could change, transaction ids of the rows included."""
    return node.sql("""
        SELECT 'node', xmin, t::text FROM pg_dist_node t UNION ALL
        SELECT 'extension', xmin, extname || extversion FROM pg_extension UNION ALL
        SELECT 'database', xmin, datname FROM pg_database UNION ALL
        SELECT 'metadata', xmin, metadata::text FROM pg_dist_node_metadata ORDER BY 1, 3""", database)


def test_a_standalone_node_distributes_right_after_preparation(coordinator):
    prepared = coordinator.prepare()
    assert prepared.process.returncode == 0, prepared.stderr
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a');"
                    "INSERT INTO t SELECT generate_series(1, 100)")
    assert coordinator.value("SELECT count(*) FROM t") == "100"
    registered = "SELECT nodename, nodeport, shouldhaveshards FROM pg_dist_node"
    # The server that is prepared has no network; the agent of the final one registers the address.
    assert coordinator.sql(registered) == [[coordinator.directory, str(coordinator.port), "t"]]
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
    assert coordinator.sql(registered) == [[coordinator.host, str(coordinator.port), "t"]]


def test_preparing_twice_changes_nothing(coordinator):
    assert coordinator.prepare().process.returncode == 0
    before = catalog_state(coordinator)
    again = coordinator.prepare()
    assert again.process.returncode == 0
    assert catalog_state(coordinator) == before
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
    before = catalog_state(coordinator)
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
    assert catalog_state(coordinator) == before


def test_it_reports_who_the_node_is(coordinator):
    prepared = coordinator.prepare()
    node = json.loads(dict(prepared.reports)["node"])
    assert node["server_id"] == ""  # an init file may make the extension anew
    with coordinator.agent() as agent:
        node = json.loads(agent.wait_for("node"))
    assert node["database"] == "app"
    assert node["extension_version"] == coordinator.value(
        "SELECT extversion FROM pg_extension WHERE extname = 'citus'")
    assert node["server_id"] == coordinator.value(
        "SELECT metadata->>'server_id' FROM pg_dist_node_metadata")
    assert node["system_identifier"] == coordinator.value(
        "SELECT system_identifier FROM pg_control_system()")


@pytest.mark.parametrize("name", ['my "db"', "dbname=x host=y", "postgres://a", "ünï", "it's"])
def test_databases_may_have_any_name(coordinator, name):
    prepared = coordinator.prepare(POSTGRES_DB=name)
    assert prepared.process.returncode == 0, prepared.stderr
    assert [name, "postgres"] in coordinator.sql(
        "SELECT datname, pg_get_userbyid(datdba) FROM pg_database", "postgres")
    # psql would take some of these names for a connection string.
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    assert coordinator.value("SELECT extversion FROM pg_extension WHERE extname = 'citus'",
                             f"dbname='{quoted}'")


def test_citus_lives_in_its_own_database_where_asked_for(coordinator):
    assert coordinator.prepare(CITUS_DATABASE="cluster").process.returncode == 0
    count = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'"
    assert coordinator.value(count, "cluster") == "1"
    assert coordinator.value(count, "app") == "0"


def test_without_citus_only_the_database_is_made(make_node):
    node = make_node("p", 1, preload="")
    prepared = node.prepare(CITUS_ENABLE="false")
    assert prepared.process.returncode == 0, prepared.stderr
    assert node.value("SELECT count(*) FROM pg_extension WHERE extname = 'citus'") == "0"


def test_columnar_comes_with_citus_and_stays_dropped(coordinator, is_real):
    if not is_real:
        pytest.skip("the stand-in has no citus_columnar")
    coordinator.prepare()
    count = "SELECT count(*) FROM pg_extension WHERE extname = 'citus_columnar'"
    assert coordinator.value(count) == "1"
    coordinator.sql("DROP EXTENSION citus_columnar")
    coordinator.prepare()
    assert coordinator.value(count) == "0"


def test_a_coordinator_with_workers_keeps_its_shards_setting(coordinator, make_worker):
    worker = make_worker("w", 2)
    coordinator.prepare(CITUS_WORKERS=worker.address)
    assert coordinator.value("SELECT shouldhaveshards FROM pg_dist_node WHERE groupid = 0") == "f"
    coordinator.sql(f"SELECT citus_add_node('{worker.host}', {worker.port})")
    coordinator.prepare()
    assert coordinator.value("SELECT shouldhaveshards FROM pg_dist_node WHERE groupid = 0") == "f"


def test_a_worker_gets_the_extension_only(make_worker):
    worker = make_worker("w", 2)
    assert worker.value("SELECT count(*) FROM pg_dist_node") == "0"
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == "0"


def test_a_changed_name_is_registered_at_the_next_start(coordinator):
    coordinator.prepare()
    for name in ("old-name", "new-name"):
        with coordinator.agent(CITUS_NODE_HOST=name):
            wait_until(lambda name=name: coordinator.sql("SELECT nodename, shouldhaveshards FROM pg_dist_node") == [
                [name, "t"]], f"{name} is registered")


def test_localhost_is_refused_as_the_name_of_a_coordinator_with_workers(coordinator):
    refused = coordinator.prepare(CITUS_NODE_HOST="localhost", CITUS_WORKERS="w:5432")
    assert refused.process.returncode == 78
    assert "CITUS_NODE_HOST" in refused.stderr.splitlines()[-1]


def test_a_library_that_is_not_loaded_is_reported(make_node):
    node = make_node("n", 1, preload="")
    refused = node.prepare()
    assert refused.process.returncode == 65
    assert "shared_preload_libraries" in refused.stderr.splitlines()[-1]


def test_citus_data_without_the_library_is_refused(coordinator):
    coordinator.prepare(CITUS_DATABASE="elsewhere")
    coordinator.stop()
    coordinator.preload = ""
    coordinator.start()
    with coordinator.agent(CITUS_ENABLE="false") as agent:
        reason = agent.wait_for("fatal 65")
        assert '"elsewhere"' in reason and "CITUS_ALLOW_DISABLE" in reason
        assert agent.finish() == 65
    with coordinator.agent(CITUS_ENABLE="false", CITUS_ALLOW_DISABLE="true") as agent:
        agent.wait_for("prepared")
        assert agent.finish() == 0


def test_the_agent_waits_for_the_server(make_node):
    node = make_node("c", 1, start=False)
    with node.agent() as agent:
        agent.wait_for("membership", "cannot connect")
        node.start()
        agent.wait_for("prepared")


def test_the_agent_ends_with_pid_1(coordinator):
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
        agent.socket.close()
        assert agent.process.wait(5) == 0


def test_a_setting_that_the_server_dropped_is_warned_of(coordinator):
    with open(coordinator.data + "/postgresql.conf", "a", encoding="utf-8") as conf:
        conf.write("work_mem = 'much'\n")
        conf.write("port = 1\n")  # the command line says otherwise: nothing to warn of
    with open(coordinator.data + "/pg_hba.conf", "a", encoding="utf-8") as rules:
        rules.write("host nonsense\n")
    with coordinator.agent() as agent:
        assert "work_mem" in agent.wait_for("warning")
        assert "pg_hba.conf" in agent.wait_for("warning")


def test_an_interrupted_preparation_is_completed(coordinator):
    coordinator.sql("CREATE DATABASE app", "postgres")
    coordinator.sql("CREATE EXTENSION citus")
    coordinator.sql(f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port})")
    with pytest.raises(SqlFailure) as trap:
        coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")
    assert trap.value.sqlstate == "22023"
    assert coordinator.prepare().process.returncode == 0
    coordinator.sql("SELECT create_distributed_table('t', 'a')")
