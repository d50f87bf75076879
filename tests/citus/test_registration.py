"""The agent of a coordinator with CITUS_WORKERS, and what it must never do."""
import socket
import time

from citus_node import wait_until


def workers_of(coordinator):
    return [row[0] for row in coordinator.sql(
        "SELECT nodename FROM pg_dist_node WHERE groupid <> 0 ORDER BY nodeid")]


def agent_of(coordinator, *workers, **variables):
    return coordinator.agent(CITUS_WORKERS=",".join(w.address for w in workers), **variables)


def test_a_coordinator_and_two_workers_make_a_cluster(coordinator, make_worker):
    workers = [make_worker("w1", 2), make_worker("w2", 3)]
    with agent_of(coordinator, *workers) as agent:
        agent.wait_for("prepared")
        agent.wait_for("membership", "2 of 2 workers registered")
    assert workers_of(coordinator) == ["127.0.1.2", "127.0.1.3"]
    assert coordinator.value(
        "SELECT bool_and(isactive AND hasmetadata AND metadatasynced) FROM pg_dist_node") == "t"
    for worker in workers:
        assert worker.value("SELECT groupid FROM pg_dist_local_group") != "0"
        assert worker.value("SELECT count(*) FROM pg_dist_node") == "3"
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a');"
                    "INSERT INTO t SELECT generate_series(1, 100)")
    assert coordinator.value("SELECT count(*) FROM t") == "100"


def test_running_again_changes_nothing(coordinator, make_worker):
    worker = make_worker("w1", 2)
    state = "SELECT xmin, t::text FROM pg_dist_node t ORDER BY nodeid"
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "1 of 1")
    before = coordinator.sql(state)
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "1 of 1")
    assert coordinator.sql(state) == before


def test_a_worker_that_is_down_is_tried_until_it_comes(coordinator, make_worker):
    late, early = make_worker("w1", 2), make_worker("w2", 3)
    late.stop()
    with agent_of(coordinator, late, early) as agent:
        agent.wait_for("prepared")  # whatever the workers do
        agent.wait_for("membership", "1 of 2 workers registered")
        assert workers_of(coordinator) == ["127.0.1.3"]
        late.start()
        agent.wait_for("membership", "2 of 2 workers registered")


def test_a_worker_without_extension_is_reported_with_what_it_lacks(coordinator, make_node, is_real):
    bare = make_node("w1", 2)
    bare.sql("CREATE DATABASE app", "postgres")
    with agent_of(coordinator, bare) as agent:
        # Citus asks for TLS, which a server without the extension has not.
        what = "(unreachable)" if is_real else "(not ready): has no extension citus"
        assert "CITUS_ENABLE=true" in agent.wait_for("warning", f"{bare.address} {what}")
        bare.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
        agent.wait_for("membership", "1 of 1 workers registered")


def test_a_worker_with_tables_is_refused(coordinator, make_worker):
    worker = make_worker("w1", 2)
    worker.sql("CREATE TABLE precious(a int); INSERT INTO precious VALUES (1)")
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("warning", f"{worker.address} (dirty)")
        agent.wait_for("membership", "0 of 1 workers registered")
    assert worker.value("SELECT count(*) FROM precious") == "1"
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == "0"


def test_a_worker_of_another_cluster_is_refused(coordinator, make_node, make_worker):
    other, stolen, fresh = make_node("o", 9), make_worker("w1", 2), make_worker("w2", 3)
    with agent_of(other, stolen) as agent:
        agent.wait_for("membership", "1 of 1")
    # Not the only one, since an empty coordinator would suspect its own loss.
    with agent_of(coordinator, fresh) as agent:
        agent.wait_for("membership", "1 of 1")
    with agent_of(coordinator, fresh, stolen) as agent:
        warning = agent.wait_for("warning", f"{stolen.address} (foreign)")
        assert other.address in warning
    assert workers_of(coordinator) == [fresh.host]
    assert stolen.value("SELECT nodename FROM pg_dist_node WHERE groupid = 0") == other.host


def test_another_coordinator_is_refused(coordinator, make_node, make_worker):
    other, fresh = make_node("o", 9), make_worker("w2", 3)
    other.prepare()
    with agent_of(coordinator, other, fresh) as agent:
        agent.wait_for("warning", f"{other.address} (foreign): is a coordinator itself")
        agent.wait_for("membership", "1 of 2 workers registered")


def test_an_empty_coordinator_never_adopts_the_workers_of_the_lost_one(
        coordinator, make_worker):
    member, fresh = make_worker("w1", 2), make_worker("w2", 3)
    with agent_of(coordinator, member) as agent:
        agent.wait_for("membership", "1 of 1")
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")
    rows = "SELECT xmin, t::text FROM pg_dist_node t ORDER BY nodeid"
    before = member.sql(rows), member.sql("SELECT xmin, groupid FROM pg_dist_local_group")
    coordinator.wipe().start()
    with agent_of(coordinator, member, fresh) as agent:
        agent.wait_for("prepared")
        agent.wait_for("warning", "coordinator metadata lost?")
        agent.wait_for("membership", "0 of 2 workers registered; coordinator metadata lost?")
    assert workers_of(coordinator) == []
    assert (member.sql(rows), member.sql("SELECT xmin, groupid FROM pg_dist_local_group")) == before


