"""A coordinator and workers on the host's loopback addresses, one port each: they see each other without a network of
their own, and each has its own PID namespace."""
from citus_node import free_port


class Cluster:
    """One place for each node, the first one the coordinator's."""

    def __init__(self, places, programs, number, server=("postgres",), settings=None):
        self.places, self.programs = places, programs
        self.server, self.settings = server, settings or {}
        self.hosts = [f"127.0.{number}.{i + 1}" for i in range(len(places))]
        self.port = str(free_port(self.hosts[0]))

    def start(self, index, **settings):
        own = {"CITUS_PG_BINDIR": self.programs, "CITUS_NODE_HOST": self.hosts[index], "PGPORT": self.port,
               "CITUS_COORDINATOR_HOST": self.hosts[0], "CITUS_COORDINATOR_PORT": self.port,
               "CITUS_RECONCILE_INTERVAL": "1s"}
        if self.settings.get("CITUS_BACKUP_REPO", "").startswith("pgbackrest:"):
            own["CITUS_BACKUP_LISTEN"] = f"{self.hosts[index]}:8432"
        if index:
            own["CITUS_ROLE"] = "worker"
        else:
            own["CITUS_WORKERS"] = ",".join(f"{host}:{self.port}" for host in self.hosts[1:])
        return self.places[index].start(*self.server, "-p", self.port, "-c", f"listen_addresses={self.hosts[index]}",
                                        network="host", **{**self.settings, **own, **settings})

    def psql(self, node, sql):
        """The answer, or the text of the error."""
        done = node.inside(f"{self.programs}/psql", "-XAtq", "-U", "postgres", "-p", self.port, "-c", sql, check=False)
        return (done.stdout or done.stderr).strip()
