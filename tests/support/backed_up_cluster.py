"""A coordinator and two workers that archive into one repository, with a pgBackRest that a test can hold or break."""
import contextlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

from support.loopback_cluster import Cluster
from support.node import Place
from support.pid_namespace import DEADLINE, pids_of, wait_until
from support.repository import Repository, gate_pgbackrest, open_gate, wait_archived
from support.scratch import SCRATCH

SERVER = ("postgres", "-c", "fsync=off")
SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync", "POSTGRES_DB": "app",
            "CITUS_INTERNODE_AUTH": "password", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "shop",
            "CITUS_BACKUP_CIPHER_PASS": "correct horse", "CITUS_BACKUP_OPTIONS": "compress-type=none repo1-bundle=y"}


class BackedUp:
    """A coordinator and two workers that archive, and a way to call verbs beside each."""

    def __init__(self, places, programs, repository, number=64, **settings):
        self.repository, self.programs, self.places = repository, programs, places
        self.cluster = Cluster(places, programs, number, SERVER,
                               {**SETTINGS, "CITUS_BACKUP_REPO": repository.setting, **settings})
        self.nodes = []
        for place in places:
            gate_pgbackrest(place)

    def environment(self, index):
        worker = {"CITUS_ROLE": "worker"} if index else {}
        return {**self.cluster.settings, **worker, "PGDATA": str(self.places[index].data), "PGPORT": self.cluster.port,
                "CITUS_NODE_HOST": self.cluster.hosts[index], "CITUS_COORDINATOR_HOST": self.cluster.hosts[0],
                "CITUS_COORDINATOR_PORT": self.cluster.port, "CITUS_PG_BINDIR": self.programs}

    def verb(self, index, *arguments, code=0):
        """Its stdout, of a failure stderr as well. `code`: None = any."""
        done = self.nodes[index].inside("citus-init", *arguments, check=False, environment=self.environment(index))
        assert code in (None, done.returncode), f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr

    @contextlib.contextmanager
    def calling(self, index, *arguments, stdin=None):
        """A verb under way: its process, which is the verb itself; stderr is a pipe."""
        node, programs = self.nodes[index], self.places[index].programs
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(
            ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc", "citus-init", *arguments],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": f"{programs}:/usr/bin:/bin:/usr/sbin:/sbin", **self.environment(index)})
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def sql(self, index, statement, database="app"):
        done = self.nodes[index].inside(f"{self.programs}/psql", "-XAtq", "-U", "postgres", "-p", self.cluster.port, "-d",
                                        database, "-c", statement)
        return done.stdout.strip()

    def add_database(self, name, members=(2, 1)):
        """Another one with Citus on some nodes, in which groups have other numbers, and nodes other addresses."""
        def alias(index):
            """Of "127.0.64.2" it is "127.16386"."""
            first, *others = (int(part) for part in self.cluster.hosts[index].split("."))
            return f"{first}.{int.from_bytes(others, 'big')}"
        for index in (0, *members):
            self.sql(index, f"CREATE DATABASE {name}")
            self.sql(index, "CREATE EXTENSION citus", name)
        if members:
            self.sql(0, f"SELECT citus_set_coordinator_host('{alias(0)}', {self.cluster.port})", name)
        for index in members:
            self.sql(0, f"SELECT citus_add_node('{alias(index)}', {self.cluster.port})", name)

    @contextlib.contextmanager
    def session(self, index, statement, database="app"):
        """A transaction or a lock that stays until the end."""
        node = self.nodes[index]
        command = ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc", f"{self.programs}/psql", "-XAtq",
                   "-h", "/run/postgresql", "-U", "postgres", "-p", self.cluster.port, "-d", database]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdin.write(statement + ";\n\\echo ready\n")
            process.stdin.flush()
            wait_until(lambda: process.stdout.readline().strip() == "ready", statement)
            yield process
            process.stdin.close()

    def states(self):
        return [self.sql(i, "SELECT state FROM citus_init.backup ORDER BY requested_at DESC LIMIT 1") for i in range(3)]

    def wait_states(self, *states, deadline=DEADLINE):
        wait_until(lambda: self.states() == list(states), lambda: f"{self.states()}", deadline)

    def listing(self):
        return json.loads(self.verb(1, "backups", "-o", "json"))

    def counts(self):
        """How many points, and base backups of each group."""
        listing = self.listing()
        return len(listing["points"]), [len(stanza["backups"]) for stanza in listing["stanzas"]]

    @contextlib.contextmanager
    def gates(self):
        """No pgbackrest backup gets on before open()."""
        paths = [place.programs / "gate" for place in self.places]
        for path in paths:
            os.mkfifo(path, 0o666)
            path.chmod(0o666)
        try:
            yield lambda: [open_gate(path) for path in paths]
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def pids_of(self, index, *words):
        return pids_of(self.nodes[index], *words)


@contextlib.contextmanager
def backed_up_cluster(programs, number, **settings):
    """One that archives, on the addresses 127.0.NUMBER.*."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, Place() as one, Place() as two, \
            Place() as three:
        os.chmod(path, 0o755)
        cluster = BackedUp([one, two, three], programs, Repository(Path(path) / "backup"), number, **settings)
        with cluster.cluster.start(0) as coordinator, cluster.cluster.start(1) as first, cluster.cluster.start(2) as second:
            cluster.nodes = [coordinator, first, second]
            for node in cluster.nodes:
                node.wait_ready()
                wait_archived(node)
            try:
                yield cluster
            finally:
                for node in cluster.nodes:  # others, where a test has started them anew
                    node.__exit__(None, None, None)
