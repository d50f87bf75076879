"""`citus-init status` and `health --scope cluster`, as `docker exec` calls them on every node."""
import json

import pytest

from support.mesh import Mesh
from support.pid_namespace import wait_until


@pytest.fixture
def mesh(programs):
    with Mesh(programs) as fresh:
        yield fresh


def test_every_node_reports_the_clusters_state(mesh, is_real):
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")
    mesh.start("c")
    mesh.nodes["c"].wait_ready()
    wait_until(lambda: "0 of 2 workers registered" in inside(mesh, "c", "health").stdout, "the first pass")
    assert inside(mesh, "c", "health", "--scope", "cluster").returncode == 1
    assert inside(mesh, "c", "health").returncode == 0
    for name in mesh.workers:
        mesh.start(name).wait_ready()
    assert inside(mesh, "c", "health", "--scope", "cluster", "--wait", "60s").returncode == 0
    for name in ("c", "w1", "w2"):
        told = inside(mesh, name, "status")
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith("ready: "), told.stdout
        assert [line.split()[0] for line in told.stdout.splitlines()[2:]] == ["NODE", "c:5432", "w1:5432", "w2:5432"]
        assert inside(mesh, name, "health", "--scope", "cluster", "--wait", "30s").returncode == 0
    status = json.loads(inside(mesh, "w2", "status", "-o", "json").stdout)
    assert status["node"]["joined"] is True and len(status["nodes"]) == 3 and status["moves"] is None
    assert inside(mesh, "c", "plan").returncode == 0


def inside(mesh, name, *words):
    """`docker exec NODE citus-init ...`, as root."""
    return mesh.nodes[name].inside("citus-init", *words, check=False, environment=mesh.settings[name])


def test_tables_that_differ_between_the_nodes_are_reported(mesh, is_real):
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    mesh.start_all()
    mesh.sql("c", "CREATE TABLE countries (code int PRIMARY KEY)", "SELECT create_reference_table('countries')",
             "INSERT INTO countries SELECT generate_series(1, 20)")
    assert "degraded" not in inside(mesh, "c", "status").stdout
    shard = mesh.sql("c", "SELECT 'countries_' || shardid FROM pg_dist_shard")
    mesh.sql("w1", f"SET citus.enable_manual_changes_to_shards = on; DELETE FROM {shard} WHERE code > 17")
    told = inside(mesh, "w2", "status").stdout
    assert "degraded: the reference table public.countries has 17 rows on w1:5432 and 20 on the coordinator" in told
    status = json.loads(inside(mesh, "c", "status", "-o", "json").stdout)
    assert status["differences"] == [{"relation": "public.countries", "node": "w1:5432", "rows": 17,
                                      "rows_on_coordinator": 20}]
    # What it advises.
    mesh.sql("c", "SELECT undistribute_table('public.countries'); SELECT create_reference_table('public.countries')")
    assert "degraded" not in inside(mesh, "c", "status").stdout
    mesh.sql("w1", "DELETE FROM pg_dist_shard")
    assert "degraded: pg_dist_shard has 0 rows on w1:5432 and 1 on the coordinator" in inside(mesh, "c", "status").stdout
    mesh.sql("c", "SELECT start_metadata_sync_to_all_nodes()")
    assert "degraded" not in inside(mesh, "c", "status").stdout
