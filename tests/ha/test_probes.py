"""The listener's answers by Patroni's names, and a real HAProxy that goes by them through a handover."""
import json
import subprocess
from pathlib import Path

import pytest

from support.ha_pair import HaPair
from support.patroni_member import what_is_missing
from support.pid_namespace import wait_until

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

HAPROXY = """
global
    stats socket {place}/haproxy.sock
defaults
    mode tcp
    timeout connect 3s
    timeout client 60s
    timeout server 60s
    timeout check 3s
    default-server check port 8009 inter 500ms fall 1 rise 1
listen write
    bind 127.0.0.1:6432
    option httpchk GET /primary
    server c1 {c1}:5432
    server c2 {c2}:5432
listen read
    bind 127.0.0.1:6433
    option httpchk GET /replica?lag=1GB
    server c1 {c1}:5432
    server c2 {c2}:5432
"""


@pytest.fixture
def pair(programs):
    with HaPair(programs, "10.231.30", CITUS_HTTP_LISTEN=":8009", POSTGRES_PASSWORD="client secret") as members:
        members.start()
        yield members


def probe(pair, member, path):
    """(status, body) of a probe from another machine, ("000", {}) where nobody listens."""
    done = subprocess.run(["ip", "netns", "exec", pair.networks.namespace("etcd"), "curl", "-s", "-m", "5", "-w",
                           "\n%{http_code}", f"http://{pair.networks.address(member.name)}:8009{path}"],
                          capture_output=True, text=True, check=False)
    body, status = done.stdout.rsplit("\n", 1)
    return status, json.loads(body) if body.startswith("{") else {}


def lease_left(member):
    """Seconds, as the member's metrics have it; None where there is none."""
    series = member.series()
    assert any(name.startswith("citus_init_ha_group") for name in series)
    return series.get("citus_init_ha_lease_left_seconds")


class HaProxy:
    """One that balances over the pair, on the network of etcd."""

    def __init__(self, pair, place):
        self.pair, self.namespace = pair, pair.networks.namespace("etcd")
        configuration = place / "haproxy.cfg"
        configuration.write_text(HAPROXY.format(place=place, **{name: pair.networks.address(name)
                                                                for name in pair.members}))
        self.process = subprocess.Popen(["ip", "netns", "exec", self.namespace, "haproxy", "-db", "-f",
                                         str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.server(6432) or self.process.poll() is not None, "HAProxy")
        assert self.process.poll() is None, f"HAProxy ended with {self.process.returncode}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def asks(self, port, sql):
        done = subprocess.run(["ip", "netns", "exec", self.namespace, "psql", "-XAtq", "-h", "127.0.0.1", "-p", str(port),
                               "-U", "postgres", "-d", "postgres", "-c", sql], capture_output=True, text=True,
                              check=False, timeout=60, env={"PGPASSWORD": "client secret", "PATH": "/usr/bin:/bin"})
        return done.stdout.strip()

    def server(self, port):
        """The name of the member that answers behind a port, "" for none."""
        address = self.asks(port, "SELECT host(inet_server_addr())")
        return next((name for name in self.pair.members if self.pair.networks.address(name) == address), "")


def test_a_load_balancer_follows_the_probes_through_a_handover(pair, base_directory):
    leader, replica = pair.wait_whole()
    wait_until(lambda: probe(pair, leader, "/readyz?scope=group")[0] == "200", pair.log)
    for path, of_leader, of_replica in (("/primary", "200", "503"), ("/read-write", "200", "503"),
                                        ("/replica", "503", "200"), ("/read-only", "200", "200"),
                                        ("/readyz", "200", "200"), ("/livez", "200", "200"),
                                        ("/readyz?scope=group", "200", "200"), ("/replica?lag=-1", "400", "400")):
        assert probe(pair, leader, path)[0] == of_leader, path
        assert probe(pair, replica, path)[0] == of_replica, path
    status, body = probe(pair, leader, "/readyz?verbose")
    assert (status, body["state"]) == ("200", "ready")
    assert "data_directory" not in body, "details are for whoever has the token"

    # Only who leads has a lease.
    assert (lease_left(leader) or 0) > 0 and lease_left(replica) is None

    with HaProxy(pair, Path(base_directory)) as balancer:
        wait_until(lambda: (balancer.server(6432), balancer.server(6433)) == (leader.name, replica.name), pair.log)
        assert leader.stop() == 0, leader.log()
        wait_until(lambda: balancer.server(6432) == replica.name, pair.log, 90)
        assert balancer.asks(6432, "SELECT pg_is_in_recovery()") == "f"
        wait_until(lambda: balancer.server(6433) == "", "that no replica is left, at the next check")
        leader.start()
        wait_until(lambda: balancer.server(6433) == leader.name, pair.log, 90)
        assert probe(pair, leader, "/primary")[0] == "503"
