"""What citus-init relies on, asked of real Citus and of the stand-in alike.

The stand-in is only as good as this file: what a cluster test needs of it has its line here.
"""
import pytest

from citus_node import SqlFailure
from support.citus_under_test import default_version, major_version, older_version


def fails_with(node, statement, sqlstate, text):
    with pytest.raises(SqlFailure) as trap:
        node.sql(statement)
    assert trap.value.sqlstate == sqlstate, trap.value
    assert text in str(trap.value)


@pytest.fixture
def fresh(make_node):
    """A server with nothing but the extension."""
    def make(name, number):
        node = make_node(name, number)
        node.sql("CREATE DATABASE app", "postgres")
        node.sql("CREATE EXTENSION citus")
        return node
    return make


def add(worker):
    return f"SELECT citus_add_node('{worker.host}', {worker.port})"


def set_host(node):
    return f"SELECT citus_set_coordinator_host('{node.host}', {node.port})"


def test_a_fresh_node(fresh):
    node = fresh("c", 1)
    assert node.value("SELECT groupid FROM pg_dist_local_group") == "0"
    assert node.value("SELECT count(*) FROM pg_dist_node") == "0"
    assert node.value("SELECT citus_is_coordinator()") == "f"
    assert node.value("SELECT metadata->>'server_id' FROM pg_dist_node_metadata")
    assert node.value("SELECT metadata->>'last_upgrade_version' FROM pg_dist_node_metadata") == \
        node.value("SELECT default_version FROM pg_available_extensions() WHERE name = 'citus'")
    assert node.value("SELECT citus_version()").startswith(f"Citus {default_version(node.programs).split('-', maxsplit=1)[0]}.")


def test_the_trap_of_the_lone_coordinator(fresh):
    node = fresh("c", 1)
    node.sql(set_host(node))
    assert node.sql("SELECT groupid, nodename, nodeport, shouldhaveshards, hasmetadata, isactive, "
                    "metadatasynced, noderole FROM pg_dist_node") == [
        ["0", node.host, str(node.port), "f", "t", "t", "t", "primary"]]
    node.sql("CREATE TABLE t(a int)")
    fails_with(node, "SELECT create_distributed_table('t', 'a')", "22023",
               "replication_factor (1) exceeds number of worker nodes (0)")
    node.sql(f"SELECT citus_set_node_property('{node.host}', {node.port}, 'shouldhaveshards', true)")
    node.sql("SELECT create_distributed_table('t', 'a')")
    assert node.value("SELECT count(*) FROM pg_dist_partition") == "1"


