"""Nobody but the recorded node is ever acted upon, and no advice costs anybody's rows."""
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from citus_node import BINARY, node_maker, wait_until, worker_maker
from support.tier import first_by_day

COSTLY = re.compile(r"empty data directory|[Ee]mpty (it|the|this)|has been removed")


def agent_of(coordinator, *workers, **variables):
    addresses = [worker if isinstance(worker, str) else worker.address for worker in workers]
    return coordinator.agent(CITUS_WORKERS=",".join(addresses), CITUS_INTERNODE_AUTH="trust", **variables)


def registered(coordinator, *workers):
    # With workers to come the coordinator holds no shards itself.
    assert coordinator.prepare(CITUS_WORKERS=workers[0].address).process.returncode == 0
    with agent_of(coordinator, *workers) as agent:
        agent.wait_for("membership", f"{len(workers)} of {len(workers)} workers registered")


def verb(node, *words):
    """The result; the exit status that the last line names is the real one."""
    environment = {"PATH": os.environ["PATH"], **node.environment(
        CITUS_INTERNODE_AUTH="trust", CITUS_ROLE="coordinator")}
    done = subprocess.run([BINARY, *words], env=environment, capture_output=True, text=True, check=False, timeout=120)
    named = re.findall(r"^citus-init: exit (\d+) ", done.stderr, re.M)
    assert named == ([str(done.returncode)] if done.returncode else []), done.stderr
    return done


def contents(node):
    """Everything that a membership change of Citus or a verb of ours would alter."""
    return [node.sql(statement) for statement in (
        "SELECT groupid FROM pg_dist_local_group", "SELECT nodeid, groupid, nodename, nodeport FROM pg_dist_node ORDER BY 1",
        "SELECT logicalrelid::text, partmethod FROM pg_dist_partition ORDER BY 1",
        "SELECT shardid, groupid FROM pg_dist_placement ORDER BY 1, 2",
        "SET citus.override_table_visibility = off; SELECT relname FROM pg_class WHERE relname ~ '^(t|r)(_|$)' ORDER BY 1")]


def flags(coordinator):
    return coordinator.sql("SELECT nodename, shouldhaveshards, isactive FROM pg_dist_node WHERE groupid <> 0 ORDER BY 1")


def with_tables(coordinator):
    coordinator.sql("CREATE TABLE t(a int PRIMARY KEY); SELECT create_distributed_table('t', 'a');"
                    "CREATE TABLE r(a int PRIMARY KEY); SELECT create_reference_table('r');"
                    "INSERT INTO r VALUES (1), (2)")


@pytest.fixture(scope="module", name="led_astray", params=first_by_day(["other names", "the same names"]))
def fixture_led_astray(request, base_directory, programs):
    """A cluster, under the name of whose second worker another cluster's worker answers. Its tests change nothing of it."""
    with node_maker(base_directory, programs) as make_node:
        yield led_astray_in(make_node, request.param)


def led_astray_in(make_node, names):
    make_worker = worker_maker(make_node)
    coordinator = make_node("c", 1)
    stays, lost = make_worker("w1", 2), make_worker("w2", 3)
    registered(coordinator, lost, stays)  # each of the two that are mixed up is group 1
    with_tables(coordinator)
    other, theirs = make_node("d", 11), make_worker("x", 12)
    registered(other, theirs)
    with_tables(other)
    if names == "the same names":
        theirs.sql(f"UPDATE pg_dist_node SET nodename = '{coordinator.host}' WHERE groupid = 0")
    lost.stop()
    theirs.stop()
    theirs.start(listen_addresses=f"{theirs.host},{lost.host}")
    return coordinator, stays, lost, theirs


