"""One secret between nodes: certificates, who may connect where, renewal, and what nobody gets to see.

Each node has a network namespace and an address of its own. The stand-in opens no connections
between nodes, so what is about queries needs real Citus.
"""
import shutil
import stat
import subprocess
from signal import SIGHUP

import pytest

from support.mesh import PASSWORD, SECRET
from support.node import POSTGRES, Place
from support.pid_namespace import children_of, wait_until

HEALTHY = "SELECT bool_and(result) FROM citus_check_cluster_node_health()"


def needs_real(is_real):
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")


def test_one_secret_is_all_that_nodes_need(mesh, is_real):
    needs_real(is_real)
    mesh.start_all()
    mesh.sql("c", "CREATE ROLE app LOGIN PASSWORD 'of-the-app'", "GRANT CREATE ON SCHEMA public TO app")
    for user, table in (("postgres", "events"), ("app", "things")):
        out = mesh.sql("c", f"CREATE TABLE {table} (id bigint, tenant int)",
                       f"SELECT create_distributed_table('{table}', 'tenant')",
                       f"INSERT INTO {table} SELECT i, i % 97 FROM generate_series(1, 970) i",
                       f"SELECT count(*), count(DISTINCT tenant) FROM {table}", user=user)
        assert out == "970|97", out
    assert mesh.sql("c", HEALTHY) == "t"
    # Repartitioning makes the workers fetch from each other, as the role of the query.
    assert mesh.sql("c", "SET citus.enable_repartition_joins = on; SELECT count(*) FROM things a "
                    "JOIN things b ON a.id = b.id", user="app") == "970"
    # What a worker asks of the coordinator.
    assert mesh.sql("w1", "SELECT count(*) FROM things", user="app") == "970"
    mesh.sql("c", "CREATE TABLE kinds (id int)", "SELECT create_reference_table('kinds')",
             "GRANT ALL ON kinds TO app")
    assert mesh.sql("w1", "INSERT INTO kinds VALUES (1); SELECT count(*) FROM kinds", user="app") == "1"

    # Clients: on the coordinator by password, superuser or not; on a worker not at all.
    for user, password in (("postgres", PASSWORD), ("app", "of-the-app")):
        assert mesh.client("c", "SELECT count(*) FROM things", user=user, password=password) == (0, "970")
        assert mesh.client("c", "SELECT 1", user=user, password="wrong")[0] != 0
        status, told = mesh.client("w1", "SELECT 1", user=user, password=password)
        assert status != 0 and "requires a valid client certificate" in told, told
        assert mesh.client("w1", "SELECT 1", user=user, password=password, sslmode="disable")[0] != 0
    assert not (mesh.places["c"].run / "citus_init" / "pgpass").exists()
    assert "ssl" not in (mesh.places["w1"].data / "postgresql.auto.conf").read_text()


def test_a_worker_may_be_opened_for_clients(mesh, is_real):
    needs_real(is_real)
    mesh.start_all(CITUS_WORKER_CLIENTS="true")
    mesh.sql("c", "CREATE ROLE app LOGIN PASSWORD 'of-the-app'", "CREATE TABLE t (id bigint)",
             "SELECT create_distributed_table('t', 'id')", "GRANT ALL ON t TO app",
             "INSERT INTO t SELECT generate_series(1, 100)")
    for source in ("client", "w2"):
        # Somebody on a node is asked for the node's certificate; a client for its password.
        status, told = mesh.client("w1", "SELECT count(*) FROM t", source, "app", "of-the-app")
        assert (status, told) == (0, "100") if source == "client" else status != 0, told
    assert mesh.client("w1", "SELECT 1", user="app", password="wrong")[0] != 0
    assert mesh.sql("w1", HEALTHY) == "t"


def test_a_node_with_another_secret_cannot_join_and_is_reported(mesh, is_real):
    mesh.start("c")
    mesh.start("w1")
    mesh.start("w2", CITUS_CLUSTER_SECRET="5e1f00d2c3b4a5968778695a4b3c2d1e")
    for name in ("c", "w1", "w2"):
        mesh.nodes[name].wait_ready()
    if is_real:
        mesh.wait_members("1")
    mesh.nodes["c"].wait_output("its CITUS_CLUSTER_SECRET", stream="stderr")
    assert mesh.sql("c", "SELECT count(*) FROM pg_dist_node WHERE nodename = 'w2'") == "0"
    # Nor may it come by itself, with its own certificate.
    own = mesh.places["w2"].run / "citus_init"
    status, told = mesh.client("w1", "SELECT 1", "w2", sslmode="require", PGSSLCERT=str(own / "server.crt"),
                               PGSSLKEY=str(own / "server.key"))
    assert status != 0 and "unknown ca" in told, told
    assert SECRET not in mesh.nodes["c"].output() and "somebody-else" not in mesh.nodes["w2"].output()


