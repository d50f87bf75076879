"""The compose stack: a cluster by itself, through a killed postmaster, `down` and `up`."""
import os

import pytest

from support.compose import Stack, compose_command, stack_of
from support.docker import ROOT, run, wait_for

pytestmark = pytest.mark.xdist_group("engine")
SERVICES = ("coordinator", "worker1", "worker2")


class Pair(Stack):
    def up(self):
        self.compose("up", "-d")
        for service in SERVICES:
            self.node(service).wait_healthy()
        wait_for(lambda: self.psql("SELECT count(*) FROM pg_dist_node WHERE isactive") == "3", 60,
                 "three active nodes")


@pytest.fixture(scope="module")
def stack(image, base_image, tmp_path_factory):
    with stack_of(Pair, "citus-init-e2e", ["compose.yml"], (image, base_image),
                  tmp_path_factory.mktemp("secrets")) as stack:
        stack.up()
        yield stack


def test_is_valid_for_this_compose(stack):
    for name in ("compose.standalone.yml", "devcontainer/.devcontainer/compose.yml"):
        # `exec` and `down` are typed without the password that `up` was given.
        run(*compose_command(), "-f", str(ROOT / "docker" / name), "config", "-q",
            environment={key: value for key, value in os.environ.items() if key != "POSTGRES_PASSWORD"})


def test_monitoring_is_valid_for_this_compose(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    names = ("HTTP_TOKEN_PATH", "CLUSTER_SECRET_PATH", "POSTGRES_PASSWORD_PATH")
    files = [option for name in ("compose.yml", "compose.monitoring.yml") for option in ("-f", str(ROOT / "docker" / name))]
    run(*compose_command(), *files, "config", "-q", environment={**os.environ, **{name: str(secret) for name in names}})


def test_registers_every_node(stack):
    rows = stack.psql("SELECT nodename, nodeport, isactive, hasmetadata FROM pg_dist_node ORDER BY 1")
    assert rows.splitlines() == ["coordinator|5432|t|t", "worker1|5432|t|t", "worker2|5432|t|t"]


def test_distributes_a_table_over_the_workers(stack):
    stack.psql("CREATE TABLE event (device bigint, value bigint)")
    stack.psql("SELECT create_distributed_table('event', 'device')")
    stack.psql("INSERT INTO event SELECT number % 50, number FROM generate_series(1, 5000) AS number")
    assert stack.psql("SELECT count(*), sum(value) FROM event") == "5000|12502500"
    if "STAND-IN" not in stack.psql("SELECT citus_version()"):
        holders = stack.psql("SELECT DISTINCT nodename FROM citus_shards "
                             "WHERE table_name = 'event'::regclass ORDER BY 1")
        assert holders.splitlines() == ["worker1", "worker2"]


def test_survives_the_coordinators_postmaster(stack):
    coordinator = stack.node("coordinator")
    coordinator.kill_postmaster()
    assert coordinator.inspect(".RestartCount") == 0
    assert stack.psql("SELECT count(*), sum(value) FROM event") == "5000|12502500"


def test_finds_the_data_after_down_and_up(stack):
    stack.compose("down")
    stack.up()
    assert stack.psql("SELECT count(*), sum(value) FROM event") == "5000|12502500"
    assert stack.psql("SELECT count(*) FROM pg_dist_node") == "3"
    stack.psql("INSERT INTO event VALUES (1, 1)")
    assert stack.psql("SELECT count(*) FROM event") == "5001"


def test_stops_the_whole_stack_cleanly(stack):
    nodes = [stack.node(service) for service in SERVICES]
    stack.compose("stop")
    assert [node.inspect(".State.ExitCode") for node in nodes] == [0, 0, 0]
