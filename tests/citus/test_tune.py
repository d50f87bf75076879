"""CITUS_TUNE=auto in a cluster: pools follow the connections that its workers really have."""
from signal import SIGTERM

from support.pid_namespace import wait_until
from support.tier import nightly

POOL = "SELECT current_setting('citus.max_shared_pool_size')"
TUNED = {"CITUS_TUNE": "auto", "CITUS_CPUS": "2"}


def of_workers(connections, workers=2):
    """0.9 of what they have beside reserved connections and those inside Citus."""
    return str(int(0.9 * (connections - 3 - 4 - 2 * workers)))


def start(mesh, **memory):
    for name, megabytes in memory.items():
        mesh.start(name, **TUNED, CITUS_MEMORY=f"{megabytes}MB")
    for name in memory:
        mesh.nodes[name].wait_ready()
    mesh.wait_members()


def connections_of(mesh, name):
    return int(mesh.sql(name, "SHOW max_connections"))


def wait_for_pool(mesh, pool, deadline=60):
    wait_until(lambda: mesh.sql("c", POOL) == pool, lambda: f"{mesh.sql('c', POOL)} is to be {pool}: "
               + mesh.nodes["c"].output(), deadline)


def test_pool_follows_the_smallest_worker_without_a_restart(mesh):
    start(mesh, c=1024, w1=1024, w2=512)
    before = mesh.nodes["c"].postmaster()
    connections = mesh.sql("c", "SHOW max_connections")
    assert connections_of(mesh, "w2") < connections_of(mesh, "w1")
    wait_for_pool(mesh, of_workers(connections_of(mesh, "w2")))
    assert int(mesh.sql("c", "SHOW citus.max_client_connections")) <= int(mesh.sql("c", POOL))
    assert (mesh.nodes["c"].postmaster(), mesh.sql("c", "SHOW max_connections")) == (before, connections)
    assert mesh.sql("c", "SELECT count(*) FROM pg_settings WHERE pending_restart") == "0"
    assert "CITUS_TUNE: the pools follow 2 workers, the smallest of" in mesh.nodes["c"].output()


def test_pool_of_a_worker_that_clients_use_follows_the_number_of_workers(mesh):
    names = ("c", "w1", "w2")
    for name in names:
        mesh.start(name, **TUNED, CITUS_MEMORY="1024MB", CITUS_WORKER_CLIENTS="true")
    for name in names:
        mesh.nodes[name].wait_ready()
    mesh.wait_members()
    sessions = connections_of(mesh, "w1") - 3 - 4 - 2 * 2
    pool = str(int(0.9 * (sessions - sessions // 4) / 3))  # four workers were expected
    for name in names:
        wait_until(lambda name=name: mesh.sql(name, POOL) == pool,
                   lambda name=name: f"{mesh.sql(name, POOL)} is to be {pool}: " + mesh.nodes[name].output(), 60)
    assert "CITUS_TUNE: the pools follow 2 workers" in mesh.nodes["w1"].output()


@nightly
def test_pool_follows_a_worker_that_comes_back_with_another_size(mesh):
    start(mesh, c=1024, w1=1024, w2=512)
    wait_for_pool(mesh, of_workers(connections_of(mesh, "w2")))
    assert mesh.nodes["w2"].stop(SIGTERM) == 0
    mesh.nodes["w2"].__exit__(None, None, None)
    mesh.start("w2", **TUNED, CITUS_MEMORY="2048MB").wait_ready()
    wait_for_pool(mesh, of_workers(connections_of(mesh, "w1")), deadline=150)
