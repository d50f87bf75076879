"""An etcd that asks who is there: users with passwords, certificates; and what is said when it does not let us in."""
import pathlib
import tempfile
from signal import SIGHUP

import pytest

from support.etcd_access import Authority, EtcdWithCertificates, EtcdWithUsers
from support.ha_node import HaNode
from support.networks import Networks
from support.own_program import OwnProgram
from support.patroni_member import what_is_missing
from support.scratch import SCRATCH
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))
RIGHT, WRONG = "pa:ss'word\"0123", "not-the-one-0123"
TIMES = {"CITUS_PATRONI_TTL": "20", "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}
REFUSED = "etcdserver: authentication failed, invalid user ID or password"


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["users", "certificates", "c"], subnet="10.231.16") as networks:
        yield networks


@pytest.fixture(name="etcd", scope="module")
def fixture_etcd(networks):
    etcd = EtcdWithUsers(networks, "users", {"patroni": RIGHT})
    yield etcd
    etcd.stop()


@pytest.fixture(name="member")
def fixture_member(networks, programs, etcd, request):
    etcd.set_password("patroni", RIGHT)
    with HaNode(networks, "c", programs, etcd="users", PATRONI_SCOPE=request.node.name,
                PATRONI_ETCD3_USERNAME="patroni", PATRONI_ETCD3_PASSWORD=RIGHT, **TIMES) as member:
        yield member
        assert RIGHT not in member.node.stderr and WRONG not in member.node.stderr


@pytest.fixture(name="authority", scope="module")
def fixture_authority():
    with tempfile.TemporaryDirectory(prefix="authority.", dir=SCRATCH) as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        yield Authority(directory, "ours")


@pytest.fixture(name="tls_etcd", scope="module")
def fixture_tls_etcd(networks, authority):
    etcd = EtcdWithCertificates(networks, "certificates", authority)
    yield etcd
    etcd.stop()


def health_of(member):
    """The output of `citus-init health` in the container."""
    done = member.node.inside("citus-init", "health", check=False)
    return done.returncode, done.stdout + done.stderr


def waits_for_etcd(networks, etcd, **settings):
    """What `citus-init wait-for-dcs` ends with."""
    settings = {"CITUS_HA": "patroni", "PATRONI_SCOPE": "demo", "PATRONI_CITUS_GROUP": "0", "PATRONI_NAME": "c",
                "PATRONI_RESTAPI_USERNAME": "patroni", "PATRONI_RESTAPI_PASSWORD": "hidden",
                "CITUS_CLUSTER_SECRET": "6b0c1f6e9ad24c1795bd0e4a8c37f2d1", "PGDATA": "/tmp/nowhere/pgdata",
                "CITUS_DCS_WAIT_TIMEOUT": "3s",
                "PATRONI_ETCD3_HOSTS": etcd.url.split("://")[1], **settings}
    with OwnProgram(["wait-for-dcs"], settings, ["ip", "netns", "exec", networks.namespace("c")]) as program:
        return program.finished()


# --- Users ---

@nightly
def test_a_password_that_becomes_wrong_is_reported_and_can_be_changed_while_it_runs(member, etcd):
    secret = member.place.file("etcd-password", RIGHT)
    member.start(PATRONI_ETCD3_PASSWORD=None, PATRONI_ETCD3_PASSWORD_FILE=str(secret))
    member.wait_ready()
    etcd.set_password("patroni", WRONG)
    member.wait(lambda: REFUSED in health_of(member)[1], "health reports it", 120)
    member.node.wait_output(f'does not let the user "patroni" in: {REFUSED}. Correct PATRONI_ETCD3_USERNAME',
                            stream="stderr")
    assert REFUSED in member.node.inside("citus-init", "status", check=False).stdout
    secret.write_text(WRONG)
    member.node.signal(SIGHUP)
    member.wait(lambda: member.state()["state"] == "ready" and REFUSED not in health_of(member)[1], "all is well")
    assert member.stop() == 0, member.log()


