"""A real Prometheus scrapes three nodes under load, of which one is killed and frozen again and again: the others'
series have no gap, and what is down is seen to be down. A busy machine makes gaps of its own: not for each merge.

CITUS_INIT_CHAOS_SECONDS: how long; without it nothing runs.
"""
import json
import os
import shutil
import subprocess
import time
import urllib.parse

import pytest

from support.background import Background
from support.frozen import StoppedBySignals
from support.mesh import Mesh
from support.pid_namespace import postmaster_of, wait_until

SECONDS = int(os.environ.get("CITUS_INIT_CHAOS_SECONDS", "0"))
INTERVAL = 2
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
NODES = ("c", "w1", "w2")  # w2 is the victim
pytestmark = [pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed"),
              pytest.mark.skipif(SECONDS == 0, reason="CITUS_INIT_CHAOS_SECONDS is not set: tests/run.sh --nightly")]


class Load(Background):
    """pgbench on the coordinator."""

    def __init__(self, mesh):
        super().__init__()
        self.mesh = mesh
        mesh.nodes["c"].inside(f"{mesh.programs}/pgbench", "-i", "-q", "-s", "1", "-U", "postgres", "postgres")

    def step(self):
        self.mesh.nodes["c"].inside(f"{self.mesh.programs}/pgbench", "-n", "-c", "2", "-T", "2", "-U", "postgres",
                                    "postgres", check=False)


class Prometheus:
    """In the client's namespace."""

    def __init__(self, mesh, directory):
        self.mesh = mesh
        targets = ", ".join(f'{{targets: ["{mesh.networks.address(name)}:8009"], labels: {{node_name: {name}}}}}'
                            for name in NODES)
        (directory / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {INTERVAL}s, scrape_timeout: {INTERVAL}s}}\n"
            f"scrape_configs: [{{job_name: citus, authorization: {{credentials: {TOKEN}}}, static_configs: [{targets}]}}]\n",
            "ascii")
        self.process = subprocess.Popen(
            self.command("prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
                         "--web.listen-address=127.0.0.1:9090"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self, *command):
        return ["nsenter", f"--net=/run/netns/{self.mesh.networks.namespace('client')}", *command]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def query(self, expression):
        """{node_name: value}; {} as long as it does not answer."""
        url = "http://127.0.0.1:9090/api/v1/query?query=" + urllib.parse.quote(expression)
        done = subprocess.run(self.command("curl", "-s", "-m", "10", url), capture_output=True, text=True, check=False)
        if done.returncode != 0 or not done.stdout.startswith("{"):
            return {}
        result = json.loads(done.stdout)["data"]["result"]
        return {row["metric"].get("node_name", ""): float(row["value"][1]) for row in result}


@pytest.fixture
def mesh(programs):
    with Mesh(programs) as fresh:
        fresh.start_all(CITUS_LOG_LEVEL="info", CITUS_HTTP_LISTEN=":8009", CITUS_HTTP_TOKEN=TOKEN, CITUS_METRICS_INTERVAL="2s",
                        CITUS_RESTART_LIMIT="1000")
        yield fresh


def kill_server(node):
    os.kill(postmaster_of(node.pid1), 9)


def freeze(node):
    stop = StoppedBySignals(node)
    stop.freeze()
    time.sleep(4 * INTERVAL)
    stop.thaw()


def torment(mesh, prometheus):
    """Until the time is over; how often."""
    end, count, victim = time.monotonic() + SECONDS, 0, mesh.nodes["w2"]
    while time.monotonic() < end:
        (freeze if count % 2 else kill_server)(victim)
        wait_until(lambda: prometheus.query('up{node_name="w2"}') == {"w2": 1}
                   and prometheus.query('pg_up{node_name="w2"}') == {"w2": 1}, victim.output)
        count += 1
    return count


def test_living_nodes_have_no_gap(mesh, tmp_path):
    with Load(mesh), Prometheus(mesh, tmp_path) as prometheus:
        wait_until(lambda: prometheus.query("citus_node_up and on() (sum(up) == 3)") != {}, "three nodes")
        wait_until(lambda: prometheus.query("sum by (node_name) (citus_node_up)") == {"c": 3}, "every node's answer")
        began = time.time()
        faults = torment(mesh, prometheus)
        span = f"{int(time.time() - began)}s"
        assert faults >= 2
        # Prometheus itself may be late for one on a busy machine.
        due = int((time.time() - began) / INTERVAL) - 2
        for series in ("up", "pg_up", "citus_init_ready", "pg_stat_database_xact_commit{datname=\"postgres\"}"):
            seen = prometheus.query(f"count_over_time({series}[{span}])")
            assert seen["c"] >= due and seen["w1"] >= due, (series, seen, due)
        for name in ("c", "w1"):
            for series in ("citus_node_up", "citus_node_round_trip_seconds", "citus_node_connections"):
                query = f'{series}{{node="{name}:5432"}}'
                seen = prometheus.query(f"count_over_time({query}[{span}])")
                assert seen.get("c", 0) >= due, (query, seen, due)
        assert prometheus.query(f"min_over_time(up[{span}])") == {"c": 1, "w1": 1, "w2": 0}
        assert prometheus.query(f"min_over_time(pg_up[{span}])").get("w1") == 1
        down = prometheus.query(f'min_over_time(citus_node_up{{node="w2:5432"}}[{span}])')
        assert down == {"c": 0}, "the coordinator did not see it"
        # What is down takes its own series away, and nothing else; nothing grows.
        most = prometheus.query(f"max_over_time(scrape_samples_scraped[{span}])")
        least = prometheus.query(f"min_over_time(scrape_samples_scraped{{node_name=~\"c|w1\"}}[{span}])")
        assert most["c"] < 600 and least["c"] > 0.9 * most["c"], (least, most)
        assert least["w1"] > 0.9 * most["w1"], (least, most)
