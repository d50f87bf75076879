"""A group's first start that is killed or stopped in the middle."""
import json
import os
import signal
import subprocess

import pytest

from support.ha_node import HaNode, least_ttl
from support.networks import Networks
from support.patroni_member import Etcd, what_is_missing
from support.pid_namespace import wait_until

DATA = 65  # docs/exit-codes.md

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))

# It is reported after a ttl.
TIMES = {"CITUS_PATRONI_TTL": least_ttl(12), "CITUS_PATRONI_LOOP_WAIT": "2", "CITUS_PATRONI_RETRY_TIMEOUT": "3"}


@pytest.fixture(name="member")
def fixture_member(programs):
    with Networks(["etcd", "c"], subnet="10.231.13") as networks, Etcd(networks, "etcd"):
        with HaNode(networks, "c", programs) as member:
            yield member


def kill(member):
    os.kill(member.node.pid1, signal.SIGKILL)
    wait_until(lambda: member.node.process.poll() is not None, "its end")


def forget_everything(member):
    """An etcd that has lost its data."""
    etcd = member.networks
    subprocess.run(["ip", "netns", "exec", etcd.namespace("etcd"), "curl", "-sf", "-d", '{"key":"AA==","range_end":"AA=="}',
                    f"http://{etcd.address('etcd')}:2379/v3/kv/deleterange"], check=True, capture_output=True)


def start_until_bootstrapped(member):
    """A start that stands still before Patroni makes Citus' database, with a server that runs."""
    waits = member.place.file("citus-init.yaml", "patroni:\n  bootstrap:\n    post_bootstrap: sh -c 'exec sleep 600' sh\n")
    member.start(CITUS_CONFIG_PATH=str(waits), **TIMES)
    member.wait(lambda: member.sql("SELECT 1", database="postgres") == "1", "the server")


def begins_anew(member):
    member.start(**TIMES)
    member.wait_leader()
    member.wait_ready()
    assert member.sql("SELECT count(*) FROM pg_extension WHERE extname = 'citus'") == "1"
    member.wait(lambda: member.record() is None, "the end of the creation")
    assert (member.place.data / "pgdata.failed").is_dir()
    assert member.stop() == 0, member.log()


def test_one_that_was_killed_during_initdb_begins_anew(member):
    member.start(**TIMES)
    member.wait((member.pgdata / "PG_VERSION").exists, "initdb")
    kill(member)
    begins_anew(member)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_ended_before_citus_was_there_begins_anew(member, number):
    start_until_bootstrapped(member)
    if number == signal.SIGKILL:
        kill(member)
    else:
        assert member.stop() == 0, member.log()
    begins_anew(member)


def test_one_whose_patroni_was_killed_ends_and_begins_anew(member):
    start_until_bootstrapped(member)
    os.kill(member.patroni(), signal.SIGKILL)
    assert member.node.wait() == DATA, member.log()
    assert "in the middle of a bootstrap" in member.node.stderr
    begins_anew(member)


def test_one_that_the_store_knows_nothing_of_is_refused(member):
    member.start(**TIMES)
    member.wait_leader()
    kill(member)
    member.record_path.write_text(json.dumps({"began": 1}))
    forget_everything(member)
    member.start(**TIMES)
    assert member.node.wait() == DATA, member.log()
    assert "is not known" in member.node.stderr
    member.record_path.unlink()
    member.start(**TIMES)
    member.wait_leader()


def test_one_that_was_complete_is_kept(member):
    member.start(**TIMES)
    member.wait_ready()
    member.sql("CREATE TABLE kept AS SELECT 1 AS one")
    kill(member)
    # As it was before anybody saw that Patroni leads.
    member.record_path.write_text(json.dumps({"began": 1}))
    member.start(**TIMES)
    member.wait(lambda: member.sql("SELECT one FROM kept") == "1", "the data")
    member.wait(lambda: member.record() is None, "the end of the creation")


def test_one_that_left_nothing_is_reported_with_what_lets_another_begin(member):
    member.start(**TIMES)
    member.wait((member.pgdata / "PG_VERSION").exists, "initdb")
    kill(member)
    member.forget()
    member.place.data.mkdir()

    member.start(**TIMES)
    member.node.wait_output("nobody makes group 0", stream="stderr")
    member.wait(lambda: "degraded: nobody makes group 0" in str(member.state()), "health reports it")
    remove = ["patronictl", "-c", str(member.patroni_directory / "patroni.yml"), "remove", "demo", "--group", "0"]
    answers = "demo\nYes I am aware\n"
    done = member.node.inside(*remove, user="postgres", check=False, input=answers)
    assert done.returncode == 0, done.stdout + done.stderr
    member.wait_leader()
