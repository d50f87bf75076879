"""The files of /docker-entrypoint-initdb.d, once for a whole cluster: on a real etcd and Patroni."""
import pytest

from support.ha_node import HaNode
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.tier import nightly

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

TIMES = {"CITUS_PATRONI_TTL": "20", "CITUS_PATRONI_LOOP_WAIT": "5", "CITUS_PATRONI_RETRY_TIMEOUT": "5"}
ROWS = "SELECT name, finished IS NOT NULL, failure FROM citus_init.init_file ORDER BY name"
DONE = "/docker-entrypoint-initdb.d|t|"
UNFINISHED = "DELETE FROM citus_init.init_file WHERE finished IS NULL"


@pytest.fixture(name="networks", scope="module")
def fixture_networks():
    with Networks(["etcd", "c1", "c2", "w"], subnet="10.231.13") as networks, Etcd(networks, "etcd"):
        yield networks


@pytest.fixture(name="member_of")
def fixture_member_of(networks, programs, request):
    """member_of(NAME, **settings): a member of the test's own cluster, not started."""
    scope = request.node.name.replace("_", "-")
    members = []

    def make(name, group=0, **settings):
        member = HaNode(networks, name, programs, group=group, PATRONI_SCOPE=scope, **{**TIMES, **settings})
        members.append(member)
        return member
    yield make
    for member in members:
        if member.node:
            print(member.name, member.log(), member.node.stdout[-4000:])
        member.__exit__()


def reason(member):
    return member.state().get("reason") or ""


def test_they_run_once_and_not_after_a_failover(member_of, is_real):
    files = {"1.sql": "CREATE TABLE made (by text);\nSELECT create_reference_table('made');\n",
             "2.sh": "docker_process_sql <<<\"INSERT INTO made VALUES ('$POSTGRES_USER in $POSTGRES_DB, "
                     "$GREETING')\"\necho the second one says $GREETING\n"}
    first, second, worker = member_of("c1"), member_of("c2"), member_of("w", group=1)
    for member in (first, second, worker):
        for name, text in files.items():
            member.place.init_file(name, text)
    settings = {"CITUS_EXPECTED_WORKER_GROUPS": "1", "GREETING": "hello"}
    first.start(**settings)
    first.wait(lambda: "group 1 is not registered" in reason(first), "the wait for the worker", 90)
    assert first.sql("SELECT count(*) FROM citus_init.init_file") == "0"
    # Whatever comes between does not make it a cluster that was there before.
    first.sql("CREATE TABLE early ()")
    worker.start()
    first.wait_ready()
    expected = f"1.sql|t|\n2.sh|t|\n{DONE}".split("\n")
    assert sorted(first.sql(ROWS).split("\n")) == sorted(expected)
    made = "postgres in citus, hello"
    assert first.sql("SELECT by FROM made") == made
    worker.wait_ready()
    if is_real:  # the stand-in copies no table
        assert worker.sql("SELECT by FROM made") == made
    assert worker.sql("SELECT to_regclass('citus_init.init_file') IS NULL") == "t"
    assert first.sql("SELECT sha256 FROM citus_init.init_file WHERE name = '2.sh'") == first.sql(
        f"SELECT encode(sha256(convert_to($${files['2.sh']}$$, 'UTF8')), 'hex')")
    assert "the second one says hello" in first.node.stdout
    second.start(**settings)
    first.wait(lambda: "synchronous: c2" in str(first.state()), "a replica that may take over", 90)
    assert first.stop() == 0, first.log()
    second.wait_leader()
    second.wait(lambda: "leader of group 0" in str(second.state()), "that it knows that it leads")
    second.wait_ready()
    second.place.init_file("3.sh", "echo later\n")
    assert second.sql("SELECT count(*) FROM made") == "1"
    assert sorted(second.sql(ROWS).split("\n")) == sorted(expected)
    for member in (second, worker):
        assert "running /docker-entrypoint-initdb.d" not in member.node.stdout
        assert "sourcing" not in member.node.stdout


@nightly
def test_a_failure_is_reported_and_only_repeated_on_request(member_of):
    member = member_of("c1")
    member.place.init_file("1.sh", "echo first run\n")
    member.place.init_file("2.sql", "CREATE TABLE half ();\nSELECT 1/0;\n")
    member.place.init_file("3.sh", "echo third run\n")
    member.start()
    member.wait_ready()
    assert member.sql(ROWS) == "1.sh|t|\n2.sql|f|exit code 3\n3.sh|f|"
    member.wait(lambda: "the init file 2.sql (begun " in member.node.stderr, "the finding", 60)
    assert UNFINISHED in member.node.stderr
    assert "third run" not in member.node.stdout
    assert member.stop() == 0, member.log()
    member.start()
    member.wait_ready()
    member.wait(lambda: "the init file 2.sql (begun " in member.node.stderr, "the finding", 60)
    assert "running /docker-entrypoint-initdb.d" not in member.node.stdout
    member.place.init_file("2.sql", "CREATE TABLE whole ();\n")
    member.sql(UNFINISHED)
    member.wait(lambda: DONE in member.sql(ROWS), "the rest")
    assert member.sql("SELECT to_regclass('whole')") == "whole"
    assert "third run" in member.node.stdout and "first run" not in member.node.stdout
    assert member.stop() == 0, member.log()


@nightly
def test_an_interrupted_run_is_reported_and_readiness_waits_for_one(member_of):
    member = member_of("c1")
    member.place.init_file("1.sh", "mkfifo $PGDATA/wait; read -r line <$PGDATA/wait; echo $line\n")
    member.start()
    member.wait(lambda: "init files: 1.sh runs" in reason(member), "the run", 90)
    assert member.state()["state"] != "ready"
    member.node.stop()
    member.start()
    member.wait_ready()
    member.wait(lambda: "the init files were interrupted at 1.sh" in member.node.stderr, "the finding", 60)
    assert member.stop() == 0, member.log()


@nightly
def test_a_cluster_that_was_there_before_is_left_alone(member_of):
    member = member_of("c1")
    member.start()
    member.wait_ready()
    assert member.sql(ROWS) == DONE
    # As one of an older version has it.
    member.sql("DROP SCHEMA citus_init CASCADE; CREATE TABLE data ()")
    assert member.stop() == 0, member.log()
    member.place.init_file("1.sh", "echo too late\n")
    member.start()
    member.wait(lambda: member.sql(ROWS) == DONE, "the record")
    member.wait_ready()
    assert "do not run: the databases had content" in member.node.stderr
    assert "too late" not in member.node.stdout
    assert member.stop() == 0, member.log()
