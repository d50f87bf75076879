"""Members of a cluster that Patroni manages: the real citus-init as PID 1 of a container's worth of
surroundings, in a network namespace of its own.

    with Networks(["etcd", "c"]) as networks, HaNode(networks, "c", programs) as member:
        member.start()
        member.wait_leader()
        assert member.stop() == 0
"""
import functools
import json
import os
import re
import shutil
import signal
import subprocess
from signal import SIGTERM

from support.metrics import parse
from support.node import Place
from support.pid_namespace import children_of, command_line, postmaster_of, stat_of, wait_until
from support.status_text import read_state

SECRET = "6b0c1f6e9ad24c1795bd0e4a8c37f2d1"
REST_PASSWORD = "0123"
# Another Patroni than Debian's, where a machine has one: a Python program beside its package.
PATRONI = os.environ.get("CITUS_INIT_PATRONI")
RUN_PATRONI = """#!/usr/bin/python3
import sys
sys.path.insert(0, {place!r})
from patroni.__main__ import main
if __name__ == "__main__":
    sys.exit(main())
"""


@functools.lru_cache
def patroni_version():
    """(major, minor, patch) of the Patroni under test, () without one."""
    out = subprocess.run(["/usr/bin/python3", PATRONI or "/usr/bin/patroni", "--version"],
                         capture_output=True, text=True, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", out)[:3])


def least_ttl(otherwise):
    """CITUS_PATRONI_TTL: `otherwise` where this Patroni takes that; since version 4 it takes 20 s at least."""
    return str(max(20, otherwise) if patroni_version() >= (4,) else otherwise)


class HaNode:
    """A member; what outlives its containers is in `place`."""

    def __init__(self, networks, name, programs, group=0, etcd="etcd", **settings):
        self.networks, self.name, self.programs = networks, name, programs
        self.place = Place()
        self.pgdata = self.place.data / "pgdata"
        self.record_path = self.place.data / "pgdata.incomplete"
        self.patroni_directory = self.place.path / "patroni"
        if PATRONI:
            program = self.place.programs / "patroni"
            program.write_text(RUN_PATRONI.format(place=os.path.dirname(PATRONI)))
            program.chmod(0o755)
        self.node = None
        self.settings = {
            "CITUS_HA": "patroni", "PATRONI_SCOPE": "demo", "PATRONI_NAME": name,
            "PATRONI_CITUS_GROUP": str(group), "PATRONI_ETCD3_HOSTS": networks.address(etcd) + ":2379",
            "PATRONI_RESTAPI_USERNAME": "patroni", "PATRONI_RESTAPI_PASSWORD": REST_PASSWORD,
            "CITUS_NODE_HOST": name, "CITUS_CLUSTER_SECRET": SECRET, "CITUS_ALLOW_OLD_PATRONI": "true",
            "CITUS_PATRONI_DIR": str(self.patroni_directory), "PGDATA": str(self.pgdata),
            "CITUS_PG_BINDIR": programs, "POSTGRES_INITDB_ARGS": "--no-sync", "CITUS_GUC_FSYNC": "off",
            "CITUS_LOG_LEVEL": "debug", **settings}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.node:
            self.node.__exit__(None, None, None)
        self.place.__exit__(None, None, None)

    def start(self, mounts=None, **settings):
        """A container. Settings that are None are left away."""
        if self.node:
            self.node.__exit__(None, None, None)
        self.node = self.place.start(
            "postgres", mounts={self.networks.hosts: "/etc/hosts", **(mounts or {})},
            network=self.networks.namespace(self.name), **{**self.settings, **settings})
        self.node.__enter__()
        return self.node

    def stop(self, number=SIGTERM, deadline=60):
        """`docker stop`; the exit code."""
        return self.node.stop(number, deadline)

    # --- What it does ---

    def rest(self, path, *options):
        """The status of the REST API's answer, "000" for none."""
        return self.curl(path, "-o", "/dev/null", "-w", "%{http_code}", *options)

    def curl(self, path, *options):
        return subprocess.run(
            ["ip", "netns", "exec", self.networks.namespace(self.name), "curl", "-s", "-m", "5",
             "--cacert", str(self.patroni_directory / "ca.crt"),
             "--cert", str(self.patroni_directory / "server.crt"),
             "--key", str(self.patroni_directory / "server.key"),
             "--resolve", f"{self.name}:8008:{self.networks.address(self.name)}",
             "-u", "patroni:" + REST_PASSWORD, *options, f"https://{self.name}:8008{path}"],
            capture_output=True, text=True, check=False).stdout

    def answer(self, path):
        """The REST API's answer as JSON, {} for none."""
        out = self.curl(path)
        return json.loads(out) if out.startswith("{") else {}

    def state(self):
        """What PID 1 publishes, with the texts of `health`; {} before it does."""
        try:
            return read_state(self.place.run / "citus-init.json")
        except FileNotFoundError:
            return {}

    def record(self):
        """What stands beside a data directory that is being made; None where it is complete."""
        try:
            return json.loads(self.record_path.read_text("ascii"))
        except FileNotFoundError:
            return None

    def wait_ready(self, deadline=90):
        self.wait(lambda: self.state().get("state") == "ready", "readiness", deadline)

    def wait_leader(self, deadline=90):
        self.wait(lambda: self.rest("/primary") == "200", "the leader", deadline)

    def wait(self, condition, what, deadline=30):
        def holds():
            assert self.node.process.poll() is None, f"ended: {self.log()}"
            return condition()
        return wait_until(holds, lambda: f"{what}: {self.log()}", deadline)

    def log(self):
        return self.node.stderr[-12000:]

    def sql(self, statement, database="citus", user="postgres"):
        """As the server's user at its socket; the error's text where it failed."""
        done = self.node.inside(self.programs + "/psql", "-XAtq", "-U", user, "-d", database, "-c", statement,
                                user="postgres", check=False)
        return (done.stdout or done.stderr).strip()

    def has_synchronous_replica(self, name):
        """As its server has it now. The store has its state of before where Patroni has just restarted the server."""
        return self.sql("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' "
                        "AND sync_state IN ('sync', 'quorum')", database="postgres") == name

    def series(self, port=8009):
        """What its listener exposes, asked from within: {series: value}, {} for no answer."""
        return parse(self.node.inside("curl", "-s", "-m", "5", f"http://127.0.0.1:{port}/metrics", check=False).stdout)

    # --- Its processes, as host pids ---

    def patroni(self):
        """Patroni's pid; None where it does not run."""
        return self._child(lambda arguments: arguments[-1].endswith("/patroni.yml"))

    def postmaster(self):
        """The postmaster's pid; None where none runs."""
        return postmaster_of(self.node.pid1)

    def agent(self):
        return self._child(lambda arguments: arguments[1:2] == ["agent"])

    def _child(self, fits):
        """A process that ends or is about to execute its program has no command line."""
        lines = ((pid, command_line(pid)) for pid in children_of(self.node.pid1))
        return next((pid for pid, arguments in lines if arguments and fits(arguments)), None)

    @staticmethod
    def is_gone(pid):
        stat = stat_of(pid)
        return stat is None or stat[1] == "Z"

    def freeze_patroni(self):
        pid = self.patroni()
        os.kill(pid, signal.SIGSTOP)
        return pid

    def forget(self):
        """An empty volume."""
        shutil.rmtree(self.place.data)
