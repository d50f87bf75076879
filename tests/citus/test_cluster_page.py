"""The page of a coordinator, in a real Chromium, and `citus-init top`: three nodes, one that hangs, a statement that
waits on a worker for another, shards that move."""
import os
import re
import signal
import threading

import pytest

from support.browser import Browser
from support.frozen import StoppedBySignals
from support.http_probe import free_port, http_process
from support.loopback_cluster import Cluster
from support.node import Place
from support.pid_namespace import wait_until

pytestmark = pytest.mark.xdist_group(__name__)
SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync",
            "CITUS_INTERNODE_AUTH": "password", "CITUS_METRICS_INTERVAL": "1s"}
SERVER = ("postgres", "-c", "fsync=off")
MEMBERS = "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive AND metadatasynced"
GRANULAR = "SET citus.shard_count = 4; SET client_min_messages = warning;"


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def nodes(programs, port):
    with Place() as one, Place() as two, Place() as three:
        cluster = Cluster((one, two, three), programs, 81, SERVER, SETTINGS)
        with cluster.start(0, CITUS_HTTP_LISTEN=f"127.0.0.1:{port}") as c, cluster.start(1) as w1, cluster.start(2) as w2:
            c.wait_ready()
            wait_until(lambda: cluster.psql(c, MEMBERS) == "2", c.output, 90)
            yield cluster, c, w1, w2


def environment_of(node):
    """The container's, which `docker exec` has."""
    with open(f"/proc/{node.pid1}/environ", encoding="utf-8") as file:
        return dict(variable.split("=", 1) for variable in file.read().split("\0") if "=" in variable)


@pytest.fixture
def page(port):
    with Browser() as browser:
        browser.open(f"http://localhost:{port}/")
        browser.wait_for_text("live", "live")
        yield browser
        assert browser.complaints() == []
        assert browser.hosts() == {f"localhost:{port}"}


def test_all_nodes_are_shown(nodes, page):
    cluster = nodes[0]
    page.wait_for_text("nodes-note", "3 of 3 up")
    for host in cluster.hosts:
        assert f"{host}:{cluster.port}" in page.text("node-rows")
    assert page.text("obstacle-list") == "Nothing."
    assert "2 of 2 workers registered" in page.text("reason")


def test_a_worker_that_hangs_is_reported_and_the_others_are_shown(nodes, page):
    cluster, _, w1, _ = nodes
    page.wait_for_text("nodes-note", "3 of 3 up")
    frozen = StoppedBySignals(w1)
    frozen.freeze()
    try:
        page.wait_for_text("nodes-note", "2 of 3 up")
        page.wait_for_text("obstacle-list", f"{cluster.hosts[1]}:{cluster.port}")
    finally:
        frozen.thaw()
    page.wait_for_text("nodes-note", "3 of 3 up")


def test_top_shows_the_cluster(nodes):
    cluster, c, w1, _ = nodes
    for node in (c, w1):
        shown = node.inside("citus-init", "top", environment=environment_of(node))
        assert shown.stderr == ""
        assert "ready, accepting connections" in shown.stdout
    shown = c.inside("citus-init", "top", environment=environment_of(c)).stdout
    for host in cluster.hosts:
        assert re.search(rf"^{host}:{cluster.port} +up ", shown, re.M), shown


def in_background(cluster, node, sql):
    thread = threading.Thread(target=cluster.psql, args=(node, sql), daemon=True)
    thread.start()
    return thread


def test_who_waits_on_a_worker_for_whom_is_shown(nodes, page, is_real):
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    cluster, c, *_ = nodes
    cluster.psql(c, GRANULAR + "CREATE TABLE waits(a int PRIMARY KEY, b int); "
                               "SELECT create_distributed_table('waits', 'a'); INSERT INTO waits VALUES (1, 1)")
    holder = in_background(cluster, c, "BEGIN; UPDATE waits SET b = 2 WHERE a = 1; SELECT pg_sleep(600)")
    holding = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    pid = wait_until(lambda: cluster.psql(c, holding), "the lock")
    waiter = in_background(cluster, c, "UPDATE waits SET b = 3 WHERE a = 1")
    gpid = cluster.psql(c, "SELECT global_pid FROM citus_dist_stat_activity WHERE query LIKE '%pg_sleep(600)'")
    page.wait_for_text("query-rows", "Lock: transactionid on 127.0.81.")
    page.wait_for_text("query-rows", "UPDATE waits SET b = 3 WHERE a = 1")
    assert gpid in page.text("query-rows")
    page.wait_for_text("obstacle-list", f"{gpid} blocks 1 other")
    # The command that the page names resolves it.
    cluster.psql(c, f"SELECT pg_terminate_backend({gpid})")
    holder.join()
    waiter.join()
    assert cluster.psql(c, "SELECT b FROM waits") == "3", pid


def test_shards_that_move_are_shown(nodes, page, is_real):
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    cluster, c, w1, w2 = nodes
    cluster.psql(c, GRANULAR + "CREATE TABLE moves(a int PRIMARY KEY, b text); "
                               "SELECT create_distributed_table('moves', 'a', colocate_with => 'none'); "
                               "INSERT INTO moves SELECT i, repeat('x', 100) FROM generate_series(1, 20000) i")
    shard = "SELECT shardid FROM pg_dist_shard WHERE logicalrelid = 'moves'::regclass ORDER BY 1 LIMIT 1"
    moved = cluster.psql(c, shard)
    source = cluster.psql(c, f"SELECT nodename FROM pg_dist_shard_placement WHERE shardid = {moved}")
    target = next(host for host in cluster.hosts[1:] if host != source)
    # With all of it copied it cannot write where the shard is.
    holder = in_background(cluster, c, "BEGIN; LOCK pg_dist_placement IN SHARE MODE; SELECT pg_sleep(600)")
    wait_until(lambda: cluster.psql(c, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), "the lock")
    mover = in_background(cluster, c, f"SELECT citus_move_shard_placement({moved}, '{source}', {cluster.port}, "
                                      f"'{target}', {cluster.port}, 'block_writes')")
    page.wait_for_text("query-rows", "citus_move_shard_placement")
    cluster.psql(c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    holder.join()
    mover.join()
    assert cluster.psql(c, f"SELECT nodename FROM pg_dist_shard_placement WHERE shardid = {moved}") == target


def test_a_listener_that_is_killed_comes_back_with_the_page(nodes, page):
    _, c, *_ = nodes
    os.kill(http_process(c), signal.SIGKILL)
    page.wait_for_text("live", "no connection")
    page.wait_for_text("live", "live")
    page.wait_for_text("nodes-note", "3 of 3 up")
    # Chromium logs a connection that was refused.
    assert all("net::ERR_" in complaint for complaint in page.complaints())
