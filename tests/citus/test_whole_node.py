"""The whole binary with Citus: standalone, a cluster of three, and what happens to them."""
import json
import os
import pathlib
import re
import shutil
import signal

import pytest

from citus_node import free_port
from support.loopback_cluster import Cluster
from support.node import READY_LINE, Place, major_version
from support.pid_namespace import children_of, command_line, postmaster_of, wait_until
from support.status_text import read_state
from support.tier import first_by_day, nightly

SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync",
            "CITUS_INTERNODE_AUTH": "password"}
SERVER = ("postgres", "-c", "fsync=off")
TABLE = ("CREATE TABLE events (id bigint, tenant int)",
         "SELECT create_distributed_table('events', 'tenant')",
         "INSERT INTO events SELECT i, i % 7 FROM generate_series(1, 700) i")


@pytest.fixture
def place():
    with Place() as fresh:
        yield fresh


@pytest.fixture
def places():
    with Place() as one, Place() as two, Place() as three:
        yield one, two, three


def start(place, programs, *arguments, **settings):
    return place.start(*SERVER, *arguments, **{**SETTINGS, "CITUS_PG_BINDIR": programs, **settings})


def fill(node, is_real):
    for sql in TABLE[:None if is_real else 2]:
        node.psql(sql)


def holds(node, is_real):
    """What fill() made is there; the stand-in only records the table."""
    if is_real:
        return node.psql("SELECT count(*) FROM events") == "700"
    return node.psql("SELECT count(*) FROM pg_dist_partition") == "1"


def agent_of(node):
    return next((pid for pid in children_of(node.pid1) if "agent" in command_line(pid)), None)


def test_an_empty_directory_becomes_a_node_that_distributes(place, programs, is_real):
    with start(place, programs) as node:
        node.wait_ready()
        assert node.psql("SHOW shared_preload_libraries") == "citus"
        fill(node, is_real)
        assert holds(node, is_real)
        assert node.stop() == 0
    assert not (place.data / "postgresql.auto.conf").read_text().count("ssl")
    with start(place, programs) as node:
        node.wait_ready()
        assert holds(node, is_real)
        assert node.psql("SELECT count(*) FROM pg_dist_node") == "1"
        assert node.stderr.count("created the extension") == 0
        assert node.stop() == 0


def test_the_users_own_libraries_stay_behind_citus(place, programs):
    with start(place, programs, "-c", "shared_preload_libraries=auto_explain") as node:
        node.wait_ready()
        assert node.psql("SHOW shared_preload_libraries") == "citus,auto_explain" or \
            node.psql("SHOW shared_preload_libraries") == "citus, auto_explain"
        assert node.stop() == 0


def test_init_scripts_may_use_citus(place, programs, is_real):
    """There is no TCP during the bootstrap, and Citus connects to its own node for some queries."""
    place.init_file("1.sql", "CREATE TABLE s (id bigint); SELECT create_distributed_table('s', 'id');")
    if is_real:
        place.init_file("2.sql", "INSERT INTO s SELECT generate_series(1, 1000);"
                        "CREATE TABLE copy AS SELECT count(*) AS rows, max(id) FROM s;")
    with start(place, programs) as node:
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM pg_dist_partition") == "1"
        if is_real:
            assert node.psql("SELECT rows, max FROM copy") == "1000|1000"
        assert node.stop() == 0


def test_an_init_file_may_distribute_a_table_that_has_rows(place, programs, is_real):
    """Citus copies the rows over a connection to the node's registered address."""
    place.init_file("1.sql", "CREATE TABLE s AS SELECT generate_series(1, 1000) AS id;"
                    "SELECT create_distributed_table('s', 'id'); SELECT nodename FROM pg_dist_node;")
    with start(place, programs, CITUS_NODE_HOST="127.0.0.1") as node:
        node.wait_output("init process complete")
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM s") == "1000" or not is_real
        assert node.psql("SELECT nodename, nodeport FROM pg_dist_node") == "127.0.0.1|5432"
        assert node.psql("SELECT shouldhaveshards FROM pg_dist_node") == "t"
        assert node.stop() == 0


