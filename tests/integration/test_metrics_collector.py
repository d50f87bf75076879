"""The collector of metrics on a server without Citus, and what real tools make of what it exposes."""
# pylint: disable=redefined-outer-name,unused-import
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

import pytest

from support.citus_under_test import base_directory, programs  # noqa: F401
from support.citus_node import Node, free_port
from support.metrics import OPENMETRICS, Collector, errors_in, parse, types_of
from support.node import major_version
from support.pid_namespace import wait_until


@pytest.fixture(scope="module")
def node(base_directory, programs):
    """A server without Citus, with a database."""
    with tempfile.TemporaryDirectory(dir=base_directory, prefix="s") as directory:
        os.chmod(directory, 0o755)
        server = Node(programs, os.path.join(directory, "s"), "127.0.3.1", free_port("127.0.3.1"), preload="")
        server.create().start(max_prepared_transactions=10, wal_level="logical", autovacuum="off")
        server.sql("CREATE DATABASE app", "postgres")
        yield server
        server.stop()


@pytest.fixture
def collector(node):
    with Collector(node.directory, node.port, citus=False) as running:
        running.wait_for(lambda series: "pg_database_size_bytes{datname=\"app\"}" in series, "the sizes")
        yield running


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_a_plain_server_has_every_part_and_no_error(node, collector):
    series = collector.wait_for_passes(2)
    assert series["pg_up"] == 1 and errors_in(series) == []
    assert not [name for name in series if name.startswith("citus_") and not name.startswith("citus_init_")]
    assert series["pg_settings_max_connections"] == 40
    assert series['pg_settings_fsync'] == 0
    assert series['pg_role_connections{role="postgres"}'] >= 1
    assert series['pg_database_size_bytes{datname="app"}'] == float(
        node.value("SELECT pg_database_size('app')"))
    assert "ERROR" not in open(node.log, encoding="utf-8").read()


def test_what_happens_in_the_server_is_seen(node, collector):
    # A logical slot waits for the transactions that are prepared already.
    node.sql("SELECT pg_create_logical_replication_slot('citus_shard_move_slot_1_10_2', 'test_decoding');"
             "SELECT pg_create_physical_replication_slot('standby', true); CREATE TABLE prepared(a int); BEGIN; INSERT INTO prepared VALUES (1);"
             "PREPARE TRANSACTION 'citus_0_12_34_5'; BEGIN; INSERT INTO prepared VALUES (2);"
             "PREPARE TRANSACTION 'mine'; BEGIN; INSERT INTO prepared VALUES (3); PREPARE TRANSACTION 'citus_mine';")
    try:
        series = collector.wait_for_passes(2)
        assert series['pg_prepared_transactions{owner="citus"}'] == 1
        assert series['pg_prepared_transactions{owner="other"}'] == 2
        assert series['pg_oldest_xmin_age{holder="prepared_transactions"}'] >= 1
        assert series['pg_replication_slots_active{slot_name="standby",slot_type="physical"}'] == 0
        assert series['pg_replication_slots_active{slot_name="citus_shard_move",slot_type="logical"}'] == 0
        assert series['pg_replication_slots_pg_wal_lsn_diff{slot_name="standby",slot_type="physical"}'] >= 0
    finally:
        node.sql("ROLLBACK PREPARED 'mine'; ROLLBACK PREPARED 'citus_0_12_34_5'; ROLLBACK PREPARED 'citus_mine';"
                 "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots; DROP TABLE prepared")


def test_who_waits_for_a_lock_is_counted(node, collector):
    node.sql("CREATE TABLE held(a int)")
    with node.session() as waiter, node.session() as holder:  # the holder's end is the waiter's
        holder.run("BEGIN; LOCK TABLE held")
        waiter.send("SELECT * FROM held")
        series = collector.wait_for(lambda series: series.get('pg_locks_waiting{datname="app"}') == 1, "the waiter")
        assert series["pg_oldest_transaction_age_seconds"] > 0
        assert series['pg_stat_activity_count{datname="app",state="idle in transaction"}'] == 1
        assert errors_in(series) == []
    node.sql("DROP TABLE held")