def test_a_node_that_nobody_knows_comes_by_its_certificate_as_one_role_only(mesh, is_real):
    needs_real(is_real)
    for name in ("c", "w1"):
        mesh.start(name, **({"CITUS_WORKERS": "w1"} if name == "c" else {})).wait_ready()
    mesh.wait_members("1")
    own = mesh.places["w1"].run / "citus_init"
    certificate = {"PGSSLCERT": str(own / "server.crt"), "PGSSLKEY": str(own / "server.key")}
    mine = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
    wait_until(lambda: mesh.sql("c", "SELECT 1 FROM pg_roles WHERE rolname = 'citus_init_node'") == "1", "the role")
    assert mesh.client("c", mine, user="citus_init_node", **certificate) == (0, "citus_init_node|f")
    assert mesh.client("c", mine, user="citus_init_node")[0] != 0
    assert mesh.client("c", mine, user="citus_init_node", sslmode="disable")[0] != 0
    assert mesh.client("c", "TABLE pg_authid", user="citus_init_node", **certificate)[0] != 0
    # As anybody else, an address that is no node's is a client's.
    status, told = mesh.client("c", mine, **certificate)
    assert status != 0 and "no password supplied" in told, told


def test_a_node_of_an_older_version_takes_the_secret_at_its_next_start(mesh, is_real):
    """From a self-signed certificate and a password between nodes, data and membership kept."""
    needs_real(is_real)
    old = {"CITUS_CLUSTER_SECRET": None, "CITUS_INTERNODE_AUTH": "password", "POSTGRES_PASSWORD": PASSWORD}
    mesh.start_all(**old)
    mesh.sql("c", "CREATE ROLE app LOGIN", "CREATE TABLE t (id bigint)", "SELECT create_distributed_table('t', 'id')",
             "GRANT SELECT ON t TO app", "INSERT INTO t SELECT generate_series(1, 100)")
    for name in ("w1", "w2", "c"):
        assert mesh.nodes[name].stop() == 0
    mesh.start_all()
    assert mesh.sql("c", "SELECT count(*) FROM t", user="app") == "100"
    assert mesh.client("w1", "SELECT 1", password=PASSWORD)[0] != 0


def test_workers_that_nobody_named_announce_themselves_by_certificate(mesh, is_real):
    needs_real(is_real)
    mesh.start_all(CITUS_WORKERS=None, CITUS_RECONCILE_INTERVAL="8s")
    # The coordinator lets new members in by their certificates at once, not at its next lookup of names.
    wait_until(lambda: mesh.sql("c", HEALTHY) == "t", lambda: mesh.nodes["c"].output(), 4)


def test_the_secret_changes_without_an_outage(mesh, is_real):
    needs_real(is_real)
    new = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
    files = {}
    for name in ("c", "w1", "w2"):
        place = mesh.places.setdefault(name, Place())
        files[name] = [place.file(kind, SECRET + "\n") for kind in ("secret", "trusted")]
        mesh.start(name, CITUS_CLUSTER_SECRET=None, CITUS_CLUSTER_SECRET_FILE=str(files[name][0]),
                   CITUS_TRUSTED_CLUSTER_SECRET_FILE=str(files[name][1]))
    for name in ("c", "w1", "w2"):
        mesh.nodes[name].wait_ready()
    mesh.wait_members()
    assert mesh.sql("c", HEALTHY) == "t"
    for step, contents in enumerate([(SECRET, new), (new, SECRET), (new, new)], start=1):
        for name in ("w1", "c", "w2"):
            for file, content in zip(files[name], contents):
                file.write_text(content + "\n")
            mesh.nodes[name].signal(SIGHUP)
            mesh.nodes[name].wait_output("renewed the node's certificate", times=step, stream="stderr")
            # Each with each, whichever steps they have taken.
            for other in ("c", "w1"):
                wait_until(lambda other=other: mesh.sql(other, HEALTHY) == "t", lambda: mesh.nodes["c"].output(), 10)
    authorities = (mesh.places["w1"].run / "citus_init" / "ca.crt").read_text()
    assert authorities.count("BEGIN CERTIFICATE") == 1
    mesh.nodes["w2"].stop()
    mesh.start("w2")  # with the old secret
    wait_until(lambda: mesh.sql("c", HEALTHY) != "t", "that it is not let in")


