"""Nodes that move, come back as somebody else, or die at the wrong moment; and what is kept."""
import contextlib
import signal
import socket
import threading
import time

import pytest

from citus_node import SqlFailure, wait_until

RECORDS = "SELECT nodename, system_identifier FROM citus_init.node ORDER BY nodeid"


def agent_of(coordinator, *addresses, **variables):
    return coordinator.agent(CITUS_WORKERS=",".join(
        a if isinstance(a, str) else a.address for a in addresses), **variables)


def joined(coordinator, *workers):
    with agent_of(coordinator, *workers) as agent:
        agent.wait_for("membership", f"{len(workers)} of {len(workers)} workers registered")


def with_table(coordinator):
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a');"
                    "INSERT INTO t SELECT generate_series(1, 100)")


def nodes(coordinator):
    return coordinator.sql("SELECT nodeid, groupid, nodename, isactive FROM pg_dist_node "
                           "WHERE groupid <> 0 ORDER BY nodeid")


def moved(worker, host):
    """The same data under another address; the old one leads nowhere."""
    worker.stop()
    worker.host = host
    return worker.start()


@contextlib.contextmanager
def held_table(coordinator, name):
    """Nobody can write to the table meanwhile."""
    def hold():
        with contextlib.suppress(SqlFailure):  # it is ended by us
            coordinator.sql(f"BEGIN; LOCK TABLE {name} IN SHARE MODE; SELECT pg_sleep(60)")
    thread = threading.Thread(target=hold)
    thread.start()
    holders = (f"FROM pg_locks WHERE relation = '{name}'::regclass AND mode = 'ShareLock' AND granted")
    wait_until(lambda: coordinator.value(f"SELECT count(*) {holders}") == "1", "the lock is held")
    try:
        yield
    finally:
        coordinator.sql(f"SELECT pg_terminate_backend(pid) {holders}")
        thread.join()


def test_who_the_nodes_are_is_recorded_on_the_coordinator_alone(coordinator, make_worker):
    worker = make_worker("w1", 2)
    joined(coordinator, worker)
    identifier = worker.value("SELECT system_identifier FROM pg_control_system()")
    assert coordinator.sql(RECORDS) == [[worker.host, identifier]]
    assert worker.value("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('citus_init')") == "0"
    coordinator.sql("CREATE ROLE app LOGIN")
    assert coordinator.value(
        "SELECT has_table_privilege('app', 'citus_init.node'::regclass, 'SELECT')") == "f"


def test_a_cluster_from_before_is_recorded_on_first_sight(coordinator, make_worker):
    worker = make_worker("w1", 2)
    joined(coordinator, worker)
    with_table(coordinator)
    coordinator.sql("DROP SCHEMA citus_init CASCADE")
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "1 of 1")
        wait_until(lambda: coordinator.value("SELECT to_regclass('citus_init.node')"), "a table")
        wait_until(lambda: coordinator.sql(RECORDS), "a record")


def test_a_worker_is_followed_to_its_new_address(coordinator, make_worker):
    stays, mover = make_worker("w1", 2), make_worker("w2", 3)
    joined(coordinator, stays, mover)
    with_table(coordinator)
    old, before = mover.host, nodes(coordinator)
    moved(mover, "127.0.1.5")
    with agent_of(coordinator, stays, mover) as agent:
        agent.wait_for("membership", "is the worker registered as " + old)
        wait_until(lambda: nodes(coordinator)[1][2] == mover.host, "the new address")
        agent.wait_for("membership", "2 of 2 workers registered")
    assert [row[:2] for row in nodes(coordinator)] == [row[:2] for row in before]
    assert coordinator.value("SELECT count(*) FROM t") == "100"
    assert coordinator.sql(RECORDS)[1][0] == mover.host
    wait_until(lambda: stays.value("SELECT count(*) FROM pg_dist_node WHERE nodename = "
                                   f"'{mover.host}'") == "1", "the other worker knows it")


def test_a_worker_is_not_followed_while_its_old_address_answers(coordinator, make_node):
    worker = make_node("w1", 2, start=False)
    worker.start(listen_addresses="127.0.1.2,127.0.1.5")
    worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    joined(coordinator, worker)
    with agent_of(coordinator, f"127.0.1.5:{worker.port}") as agent:
        agent.wait_for("warning", "127.0.1.5:%d (duplicate)" % worker.port)
    assert [row[2] for row in nodes(coordinator)] == ["127.0.1.2"]


def test_a_wiped_worker_is_reported_with_what_is_at_stake(coordinator, make_worker):
    wiped, other = make_worker("w1", 2), make_worker("w2", 3)
    joined(coordinator, wiped)
    with_table(coordinator)
    wiped.wipe().start()
    wiped.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    with agent_of(coordinator, wiped, other) as agent:
        warning = agent.wait_for("warning", f"{wiped.address} (wiped)")
        assert "at stake: " in warning and "of 1 tables, size unknown" in warning
        agent.wait_for("warning", f"{other.address} (fresh): has to wait: at {wiped.address}")
    assert wiped.value("SELECT groupid FROM pg_dist_local_group") == "0"
    assert wiped.value("SELECT count(*) FROM pg_dist_node") == "0"
    assert other.value("SELECT groupid FROM pg_dist_local_group") == "0"


def test_a_worker_that_lost_its_shards_only_is_seen(coordinator, make_worker, is_real):
    worker = make_worker("w1", 2)
    joined(coordinator, worker)
    with_table(coordinator)
    shard = coordinator.value("SELECT shard_name(logicalrelid, min(shardid)) FROM pg_dist_shard "
                              "GROUP BY logicalrelid")
    worker.sql(("SET citus.enable_manual_changes_to_shards = on; " if is_real else "")
               + f"DROP TABLE {shard}")
    with agent_of(coordinator, worker) as agent:
        assert "lacks 1 of the " in agent.wait_for("warning", f"{worker.address} (wiped)")
    assert [row[3] for row in nodes(coordinator)] == ["t"]


