"""`citus-init wait-for-dcs`: nothing is started before the configuration store answers."""
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from support.own_program import OwnProgram
from support.patroni_member import what_is_missing

SETTINGS = {
    "CITUS_HA": "patroni", "PATRONI_SCOPE": "demo", "PATRONI_CITUS_GROUP": "0", "PATRONI_NAME": "c",
    "PATRONI_RESTAPI_USERNAME": "patroni", "PATRONI_RESTAPI_PASSWORD": "hidden",
    "CITUS_CLUSTER_SECRET": "6b0c1f6e9ad24c1795bd0e4a8c37f2d1", "PGDATA": "/tmp/nowhere/pgdata"}

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


@pytest.fixture(name="port")
def fixture_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def waiting(**settings):
    return OwnProgram(["wait-for-dcs"], {**SETTINGS, **settings})


def etcd_on(port, directory):
    url, peer = f"http://127.0.0.1:{port}", "http://127.0.0.1:0"
    return subprocess.Popen(
        ["/usr/bin/etcd", "--data-dir", directory, "--listen-client-urls", url,
         "--advertise-client-urls", url, "--listen-peer-urls", peer, "--initial-advertise-peer-urls",
         peer, "--initial-cluster", f"default={peer}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_it_gives_up_and_says_what_to_do(port):
    started = time.monotonic()
    with waiting(PATRONI_ETCD3_HOSTS=f"127.0.0.1:{port}", CITUS_DCS_WAIT_TIMEOUT="3s") as program:
        status, output = program.finished()
    assert status == 69
    assert 3 <= time.monotonic() - started < 60
    assert f"waiting for etcd, 2 s so far: GET http://127.0.0.1:{port}/health: " in output
    assert "exit 69 (unavailable): no etcd after 3 s: " in output
    assert "correct PATRONI_ETCD3_HOSTS" in output and "hidden" not in output


def test_it_ends_when_etcd_comes(port):
    with tempfile.TemporaryDirectory() as directory, \
            waiting(PATRONI_ETCD3_HOSTS=f"127.0.0.1:1,127.0.0.1:{port}") as program:
        assert program.process.stdout.readline()  # it has begun to wait
        etcd = etcd_on(port, directory)
        try:
            assert program.finished()[0] == 0
        finally:
            etcd.kill()
            etcd.wait()


def test_sigterm_ends_it_at_once(port):
    with waiting(PATRONI_ETCD3_HOSTS=f"127.0.0.1:{port}") as program:
        assert program.process.stdout.readline()
        started = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(30) == -signal.SIGTERM
        assert time.monotonic() - started < 30


def test_another_store_is_not_waited_for():
    with waiting(PATRONI_CONSUL_HOST="127.0.0.1:1") as program:
        assert program.finished(5) == (0, "")
    with waiting(PATRONI_ETCD3_SRV="example.com") as program:
        assert program.finished(5) == (0, "")
