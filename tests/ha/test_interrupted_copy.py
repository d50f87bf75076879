"""A replica whose copy of its leader is killed or stopped in the middle, and one whose directory is of another hand."""
import os
import shutil
import signal
import time

import pytest

from support.ha_node import HaNode, least_ttl
from support.networks import Networks
from support.node import POSTGRES
from support.patroni_member import Etcd, what_is_missing
from support.pid_namespace import wait_until
from support.tier import nightly

pytestmark = [pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing())),
              pytest.mark.xdist_group(__name__)]

TIMES = {"CITUS_PATRONI_TTL": least_ttl(15), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}
SLOW = "patroni:\n  postgresql:\n    basebackup: [{max-rate: 512k}, {checkpoint: fast}]\n"  # minutes


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["etcd", "etcd2", "a", "b"], subnet="10.231.33") as networks, Etcd(networks, "etcd"):
        yield networks


@pytest.fixture(name="leader", scope="module")
def fixture_leader(networks, programs):
    with HaNode(networks, "a", programs, **TIMES) as leader:
        leader.start()
        leader.wait_leader()
        yield leader


@pytest.fixture(name="replica")
def fixture_replica(networks, programs, leader):
    assert leader.rest("/primary") == "200"
    with HaNode(networks, "b", programs, **TIMES) as replica:
        yield replica
        print(replica.log())


def start_slowly(replica, configuration=SLOW, **settings):
    """In the middle of its copy."""
    replica.start(CITUS_CONFIG_PATH=str(replica.place.file("citus-init.yaml", configuration)), **settings)
    replica.wait(is_copied(replica), "the copy")


def is_copied(replica):
    return lambda: (replica.pgdata / "base").is_dir() and not (replica.pgdata / "global/pg_control").exists()


def kill(replica):
    os.kill(replica.node.pid1, signal.SIGKILL)
    wait_until(lambda: replica.node.process.poll() is not None, "its end")


def wait_following(replica):
    replica.wait(lambda: replica.sql("SELECT status FROM pg_stat_wal_receiver") == "streaming", "the leader's WAL", 90)
    replica.wait(lambda: replica.record() is None, "the end of the creation")


def joins(replica, **settings):
    replica.start(**settings)
    wait_following(replica)
    assert replica.stop() == 0, replica.log()


def forget_version(replica):
    """Where PG_VERSION comes in a copy depends on the leader's file system."""
    (replica.pgdata / "PG_VERSION").unlink(missing_ok=True)


def test_one_that_was_killed_is_copied_anew(replica):
    start_slowly(replica)
    kill(replica)
    forget_version(replica)
    joins(replica)
    assert (replica.place.data / "pgdata.failed/backup_label").exists()


def test_one_whose_patroni_was_killed_is_copied_anew(replica):
    start_slowly(replica)
    replica.place.file("citus-init.yaml", "")
    os.kill(replica.node.pid1, signal.SIGHUP)
    rendered = replica.patroni_directory / "patroni.yml"
    replica.wait(lambda: "max-rate" not in rendered.read_text("utf-8"), "the reload")
    forget_version(replica)
    os.kill(replica.patroni(), signal.SIGKILL)
    wait_following(replica)
    assert replica.stop() == 0, replica.log()


@nightly
def test_the_first_of_a_standby_cluster_whose_patroni_was_killed_begins_anew(networks, replica):
    """Its bootstrap is the copy, and the group's `initialize` key says that it goes on."""
    site = {"PATRONI_ETCD3_HOSTS": networks.address("etcd2") + ":2379"}
    standby = "  bootstrap: {dcs: {standby_cluster: {host: a, port: 5432}}}\n"
    with Etcd(networks, "etcd2"):
        start_slowly(replica, SLOW + standby, **site)
        forget_version(replica)
        os.kill(replica.patroni(), signal.SIGKILL)
        assert replica.node.wait() == 65, replica.log()
        joins(replica, CITUS_CONFIG_PATH=str(replica.place.file("citus-init.yaml", "patroni:\n" + standby)), **site)
        assert "its bootstrap was cut off, a member begins anew" in replica.node.stderr


@nightly
def test_the_first_of_a_standby_cluster_with_another_namespace_starts_again(replica):
    """Its copy has brought what its leader is a member of."""
    standby = "patroni:\n  bootstrap: {dcs: {standby_cluster: {host: a, port: 5432}}}\n"
    for _ in range(2):
        joins(replica, PATRONI_NAMESPACE="/site2/", CITUS_CONFIG_PATH=str(replica.place.file("citus-init.yaml", standby)))


def test_one_that_is_stopped_ends_at_once_and_is_copied_anew(replica):
    start_slowly(replica)
    began = time.monotonic()
    assert replica.stop() == 0, replica.log()
    assert time.monotonic() - began < 8  # CITUS_STOP_TIMEOUT is 60 s
    joins(replica)


def test_one_with_a_directory_for_wal_is_copied_anew(replica):
    wal = replica.place.path / "wal"
    wal.mkdir()
    os.chown(wal, POSTGRES.pw_uid, POSTGRES.pw_gid)
    start_slowly(replica, SLOW.replace("[", f"[{{waldir: {wal}}}, "), POSTGRES_INITDB_WALDIR=str(wal))
    replica.wait(lambda: any(wal.iterdir()), "WAL")
    kill(replica)
    joins(replica, POSTGRES_INITDB_WALDIR=str(wal))
    assert (replica.pgdata / "pg_wal").resolve() == wal.resolve()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_ends_while_it_is_reinitialised_is_copied_anew(leader, replica, number):
    joins(replica)
    replica.start(CITUS_CONFIG_PATH=str(replica.place.file("citus-init.yaml", SLOW)))
    wait_following(replica)
    done = leader.node.inside("patronictl", "-c", str(leader.patroni_directory / "patroni.yml"), "reinit", "demo", "b",
                              "--group", "0", "--force", user="postgres", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    replica.wait(is_copied(replica), "the copy", 60)
    replica.wait(lambda: replica.record() is not None, "the record")
    if number == signal.SIGKILL:
        kill(replica)
    else:
        assert replica.stop() == 0, replica.log()
    forget_version(replica)
    joins(replica)


@pytest.mark.parametrize("names", [("backup_label", "base/1/1259"), ("backup.manifest", "base/1/1259"), ("PG_VERSION",)])
def test_what_has_no_record_is_kept_aside(replica, names):
    for name in names:
        file = replica.pgdata / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("15\n")
    for path in (replica.place.data, *replica.place.data.rglob("*")):
        shutil.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    joins(replica)
    kept = next(replica.place.data.glob("pgdata.damaged.*"))
    assert (kept / names[0]).exists()


def test_what_was_made_since_the_record_is_kept(replica):
    replica.start()
    wait_following(replica)
    assert replica.stop() == 0, replica.log()
    inode = (replica.pgdata / "global/pg_control").stat().st_ino
    replica.record_path.write_text('{"began": 1}')  # of an older citus-init, say
    joins(replica)
    assert (replica.pgdata / "global/pg_control").stat().st_ino == inode
