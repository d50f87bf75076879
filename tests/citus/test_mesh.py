"""One secret between nodes: certificates, who may connect where, renewal, and what nobody gets to see.

Each node has a network namespace and an address of its own. The stand-in opens no connections
between nodes, so what is about queries needs real Citus.
"""
import os
import shutil
import subprocess
import threading

import pytest

from support.networks import Networks
from support.node import Place
from support.pid_namespace import children_of, wait_until

SECRET = "6b0c1f6e9ad24c1795bd0e4a8c37f2d1"
PASSWORD = "opensesame-of-clients"
MEMBERS = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND metadatasynced"


class Mesh:
    """A coordinator `c` and workers, each a whole container, on a network of their own."""

    def __init__(self, programs, names=("c", "w1", "w2", "client")):
        self.programs, self.names = programs, names
        self.networks = Networks(names)
        self.places, self.nodes = {}, {}

    def __enter__(self):
        self.networks.__enter__()
        return self

    def __exit__(self, *_):
        for node in self.nodes.values():
            node.__exit__(None, None, None)
        for place in self.places.values():
            place.__exit__(None, None, None)
        self.networks.__exit__()

    def start(self, name, **settings):
        place = self.places.setdefault(name, Place())
        settings = {"CITUS_ENABLE": "true", "CITUS_NODE_HOST": name, "CITUS_COORDINATOR_HOST": "c",
                    "CITUS_CLUSTER_SECRET": SECRET, "CITUS_RECONCILE_INTERVAL": "500ms",
                    "POSTGRES_INITDB_ARGS": "--no-sync", "CITUS_PG_BINDIR": self.programs,
                    "CITUS_LOG_LEVEL": "debug", **settings}
        settings = {key: value for key, value in settings.items() if value is not None}
        if name == "c":
            settings = {"CITUS_WORKERS": "w1,w2", "POSTGRES_PASSWORD": PASSWORD, **settings}
        else:
            settings = {"CITUS_ROLE": "worker", **settings}
        node = place.start("postgres", "-c", "fsync=off", mounts={self.networks.hosts: "/etc/hosts"},
                           network=self.networks.namespace(name), **settings)
        node.__enter__()
        self.nodes[name] = node
        return node

    def start_all(self, **settings):
        for name in ("c", "w1", "w2"):
            self.start(name, **settings)
        for name in ("c", "w1", "w2"):
            self.nodes[name].wait_ready()
        self.wait_members()

    def wait_members(self, count="2"):
        wait_until(lambda: self.sql("c", MEMBERS) == count, lambda: self.nodes["c"].output(), 60)

    def sql(self, name, *statements, user="postgres"):
        """On the node's own socket."""
        out = ""
        for statement in statements:
            out = self.nodes[name].inside(f"{self.programs}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user,
                                          "-d", "postgres", "-c", statement, check=False)
            out = (out.stdout or out.stderr).strip()
        return out

    def client(self, server, sql, source="client", user="postgres", password=None, sslmode="require", **more):
        """psql of somebody at `source` over the network: (status, output)."""
        environment = {"PGPASSWORD": password or "", "PGSSLMODE": sslmode, "HOME": "/nonexistent",
                       "PATH": os.environ["PATH"], **more}
        done = subprocess.run(
            ["nsenter", f"--net=/run/netns/{self.networks.namespace(source)}", f"{self.programs}/psql", "-XAtq",
             "-h", self.networks.address(server), "-U", user, "-d", "postgres", "-w", "-c", sql],
            env=environment, capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()


@pytest.fixture
def mesh(programs):
    with Mesh(programs) as fresh:
        yield fresh


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
    assert mesh.sql("c", "SELECT bool_and(result) FROM citus_check_cluster_node_health()") == "t"
    # Repartitioning makes the workers fetch from each other, as the role of the query.
    assert mesh.sql("c", "SET citus.enable_repartition_joins = on; SELECT count(*) FROM things a "
                    "JOIN things b ON a.id = b.tenant", user="app") == "960"
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
    assert not (mesh.places["c"].data / "citus_init" / "pgpass").exists()
    assert "ssl" not in (mesh.places["w1"].data / "postgresql.auto.conf").read_text()
