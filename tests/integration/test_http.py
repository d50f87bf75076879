"""Probes at CITUS_HTTP_LISTEN: what they say at each moment of a node's life, whatever else asks."""
# pylint: disable=redefined-outer-name,unused-import
import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest
import yaml

from support.http_probe import Listener, free_port, http_process
from support.node_fixtures import FAST, initialised, place, refused, template
from support.pid_namespace import postmaster_of, status_field, wait_until

# On the host's network, so that the test reaches the listener; the server has its socket only.
QUIET = ("postgres", "-c", "fsync=off", "-c", "listen_addresses=")
MEGABYTE = 1024
ROOT = Path(__file__).parents[2]


class Seen:
    """Every distinct answer of some probes, in order, asked without a pause until the end."""

    def __init__(self, listener, *paths):
        self.answers = {path: [] for path in paths}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, args=(listener,))

    def _ask(self, listener):
        while not self._ended.is_set():
            for path, seen in self.answers.items():
                status = listener.status(path)
                if not seen or seen[-1] != status:
                    seen.append(status)

    def __enter__(self):
        self._thread.start()
        return self.answers

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


@pytest.fixture
def listener():
    return Listener(free_port())


@pytest.fixture
def node(initialised, listener):
    """One that is ready, with a listener."""
    with initialised.start(*QUIET, network="host", CITUS_HTTP_LISTEN=f"127.0.0.1:{listener.port}") as started:
        listener.wait("/readyz", 200)
        yield started


def resident(node):
    """In kB."""
    return int(status_field(http_process(node), "VmRSS").split()[0])


def test_a_first_start_is_alive_then_started_then_ready(place, listener):
    with place.start(*QUIET, network="host", CITUS_HTTP_LISTEN=f":{listener.port}", **FAST) as node:
        with Seen(listener, "/livez", "/startupz", "/readyz", "/primary", "/replica") as seen:
            listener.wait("/primary", 200)
            wait_until(lambda: all(seen[path][-1:] == [200] for path in ("/startupz", "/readyz")), lambda: f"{seen}")
        live = [status for status in seen["/livez"] if status]
        assert live == [200], seen
        assert [status for status in seen["/startupz"] if status] == [503, 200], seen
        assert [status for status in seen["/readyz"] if status][-2:] == [503, 200], seen
        assert 200 not in seen["/replica"], seen
        assert node.stop() == 0, node.output()


# What a probe of Kubernetes' API may have (v1 Probe, HTTPGetAction).
PROBE = {"httpGet", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold",
         "terminationGracePeriodSeconds"}
HTTP_GET = {"path", "port", "host", "scheme", "httpHeaders"}


def examples():
    """The YAML of the documentation's section about probes."""
    section = (ROOT / "docs/monitoring.md").read_text("utf-8").split("## Probes\n")[1].split("\n## ")[0]
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)]


def seconds(text):
    return int(str(text).removesuffix("s"))


def test_the_probes_of_the_documented_pod_answer(node, listener):
    pod = next(example for example in examples() if "containers" in example)
    [container] = pod["containers"]
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    probes = {name: probe for name, probe in container.items() if name.endswith("Probe")}
    assert set(probes) == {"startupProbe", "livenessProbe", "readinessProbe"}
    for name, probe in probes.items():
        assert set(probe) <= PROBE and set(probe["httpGet"]) <= HTTP_GET, name
        assert variables["CITUS_HTTP_LISTEN"] == f":{ports[probe['httpGet']['port']]}"
        assert listener.status(probe["httpGet"]["path"]) == 200, name
    assert pod["terminationGracePeriodSeconds"] > seconds(variables["CITUS_STOP_TIMEOUT"])
    assert node.stop() == 0, node.output()
    assert {listener.status(probe["httpGet"]["path"]) for probe in probes.values()} == {None}, "nobody listens"


def test_the_health_check_of_the_documented_service_is_that_of_the_compose_file(node):
    services = next(example for example in examples() if "services" in example)["services"]
    service = services["coordinator"]
    kind, *command = service["healthcheck"]["test"]
    assert kind == "CMD"
    node.inside(*command)  # raises where it fails
    assert seconds(service["stop_grace_period"]) > seconds(service["environment"]["CITUS_STOP_TIMEOUT"])
    # tests/e2e/test_compose.py brings that one up.
    shipped = yaml.safe_load((ROOT / "docker/compose.yml").read_text("utf-8"))["services"]["coordinator"]
    assert {key: shipped[key] for key in ("healthcheck", "stop_grace_period")} == {
        key: service[key] for key in ("healthcheck", "stop_grace_period")}
    assert services["app"]["depends_on"] == {"coordinator": {"condition": "service_healthy"}}


def test_it_is_not_ready_before_a_stop_begins(node, listener):
    with Seen(listener, "/readyz", "/livez") as seen:
        wait_until(lambda: seen["/readyz"] == [200], "an answer")
        assert node.stop() == 0, node.output()
    assert seen["/readyz"][:2] == [200, 503], seen
    assert 503 not in seen["/livez"], seen


