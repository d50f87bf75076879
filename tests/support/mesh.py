"""A cluster with one secret: whole containers in network namespaces of their own."""
import os
import subprocess

from support.background import Background
from support.networks import Networks
from support.node import Place
from support.pid_namespace import wait_until

SECRET = "6b0c1f6e9ad24c1795bd0e4a8c37f2d1"
PASSWORD = "opensesame-of-clients"
MEMBERS = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND metadatasynced"


class Mesh:
    """A coordinator `c` and workers, each a whole container, on a network of their own."""

    def __init__(self, programs, names=("c", "w1", "w2", "client")):
        self.programs, self.names = programs, names
        self.workers = [name for name in names if name.startswith("w")]
        self.networks = Networks(names)
        self.places, self.nodes, self.settings = {}, {}, {}

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
        if name == "c":
            settings = {"CITUS_WORKERS": ",".join(self.workers), "POSTGRES_PASSWORD": PASSWORD, **settings}
        else:
            settings = {"CITUS_ROLE": "worker", **settings}
        settings = {key: value for key, value in settings.items() if value is not None}
        self.settings[name] = {**settings, "PGDATA": str(place.data)}
        node = place.start("postgres", "-c", "fsync=off", mounts={self.networks.hosts: "/etc/hosts"},
                           network=self.networks.namespace(name), **settings)
        node.__enter__()
        self.nodes[name] = node
        return node

    def start_all(self, **settings):
        for name in ("c", *self.workers):
            self.start(name, **settings)
        for name in ("c", *self.workers):
            self.nodes[name].wait_ready()
        self.wait_members()

    def wait_members(self, count=None, deadline=60):
        wanted = count or str(len(self.workers))
        wait_until(lambda: self.sql("c", MEMBERS) == wanted, lambda: self.nodes["c"].output(), deadline)

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


class Load(Background):
    """Queries over all shards, each over fresh connections between nodes, until it is stopped."""

    def __init__(self, mesh):
        super().__init__(threads=2)
        self.mesh, self.failures, self.done = mesh, [], 0

    def step(self):
        out = self.mesh.sql("c", "SELECT count(*) FROM t")  # a session ends with its connections
        self.done += 1
        if out != "100":
            self.failures.append(out)