def test_a_table_before_any_address_names_the_node_localhost(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")
    assert node.sql("SELECT groupid, nodename, shouldhaveshards FROM pg_dist_node") == [
        ["0", "localhost", "t"]]
    fails_with(node, add(worker), "XX000",
               "cannot add a worker node when the coordinator hostname is set to localhost")


def test_adding_a_worker(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    first = node.value(add(worker))
    assert node.value(add(worker)) == first
    group = node.value("SELECT groupid FROM pg_dist_node WHERE groupid <> 0 AND isactive AND "
                       "hasmetadata AND metadatasynced AND shouldhaveshards")
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == group
    assert worker.value("SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid = 0") \
        == node.address
    assert worker.value("SELECT count(*) FROM pg_dist_node") == "2"
    fails_with(worker, add(node), "XX000", "operation is not allowed on this node")


def test_a_worker_gets_the_group_that_patroni_names(fresh):
    coordinator, worker = fresh("c", 1), fresh("w", 2)
    coordinator.sql(set_host(coordinator))
    coordinator.sql(f"SELECT citus_add_node('{worker.host}', {worker.port}, 7, 'primary', 'default')")
    assert coordinator.value("SELECT groupid FROM pg_dist_node WHERE groupid <> 0") == "7"
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == "7"


def test_takes_the_login_to_other_nodes_that_patroni_writes(fresh):
    node = fresh("c", 1)
    node.sql("INSERT INTO pg_dist_authinfo VALUES (0, current_user, 'sslcert=/nowhere/x.crt sslkey=/nowhere/x.key')")
    assert node.value("SELECT count(*) FROM pg_dist_authinfo WHERE nodeid = 0") == "1"


def test_a_third_node_is_made_known_to_the_second(fresh):
    node, second, third = fresh("c", 1), fresh("w1", 2), fresh("w2", 3)
    node.sql(set_host(node))
    node.sql(add(second))
    node.sql(add(third))
    assert second.value("SELECT count(*) FROM pg_dist_node") == "3"


def test_refusals_of_adding(fresh, make_node):
    node, bare = fresh("c", 1), make_node("b", 2)
    node.sql(set_host(node))
    fails_with(node, "SELECT citus_add_node('127.0.1.9', 1)", "08006", "Connection refused")
    fails_with(node, add(bare), "08006", "connection to the remote node")  # no such database, no TLS
    fails_with(node, f"SELECT citus_add_node('127.0.1.9', {node.port + 1})", "08006", "remote node")
    node.sql("CREATE ROLE app LOGIN")
    node.sql("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO app")
    with pytest.raises(SqlFailure) as trap:
        node.sql("SELECT citus_add_node('127.0.1.9', 1)", user="app")
    assert trap.value.sqlstate == "XX000" and "operation is not allowed" in str(trap.value)


def test_a_node_does_not_add_itself(make_node):
    node = make_node("c", 1, start=False)
    node.start(listen_addresses="127.0.1.1,127.0.1.2")
    node.sql("CREATE DATABASE app", "postgres")
    node.sql("CREATE EXTENSION citus")
    node.sql(set_host(node))
    fails_with(node, f"SELECT citus_add_node('127.0.1.2', {node.port})", "XX000",
               "Node cannot add itself as a worker.")


def test_a_dead_worker_blocks_the_others(fresh):
    node, dead, other = fresh("c", 1), fresh("w1", 2), fresh("w2", 3)
    node.sql(set_host(node))
    node.sql(add(dead))
    dead.stop()
    fails_with(node, add(other), "08006", dead.host)
    fails_with(node, set_host(node), "08006", dead.host)
    assert node.value("SELECT count(*) FROM pg_dist_node") == "2"
    assert other.value("SELECT groupid FROM pg_dist_local_group") == "0"


def test_a_lock_on_the_catalog_is_honoured(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql("BEGIN; LOCK TABLE pg_dist_node IN EXCLUSIVE MODE; COMMIT;")
    node.sql("SET lock_timeout = '1s'; SET statement_timeout = '60s'; "
             "SET citus.node_connection_timeout = '3s'; "
             "SET citus.enable_alter_role_propagation = off; " + add(worker))


def test_a_removed_worker_is_not_notified(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql(add(worker))
    node.sql(f"SELECT citus_remove_node('{worker.host}', {worker.port})")
    assert worker.value("SELECT groupid FROM pg_dist_local_group") != "0"
    fails_with(node, "SELECT citus_remove_node('nobody', 1)", "XX000",
               'node at "nobody:1" does not exist')


def test_a_clean_leave(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql(add(worker))
    node.sql(f"SELECT stop_metadata_sync_to_node('{worker.host}', {worker.port})")
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == "0"
    assert worker.value("SELECT count(*) FROM pg_dist_node") == "0"


def test_an_older_extension_works_only_after_its_update(fresh, make_node):
    node = make_node("c", 1)
    node.sql("CREATE DATABASE app", "postgres")
    node.sql("SET citus.enable_version_checks = off; CREATE EXTENSION citus VERSION '"
             f"{older_version(node.programs)}'")
    fails_with(node, "SELECT citus_is_coordinator()", "XX000",
               "loaded Citus library version differs from installed extension version")
    assert node.value("SELECT count(*) FROM pg_dist_node") == "0"
    node.sql("ALTER EXTENSION citus UPDATE")
    assert node.value("SELECT citus_is_coordinator()") == "f"
    node.sql("CALL citus_finish_citus_upgrade()")


def test_properties(fresh):
    node = fresh("c", 1)
    node.sql(set_host(node))
    fails_with(node, f"SELECT citus_set_node_property('{node.host}', {node.port}, 'isactive', true)",
               "XX000", "only the 'shouldhaveshards' property can be set using this function")


def test_the_names_that_the_preflight_passes_over(fresh):
    """A fresh node has no relation that is somebody's."""
    node = fresh("c", 1)
    assert node.sql("""
        SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S') AND n.nspname !~ '^pg_'
          AND n.nspname <> 'information_schema' AND NOT EXISTS (
            SELECT 1 FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')""") == []


def test_a_new_address_is_taken_without_a_probe(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql(add(worker))
    one, = node.sql("SELECT nodeid FROM pg_dist_node WHERE groupid <> 0")[0]
    node.sql(f"SELECT citus_update_node({one}, '127.0.1.9', {node.port})")  # nobody is there
    assert node.value("SELECT nodename FROM pg_dist_node WHERE groupid <> 0") == "127.0.1.9"
    node.sql(f"SELECT citus_update_node({one}, '{worker.host}', {worker.port})")
    fails_with(node, f"SELECT citus_update_node({one}, '{node.host}', {node.port})", "55000",
               "there is already another node with the specified hostname and port")
    fails_with(node, "SELECT citus_update_node(9999, '127.0.1.9', 1)", "P0002",
               "node 9999 not found")


def test_a_shard_is_a_table_with_its_name(fresh, is_real):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql(add(worker))
    node.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")
    names = node.sql("""SELECT shard_name(logicalrelid, shardid) FROM pg_dist_shard
                        JOIN pg_dist_placement USING (shardid) WHERE groupid <> 0""")
    assert names and names[0][0].startswith("t_")
    for name, in names:
        assert worker.value(f"SELECT to_regclass('{name}') IS NOT NULL") == "t"
    # The coordinator numbers shards and nodes, and never goes back.
    issued = """SELECT pg_sequence_last_value('pg_catalog.pg_dist_shardid_seq'),
                       pg_sequence_last_value('pg_catalog.pg_dist_node_nodeid_seq')"""
    greatest = "SELECT (SELECT max(shardid) FROM pg_dist_shard), (SELECT max(nodeid) FROM pg_dist_node)"
    assert node.sql(greatest) == node.sql(issued)
    assert not is_real or worker.sql(greatest) == node.sql(issued)  # the stand-in tells nobody
    before = node.sql(issued)
    node.sql("DROP TABLE t")
    assert node.sql(issued) == before


def test_what_is_local_stays_local(fresh):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node))
    node.sql("""DO $$ BEGIN PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
                CREATE SCHEMA citus_init; CREATE TABLE citus_init.node(a int); END $$""")
    node.sql(add(worker))
    assert worker.value("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('citus_init')") == "0"


def test_one_node_runs_a_command_on_another_and_gets_its_failure(fresh):
    """Over Citus' own connection; how a node is found to be the one that is registered."""
    one, other = fresh("c", 1), fresh("w1", 2)
    command = "SELECT extract(epoch FROM pg_postmaster_start_time())::text"
    run = ("SELECT node_name, success, result FROM master_run_on_worker(ARRAY['{}'], ARRAY[{}], "
           f"ARRAY['{command}'], false)")
    for node in (one, other):
        assert one.sql(run.format(node.host, node.port)) == [[node.host, "t", node.value(command)]]
    other.stop()
    (host, success, result), = one.sql("SET citus.node_connection_timeout = '3s';" + run.format(other.host, other.port))
    assert (host, success) == (other.host, "f") and "failed to connect" in result


def test_a_restore_point(fresh, is_real):
    node, worker = fresh("c", 1), fresh("w", 2)
    node.sql(set_host(node) + ";" + add(worker))
    assert node.value("SELECT citus_create_restore_point('first') <= pg_current_wal_insert_lsn()") == "t"
    fails_with(worker, "SELECT citus_create_restore_point('second')", "XX000", "operation is not allowed on this node")
    fails_with(node, f"SELECT citus_create_restore_point('{'x' * 64}')", "22023", "value too long for restore point")
    with node.session() as writer:
        writer.run("BEGIN; LOCK TABLE pg_dist_transaction IN ROW EXCLUSIVE MODE")
        fails_with(node, "SET lock_timeout = '100ms'; SELECT citus_create_restore_point('third')", "55P03", "lock timeout")
    with worker.session() as locked:
        locked.run("BEGIN; LOCK TABLE pg_catalog.pg_dist_transaction IN EXCLUSIVE MODE")
        if major_version(node.programs) < 14 or not is_real:  # the stand-in locks as before
            assert node.value("SET lock_timeout = '5s'; SELECT citus_create_restore_point('fourth') IS NOT NULL") == "t"
        else:  # from then on it locks there, too, for as long as it takes
            fails_with(node, "SET lock_timeout = '500ms'; SET statement_timeout = '3s'; "
                             "SELECT citus_create_restore_point('fourth')", "57014", "statement timeout")
    worker.stop()
    with pytest.raises(SqlFailure, match="connection to the remote node"):
        node.sql("SELECT citus_create_restore_point('fifth')")
