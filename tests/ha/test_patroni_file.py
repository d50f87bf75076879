"""The file that is rendered for Patroni, read by PyYAML as Patroni reads it, and run by Patroni."""
import subprocess

import pytest
import yaml

from support.networks import Networks
from support.patroni_member import Etcd, Member, what_is_missing
from support.pid_namespace import wait_until

SECRET = "6b0c1f6e9ad24c1795bd0e4a8c37f2d1"
# What YAML 1.1 takes for numbers, dates and booleans, and what would end a string.
PASSWORDS = ["on", "No", "y", "0123", "12:30:45", "1_000", "0x1F", "2026-11-22", "1e5", "=", "~", "null",
             "<<", "a: b", "- x", "'", '"', "\\", "#x", "x #y", "ä€😀", "{a}", "%x", "@x", "\tx ", "!x", "&x"]
SYNCED = "SELECT count(*) FROM pg_dist_node WHERE noderole = 'primary' AND isactive AND metadatasynced"

EXTENSION = "SELECT count(*) FROM pg_extension WHERE extname = 'citus'"

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["etcd", "c", "w"], subnet="10.231.9") as networks:
        yield networks


@pytest.mark.parametrize("password", PASSWORDS)
def test_pyyaml_reads_every_password_as_it_was(networks, password):
    member = Member(networks, "c", "/bin", {
        "PATRONI_CITUS_GROUP": "0", "PATRONI_ETCD3_HOSTS": "etcd", "CITUS_INTERNODE_AUTH": "password",
        "POSTGRES_PASSWORD": password, "PATRONI_REPLICATION_PASSWORD": password,
        "PATRONI_REWIND_PASSWORD": password})
    try:
        member.write("patroni 4.1.4")
        path = member.directory / "run/patroni.yml"
        assert path.stat().st_mode & 0o777 == 0o600
        document = yaml.safe_load(path.read_text("ascii"))
        users = document["postgresql"]["authentication"]
        assert {user: users[user]["password"] for user in users} == dict.fromkeys(
            ("superuser", "replication", "rewind"), password)
        assert document["citus"] == {"group": 0, "database": "citus"}
        assert document["bootstrap"]["dcs"]["failsafe_mode"] is True
        assert document["postgresql"]["parameters"]["ssl"] == "on"
    finally:
        member.stop()


def access(kind):
    if kind == "certificates":
        return {"CITUS_CLUSTER_SECRET": SECRET}
    return {"CITUS_INTERNODE_AUTH": "password", "POSTGRES_PASSWORD": "0123",
            "PATRONI_REPLICATION_PASSWORD": "12:30:45", "PATRONI_REWIND_PASSWORD": "on"}


@pytest.mark.parametrize("kind", ["certificates", "passwords"])
def test_patroni_makes_a_cluster_of_it(networks, programs, is_real, kind):
    if not is_real:
        pytest.skip("Patroni's part of Citus needs a real one (PG_BINDIR)")
    version = subprocess.run(["/usr/bin/patroni", "--version"], capture_output=True, text=True,
                             check=True).stdout
    etcd = Etcd(networks, "etcd")
    settings = {"PATRONI_ETCD3_HOSTS": networks.address("etcd") + ":2379", **access(kind)}
    names = ("c", "w")
    members = {name: Member(networks, name, programs,
                            {**settings, "PATRONI_CITUS_GROUP": str(group)})
               for group, name in enumerate(names)}
    coordinator = members["c"]
    scheme = "https" if kind == "certificates" else "http"
    try:
        for member in members.values():
            member.write(version)
            member.start()
        wait_until(lambda: all(member.get("/primary", scheme=scheme) == "200"
                               for member in members.values()), "a primary in each group", 60)
        wait_until(lambda: coordinator.sql(EXTENSION) == "1", "Citus", 60)
        wait_until(lambda: coordinator.sql(SYNCED) == "2", "the worker", 60)
        coordinator.sql("CREATE TABLE t (id int); SELECT create_distributed_table('t', 'id');"
                        "INSERT INTO t SELECT generate_series(1, 100)")
        assert coordinator.sql("SELECT count(*) FROM t") == "100"
        assert coordinator.sql("SELECT nodename FROM pg_dist_node ORDER BY groupid") == "c\nw"
        login = coordinator.sql("SELECT authinfo FROM pg_dist_authinfo")
        assert ("password" in login) == (kind == "passwords")
        # Without the user and the certificate nobody changes anything.
        refused = coordinator.get("/restart", "-X", "POST", "-d", "{}", scheme=scheme)
        assert refused == ("403" if kind == "certificates" else "401")
        assert coordinator.sql("SHOW max_connections") == "100"
        assert "tcp_user_timeout=8000" in coordinator.sql("SHOW citus.node_conninfo")
    except Exception:
        for member in members.values():
            print(member.name, member.log()[-6000:])
        raise
    finally:
        for member in members.values():
            member.stop()
        etcd.stop()
