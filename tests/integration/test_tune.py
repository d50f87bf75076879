"""CITUS_TUNE and CITUS_PRESET: what a real server runs with in a container of limited memory."""
import contextlib
import json
import os
import pathlib

import pytest

from support.citus_under_test import base_directory, programs  # noqa: F401  pylint: disable=unused-import
from support.memory_group import MemoryGroup
from support.mesh import SECRET
from support.node import BINDIR, Place, major_version
from support.node_fixtures import CONFIG, FAST, SERVER, initialised, place, refused, template  # noqa: F401  pylint: disable=unused-import
from support.tier import nightly

pytestmark = pytest.mark.skipif(not pathlib.Path(BINDIR, "initdb").exists() or os.geteuid() != 0,
                                reason=f"needs PostgreSQL in {BINDIR} (PG_BINDIR) and root, for namespaces")

TUNED = {**FAST, "CITUS_TUNE": "auto"}


@contextlib.contextmanager
def limited(megabytes):
    """What is started within has that much memory, by a control group where one can be made; the settings to start
    it with, and the text that names the limit."""
    try:
        group = MemoryGroup(megabytes)
    except OSError:
        yield {"CITUS_MEMORY": f"{megabytes}MB"}, "CITUS_MEMORY"
        return
    try:
        with group:
            yield {}, f"memory limit from {group.limit}"
    finally:
        group.remove()


def shown(node, *names):
    rows = node.psql("SELECT name, setting, unit FROM pg_settings WHERE name IN ("
                     + ", ".join(f"'{name}'" for name in names) + ")")
    return {row.split("|")[0]: row.split("|")[1] for row in rows.splitlines()}


def fits(node, megabytes):
    """Whether shared memory and connections, at 4 MB each, leave a fifth of the memory."""
    connections = int(node.psql("SHOW max_connections"))
    if major_version() < 15:
        return True
    return int(node.psql("SHOW shared_memory_size").removesuffix("MB")) + 4 * connections <= 0.8 * megabytes


def test_memory_follows_the_limit_and_the_user_wins(place):
    with limited(512) as (settings, limit), place.start("postgres", **TUNED, **settings, CITUS_CPUS="1.5") as node:
        node.wait_ready()
        assert {name: node.psql(f"SHOW {name}") for name in ("shared_buffers", "max_connections", "work_mem", "effective_cache_size",
                "maintenance_work_mem", "max_worker_processes", "max_parallel_workers")} == {
            "shared_buffers": "128MB", "max_connections": "23", "work_mem": "5MB" if major_version() >= 15 else "8MB", "effective_cache_size": "332MB",
            "maintenance_work_mem": "32MB", "max_worker_processes": "16", "max_parallel_workers": "2"}
        assert fits(node, 512)
        told = node.inside("citus-init", "explain", "shared_buffers", "-o", "json", environment={
            "PGDATA": str(place.data), "CITUS_PG_BINDIR": BINDIR, **TUNED, **settings}).stdout
        top = json.loads(told)["layers"][-1]
        assert (top["layer"], top["value"], top["wins"]) == ("tuned", "128MB", True)
        assert top["origin"] == f"0.25 of 512 MB: {limit}"
        node.psql("ALTER SYSTEM SET work_mem = '3MB'")
        assert node.stop() == 0, node.output()
    # Anew at each start: less memory, and two values of the user's own.
    with place.start("postgres", **TUNED, CITUS_MEMORY="320MB", CITUS_GUC_MAX_CONNECTIONS="30") as node:
        node.wait_ready()
        assert [node.psql(f"SHOW {name}") for name in ("shared_buffers", "max_connections", "work_mem")] == ["80MB", "30", "3MB"]
        assert fits(node, 320)
        assert node.stop() == 0, node.output()
    # A line of the file, as a script or an editor leaves it.
    with place.data.joinpath("postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("shared_buffers = 128MB\nmax_connections = 100\n")
    with place.start("postgres", **TUNED, CITUS_MEMORY="320MB") as node:
        node.wait_output("finds 320 MB of memory")
        node.wait_ready()
        assert [node.psql(f"SHOW {name}") for name in ("shared_buffers", "max_connections")] == ["128MB", "100"]
        assert node.stop() == 0, node.output()
    with place.start("postgres", **TUNED, CITUS_MEMORY="100MB") as node:
        refused(node, CONFIG, 'CITUS_TUNE: "auto" finds 100 MB of memory (CITUS_MEMORY), and a server needs 192 MB')
    assert not (place.data / "postmaster.pid").exists()


def test_without_it_nothing_is_changed(initialised):
    with initialised.start(*SERVER, **FAST, CITUS_CPUS="1") as node:
        node.wait_ready()
        assert [node.psql(f"SHOW {name}") for name in ("shared_buffers", "max_connections", "work_mem")] == ["128MB", "100", "4MB"]


def test_preset_test_stays_with_its_directory(place):
    with place.start("postgres", **FAST, CITUS_PRESET="test") as node:
        node.wait_ready()
        assert [node.psql(f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")] == ["off", "off", "off"]
        assert node.stop() == 0, node.output()
    with place.start("postgres", **FAST) as node:
        refused(node, CONFIG, "was made with CITUS_PRESET=test", "may be damaged without a sign")
    with place.start("postgres", **FAST, CITUS_PRESET="test") as node:
        node.wait_ready()


def test_preset_test_is_refused_on_other_data(initialised):
    with initialised.start(*SERVER, **FAST, CITUS_PRESET="test") as node:
        refused(node, CONFIG, "was made without CITUS_PRESET=test")


@nightly
@pytest.mark.parametrize("megabytes", [192, 256, 1024, 4096, 16384])
@pytest.mark.parametrize("role", ["coordinator", "worker", None])
def test_every_size_leaves_a_fifth_of_the_memory(programs, megabytes, role):  # noqa: F811  pylint: disable=redefined-outer-name
    citus = {"CITUS_ENABLE": "true", "CITUS_ROLE": role, "CITUS_CLUSTER_SECRET": SECRET,
             "CITUS_PG_BINDIR": programs, "CITUS_COORDINATOR_HOST": "localhost.invalid"} if role else {}
    if role == "coordinator":
        del citus["CITUS_COORDINATOR_HOST"]
    with Place() as fresh, fresh.start("postgres", **TUNED, **citus, CITUS_MEMORY=f"{megabytes}MB", CITUS_CPUS="2") as node:
        node.wait_ready()
        assert fits(node, megabytes)
        assert int(node.psql("SHOW max_connections")) >= 13