def test_a_worker_that_is_not_desired_is_kept_and_reported(coordinator, make_worker):
    stays, unwanted = make_worker("w1", 2), make_worker("w2", 3)
    joined(coordinator, stays, unwanted)
    before = nodes(coordinator)
    with agent_of(coordinator, stays) as agent:
        agent.wait_for("warning", f"{unwanted.address} (member): is registered, but not among")
        agent.wait_for("membership", "1 of 1 workers registered")
    assert nodes(coordinator) == before


def test_a_worker_that_sorts_otherwise_is_refused_with_the_reason(coordinator, make_node):
    """By the doctor's checks, right before it would be added."""
    worker = make_node("w1", 2)
    worker.sql("CREATE DATABASE app TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'", "postgres")
    prepared = worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1")
    assert prepared.process.returncode == 0, prepared.stderr
    with agent_of(coordinator, worker) as agent:
        warning = agent.wait_for("warning", f"{worker.address} (not ready): the collation of the database is")
        assert '"C.UTF-8", on the coordinator "C". Make the node anew with the coordinator' in warning
        agent.wait_for("membership", "0 of 1 workers registered")
    assert nodes(coordinator) == []


def test_hung_workers_are_waited_for_together(coordinator, make_worker):
    healthy = make_worker("w9", 9)
    hung = [f"127.0.1.{number}:{coordinator.port}" for number in range(20, 44)]
    servers = [socket.create_server((address.split(":")[0], coordinator.port)) for address in hung]
    started = time.monotonic()
    with agent_of(coordinator, *hung, healthy) as agent:
        agent.wait_for("membership", "1 of 25 workers registered", 60)
        assert time.monotonic() - started < 60  # 3 s each, one after the other: 72 s
    for server in servers:
        server.close()


def needs_transactions(is_real):
    if not is_real:
        pytest.skip("the stand-in tells workers at once, not with the transaction")


def test_a_coordinator_killed_in_the_middle_of_an_addition(coordinator, make_worker, is_real):
    needs_transactions(is_real)
    workers = [make_worker(f"w{number}", number + 1) for number in (1, 2, 3)]
    coordinator.prepare(CITUS_WORKERS=workers[0].address)
    with agent_of(coordinator, *workers) as agent:
        wait_until(lambda: nodes(coordinator), "the first one")
        coordinator.process.send_signal(signal.SIGQUIT)  # as a crash: no checkpoint, no goodbye
        coordinator.process.wait()
        coordinator.start()
        agent.wait_for("membership", "3 of 3 workers registered")
    assert coordinator.value("SELECT count(*) FROM pg_dist_node") == "4"
    wait_until(lambda: len(coordinator.sql(RECORDS)) == 3, "three records", 30)


def test_an_agent_killed_between_the_addition_and_its_record_has_added_nobody(coordinator, make_worker, is_real):
    needs_transactions(is_real)
    first, second = make_worker("w1", 2), make_worker("w2", 3)
    joined(coordinator, first)
    before = nodes(coordinator)
    with held_table(coordinator, "citus_init.node"):
        with agent_of(coordinator, first, second) as agent:
            wait_until(lambda: coordinator.value(
                "SELECT count(*) FROM pg_locks WHERE relation = 'citus_init.node'::regclass "
                "AND NOT granted") == "1", "the record waits")
            agent.process.kill()
            agent.process.wait()
            wait_until(lambda: coordinator.value(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'citus-init'") == "0", "its session ends")
    assert nodes(coordinator) == before
    assert second.value("SELECT groupid FROM pg_dist_local_group") == "0"
    joined(coordinator, first, second)
    assert len(coordinator.sql(RECORDS)) == 2


def test_two_supervisors_of_one_coordinator_do_not_meet(coordinator, make_worker):
    workers = [make_worker(f"w{number}", number + 1) for number in (1, 2)]
    coordinator.prepare(CITUS_WORKERS=workers[0].address)
    with agent_of(coordinator, *workers) as one:
        with agent_of(coordinator, *workers) as other:
            one.wait_for("membership", "2 of 2 workers registered")
            other.wait_for("membership", "2 of 2 workers registered")
    assert len(nodes(coordinator)) == 2
    assert len(coordinator.sql(RECORDS)) == 2


def test_an_agent_without_the_lock_only_probes(coordinator, make_worker):
    worker = make_worker("w1", 2)
    coordinator.prepare(CITUS_WORKERS=worker.address)
    done = threading.Event()

    def hold():
        coordinator.sql("SELECT pg_advisory_lock(7163388410171); SELECT pg_sleep(4)")
        done.set()
    thread = threading.Thread(target=hold)
    thread.start()
    wait_until(lambda: coordinator.value("SELECT count(*) FROM pg_locks WHERE locktype = "
                                         "'advisory'") == "1", "the lock is held")
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "observing only: another supervisor")
        assert not nodes(coordinator) or done.is_set()
        agent.wait_for("membership", "1 of 1 workers registered")
    thread.join()


def test_a_server_that_takes_no_writes_is_only_probed(coordinator, make_worker):
    worker = make_worker("w1", 2)
    coordinator.prepare(CITUS_WORKERS=worker.address)
    coordinator.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    coordinator.sql("SELECT pg_reload_conf()")
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "observing only: this server takes no writes")
    assert not nodes(coordinator)