def test_no_startup_probe_fails_while_a_server_recovers(node, listener):
    with Seen(listener, "/startupz", "/livez") as seen:
        wait_until(lambda: seen["/startupz"] == [200], "an answer")
        os.kill(postmaster_of(node.pid1), signal.SIGKILL)
        node.wait_output("database system is ready to accept connections", times=2, stream="stdout")
        listener.wait("/readyz", 200)
    assert seen == {"/startupz": [200], "/livez": [200]}


def test_its_death_and_its_hang_touch_nothing_else(node, listener):
    postmaster = node.postmaster()
    os.kill(http_process(node), signal.SIGKILL)
    listener.wait("/readyz", 200)
    stopped = http_process(node)
    os.kill(stopped, signal.SIGSTOP)
    wait_until(lambda: http_process(node) not in (None, stopped), node.output)
    listener.wait("/readyz", 200)
    assert "has not responded for 35 s" in node.stderr, node.output()
    assert node.postmaster() == postmaster
    assert node.psql("SELECT answer FROM kept") == "42"


def test_a_port_that_is_taken_costs_the_probes_only(initialised):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with initialised.start(*QUIET, network="host", CITUS_HTTP_LISTEN=f"127.0.0.1:{port}") as node:
            node.wait_output(f"CITUS_HTTP_LISTEN: cannot listen on 127.0.0.1:{port}: Address already in use. Set it to a free port",
                             stream="stderr")
            node.wait_ready()
            assert node.stop() == 0, node.output()


def test_the_port_of_the_server_is_refused(initialised):
    with initialised.start(*QUIET, "-p", "5432", network="host", CITUS_HTTP_LISTEN=":5432") as node:
        refused(node, 78, "CITUS_HTTP_LISTEN", "port of the server")


def test_another_token_is_taken_by_a_reload(initialised, listener):
    token = initialised.file("token", "first-token-0123456789\n")
    with initialised.start(*QUIET, network="host", CITUS_HTTP_TOKEN_FILE=str(token),
                           CITUS_HTTP_LISTEN=f"127.0.0.1:{listener.port}") as node:
        listener.wait("/readyz", 200)
        assert listener.status("/metrics") == 401
        assert listener.status("/metrics", Authorization="Bearer first-token-0123456789") == 200
        token.write_text("second-token-0123456789\n")
        node.signal(signal.SIGHUP)
        wait_until(lambda: listener.status("/metrics", Authorization="Bearer second-token-0123456789") == 200,
                   node.output)
        assert listener.status("/metrics", Authorization="Bearer first-token-0123456789") == 401
        assert "token-0123456789" not in node.output()


def test_a_thousand_that_wait_and_a_hundred_that_drip_leave_the_probe_its_place(node, listener):
    """RSS and the probe's time are printed: bounds of both that no loaded machine breaks are asserted."""
    before = resident(node)
    idle = [listener.connect() for _ in range(1000)]
    slow = [listener.connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nX-Slow: ")
    worst = 0
    for round_ in range(50):
        for connection in slow:
            try:
                connection.sendall(b"x")
            except OSError:
                pass  # it was closed for another
        status, seconds = listener.seconds_of("/readyz")
        assert status == 200, round_
        worst = max(worst, seconds)
    grown = resident(node) - before
    print(f"probe beside them: at most {worst * 1000:.1f} ms; grown by {grown} kB from {before} kB")
    assert worst < 5
    assert grown < 8 * MEGABYTE
    for connection in idle + slow:
        connection.close()


def test_those_that_do_not_read_their_answers_leave_the_probe_its_place(node, listener):
    """As many as there may be connections, and each has more answers under way than the kernel keeps."""
    deaf = []
    for _ in range(300):
        connection = socket.socket()
        for side in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            connection.setsockopt(socket.SOL_SOCKET, side, 4096)
        connection.connect(("127.0.0.1", listener.port))
        connection.setblocking(False)
        deaf.append(connection)

    def are_stuck():
        sent = 0
        for connection in deaf:
            try:
                sent += connection.send(b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n" * 2000)
            except BlockingIOError:
                pass
            except OSError:
                pass  # it was closed for another
        return sent == 0
    wait_until(are_stuck, "nothing more is read of them")
    for round_ in range(20):
        assert listener.status("/livez") == 200, round_
    for connection in deaf:
        connection.close()


STRANGE = {
    "long target": (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 431 "),
    "long header": (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", b"HTTP/1.1 431 "),
    "no words": (b"\xff\xfe\x00 / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
    "no UTF-8": (b"GET /\xc3\x28\xf0 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", b"HTTP/1.1 "),
    "POST": (b"POST /readyz HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
             b"HTTP/1.1 405 "),
    "HEAD": (b"HEAD /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK"),
    "OPTIONS of 1.0": (b"OPTIONS /primary HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK"),
    "no such page": (b"GET /no/such/page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", b"HTTP/1.1 404 "),
}


def test_strange_requests_get_an_answer(node, listener):
    for name, (request, answer) in STRANGE.items():
        received = exchange(listener, request)
        assert received.startswith(answer), (name, received[:200])
        assert listener.status("/readyz") == 200, name
    assert resident(node) < 32 * MEGABYTE


def exchange(listener, request):
    """All that comes back, while the request is still being sent."""
    with listener.connect() as connection:
        sender = threading.Thread(target=_send, args=(connection, request))
        sender.start()
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionError:
            pass
        sender.join()
    return received


def _send(connection, data):
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
