"""The image by itself: what it declares, and what a container of it does."""
import json
import os

import pytest

from support.docker import READY_LINE, build_output, container, docker, wait_for
from support.tier import first_by_day

pytestmark = pytest.mark.xdist_group("engine")
PASSWORD = {"POSTGRES_PASSWORD": "secret"}
CITUS = {**PASSWORD, "CITUS_ENABLE": "true"}


def test_declares_what_the_official_image_does(image):
    config = json.loads(docker("inspect", "--format", "{{json .Config}}", image))
    assert config["Entrypoint"] == ["citus-init"]
    assert config["Cmd"] == ["postgres"]
    assert config["Healthcheck"]["Test"] == ["CMD", "citus-init", "health"]
    assert config["StopSignal"] == "SIGTERM"
    assert "5432/tcp" in config["ExposedPorts"]
    assert "/var/lib/postgresql/data" in config["Volumes"]
    assert config["WorkingDir"] == "/"


def test_a_second_build_takes_every_step_from_the_cache(image, base_image):
    """Each compose recipe builds the image for each of its services."""
    if os.environ.get("CITUS_INIT_E2E_IMAGE"):
        pytest.skip(f"{image} is given")
    steps = build_output("citus-init-test", base_image)
    assert "Running in" not in steps, steps


def test_has_the_official_directories(image):
    modes = docker("run", "--rm", image, "stat", "--format", "%n %a %U", "/var/run/postgresql",
                   "/var/lib/postgresql", "/docker-entrypoint-initdb.d")
    assert modes.splitlines() == ["/var/run/postgresql 3777 postgres",
                                  "/var/lib/postgresql 1777 postgres",
                                  "/docker-entrypoint-initdb.d 755 root"]


@pytest.mark.parametrize("name", ["docker-entrypoint.sh", "docker-ensure-initdb.sh",
                                  "docker-enforce-initdb.sh", "psql", "pg_isready"])
def test_has_the_official_names_in_path(image, name):
    assert docker("run", "--rm", image, "sh", "-c", f"command -v {name}").endswith(name)


def test_answers_a_scripts_question_for_the_version(image):
    assert docker("run", "--rm", image, "--version").startswith("postgres (PostgreSQL) ")
    assert docker("run", "--rm", image, "version").startswith("citus-init ")


def test_passes_on_another_command_and_its_status(image):
    assert docker("run", "--rm", image, "bash", "-c", "echo $$; exit 7", check=False).returncode == 7


def test_becomes_healthy_with_citus(image):
    with container(image, environment=CITUS) as node:
        wait_for(lambda: node.health() == "starting" or node.health() == "healthy", 30, "a health")
        node.wait_healthy()
        assert node.psql("SELECT count(*) FROM pg_extension WHERE extname = 'citus'") == "1"
        assert node.execute("citus-init", "health", "--wait", "10s", check=False).returncode == 0


def test_becomes_unhealthy_and_says_why(image):
    with container(image, "--health-retries", "1", "--health-start-period", "1s",
                   environment={"CITUS_ON_FATAL": "hold"}) as node:
        # No password, nothing trusted: a configuration problem, which is held instead of ended.
        wait_for(lambda: node.health() == "unhealthy", 60, "unhealthy")
        assert node.inspect(".State.Running")
        output = node.inspect(".State.Health.Log")[-1]["Output"]
        assert "POSTGRES_PASSWORD" in output


def test_stops_soon_and_cleanly(image):
    with container(image, environment=CITUS) as node:
        node.wait_healthy()
        assert node.stop() < 8
        assert node.inspect(".State.ExitCode") == 0
        assert "database system is shut down" in node.logs()[1]


def ready_lines(node):
    return tuple(stream.count(READY_LINE) for stream in node.logs())


def test_prints_one_ready_line_on_each_stream_at_each_start(image):
    # Testcontainers' wait strategies: Java, Node and Go want two of both streams, Rust one of each.
    with container(image, environment=PASSWORD) as node:
        for start in (1, 2):
            wait_for(lambda: sum(ready_lines(node)) >= 2 * start, 60, f"two ready lines, start {start}")
            node.wait_healthy()
            assert ready_lines(node) == (start, start)
            assert node.execute("pg_isready", "--host", "localhost", check=False).returncode == 0
            node.stop()
            docker("start", node.name)


def test_takes_bare_server_arguments(image):
    with container(image, environment=PASSWORD, command=["-c", "fsync=off"]) as node:
        node.wait_healthy()
        assert node.psql("SHOW fsync") == "off"


@pytest.mark.parametrize("user", first_by_day(["12345:12345", "postgres", "12345"]))
def test_runs_as_any_user(image, user):
    # The server wants to own its directory, and the image's belongs to postgres: hence one inside it.
    place = {"PGDATA": "/var/lib/postgresql/data/own"}
    with container(image, "--user", user, environment={**CITUS, **place}) as node:
        node.wait_healthy()
        assert node.psql("SELECT count(*) FROM pg_extension WHERE extname = 'citus'") == "1"
        owner = node.execute("stat", "--format", "%u", "/proc/1")
        assert owner != "0"


def test_runs_on_a_read_only_root(image):
    with container(image, "--read-only", "--tmpfs", "/var/run/postgresql:mode=3777", "--tmpfs", "/tmp",
                   environment=CITUS) as node:
        node.wait_healthy()
        assert node.psql("SELECT 1") == "1"


def test_recovers_from_a_killed_postmaster(image):
    with container(image, environment=CITUS) as node:
        node.wait_healthy()
        node.psql("CREATE TABLE kept AS SELECT 1 AS value")
        node.kill_postmaster()
        assert node.psql("SELECT value FROM kept") == "1"
        assert node.inspect(".RestartCount") == 0
