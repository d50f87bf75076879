"""docker/restore_drill.sh, the whole round of backup and restore with docker/compose.backup.yml."""
import os
import re

import pytest

from support.compose import compose_command
from support.docker import ROOT, docker, run
from support.tier import nightly

pytestmark = pytest.mark.xdist_group("engine")
PROJECT = "citus-init-restore-drill"
SCRIPT = str(ROOT / "docker/restore_drill.sh")
NODES = ("coordinator", "worker1", "worker2")


@pytest.fixture(scope="module")
def backup_image(image):
    name = "citus-init-test:backup"
    docker("build", "--network", "host", "-f", str(ROOT / "docker/Dockerfile.backup"), "--build-arg", f"IMAGE={image}",
           "-t", name, str(ROOT), timeout=1000)
    return name


def drill(image, *arguments, **options):
    return run(SCRIPT, *arguments, timeout=900, environment={**os.environ, "CITUS_INIT_IMAGE": image}, **options)


def left():
    """Of the project: containers, volumes, networks."""
    ours = ("--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}")
    return [docker("ps", "--all", *ours), docker("volume", "ls", *ours), docker("network", "ls", *ours)]


@pytest.mark.parametrize("name", ["compose.backup.yml", "compose.repository-host.yml"])
def test_is_valid_without_any_variable(name):
    run(*compose_command(), "-f", str(ROOT / "docker" / name), "config", "-q")


@nightly
@pytest.mark.parametrize("arguments", [(), ("--repository-host",)], ids=["volume", "repository host"])
def test_the_drill_restores_every_node_to_the_point_and_removes_what_it_made(backup_image, arguments):
    output = drill(backup_image, *arguments)
    restored = output.split("== compare the rows", 1)[1]
    assert "\ndistributed: 1000 before the backup, 500 before the point\n" in restored, output
    for node in NODES:
        assert f"\n{node}: 1 before the backup, 1 before the point\n" in restored, output
    # The point, and those of the backups before and after it.
    assert len(re.findall(r"drill-0 drill-1 drill-2 +yes$", restored, re.MULTILINE)) == 3, output
    assert left() == ["", "", ""]


def test_the_drill_touches_nothing_that_it_has_not_made(backup_image):
    volume = f"{PROJECT}_backup"
    docker("volume", "create", "--label", f"com.docker.compose.project={PROJECT}", volume)
    try:
        refused = drill(backup_image, check=False)
        assert refused.returncode == 1 and "docker/restore_drill.sh --remove" in refused.stderr, refused
        assert left() == ["", volume, ""]
    finally:
        docker("volume", "rm", volume)


@nightly
def test_the_drill_ends_with_the_nodes_reason(image):
    """Here one without pgBackRest."""
    failed = drill(image, check=False)
    assert failed.returncode == 1 and "needs the program pgbackrest" in failed.stderr, failed
    assert left() == ["", "", ""]