def test_a_standby_keeps_no_failure_of_when_it_was_a_primary(base_directory, programs):
    settings = {"archive_mode": "on", "archive_command": "/bin/false", "hot_standby": "on"}
    with tempfile.TemporaryDirectory(dir=base_directory, prefix="s") as directory:
        os.chmod(directory, 0o755)
        server = Node(programs, os.path.join(directory, "s"), "127.0.3.2", free_port("127.0.3.2"), preload="")
        server.create().start(**settings)
        try:
            server.sql("CREATE DATABASE app", "postgres")
            server.sql("SELECT pg_switch_wal()", "postgres")
            wait_until(lambda: server.value("SELECT failed_count > 0 FROM pg_stat_archiver") == "t", "a failure")
            with Collector(server.directory, server.port, citus=False) as running:
                running.wait_for(lambda series: series.get("pg_archiver_failing") == 1, "the failure of the primary")
            server.stop()
            open(os.path.join(server.data, "standby.signal"), "w", encoding="utf-8").close()
            server.start(**settings)
            assert server.value("SELECT failed_count > 0 FROM pg_stat_archiver") == "t"
            with Collector(server.directory, server.port, citus=False) as running:
                series = running.wait_for_passes(2)
            assert (series["pg_archiver_enabled"], series["pg_archiver_failing"]) == (0, 0)
        finally:
            server.stop()


def test_a_server_that_is_gone_leaves_pg_up_0_and_comes_back(node, collector):
    node.stop()
    series = collector.wait_for(lambda series: series["pg_up"] == 0, "the end")
    assert not [name for name in series if name.startswith("pg_") and name != "pg_up"]
    assert series['citus_init_collection_success{part="session"}'] == 0
    node.start(max_prepared_transactions=10, wal_level="logical", autovacuum="off")
    series = collector.wait_for(lambda series: series["pg_up"] == 1, "the server")
    assert 'pg_database_size_bytes{datname="app"}' in series, "sizes are read at once"
    assert series['citus_init_collection_failures_total{part="session"}'] >= 1