@pytest.mark.parametrize("words", first_by_day([["remove"], ["drain"], ["drain", "--undo"], ["rebalance"], ["scale", "1"]], 2))
def test_a_verb_touches_no_other_clusters_worker(led_astray, words):
    coordinator, _, lost, theirs = led_astray
    before, ours = contents(theirs), flags(coordinator)
    done = verb(coordinator, words[0], *([lost.address] if words[0] in ("remove", "drain") else []), *words[1:])
    assert done.returncode == 76, done.stderr
    assert f"{lost.address} is lost: another server answers under its name" in done.stderr
    assert not COSTLY.search(done.stderr), done.stderr
    assert contents(theirs) == before
    assert flags(coordinator) == ours


@pytest.mark.parametrize("words", first_by_day([["remove"], ["drain"], ["drain", "--undo"]]))
def test_a_verb_about_another_node_does_not_touch_it_either(led_astray, words):
    coordinator, stays, _, theirs = led_astray
    before, ours = contents(theirs), flags(coordinator)
    assert verb(coordinator, words[0], stays.address, *words[1:]).returncode == 76
    assert contents(theirs) == before
    assert flags(coordinator) == ours


def test_the_agent_touches_no_other_clusters_worker(led_astray, make_worker):
    coordinator, stays, lost, theirs = led_astray
    fresh = make_worker("w4", 5)
    before = contents(theirs)
    with agent_of(coordinator, stays, lost, fresh, CITUS_NODE_HOST="127.0.1.1") as agent:
        agent.wait_for("membership", "has to wait")
    assert contents(theirs) == before
    assert fresh.value("SELECT groupid FROM pg_dist_local_group") == "0"


@pytest.mark.parametrize("words", first_by_day([["remove"], ["drain"], ["rebalance"]]))
def test_a_verb_says_at_once_that_a_node_is_lost_and_what_is_at_stake(coordinator, make_worker, words):
    stays, wiped = make_worker("w1", 2), make_worker("w2", 3)
    registered(coordinator, stays, wiped)
    with_tables(coordinator)
    coordinator.sql("UPDATE pg_dist_placement SET groupid = 2 WHERE shardid IN "
                    "(SELECT shardid FROM pg_dist_shard WHERE logicalrelid = 't'::regclass)")
    wiped.wipe().start()
    wiped.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    ours, began = flags(coordinator), time.monotonic()
    done = verb(coordinator, words[0], *([wiped.address] if words[0] != "rebalance" else []))
    assert done.returncode == 76, done.stderr
    assert time.monotonic() - began < 30
    assert f"{wiped.address} is lost" in done.stderr and re.search(r"at stake: \d+ shards of \d tables", done.stderr)
    assert flags(coordinator) == ours
    assert wiped.value("SELECT groupid FROM pg_dist_local_group") == "0"
    assert wiped.value("SELECT count(*) FROM pg_dist_node") == "0"


def test_a_refused_drain_or_remove_leaves_everything_as_it_was(coordinator, make_worker, is_real):
    if not is_real:
        pytest.skip("needs real Citus: the stand-in moves no shards")
    first, second = make_worker("w1", 2), make_worker("w2", 3)
    registered(coordinator, first, second)
    coordinator.sql("CREATE TABLE plain(a int); SELECT create_distributed_table('plain', 'a')")
    ours = flags(coordinator)
    for word in ("drain", "remove"):
        done = verb(coordinator, word, first.address)  # wal_level is replica, and the table has no key
        assert done.returncode == 1 and "cannot be moved online" in done.stderr
        assert flags(coordinator) == ours
    second.stop()
    for word in ("drain", "remove"):
        done = verb(coordinator, word, first.address)
        assert done.returncode == 1 and f"{second.address} does not answer" in done.stderr
        assert flags(coordinator) == ours


def test_two_coordinators_with_one_list_never_share_a_worker(coordinator, make_node, make_worker):
    other = make_node("d", 11)
    workers = [make_worker(f"w{number}", number + 1) for number in (1, 2, 3, 4, 5, 6)]
    for one in (coordinator, other):
        assert one.prepare(CITUS_WORKERS=workers[0].address).process.returncode == 0
    with agent_of(coordinator, *workers) as first, agent_of(other, *workers) as second:
        def owners():
            return {one.host: {row[0] for row in one.sql("SELECT nodename FROM pg_dist_node WHERE groupid <> 0")}
                    for one in (coordinator, other)}
        wait_until(lambda: len(set().union(*owners().values())) == len(workers), "everybody has joined")
        for one in (first, second):
            one.wait_for("membership", "registered")
    ours = owners()
    assert not ours[coordinator.host] & ours[other.host], ours
    for worker in workers:
        owner = worker.value("SELECT nodename FROM pg_dist_node WHERE groupid = 0")
        assert worker.host in ours[owner], (worker.host, owner, ours)