def wait_for_the_end_of_init_files(node):
    """A server that a script starts writes its own ready line to the same stdout."""
    node.wait_output(f"citus-init: {READY_LINE}", stream="stdout")


# What pg_cron's documentation has people do, and its variations.
PRELOADING = {
    "appended": "echo \"shared_preload_libraries = 'auto_explain'\" >> \"$PGDATA/postgresql.conf\"",
    "appended with citus": "echo \"shared_preload_libraries = 'citus,auto_explain'\" >> \"$PGDATA/postgresql.conf\"",
    "edited": "sed -i \"s/^#shared_preload_libraries = ''.*/shared_preload_libraries = 'auto_explain'/\" "
              "\"$PGDATA/postgresql.conf\"",
    "ALTER SYSTEM": "psql -qU postgres -c \"ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'\"",
}


@pytest.mark.parametrize("change", first_by_day(PRELOADING))
def test_libraries_that_a_script_adds_are_loaded_behind_citus_by_its_restart(place, programs, change):
    place.init_file("1.sh", f"{PRELOADING[change]}\npg_ctl -D \"$PGDATA\" -w restart\n", 0o755)
    place.init_file("2.sql", "CREATE TABLE loaded AS SELECT setting FROM pg_settings "
                    "WHERE name = 'shared_preload_libraries';")
    with start(place, programs) as node:
        wait_for_the_end_of_init_files(node)
        assert node.psql("SELECT setting FROM loaded") == "citus,auto_explain"
        assert node.psql("SHOW shared_preload_libraries") == "citus,auto_explain"
        assert node.stop() == 0
    assert "by citus-init, until" not in (place.data / "postgresql.conf").read_text()


def test_a_server_that_a_script_stops_and_starts_has_citus(place, programs):
    place.init_file("1.sh", f'{programs}/pg_ctl -D "$PGDATA" -m fast -w stop\n'
                    f'{programs}/pg_ctl -D "$PGDATA" -o "-c listen_addresses=" -w start\n', 0o755)
    place.init_file("2.sql", "CREATE TABLE s (id bigint); SELECT create_distributed_table('s', 'id');")
    with start(place, programs) as node:
        wait_for_the_end_of_init_files(node)
        assert node.psql("SELECT count(*) FROM pg_dist_partition") == "1"
        assert node.stop() == 0
    assert "by citus-init, until" not in (place.data / "postgresql.conf").read_text()


def knows_output_plugin_libraries(programs):
    return b"output_plugin_libraries\0" in pathlib.Path(programs, "postgres").read_bytes()


def test_citus_may_decode_for_online_splits(place, programs, is_real):
    if not knows_output_plugin_libraries(programs):
        pytest.skip("this PostgreSQL has no output_plugin_libraries")
    with start(place, programs, CITUS_GUC_CITUS__SHARD_COUNT="1") as node:
        node.wait_ready()
        assert node.psql("SHOW output_plugin_libraries") == "pgoutput, test_decoding, citus"
        explained = node.inside("citus-init", "explain", "output_plugin_libraries",
                                environment={**SETTINGS, "PGDATA": str(place.data), "CITUS_PG_BINDIR": programs})
        assert "role preset" in explained.stdout and "online shard splits" in explained.stdout
        if is_real:
            for sql in TABLE:
                node.psql(sql)
            shard = node.psql("SELECT shardid FROM pg_dist_shard WHERE logicalrelid = 'events'::regclass")
            own = node.psql("SELECT nodeid FROM pg_dist_node")
            node.psql(f"SELECT citus_split_shard_by_split_points({shard}, ARRAY['0'], ARRAY[{own}, {own}], 'force_logical')")
            assert node.psql("SELECT count(*) FROM pg_dist_shard") == "2"
            assert node.psql("SELECT count(*) FROM events") == "700"
        assert node.stop() == 0


