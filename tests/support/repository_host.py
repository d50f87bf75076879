"""A repository host: `citus-init repository-host` in a container of its own, on the host's loopback."""
import json
import os

from support.citus_node import free_port
from support.node import BINDIR, Place
from support.pid_namespace import Program, wait_until

CLUSTER_SECRET = "7a9f0c31d25e486b8d1746aa03f5c2e9b1d8"
ADDRESS = "127.0.0.1"
REQUESTS = "citus-init/requests"


class RepositoryHost:
    """Its place and its settings outlive the containers that start() makes."""

    def __init__(self, repository, **settings):
        self.repository = repository
        self.port = free_port(ADDRESS)
        self.place = Place()
        self.settings = {"CITUS_BACKUP_REPO": repository.setting, "CITUS_CLUSTER_SECRET": CLUSTER_SECRET,
                         "CITUS_NODE_HOST": "localhost", "CITUS_BACKUP_LISTEN": f"{ADDRESS}:{self.port}", **settings}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.__exit__()

    def start(self, **settings):
        return self.place.start("repository-host", network="host", PGDATA=None, **{**self.settings, **settings})

    def running(self, **settings):
        """Started, and its server answers."""
        host = self.start(**settings)
        try:
            wait_healthy(host)
        except BaseException:
            host.__exit__()
            raise
        return host

    def of_a_node(self, **settings):
        """What a node is given to use it."""
        return {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "CITUS_CLUSTER_SECRET": CLUSTER_SECRET,
                "CITUS_BACKUP_REPO": f"pgbackrest://localhost:{self.port}", "CITUS_NODE_HOST": "localhost",
                "CITUS_BACKUP_LISTEN": f"{ADDRESS}:{free_port(ADDRESS)}", "CITUS_RECONCILE_INTERVAL": "500ms", **settings}

    def requests(self):
        """The files of the exchange that are there."""
        directory = self.repository.path / REQUESTS
        if not directory.exists():
            return []
        return sorted(name for name in os.listdir(directory) if not name.startswith("repository-host."))


def health(host):
    return host.inside("citus-init", "health", check=False)


def wait_healthy(host):
    def is_ready():
        assert host.process.poll() is None, host.output()
        return health(host).returncode == 0
    wait_until(is_ready, host.output)


def verb(node, *words, environment, check=True, deadline=90):
    """`docker exec NODE citus-init WORDS`, with the settings of the container."""
    return node.inside("citus-init", *words, environment=environment, check=check, timeout=deadline)


def started_verb(node, *words, environment):
    """The same, while it runs."""
    path = f"{node.place.programs}:{BINDIR}:/usr/bin:/bin:/usr/sbin:/sbin"
    inside = ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc"]  # with --pid it would fork
    return Program([*inside, "citus-init", *words], env={"PATH": path, "LANG": "C.UTF-8", **environment})


def wait_gated(owner):
    """Until the repository host's pgBackRest waits at the gate with a base backup."""
    wait_until(lambda: any(name.endswith(".running") for name in owner.requests()), owner.requests)


def points(node, environment):
    """name: whether it can be restored."""
    listing = json.loads(verb(node, "backups", "-o", "json", environment=environment).stdout)
    return {point["name"]: point["restorable"] for point in listing["points"]}
