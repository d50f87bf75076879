"""Servers that a bench gives its work."""
import contextlib

from support.loopback_cluster import Cluster
from support.node import BINDIR, Place
from support.pid_namespace import wait_until

SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "bench"}
SHARD_HOLDERS = "SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards"


class Server:
    """What runs client programs on it: `run(program, *words)`, its stdout."""

    def run(self, program, *words, check=True):
        raise NotImplementedError

    def fill(self, statements, scale=None):
        """pgbench's tables, if a scale is given, and what else is to be there, with fresh statistics."""
        if scale:
            self.run("pgbench", "-i", "-q", "-s", str(scale))
        self.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1",
                 *(word for sql in (*statements, "VACUUM ANALYZE", "CHECKPOINT") for word in ("-c", sql)))


class Nodes(Server):
    """A coordinator with `workers`, or a node alone, on the addresses 127.0.NUMBER.*, ended with `stack`. `groups`: the
    control group of each, if any."""

    def __init__(self, stack, number, workers=0, settings=None, groups=None):
        self.cluster = Cluster([stack.enter_context(Place()) for _ in range(workers + 1)], BINDIR, number,
                               settings={**SETTINGS, **(settings or {})})
        alone = {} if workers else {"CITUS_WORKERS": None}
        self.nodes = []
        for index in range(workers + 1):
            with groups[index] if groups else contextlib.nullcontext():
                self.nodes.append(stack.enter_context(self.cluster.start(index, **alone)))
        for node in self.nodes:
            node.wait_ready()
        if workers:
            wait_until(lambda: self.cluster.psql(self.nodes[0], SHARD_HOLDERS) == str(workers), self.nodes[0].output)

    def run(self, program, *words, check=True):
        return self.nodes[0].inside(f"{BINDIR}/{program}", "-p", self.cluster.port, "-U", "postgres", *words, "postgres",
                                    timeout=900, check=check).stdout