@pytest.mark.parametrize("how", first_by_day(["ALTER SYSTEM", "command line", "environment"]))
def test_the_users_own_output_plugins_are_kept(place, programs, how):
    if not knows_output_plugin_libraries(programs):
        pytest.skip("this PostgreSQL has no output_plugin_libraries")
    words = ["-c", "output_plugin_libraries=pgoutput, mine"] if how == "command line" else []
    given = {"CITUS_GUC_OUTPUT_PLUGIN_LIBRARIES": "pgoutput, mine"} if how == "environment" else {}
    if how == "ALTER SYSTEM":
        place.init_file("1.sql", "ALTER SYSTEM SET output_plugin_libraries = pgoutput, mine;")
    with start(place, programs, *words, **given) as node:
        node.wait_ready()
        assert node.psql("SHOW output_plugin_libraries") == "pgoutput, mine, citus"
        assert node.stop() == 0


def test_a_changed_collation_version_is_reported_with_the_commands_that_rebuild(place, programs):
    if major_version() < 15:
        pytest.skip("PostgreSQL records no version of a database's collation before 15")
    icu = {"POSTGRES_INITDB_ARGS": "--no-sync --locale-provider=icu --icu-locale=en-US"}
    with start(place, programs, **icu) as node:
        node.wait_ready()
        assert "collation version" not in node.stderr
        node.psql("UPDATE pg_database SET datcollversion = '1.1' WHERE datname = 'postgres'")
        assert node.stop() == 0
    with start(place, programs, **icu) as node:
        node.wait_ready()
        node.wait_output("collation version changed: postgres recorded 1.1", stream="stderr")
        lines = [line for line in node.stderr.splitlines() if "collation version changed" in line]
        assert len(lines) == 1 and "postgres recorded 1.1" in lines[0] and "REINDEX DATABASE postgres" in lines[0]
        assert node.stop() == 0


def test_no_session_of_ours_keeps_a_database_from_being_a_template(place, programs, is_real):
    """As the snapshots of Testcontainers. The maintenance daemon is Citus' own."""
    with start(place, programs, POSTGRES_DB="app", CITUS_CLUSTER_SECRET="6b0c1f6e9ad24c1795bd0e4a8c37f2d1" * 2,
               CITUS_INTERNODE_AUTH="certificate") as node:
        node.wait_ready()
        ours = ("SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND backend_type = 'client backend' "
                "AND application_name !~ '^citus_internal'")
        wait_until(lambda: node.psql(ours) == "0", "no session of the agent's")
        node.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'")
        node.psql("CREATE DATABASE snapshot TEMPLATE app")
        assert node.psql("SELECT count(*) FROM pg_dist_node", database="snapshot") == "1"
        assert node.stop() == 0