def test_a_wiped_worker_is_recognised_and_left_alone(coordinator, make_worker):
    worker = make_worker("w1", 2)
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "1 of 1")
    worker.wipe().start()
    worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    with agent_of(coordinator, worker) as agent:
        warning = agent.wait_for("warning", f"{worker.address} (wiped)")
        assert "citus_activate_node" in warning
    assert worker.value("SELECT groupid FROM pg_dist_local_group") == "0"


def test_a_lone_coordinator_that_was_removed_by_hand_holds_shards_again(coordinator):
    row = "SELECT nodename, shouldhaveshards FROM pg_dist_node"
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
        wait_until(lambda: coordinator.sql(row) == [[coordinator.host, "t"]], "its row")
        coordinator.sql(f"SELECT citus_remove_node('{coordinator.host}', {coordinator.port})")
        wait_until(lambda: coordinator.sql(row) == [[coordinator.host, "t"]], lambda: coordinator.sql(row))
    coordinator.sql("CREATE TABLE t(a int); SELECT create_distributed_table('t', 'a')")


def test_a_removed_worker_is_a_zombie(coordinator, make_worker):
    stays, removed = make_worker("w1", 2), make_worker("w2", 3)
    with agent_of(coordinator, stays, removed) as agent:
        agent.wait_for("membership", "2 of 2")
    coordinator.sql(f"SELECT citus_remove_node('{removed.host}', {removed.port})")
    with agent_of(coordinator, stays, removed) as agent:
        agent.wait_for("warning", f"{removed.address} (zombie)")
    assert workers_of(coordinator) == [stays.host]


def test_two_names_of_one_server_are_one_worker(coordinator, make_node):
    # Every address of 127.0.0.0/8 leads to a server that listens on all of them.
    worker = make_node("w1", 2, start=False)
    worker.start(listen_addresses="127.0.1.2,127.0.1.3")
    worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST=coordinator.host)
    names = f"{worker.address},127.0.1.3:{worker.port}"
    with coordinator.agent(CITUS_WORKERS=names) as agent:
        agent.wait_for("warning", f"127.0.1.3:{worker.port} (duplicate)")
        agent.wait_for("membership", "1 of 2 workers registered")
    assert workers_of(coordinator) == ["127.0.1.2"]


def test_the_coordinator_itself_is_no_worker(coordinator):
    with agent_of(coordinator, coordinator) as agent:
        agent.wait_for("warning", f"{coordinator.address} (self)")


def test_a_dead_member_makes_newcomers_wait(coordinator, make_worker):
    dead, newcomer = make_worker("w1", 2), make_worker("w2", 3)
    with agent_of(coordinator, dead) as agent:
        agent.wait_for("membership", "1 of 1")
    dead.stop()
    with agent_of(coordinator, dead, newcomer) as agent:
        agent.wait_for("prepared")
        warning = agent.wait_for("warning", f"{newcomer.address} (fresh): has to wait")
        assert dead.address in warning
        dead.start()
        agent.wait_for("membership", "2 of 2 workers registered")


def test_a_renamed_coordinator_is_made_known_to_its_workers(coordinator, make_worker):
    worker = make_worker("w1", 2)
    with agent_of(coordinator, worker) as agent:
        agent.wait_for("membership", "1 of 1")
    coordinator.stop()
    coordinator.start(listen_addresses="127.0.1.1,127.0.1.8")
    with agent_of(coordinator, worker, CITUS_NODE_HOST="127.0.1.8") as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    name = "SELECT nodename FROM pg_dist_node WHERE groupid = 0"
    assert coordinator.value(name) == worker.value(name) == "127.0.1.8"


def test_a_restart_of_the_coordinator_is_survived(coordinator, make_worker):
    first, second = make_worker("w1", 2), make_worker("w2", 3)
    second.stop()
    with agent_of(coordinator, first, second) as agent:
        agent.wait_for("membership", "1 of 2")
        coordinator.stop()
        agent.wait_for("membership", "waiting for the local server")
        second.start()
        coordinator.start()
        agent.wait_for("membership", "2 of 2 workers registered")


def test_a_hung_worker_costs_seconds_only(coordinator, make_worker):
    healthy = make_worker("w2", 3)
    with socket.create_server(("127.0.1.2", coordinator.port)):  # accepts, never answers
        started = time.monotonic()
        with coordinator.agent(
                CITUS_WORKERS=f"127.0.1.2:{coordinator.port},{healthy.address}") as agent:
            agent.wait_for("membership", "1 of 2 workers registered")
        assert time.monotonic() - started < 60


def test_a_lock_is_waited_for_with_a_limit(coordinator, make_worker):
    worker = make_worker("w1", 2)
    coordinator.prepare(CITUS_WORKERS=worker.address)
    with coordinator.agent() as agent:  # which registers the coordinator's own address
        agent.wait_for("prepared")
    with coordinator.session() as holder:
        holder.run("BEGIN; LOCK TABLE pg_dist_node IN EXCLUSIVE MODE")
        with agent_of(coordinator, worker) as agent:
            agent.wait_for("membership", "0 of 1")  # the lock's 5 s are over
            holder.run("ROLLBACK")
            agent.wait_for("membership", "1 of 1 workers registered")
