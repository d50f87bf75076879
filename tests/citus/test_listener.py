"""The listener of a cluster's nodes from another machine: TLS by the mesh's certificate, the token, metrics of a
coordinator whose worker freezes."""
import os
import re
import signal
import subprocess
from contextlib import suppress

import pytest

from support.mesh import Mesh
from support.pid_namespace import children_of, postmaster_of, wait_until

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BEARER = ("-H", f"Authorization: Bearer {TOKEN}")
SETTINGS = {"CITUS_HTTP_LISTEN": ":8009", "CITUS_HTTP_TLS": "true", "CITUS_HTTP_TOKEN": TOKEN,
            "CITUS_METRICS_INTERVAL": "1s"}


@pytest.fixture
def mesh(programs):
    with Mesh(programs) as fresh:
        yield fresh


def curl(mesh, name, path, *options):
    """(status, body) of PATH of a node by TLS, asked by the client's machine, whose trust is the cluster's authority."""
    authority = mesh.places[name].run / "citus_init/ca.crt"
    done = subprocess.run(
        ["ip", "netns", "exec", mesh.networks.namespace("client"), "curl", "-s", "-m", "20", "--cacert", str(authority),
         "--resolve", f"{name}:8009:{mesh.networks.address(name)}", "-w", "\n%{http_code}", *options,
         f"https://{name}:8009{path}"], capture_output=True, text=True, check=False)
    body, status = done.stdout.rsplit("\n", 1)
    return status, body


def values(mesh, name, metric):
    """{labels: value} of a metric."""
    body = curl(mesh, name, "/metrics", *BEARER)[1]
    return {labels: float(value) for labels, value in re.findall(rf"^{metric}(\{{.*\}})? (\S+)$", body, re.M)}


def test_it_is_served_by_tls_to_whom_has_the_token(mesh):
    mesh.start("c", **SETTINGS)
    mesh.nodes["c"].wait_ready()
    wait_until(lambda: curl(mesh, "c", "/readyz")[0] == "200", mesh.nodes["c"].output)
    assert curl(mesh, "c", "/metrics")[0] == "401"
    assert curl(mesh, "c", "/metrics", "-u", "anybody:" + TOKEN)[0] == "200"
    assert curl(mesh, "c", "/metrics", "-u", "anybody:" + TOKEN[1:])[0] == "401"
    assert '"data_directory"' in curl(mesh, "c", "/readyz?verbose", *BEARER)[1]
    assert '"data_directory"' not in curl(mesh, "c", "/readyz?verbose")[1]
    plain = subprocess.run(["ip", "netns", "exec", mesh.networks.namespace("client"), "curl", "-s", "-m", "20",
                            f"http://{mesh.networks.address('c')}:8009/readyz"], capture_output=True, check=False)
    assert plain.returncode != 0 and plain.stdout == b""
    openmetrics = curl(mesh, "c", "/metrics", *BEARER, "-H", "Accept: application/openmetrics-text; version=1.0.0")[1]
    assert openmetrics.endswith("# EOF\n")
    assert curl(mesh, "c", "/events")[0] == curl(mesh, "c", "/")[0] == "401"
    status, events = curl(mesh, "c", "/events", *BEARER, "-N", "-m", "3")
    assert status == "200" and "event: overview\n" in events and "event: log\n" in events
    assert TOKEN not in mesh.nodes["c"].output()


def send(pids, number):
    """One that has just ended needs none."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def test_a_frozen_worker_takes_its_own_series_along_and_no_other(mesh, is_real):
    mesh.start_all(CITUS_METRICS_TABLES="true", **SETTINGS)
    if is_real:
        mesh.sql("c", "CREATE TABLE notes (id bigint)", "SELECT create_distributed_table('notes', 'id')")
        table = '{table="public.notes",kind="distributed"}'
        mesh.sql("c", "INSERT INTO notes SELECT generate_series(1, 10000)")
        wait_until(lambda: values(mesh, "c", "citus_table_shards") == {table: 32}, mesh.nodes["c"].output)
        stored = float(mesh.sql("c", "SELECT sum(shard_size) FROM citus_shards"))
        wait_until(lambda: values(mesh, "c", "citus_table_bytes") == {table: stored}, mesh.nodes["c"].output, 90)
    w1, w2 = ('{node="%s:5432"}' % name for name in ("w1", "w2"))
    wait_until(lambda: values(mesh, "c", "citus_node_up") == {'{node="c:5432"}': 1, w1: 1, w2: 1}, mesh.nodes["c"].output)
    assert set(values(mesh, "c", "citus_node_connections")) >= {w1, w2}
    server = postmaster_of(mesh.nodes["w1"].pid1)
    frozen = [server, *children_of(server)]
    send(frozen, signal.SIGSTOP)
    wait_until(lambda: values(mesh, "c", "citus_node_up").get(w1) == 0, mesh.nodes["c"].output)
    passes = values(mesh, "c", "citus_init_collection_passes_total")[""]
    wait_until(lambda: values(mesh, "c", "citus_init_collection_passes_total")[""] > passes + 2, mesh.nodes["c"].output)
    connections = values(mesh, "c", "citus_node_connections")
    assert w2 in connections and w1 not in connections, connections
    assert values(mesh, "c", "citus_node_up")[w2] == 1
    send(frozen, signal.SIGCONT)
    wait_until(lambda: values(mesh, "c", "citus_node_up")[w1] == 1, mesh.nodes["c"].output)
    assert values(mesh, "w2", "pg_up")[""] == 1
    assert not values(mesh, "w2", "citus_node_up"), "a worker does not speak for the cluster"