def test_citus_data_does_not_start_without_citus(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        assert node.stop() == 0
    before = place.listing()
    with start(place, programs, CITUS_ENABLE="false") as node:
        assert node.wait() == 65
        assert "CITUS_ENABLE" in node.stderr.splitlines()[-1]
    assert place.listing() == before
    with start(place, programs, CITUS_ENABLE="false", CITUS_ALLOW_DISABLE="true") as node:
        node.wait_ready()
        assert node.stop() == 0


LOCAL_SCRAM = {"POSTGRES_INITDB_ARGS": "--no-sync --auth=scram-sha-256"}


def state_of(place):
    return read_state(place.run / "citus-init.json")


def test_a_later_start_needs_no_password_for_the_local_socket(place, programs):
    with start(place, programs, **LOCAL_SCRAM) as node:
        node.wait_ready()
        assert node.stop() == 0
    with start(place, programs, POSTGRES_PASSWORD="", CITUS_NODE_HOST="localhost") as node:
        # Citus itself has no password for its node, and that is told; everything else is there.
        wait_until(lambda: state_of(place)["state"] == "ready" or
                   "Citus cannot connect to its own node" in state_of(place)["reason"], node.output, 60)
        # The user's lines hold for everybody else, the superuser with his password included.
        assert "no password supplied" in node.psql("SELECT 1", check=False)
        assert node.psql("SELECT 1", password="secret") == "1"
        assert "citus_init" in node.psql("SELECT 1", user="citus_init", check=False)
        assert node.inside("citus-init", "nodes", environment={
            "PGDATA": str(place.data), "CITUS_ENABLE": "true", "CITUS_INTERNODE_AUTH": "password"}).returncode == 0
        assert node.stop() == 0


@pytest.mark.parametrize("line", first_by_day(["local all all scram-sha-256", "local all all reject", "local all other peer",
                                               "local all all md5\nhost all all 127.0.0.1/32 trust"]))
def test_a_volume_of_another_image_needs_no_password_for_the_local_socket(place, programs, line):
    with start(place, programs) as node:
        node.wait_ready()
        node.psql("DROP EXTENSION citus CASCADE")
        assert node.stop() == 0
    shutil.rmtree(place.data / "citus_init")
    (place.data / "pg_hba.conf").write_text(line + "\nhost all all all trust\n")
    with start(place, programs, POSTGRES_PASSWORD="") as node:
        node.wait_ready()
        assert node.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'citus_init'", host="127.0.0.1") == "t"
        # The line for the superuser is gone again: the user's lines decide.
        wait_until(lambda: node.psql("SELECT 1", check=False) != "1", node.output)
        assert node.stop() == 0


def test_a_node_that_is_not_ready_says_so_in_its_log(place, programs, is_real):
    if not is_real:
        pytest.skip("the stand-in connects to nobody")
    with start(place, programs, CITUS_NODE_HOST="no-such-name.invalid") as node:
        logged = r"citus-init: WARNING: not ready for \d+ s, starting: "  # the first start takes its time
        wait_until(lambda: re.search(logged, node.stderr), node.output, 90)
        assert "Citus cannot connect to its own node" in node.stderr
        assert node.stop() == 0


def test_a_volume_that_a_kubelet_gave_to_a_group_starts_again(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        assert node.stop() == 0
    for directory, names, files in os.walk(place.data):
        for name in (".", *names):
            os.chmod(os.path.join(directory, name), 0o2770)
        for name in files:
            os.chmod(os.path.join(directory, name), 0o660)
    with start(place, programs) as node:
        node.wait_ready()
        assert node.stop() == 0


def test_a_changed_password_with_which_citus_cannot_reach_its_node_is_not_ready(place, programs, is_real):
    if not is_real:
        pytest.skip("the stand-in connects to nobody")
    # The node's name leads to the loopback here, which initdb trusts.
    with start(place, programs, POSTGRES_INITDB_ARGS="--no-sync --auth-host=scram-sha-256") as node:
        node.wait_ready()
        assert node.stop() == 0
    with start(place, programs, POSTGRES_PASSWORD="another") as node:
        node.wait_output("Citus cannot connect to its own node", stream="stderr")
        assert read_state(place.run / "citus-init.json")["state"] == "starting"
        node.psql("ALTER ROLE postgres PASSWORD 'another'")
        node.wait_ready()
        assert node.stop() == 0


# What was there and is gone, and the start that would make an empty one in its place.
GONE = {
    "dropped database": ("postgres", "DROP DATABASE app WITH (FORCE)", {}, '"app" is gone'),
    "dropped extension": ("app", "DROP EXTENSION citus CASCADE", {}, 'of the database "app" is gone'),
    "new extension": ("app", "DROP EXTENSION citus CASCADE; CREATE EXTENSION citus", {}, "was dropped and created anew"),
    "another database": ("app", "SELECT 1", {"POSTGRES_DB": "b"}, "Set CITUS_DATABASE=app"),
}


@pytest.mark.parametrize("kind", first_by_day(GONE))
def test_what_is_gone_is_not_made_anew_without_a_word(place, programs, kind):
    database, statement, changed, reason = GONE[kind]
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        # DROP EXTENSION may meet Citus' maintenance daemon in a deadlock.
        wait_until(lambda: "deadlock detected" not in node.psql(statement, database=database, check=False), node.output)
        if not changed:
            wait_until(lambda: (state := read_state(place.run / "citus-init.json"))["state"] == "failed"
                       and reason in state["reason"], node.output, 60)
        assert node.stop() == 0
    with start(place, programs, **{"POSTGRES_DB": "app", **changed}) as node:
        assert node.wait() == 65
        assert reason in node.stderr and "CITUS_ALLOW_RECREATE" in node.stderr
    with start(place, programs, **{"POSTGRES_DB": "app", **changed, "CITUS_ALLOW_RECREATE": "true"}) as node:
        node.wait_ready()
        assert node.stop() == 0
    with start(place, programs, **{"POSTGRES_DB": "app", **changed}) as node:
        node.wait_ready()
        assert node.stop() == 0


@nightly
def test_a_node_whose_database_accepts_no_connections_is_not_ready(place, programs):
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        since = state_of(place)["since"]
        node.psql("ALTER DATABASE app ALLOW_CONNECTIONS false", database="postgres")
        wait_until(lambda: (state := state_of(place))["state"] == "starting" and
                   '"app" accepts no connections' in state["reason"], node.output, 90)
        since_closed = state_of(place)["since"]
        node.psql("ALTER DATABASE app ALLOW_CONNECTIONS true", database="postgres")
        wait_until(lambda: state_of(place)["state"] == "ready", node.output, 90)
        assert since < since_closed < state_of(place)["since"], "each state has its own beginning"
        assert node.stop() == 0


@pytest.mark.parametrize("database, switch_on, switch_off, reason", first_by_day([
    ("postgres", "ALTER SYSTEM SET default_transaction_read_only = on", "ALTER SYSTEM RESET default_transaction_read_only",
     "postgresql.auto.conf). ALTER SYSTEM RESET default_transaction_read_only"),
    ("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (nobody)'", "ALTER SYSTEM RESET synchronous_standby_names",
     "each commit waits for synchronous standbys"),
    ("postgres", "ALTER DATABASE app CONNECTION LIMIT 0", "ALTER DATABASE app CONNECTION LIMIT -1", "superusers only"),
    ("postgres", "ALTER DATABASE app SET default_transaction_read_only = on",
     "ALTER DATABASE app RESET default_transaction_read_only",
     "(database). SET default_transaction_read_only = off, then ALTER DATABASE \"app\" RESET"),
]))
def test_a_node_that_clients_cannot_use_is_not_ready(place, programs, database, switch_on, switch_off, reason):
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        for change, state, why in ((switch_on, "starting", reason), (switch_off, "ready", "accepting connections")):
            node.psql(change, database=database)
            node.psql("SELECT pg_reload_conf()", database=database)
            wait_until(lambda state=state, why=why: (now := state_of(place))["state"] == state and why in now["reason"],
                       lambda: (state_of(place), node.output()), 90)
        # Who asks for it himself gets it.
        node.psql("ALTER ROLE postgres SET default_transaction_read_only = on", database=database)
        assert "read-only transaction" in node.psql("CREATE TABLE t()", database="app", check=False)
        node.psql("SELECT pg_sleep(10)", database=database)
        assert state_of(place)["state"] == "ready"
        assert node.stop() == 0


@pytest.mark.parametrize("change, undo, reason", first_by_day([
    ("ALTER DATABASE app SET default_transaction_read_only = on", "ALTER DATABASE app RESET default_transaction_read_only",
     "clients cannot write"),
    ("ALTER DATABASE app CONNECTION LIMIT 0", "ALTER DATABASE app CONNECTION LIMIT -1", "superusers only"),
    ("ALTER DATABASE app ALLOW_CONNECTIONS false", "ALTER DATABASE app ALLOW_CONNECTIONS true",
     'ALTER DATABASE "app" ALLOW_CONNECTIONS true'),
]))
def test_a_node_that_starts_with_a_database_clients_cannot_use_is_never_ready_before(place, programs, change, undo, reason):
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        node.psql(change)
        assert node.stop() == 0
    with start(place, programs, POSTGRES_DB="app") as node:
        wait_until(lambda: reason in (state := state_of(place))["reason"] + state.get("membership", ""), node.output, 60)
        assert READY_LINE not in node.stdout
        node.psql(undo)
        node.wait_ready()
        assert node.stop() == 0


def test_a_database_that_was_dropped_in_part_is_reported_as_such(place, programs):
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        node.psql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'app'", database="postgres")
        wait_until(lambda: "is invalid: a DROP DATABASE did not come to its end" in state_of(place)["reason"], node.output, 90)
        assert state_of(place)["state"] == "starting"
        assert node.stop() == 0


def test_a_node_whose_postmaster_is_stopped_is_not_ready(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        postmaster = state_of(place)["postmaster"]
        node.inside("kill", "-STOP", str(postmaster))
        wait_until(lambda: (state := state_of(place))["state"] == "starting" and
                   "was stopped by a signal" in state["reason"], node.output, 120)
        assert node.inside("citus-init", "health", check=False).returncode != 0
        node.inside("kill", "-CONT", str(postmaster))
        wait_until(lambda: state_of(place)["state"] == "ready", node.output, 90)
        assert node.stop() == 0


def test_another_role_is_refused(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        assert node.stop() == 0
    with start(place, programs, CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="elsewhere") as node:
        assert node.wait() == 65


def test_citus_without_its_package_is_reported_before_anything_is_touched(place):
    if os.path.exists("/usr/lib/postgresql/15/lib/citus.so"):
        pytest.skip("this machine's own PostgreSQL has Citus")
    with place.start(*SERVER, **SETTINGS, CITUS_PG_BINDIR="/usr/lib/postgresql/15/bin") as node:
        assert node.wait() == 78
        assert "postgresql-15-citus" in node.stderr and "/usr/lib/postgresql/15/lib" in node.stderr
    assert place.listing() is None


def test_a_bad_citus_setting_is_reported_before_anything_is_touched(place, programs):
    with start(place, programs, CITUS_GUC_CITUS__SHARD_COUNT="many",
               CITUS_GUC_CITUS__SHARD_REPLICATION="1") as node:
        assert node.wait() == 78
        assert "CITUS_GUC_CITUS__SHARD_COUNT" in node.stderr
    assert place.listing() is None


def test_an_agent_that_is_stopped_is_noticed_and_replaced(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        agent = wait_until(lambda: agent_of(node), "the agent")
        os.kill(agent, signal.SIGSTOP)
        node.wait_output("the agent has not responded", stream="stderr", deadline=90)
        wait_until(lambda: agent_of(node) not in (None, agent), "another agent", 60)
        wait_until(lambda: "the agent" not in state_of(place)["membership"], "health as before", 60)
        assert state_of(place)["state"] == "ready"
        assert node.stop() == 0


def test_a_workers_directory_without_its_marker_is_no_coordinator(place, programs):
    with start(place, programs) as node:
        node.wait_ready()
        node.psql("UPDATE pg_dist_local_group SET groupid = 3")
        assert node.stop() == 0
    (place.data / "citus_init" / "marker.json").unlink()
    with start(place, programs) as node:
        assert node.wait(90) == 65
        assert "the data directory is a worker's: group 3" in node.stderr
        assert READY_LINE not in node.stdout


def test_another_database_without_the_marker_is_refused(place, programs):
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        assert node.stop() == 0
    (place.data / "citus_init" / "marker.json").unlink()
    with start(place, programs, POSTGRES_DB="b") as node:
        assert node.wait(90) == 65
        assert 'has Citus in the database "app"' in node.stderr and "Set CITUS_DATABASE=app" in node.stderr
    with start(place, programs, POSTGRES_DB="app") as node:
        node.wait_ready()
        assert node.stop() == 0


@pytest.mark.parametrize("changed, expected", [
    ({"POSTGRES_USER": "owner"}, 'POSTGRES_USER, once "postgres", is "owner"'),
    ({"POSTGRES_USER": "owner", "POSTGRES_DB": "postgres"}, 'POSTGRES_USER is "owner", but the data directory has no such role; it has "postgres"'),
])
def test_another_superuser_is_reported(place, programs, changed, expected):
    with start(place, programs) as node:
        node.wait_ready()
        assert node.stop() == 0
    with start(place, programs, **changed) as node:
        assert node.wait(90) == 65
        assert expected in node.stderr


def test_verbs_during_the_first_start_say_that_it_is_not_over(place, programs):
    go = place.path / "go"
    place.init_file("1.sh", f"while [ ! -e {go} ]; do sleep 0.1; done\n")
    settings = {"PGDATA": str(place.data), "CITUS_ENABLE": "true", "CITUS_INTERNODE_AUTH": "password",
                "POSTGRES_PASSWORD": "secret"}
    with start(place, programs) as node:
        wait_until(lambda: (place.run / "citus-init.json").exists() and
                   "docker-entrypoint-initdb.d" in state_of(place)["reason"], node.output, 90)
        for verb in (["nodes"], ["plan"], ["status"], ["scale", "1", "--wait", "1s"]):
            done = node.inside("citus-init", *verb, environment=settings, check=False)
            assert done.returncode == 69, (verb, done.stdout, done.stderr)
            assert "not ready yet" in done.stdout + done.stderr, verb
        go.touch()
        # It waits for this node, too.
        done = node.inside("citus-init", "scale", "1", "--wait", "20s", environment=settings, check=False)
        assert (done.returncode, "0 of 1 workers" in done.stderr) == (1, True), done.stderr
        node.wait_ready()
        assert node.stop() == 0


def test_the_agent_is_replaced_and_the_server_does_not_notice(place, programs):
    port = free_port("127.0.0.1")
    with start(place, programs, CITUS_WORKERS=f"127.0.0.1:{port}", CITUS_NODE_HOST="127.0.0.2") as node:
        node.wait_ready()
        postmaster, agent = node.postmaster(), wait_until(lambda: agent_of(node), "the agent")
        os.kill(agent, signal.SIGKILL)
        wait_until(lambda: agent_of(node) not in (None, agent), "another agent")
        assert node.postmaster() == postmaster
        assert node.inside("citus-init", "health").returncode == 0
        assert node.stop() == 0


def test_three_nodes_become_a_cluster_and_survive_their_restarts(places, programs, is_real):
    cluster = Cluster(places, programs, 77, SERVER, SETTINGS)
    members = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND metadatasynced"
    with cluster.start(0) as coordinator:
        coordinator.wait_ready()  # the workers are not there yet: it waits for nobody
        assert cluster.psql(coordinator, members) == "0"
        with cluster.start(1) as first, cluster.start(2) as second:
            wait_until(lambda: cluster.psql(coordinator, members) == "2", coordinator.output, 60)
            if is_real:
                for sql in TABLE:
                    cluster.psql(coordinator, sql)
                assert cluster.psql(coordinator, "SELECT count(*) FROM events") == "700"
                placed = "SELECT count(DISTINCT groupid) FROM pg_dist_placement"
                assert cluster.psql(coordinator, placed) == "2"
            os.kill(postmaster_of(coordinator.pid1), signal.SIGKILL)
            coordinator.wait_output(READY_LINE, times=2, stream="stdout")
            if is_real:
                wait_until(lambda: cluster.psql(coordinator, "SELECT count(*) FROM events") == "700",
                           coordinator.output)
            status = json.loads(coordinator.inside("citus-init", "health", "-o", "json").stdout)
            assert status["role"] == "coordinator"
            assert first.stop() == 0
            assert second.stop() == 0
        assert coordinator.stop() == 0


@nightly
def test_three_nodes_at_once(places, programs):
    cluster = Cluster(places, programs, 78, SERVER, SETTINGS)
    with cluster.start(0) as coordinator, cluster.start(1), cluster.start(2):
        members = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND metadatasynced"
        coordinator.wait_ready()
        wait_until(lambda: cluster.psql(coordinator, members) == "2", coordinator.output, 60)
        assert "secret" not in coordinator.output()
