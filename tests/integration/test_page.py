"""The page of the listener in a real Chromium, by what a person sees."""
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.browser import Browser
from support.http_probe import Listener, free_port, http_process
from support.node_fixtures import FAST, initialised, place, refused, template  # noqa: F401
from support.pid_namespace import postmaster_of, wait_until

PAGE = Path(__file__).parents[2] / "src/web/page"
# Nodes of several tests share the machine's ports.
QUIET = ("postgres", "-c", "fsync=off", "-c", "log_min_messages=warning", "-c", "listen_addresses=")
WIDTHS = (1280, 1000, 768, 360)
CONTENT_TYPES = {"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}


@pytest.fixture
def listener():
    return Listener(free_port())


@pytest.fixture
def node(initialised, listener):
    with initialised.start(*QUIET, network="host", CITUS_HTTP_LISTEN=f"127.0.0.1:{listener.port}",
                           CITUS_METRICS_INTERVAL="1s") as started:
        listener.wait("/readyz", 200)
        yield started


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


def session(node, sql):
    """A psql of its own that runs it."""
    return threading.Thread(target=node.psql, args=(sql,), kwargs={"check": False}, daemon=True)


def test_a_server_alone_is_shown_and_followed(node, listener, browser):
    browser.open(f"http://localhost:{listener.port}/")
    browser.wait_for_text("phase", "ready")
    browser.wait_for_text("live", "live")
    browser.wait_for_text("node-rows", "of 100")
    assert browser.text("obstacle-list") == "Nothing."
    browser.wait_for_text("log-lines", "database system is ready to accept connections")
    # A crash is seen, and its end.
    os.kill(postmaster_of(node.pid1), signal.SIGKILL)
    browser.wait_for_text("facts", "1 restart after crashes")
    browser.wait_for_text("phase", "ready")
    browser.wait_for_text("live", "live")
    assert browser.complaints() == []
    assert browser.hosts() == {f"localhost:{listener.port}"}


def test_who_blocks_whom_is_shown(node, listener, browser):
    node.psql("CREATE TABLE t AS SELECT 1 AS a")
    holder = session(node, "BEGIN; UPDATE t SET a = 2; SELECT pg_sleep(600)")
    holder.start()
    wait_until(lambda: node.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1", "a lock")
    waiter = session(node, "UPDATE t SET a = 3")
    waiter.start()
    browser.open(f"http://localhost:{listener.port}/")
    browser.wait_for_text("query-rows", "Lock: transactionid")
    rows = browser.text("query-rows")
    assert "UPDATE t SET a = 3" in rows and "pg_sleep" in rows
    blocker = node.psql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    browser.wait_for_text("obstacle-list", f"{blocker} blocks 1 other")
    assert f"SELECT pg_terminate_backend({blocker})" in browser.text("obstacle-list")
    node.psql(f"SELECT pg_terminate_backend({blocker})")
    wait_until(lambda: browser.text("obstacle-list") == "Nothing.", lambda: browser.text("obstacle-list"))
    holder.join()
    waiter.join()


def test_the_log_has_a_filter(node, listener, browser):
    node.psql("SELECT no_such_column", check=False)
    browser.open(f"http://localhost:{listener.port}/")
    browser.wait_for_text("log-lines", 'column "no_such_column" does not exist')
    browser.run("document.getElementById('level').value = '3'")
    browser.run("document.getElementById('level').dispatchEvent(new Event('change'))")
    assert "ready to accept connections" not in browser.text("log-lines")
    assert "no_such_column" in browser.text("log-lines")


def test_a_node_that_is_gone_is_reported_and_found_again(node, listener, browser):
    browser.open(f"http://localhost:{listener.port}/")
    browser.wait_for_text("live", "live")
    os.kill(http_process(node), signal.SIGKILL)
    browser.wait_for_text("live", "no connection")
    browser.wait_for_text("live", "live")


class Fake:
    """The page's own files, and an overview of the test's."""

    def __init__(self, overview):
        self.overview = overview
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.lstrip("/") or "index.html"
                if name == "events":
                    return self.stream()
                body = json.dumps(fake.overview) if name == "overview" else (PAGE / name).read_text("utf-8")
                self.send(CONTENT_TYPES.get(name, "application/json"), body)

            def send(self, content_type, body):
                self.send_response(200)
                self.send_header("Content-Type", content_type + "; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())

            def stream(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    while True:
                        text = f"event: overview\ndata: {json.dumps(fake.overview)}\n\n"
                        self.wfile.write(text.encode())
                        if fake.ended.wait(fake.pause):
                            return
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.ended = threading.Event()
        self.pause = 0.5
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://localhost:{self.server.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


def node_row(address, group, **differs):
    return {"address": address, "group_id": group, "state": "up", "reason": "", "has_shards": group > 0, "shards": 32,
            "bytes": 2 ** 30, "connections": 20, "max_connections": 100, "pool_used": 4, "round_trip": 0.0004,
            "postgresql": "15.20", "citus": "13.2-1", **differs}


def cluster_of(workers):
    nodes = [node_row("c:5432", 0, shards=0, bytes=0)]
    nodes += [node_row(f"worker-{i}.cluster.example:5432", i, bytes=(i % 7 + 1) * 2 ** 30) for i in range(1, workers + 1)]
    return {"now": 1795926799, "age": 1.5,
            "node": {"name": "c", "role": "coordinator", "phase": "ready", "reason": "accepting connections",
                     "since": "2026-11-29T04:33:14Z", "membership": f"{workers} of {workers} workers registered",
                     "restarts": 0, "postgresql": "15.20", "citus": "13.2-1", "started": 1795900000,
                     "certificate_ends": 1797926799},
            "obstacles": [], "nodes": nodes, "imbalance": {"shards": 1, "bytes": 1.75}, "pool_size": 100,
            "moves": [{"table": "public.events", "shard_id": 102008, "source": nodes[1]["address"],
                       "target": nodes[2]["address"] if workers > 1 else "", "state": "moving", "bytes": 2 ** 30,
                       "copied_bytes": 2 ** 29, "left": 75}],
            "moves_done": 3, "moves_queued": 12,
            "queries": [{"id": "10000000123", "nodes": ["c:5432"], "database": "app", "role": "alice",
                         "state": "active", "waits_for": "Lock: transactionid on " + nodes[1]["address"], "seconds": 93,
                         "blocked_by": ["10000000099"], "blocked_by_prepared": False, "blocks": 0,
                         "text": "UPDATE events SET state = 'done' WHERE tenant_id = 7 <script>alert(1)</script>"}],
            "sessions": [], "replicas": [], "slots": [], "archiver": None, "lag": None}


@pytest.mark.parametrize("width", WIDTHS)
def test_fifty_workers_fit_at_any_width(browser, width, tmp_path):
    with Fake(cluster_of(50)) as fake:
        browser.width(width)
        browser.open(fake.url)
        browser.wait_for_text("nodes-note", "51 of 51 up, the fullest has 1.75 times the mean")
        browser.wait_for_text("node-rows", "worker-50.cluster.example:5432")
        assert browser.run("document.documentElement.scrollWidth") <= width
        assert "75 s" in browser.text("move-rows") and "3 done, 12 queued" in browser.text("moves-note")
        # What the database says is a text here, whatever it looks like in HTML.
        assert "<script>alert(1)</script>" in browser.text("query-rows")
        browser.screenshot(tmp_path / "page.png")
        assert browser.complaints() == []
    browser.width(WIDTHS[0])


def test_a_change_touches_only_what_differs(browser):
    with Fake(cluster_of(3)) as fake:
        browser.open(fake.url)
        browser.wait_for_text("nodes-note", "4 of 4 up")
        browser.run("window.kept = document.querySelector('#node-rows tr:nth-child(2)')")
        fake.overview = cluster_of(3)
        fake.overview["nodes"][2].update(state="down", reason="timeout expired", bytes=None, connections=None)
        fake.overview["nodes"].insert(1, node_row("a:5432", 9))
        fake.overview["obstacles"] = [{"severity": "error", "node": "w", "text": "does not answer", "command": "citus-init nodes"}]
        browser.wait_for_text("node-rows", "down: timeout expired")
        assert browser.run("window.kept === document.querySelector('#node-rows tr:nth-child(3)')")
        assert "citus-init nodes" in browser.text("obstacle-list")
        fake.overview = cluster_of(1)
        browser.wait_for_text("nodes-note", "2 of 2 up")
        assert browser.run("document.querySelectorAll('#node-rows tr').length") == 2


def test_two_receivers_of_one_name_are_two_rows_and_stay_two(browser):
    def count():
        return browser.run("document.querySelectorAll('#replication-rows tr').length")
    receiver = {"application_name": "pg_basebackup", "address": "10.0.0.7", "sync_state": "async",
                "state": "streaming", "lag_bytes": 0, "lag": None}
    overview = cluster_of(1)
    overview["replicas"] = [receiver, {**receiver, "state": "backup"}]
    with Fake(overview) as fake:
        browser.open(fake.url)
        browser.wait_for_text("replication-rows", "backup")
        for state in ("catchup", "streaming", "catchup"):
            overview["replicas"] = [{**receiver, "state": state}, {**receiver, "state": "backup"}]
            browser.wait_for_text("replication-rows", state)
            assert count() == 2
        overview["replicas"] = []
        browser.wait_for_text("replication-note", "no receiver")
        assert count() == 0


def test_backups_are_shown_and_what_keeps_them_from_being_made(browser):
    overview = cluster_of(1)
    now = overview["now"]
    overview["node"]["lease_left"] = 11.6
    overview["archiving"] = {"stanza": "app-0", "failed": "", "pending": False, "since": "", "waiting_segments": 0,
                             "waiting_bytes": 0, "disk_lasts": None}
    overview["backup"] = {"failed": "", "since": "", "last_full": now - 3 * 86400, "last": now - 90, "last_point": None,
                          "next": now + 600}
    with Fake(overview) as fake:
        browser.open(fake.url)
        browser.wait_for_text("backup-rows", "WAL reaches the stanza app-0")
        rows = [" ".join(line.split()) for line in browser.text("backup-rows").splitlines()]
        for row in ("last full backup 3 days ago", "last backup 90 s ago", "last restore point never",
                    "next, by the schedule in 10 min"):
            assert row in rows, rows
        assert "lease ends in 12 s unless renewed" in browser.text("facts")
        began = "2026-11-29T03:33:19Z"
        overview["archiving"].update(failed="WAL is not archived to the stanza app-0: no route", since=began,
                                     waiting_segments=5, waiting_bytes=5 * 2 ** 24, disk_lasts=7200)
        overview["backup"].update(failed="the scheduled backup is not made: no route", since=began, next=None)
        overview["now"] = 1795926799
        browser.wait_for_text("backups-note", "what is due is not made")
        text = browser.text("backup-rows")
        assert "no route; for" in text and "5 segments (80.0 MB) in pg_wal; its disk is full in 2 h" in text, text
        assert "next, by the schedule now" in " ".join(text.split()), text
        assert browser.run("document.querySelector('#backup-rows .bad') !== null")
        overview.update(archiving=None, backup=None)
        wait_until(lambda: browser.run("document.getElementById('backups').hidden"), "nothing to show")
        assert browser.complaints() == []


def test_its_memory_stays_flat(browser):
    """The first round is the engine's, which compiles and keeps what it has seen; the second one has to add little."""
    changes, updates = 15, 20  # of each round, and of each change
    with Fake(cluster_of(50)) as fake:
        browser.open(fake.url)
        browser.wait_for_text("nodes-note", "51 of 51 up")
        fake.pause = 0.005
        browser.run("(window.shown = 0, show = (inner => overview => { ++window.shown; inner(overview); })(show), 0)")

        def memory_after_a_round():
            for i in range(changes):
                fake.overview = cluster_of(50 - i % 3)
                seen = browser.run("window.shown")
                wait_until(lambda seen=seen: browser.run("window.shown") > seen + updates, "updates")
            return min(browser.memory() for _ in range(10))

        # Updates go on meanwhile, and what they leave, some 0.6 MB, counts until it is collected. One that kept what it
        # was given would add 7 kB or more, so 300 of them 2 MB.
        before = memory_after_a_round()
        assert memory_after_a_round() < before + 2_000_000


def test_it_is_usable_by_keyboard_and_screen_reader(browser):
    with Fake(cluster_of(3)) as fake:
        browser.open(fake.url)
        browser.wait_for_text("nodes-note", "4 of 4 up")
        tables = browser.run("[...document.querySelectorAll('table')].map(t => document.getElementById(t.getAttribute("
                             "'aria-labelledby'))?.textContent ?? '')")
        assert all(tables), "a table without a name"
        assert browser.run("document.querySelectorAll('th:not([scope])').length") == 0
        assert browser.run("document.documentElement.lang") == "en"
        browser.run("document.activeElement.blur()")
        assert browser.press_tab() == "Skip to the nodes"
        # Contrast of every text against its ground, WCAG 2.2 1.4.3.
        for dark in (False, True):
            browser.prefer_dark(dark)
            assert browser.least_contrast() >= 4.5, dark
        browser.prefer_dark(False)