def test_a_passphrase_makes_no_new_node(mesh):
    weak = "correct-horse-battery-staple"
    node = mesh.start("c", CITUS_CLUSTER_SECRET=weak)
    assert node.wait() == 78
    assert "openssl rand -hex 32" in node.stderr and "CITUS_ALLOW_WEAK_SECRET" in node.stderr and weak not in node.stderr
    assert mesh.places["c"].listing() in (None, [])
    mesh.start("c", CITUS_CLUSTER_SECRET=weak, CITUS_ALLOW_WEAK_SECRET="true").wait_ready()
    assert mesh.nodes["c"].stop() == 0
    node = mesh.start("c", CITUS_CLUSTER_SECRET=weak)  # it is there already
    node.wait_ready()
    assert "CITUS_TRUSTED_CLUSTER_SECRET" in node.stderr and weak not in node.output()


def test_a_cluster_without_an_authority_is_refused(mesh):
    for name in ("c", "w1"):
        node = mesh.start(name, CITUS_CLUSTER_SECRET=None)
        assert node.wait() == 78
        assert "openssl rand -hex 32" in node.stderr and "CITUS_INTERNODE_AUTH" in node.stderr
        assert mesh.places[name].listing() in (None, [])


def test_no_secret_is_to_be_seen(mesh):
    for name in ("c", "w1", "w2"):
        mesh.start(name)
    for name in ("c", "w1", "w2"):
        mesh.nodes[name].wait_ready()
    for name, node in mesh.nodes.items():
        assert SECRET not in node.output()
        seen = 0
        pending = list(children_of(node.pid1))
        while pending:
            pid = pending.pop()
            pending += children_of(pid)
            for kind in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{kind}", "rb") as file:
                        assert SECRET.encode() not in file.read(), (pid, kind)
                    seen += 1
                except OSError:  # it has ended
                    pass
        assert seen > 8
        with open(f"/proc/{node.pid1}/cmdline", "rb") as file:
            assert SECRET.encode() not in file.read()
        found = subprocess.run(["grep", "-rlF", SECRET, str(mesh.places[name].data)], capture_output=True,
                               text=True, check=False)
        assert found.stdout == ""
        keys = subprocess.run(["grep", "-rl", "PRIVATE KEY", str(mesh.places[name].data)], capture_output=True,
                              text=True, check=False).stdout.split()
        # A base backup takes all of the data directory along.
        assert keys == []
        key = (mesh.places[name].run / "citus_init" / "server.key").stat()
        assert stat.S_IMODE(key.st_mode) == 0o600 and key.st_uid == POSTGRES.pw_uid


def test_nothing_passes_between_nodes_in_plain_text(mesh, is_real):
    needs_real(is_real)
    if not shutil.which("tcpdump"):
        pytest.skip("tcpdump is not installed")
    mesh.start("c")
    capture = mesh.places["c"].path / "capture"
    with subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{mesh.networks.namespace('c')}", "tcpdump", "-i", "eth0", "-U", "-Z",
             "root", "-w", str(capture), "tcp", "port", "5432"], stderr=subprocess.PIPE, text=True) as tcpdump:
        assert "listening" in tcpdump.stderr.readline()
        for name in ("w1", "w2"):
            mesh.start(name)
        mesh.wait_members()
        mesh.sql("c", "CREATE TABLE t (id bigint, word text)", "SELECT create_distributed_table('t', 'id')",
                 "INSERT INTO t SELECT i, 'not-in-plain-text' FROM generate_series(1, 100) i",
                 "CREATE ROLE app LOGIN PASSWORD 'neither-is-this'", "SELECT word FROM t")
        # What it would look like: the same word, to a server that is not asked for TLS.
        status, told = mesh.client("c", "SELECT 'in-plain-text-for-all'", password=PASSWORD, sslmode="disable")
        assert status == 0, told
        wait_until(lambda: b"in-plain-text-for-all" in capture.read_bytes(), "the capture is alive")
        tcpdump.terminate()
    packets = capture.read_bytes()
    assert b"not-in-plain-text" not in packets and b"neither-is-this" not in packets
    assert b"worker_create_or_alter_role" not in packets


def test_a_first_start_of_all_nodes_leaves_no_errors_in_the_coordinators_log(mesh):
    """What workers come as and ask for is there before the coordinator listens."""
    mesh.start_all()
    log = mesh.nodes["c"].stderr
    assert 'role "citus_init_node" does not exist' not in log
    assert "ERROR:  function citus_init" not in log and 'schema "citus_init" does not exist' not in log