def test_whoever_finds_the_node_lock_held_waits(coordinator, make_worker):
    worker = make_worker("w1", 2)
    with worker.session() as holder:
        holder.run("SELECT FROM pg_advisory_lock(7163388410172)")
        assert coordinator.prepare().process.returncode == 0
        with agent_of(coordinator, worker) as agent:
            agent.wait_for("membership", "another citus-init acts on this server now (node lock held from a local socket)")
            assert worker.value("SELECT groupid FROM pg_dist_local_group") == "0"
            holder.run("SELECT FROM pg_advisory_unlock(7163388410172)")
            agent.wait_for("membership", "1 of 1 workers registered")


def advice(coordinator, *workers, until):
    """What the agent says, in its status, its warnings, and to `nodes`."""
    with agent_of(coordinator, *workers) as agent:
        status = agent.wait_for("membership", until)
        wait_until(lambda: coordinator.value("SELECT to_regclass('citus_init.node_state')") not in ("", None), "states")
        wait_until(lambda: coordinator.value("SELECT count(*) FROM citus_init.node_state WHERE reason <> ''") != "0", "a reason")
        told = json.loads(verb(coordinator, "nodes", "-o", "json").stdout)
    text = status + " ".join(str(row["reason"]) for row in told) + agent.stderr
    assert not COSTLY.search(text), text
    return text


def test_no_advice_costs_the_rows_of_another_clusters_worker(led_astray):
    coordinator, stays, lost, theirs = led_astray
    text = advice(coordinator, stays, theirs, until=theirs.address)
    assert "shards of the tables" in text and " t" in text
    assert lost.address in text


def test_no_advice_costs_the_only_rows_once_the_coordinator_is_empty(coordinator, make_worker):
    worker = make_worker("w1", 2)
    registered(coordinator, worker)
    with_tables(coordinator)
    coordinator.wipe().start()
    assert coordinator.prepare(CITUS_WORKERS=worker.address).process.returncode == 0
    text = advice(coordinator, worker, until="coordinator metadata lost?")
    assert "shards of the tables r, t" in text and "Keep the workers' data directories" in text


def test_no_advice_costs_the_rows_that_are_newer_than_a_restored_coordinator(coordinator, make_worker):
    older, newer = make_worker("w1", 2), make_worker("w2", 3)
    registered(coordinator, older)
    coordinator.stop()
    backup = coordinator.data + ".backup"
    shutil.copytree(coordinator.data, backup, copy_function=shutil.copy2)
    coordinator.start()
    with agent_of(coordinator, older, newer) as agent:
        agent.wait_for("membership", "2 of 2 workers registered")
    with_tables(coordinator)
    coordinator.sql("SELECT 1")
    coordinator.stop()
    shutil.rmtree(coordinator.data)
    os.rename(backup, coordinator.data)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "postgres:", coordinator.data], check=True)
    coordinator.start()
    text = advice(coordinator, older, newer, until=newer.address)
    assert "this coordinator's data is older than the worker's" in text
    assert "put the coordinator's newest data directory back" in text


def test_no_advice_costs_the_rows_of_a_server_with_two_names(coordinator, make_worker):
    worker = make_worker("w1", 2)
    registered(coordinator, worker)
    with_tables(coordinator)
    second = f"127.0.1.20:{worker.port}"
    worker.stop()
    worker.start(listen_addresses=f"{worker.host},127.0.1.20")
    text = advice(coordinator, worker, second, until=second)
    assert f"is the same server as {worker.address}" in text