def test_a_group_that_nobody_answers_for_is_shown_as_the_store_has_it(member, etcd):
    member.start()
    member.wait_ready()
    group = f"/service/{member.settings['PATRONI_SCOPE']}/7"
    for key, value in (("leader", "w71"), ("sync", '{"leader": "w71", "sync_standby": "w72"}'),
                       *((f"members/{name}", f'{{"conn_url": "postgres://{name}:5432/postgres", "state": "running",'
                          f' "api_url": "https://{name}:8008/patroni", "timeline": 3}}') for name in ("w71", "w72"))):
        etcd.control("put", f"{group}/{key}", value)
    status = member.node.inside("citus-init", "status", environment=member.settings, check=False)
    rows = [line.split() for line in status.stdout.splitlines()]
    assert ["7", "w71", "leader", "running", "3", "w71:5432"] in rows, rows
    assert ["7", "w72", "sync_standby", "running", "3", "w72:5432"] in rows, rows
    assert any(row[:2] == ["group", "7:"] and "store" in row for row in rows), rows


def test_a_wrong_password_is_reported_and_waited_with(member, etcd):
    member.start(PATRONI_ETCD3_PASSWORD=WRONG)
    member.wait(lambda: REFUSED in health_of(member)[1], "health reports it")
    assert health_of(member)[0] != 0
    member.node.wait_output(f"so far: {etcd.url} does not let the user \"patroni\" in: {REFUSED}. "
                            "Correct PATRONI_ETCD3_USERNAME and PATRONI_ETCD3_PASSWORD", stream="stderr")
    assert member.postmaster() is None
    assert member.stop(deadline=3) == 0, member.log()
    member.start(PATRONI_ETCD3_PASSWORD=WRONG)
    member.wait(lambda: REFUSED in health_of(member)[1], "health reports it")
    etcd.set_password("patroni", WRONG)
    member.wait_ready()
    assert REFUSED not in health_of(member)[1]
    assert member.stop() == 0, member.log()


def test_the_wait_reports_an_etcd_that_refuses_the_login(networks, etcd):
    etcd.set_password("patroni", RIGHT)
    right = {"PATRONI_ETCD3_USERNAME": "patroni", "PATRONI_ETCD3_PASSWORD": RIGHT}
    assert waits_for_etcd(networks, etcd, **right) == (0, "")
    status, said = waits_for_etcd(networks, etcd, **{**right, "PATRONI_ETCD3_PASSWORD": WRONG})
    assert status == 69 and REFUSED in said and WRONG not in said, said
    status, said = waits_for_etcd(networks, etcd)
    assert status == 69 and "wants a user and his password: etcdserver: user name is empty" in said, said


# --- Certificates ---

def test_with_a_certificate_it_leads(networks, programs, authority, tls_etcd):
    certificate, key = authority.issue("c", networks.address("c"))
    files = {"PATRONI_ETCD3_CACERT": str(authority.certificate), "PATRONI_ETCD3_CERT": certificate,
             "PATRONI_ETCD3_KEY": key}
    assert waits_for_etcd(networks, tls_etcd, **files) == (0, "")
    with HaNode(networks, "c", programs, etcd="certificates", **files, **TIMES) as member:
        member.start()
        member.wait_ready()
        assert member.stop() == 0, member.log()


def test_the_wait_reports_which_certificate_does_not_fit(networks, authority, tls_etcd):
    certificate, key = authority.issue("c", networks.address("c"))
    other = Authority(authority.directory, "others")
    others_certificate, others_key = other.issue("c", networks.address("c"))
    own = {"PATRONI_ETCD3_CACERT": str(authority.certificate), "PATRONI_ETCD3_CERT": certificate,
           "PATRONI_ETCD3_KEY": key}
    for change, reason in (
            ({"PATRONI_ETCD3_CACERT": str(other.certificate)}, "Correct PATRONI_ETCD3_CACERT"),
            ({"PATRONI_ETCD3_CERT": None, "PATRONI_ETCD3_KEY": None}, "If it wants a certificate: PATRONI_ETCD3_CERT"),
            ({"PATRONI_ETCD3_CERT": others_certificate, "PATRONI_ETCD3_KEY": others_key}, "PATRONI_ETCD3_CERT"),
            (dict.fromkeys(own), "If it wants TLS: PATRONI_ETCD3_CACERT")):
        settings = {name: value for name, value in {**own, **change}.items() if value}
        status, said = waits_for_etcd(networks, tls_etcd, **settings)
        assert status == 69 and reason in said, said