def test_no_session_stays_between_two_passes(node):
    with Collector(node.directory, node.port, interval_ms=600_000, citus=False) as collector:
        collector.wait_for(lambda series: series["citus_init_collection_passes_total"] == 1, "the only pass")
        wait_until(lambda: node.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'citus-init http'") == "0", "its end")
        node.sql("CREATE DATABASE copy TEMPLATE app", "postgres")
        node.sql("DROP DATABASE copy", "postgres")


@needs("promtool")
def test_promtool_and_a_strict_parser_have_no_objection(collector):
    kind, text = collector.answer()
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    kind, body = collector.answer(OPENMETRICS)
    assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    parser = pytest.importorskip("prometheus_client.openmetrics.parser", reason="python3-prometheus-client is not installed")
    families = list(parser.text_string_to_metric_families(body))
    assert sum(len(family.samples) for family in families) == len(parse(text))


class Relay(http.server.BaseHTTPRequestHandler):
    """/text in the text format whatever is asked for, all else by the Accept header."""

    def do_GET(self):  # pylint: disable=invalid-name
        kind, body = self.server.collector.answer("" if self.path == "/text" else self.headers.get("Accept", ""))
        self.server.kinds.setdefault(self.path, set()).add(kind.partition(";")[0])
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def query(port, expression):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={expression}", timeout=30) as answer:
        return {result["metric"].get("job", ""): float(result["value"][1]) for result in json.load(answer)["data"]["result"]}


def ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


@needs("prometheus")
def test_a_real_prometheus_takes_both_formats(collector, tmp_path):
    relay = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    relay.collector, relay.kinds = collector, {}
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    port = free_port("127.0.0.1")
    jobs = "".join(f"  - job_name: {name}\n    metrics_path: /{name}\n    static_configs:\n"
                   f"      - targets: ['127.0.0.1:{relay.server_port}']\n" for name in ("text", "openmetrics"))
    (tmp_path / "prometheus.yml").write_text("global:\n  scrape_interval: 1s\nscrape_configs:\n" + jobs, "ascii")
    with subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as prometheus:
        try:
            wait_until(lambda: ready(port), "Prometheus", 60)
            wait_until(lambda: query(port, "pg_up") == {"text": 1, "openmetrics": 1},
                       lambda: f"both formats: {query(port, 'up')}", 60)
            samples = query(port, "scrape_samples_scraped")
            assert samples["text"] == samples["openmetrics"] > 150
            # Nothing was dropped as a duplicate, or was relabelled away.
            assert query(port, "scrape_samples_post_metric_relabeling") == samples
            assert relay.kinds == {"/text": {"text/plain"}, "/openmetrics": {"application/openmetrics-text"}}
        finally:
            prometheus.terminate()
            prometheus.wait(30)
            relay.shutdown()
            relay.server_close()


def without_server(series):
    """The exporter has a label of its own."""
    return {re.sub(r'\{server="[^"]*"\}$|,server="[^"]*"', "", name): value for name, value in series.items()}


@needs("prometheus-postgres-exporter")
def test_postgres_exporter_agrees_on_the_names_that_both_have(node, collector):
    port = free_port("127.0.0.1")
    with subprocess.Popen(
            ["prometheus-postgres-exporter", f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "DATA_SOURCE_NAME":
                f"host={node.directory} port={node.port} user=postgres dbname=app sslmode=disable"}) as exporter:
        try:
            def scrape():
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                        return answer.read().decode()
                except OSError:
                    return ""
            wait_until(lambda: "pg_up 1" in scrape(), "the exporter", 60)
            compare(scrape, collector)
        finally:
            exporter.terminate()
            exporter.wait(30)


# What a scrape itself changes between the two.
MOVING = ("pg_stat_database_", "pg_stat_activity_", "pg_stat_bgwriter_buffers", "pg_stat_wal_")


def compare(scrape, collector):
    theirs_text, (_, ours_text) = scrape(), collector.answer()
    their_types, our_types = types_of(theirs_text), types_of(ours_text)
    shared = our_types.keys() & their_types.keys()
    # Columns that an exporter of 2022 asks pg_stat_bgwriter for have moved to pg_stat_checkpointer in 17.
    assert len(shared) >= (40 if major_version() < 17 else 36), shared
    for name in shared:
        assert our_types[name] in (their_types[name], "untyped"), name
    theirs = without_server({name: value for name, value in parse(
        "\n".join(line for line in theirs_text.splitlines() if line.startswith("pg_"))).items()})
    ours = parse(ours_text)
    same = [name for name in ours if name in theirs and not name.startswith(MOVING)]
    assert len(same) >= 20, same
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    for prefix in ("pg_stat_activity_count", "pg_stat_database_xact_commit", "pg_stat_activity_max_tx_duration"):
        assert {name for name in ours if name.startswith(prefix)} == {
            name for name in theirs if name.startswith(prefix) and 'datname=""' not in name}, prefix
    commits = [name for name in ours if name.startswith("pg_stat_database_xact_commit")]
    assert all(abs(ours[name] - theirs[name]) < 200 for name in commits)


def test_it_ends_soon_when_the_server_hangs(node):
    with Collector(node.directory, node.port, interval_ms=200, citus=False) as collector:
        collector.wait_for_passes(1)
        os.kill(node.process.pid, signal.SIGSTOP)
        try:
            collector.wait_for(lambda series: series["pg_up"] == 0, "the hang")
            begin = time.monotonic()
            collector.process.stdin.close()
            collector.process.wait(30)
            assert time.monotonic() - begin < 15
        finally:
            os.kill(node.process.pid, signal.SIGCONT)
