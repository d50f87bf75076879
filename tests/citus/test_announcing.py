"""Workers that tell their coordinator that they are there."""
import pytest

from citus_node import SqlFailure, free_port, wait_until
from support.mesh import Mesh

ANNOUNCE = "SELECT citus_init.announce({})"
# A node that nobody is.
NEWCOMER = "'newcomer', 5432, 7000000000000000001, '11111111-1111-1111-1111-111111111111'"
ROWS = "SELECT nodename, nodeport FROM citus_init.join_request ORDER BY first_announced_at"
AS_WORKER = {"CITUS_ROLE": "worker", "CITUS_COORDINATOR_HOST": "127.0.1.1"}


@pytest.fixture
def ready(coordinator):
    """A coordinator that takes announcements; its agent was there once."""
    prepared = coordinator.prepare()
    assert prepared.process.returncode == 0, prepared.stderr
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
        wait_until(lambda: takes_announcements(coordinator), "announcements are taken")
    return coordinator


def takes_announcements(coordinator):
    return coordinator.value(
        "SELECT obj_description(to_regprocedure('citus_init.announce(text, integer, numeric, uuid)'),"
        " 'pg_proc')") != ""


def identity(node):
    return node.sql("SELECT system_identifier, (SELECT metadata->>'server_id' FROM "
                    "pg_dist_node_metadata) FROM pg_control_system()")[0]


def worker_agent(worker, **more):
    return worker.agent(**AS_WORKER, **{"CITUS_COORDINATOR_PORT": str(worker.port), **more})


def test_a_worker_that_only_knows_its_coordinator_is_there(ready, make_worker):
    worker = make_worker("w1", 2)
    with worker_agent(worker) as agent:
        agent.wait_for("prepared")
        agent.wait_for("membership", f"announced to {ready.address}, not joined yet")
        assert ready.sql("SELECT nodename, nodeport, system_identifier, server_id FROM "
                         "citus_init.join_request") == [["127.0.1.2", str(worker.port), *identity(worker)]]
        first, then = ready.sql("SELECT first_announced_at, announced_at FROM "
                                "citus_init.join_request")[0]
        wait_until(lambda: ready.value("SELECT announced_at FROM citus_init.join_request") != then,
                   "the row is refreshed")
        assert ready.sql("SELECT count(*), min(first_announced_at) FROM citus_init.join_request") == \
            [["1", first]]


def test_nothing_of_it_goes_to_a_worker(ready, make_worker):
    worker = make_worker("w1", 2)
    ready.sql(f"SELECT citus_add_node('127.0.1.2', {worker.port})")
    # The name is kept from others, and that is all.
    assert worker.value("SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND "
                        "refobjid = 'citus_init'::regnamespace") == "0"
    # A later start finds it as it is.
    before = ready.value("SELECT xmin FROM pg_proc WHERE proname = 'announce'")
    with ready.agent() as agent:
        agent.wait_for("prepared")
    assert ready.value("SELECT xmin FROM pg_proc WHERE proname = 'announce'") == before


def test_a_member_says_that_it_joined(ready, make_worker):
    worker = make_worker("w1", 2)
    with worker_agent(worker) as agent:
        agent.wait_for("membership", "not joined yet")
        ready.sql(f"SELECT citus_add_node('127.0.1.2', {worker.port})")
        group = ready.value("SELECT groupid FROM pg_dist_node WHERE nodename = '127.0.1.2'")
        agent.wait_for("membership", f"joined as group {group}")


def test_a_member_under_another_address_says_so(ready, make_worker):
    worker = make_worker("w1", 2)
    ready.sql(f"SELECT citus_add_node('127.0.1.2', {worker.port})")
    with worker_agent(worker, CITUS_NODE_HOST="127.0.1.22") as agent:
        agent.wait_for("membership", f"under {worker.address}, announced as 127.0.1.22:{worker.port}")
        assert ready.sql(ROWS) == [["127.0.1.22", str(worker.port)]]


def test_a_worker_is_ready_without_its_coordinator_and_announces_itself_when_it_comes(
        make_node, make_worker):
    coordinator = make_node("c", 1)
    coordinator.prepare()
    worker = make_worker("w1", 2)
    coordinator.stop()
    with worker_agent(worker) as agent:
        agent.wait_for("prepared")
        agent.wait_for("membership", f"not joined: coordinator {coordinator.address} cannot be reached")
        coordinator.start()
        agent.wait_for("membership", "announced to")  # its functions are there since its preparation
        assert not [text for kind, text in agent.reports if kind == "warning"]


def test_a_worker_that_is_refused_says_why(ready, make_worker):
    worker = make_worker("w1", 2)
    with worker_agent(worker, CITUS_NODE_PORT="1") as agent:
        agent.wait_for("membership", "not joined yet")
    ready.sql("ALTER TABLE citus_init.join_request ADD CHECK (nodeport > 1024) NOT VALID")
    with worker_agent(worker, CITUS_NODE_PORT="2") as agent:
        warning = agent.wait_for("warning", f"coordinator {ready.address} refused the announcement")
        assert "23514" in warning
        agent.wait_for("membership", "not joined: coordinator")


def test_the_coordinator_itself_is_refused(ready):
    system, server = identity(ready)
    with pytest.raises(SqlFailure, match="this coordinator itself") as failure:
        ready.sql(ANNOUNCE.format(f"'127.0.1.2', 5432, {system}, '{server}'"))
    assert failure.value.sqlstate == "22023"


def test_a_member_that_announced_itself_stays_desired_until_it_is_removed(ready, make_worker):
    """A member announces itself seldom, a dead one no longer: what counts then is that it is registered."""
    worker = make_worker("w1", 2)
    with ready.agent() as agent, worker_agent(worker):
        agent.wait_for("membership", "1 of 1 workers registered")
    system, server = identity(worker)
    ready.sql("UPDATE citus_init.join_request SET announced_at = announced_at - interval '1 hour'")
    # Its name before or after, under which nobody registered it.
    ready.sql(f"INSERT INTO citus_init.join_request VALUES ('127.0.1.22', {worker.port}, {system}, '{server}', "
              "now() - interval '1 hour', now() - interval '30 minutes')")
    with ready.agent() as agent:
        agent.wait_for("membership", "1 of 1 workers registered")
    worker.stop()
    with ready.agent() as agent:
        agent.wait_for("membership", f"1 of 1 workers registered; {worker.address} (unreachable)")
    worker.start()
    ready.sql(f"SELECT citus_remove_node('{worker.host}', {worker.port})")
    with ready.agent() as agent:
        assert agent.wait_for("membership", "workers registered").startswith("0 of 0")


def test_two_newcomers_at_one_moment_do_not_wait_for_each_other(ready):
    """Both are stopped where they look for a row of their own."""
    ready.sql("CREATE FUNCTION public.pause() RETURNS trigger LANGUAGE plpgsql AS "
              "'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'; "
              "CREATE TRIGGER pause BEFORE UPDATE ON citus_init.join_request EXECUTE FUNCTION public.pause()")
    with ready.session() as pause, ready.session() as one, ready.session() as other:
        assert pause.value("BEGIN; SELECT pg_advisory_xact_lock(1)") == ""
        one.send(ANNOUNCE.format(NEWCOMER))
        other.send(ANNOUNCE.format(NEWCOMER.replace("newcomer", "another").replace("'1", "'2")))
        wait_until(lambda: ready.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == "2", "both wait")
        pause.run("COMMIT")
        for session in (one, other):
            assert session.value("SELECT 'refused'") == ""  # the row of its announcement comes first
    assert sorted(row[0] for row in ready.sql(ROWS)) == ["another", "newcomer"]


@pytest.fixture(scope="module")
def shared(module_node):
    """A coordinator for tests that leave nothing behind."""
    prepared = module_node.prepare()
    assert prepared.process.returncode == 0, prepared.stderr
    with module_node.agent() as agent:
        agent.wait_for("prepared")
        wait_until(lambda: takes_announcements(module_node), "announcements are taken")
    return module_node


@pytest.mark.parametrize("values", [
    "'', 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "NULL, 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "'a''; DROP TABLE citus_init.join_request; --', 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "'-leading', 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "E'line\\nbreak', 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "'/socket', 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "repeat('a', 254), 5432, 7, '11111111-1111-1111-1111-111111111111'",
    "'name', 0, 7, '11111111-1111-1111-1111-111111111111'",
    "'name', 65536, 7, '11111111-1111-1111-1111-111111111111'",
    "'name', NULL, 7, '11111111-1111-1111-1111-111111111111'",
    "'name', 5432, NULL, '11111111-1111-1111-1111-111111111111'",
    "'name', 5432, -1, '11111111-1111-1111-1111-111111111111'",
    "'name', 5432, 'NaN', '11111111-1111-1111-1111-111111111111'",
    "'name', 5432, 1.5, '11111111-1111-1111-1111-111111111111'",
    "'name', 5432, 7, NULL"], ids=range(15))
def test_garbage_is_refused(shared, values):
    with pytest.raises(SqlFailure) as failure:
        shared.sql(ANNOUNCE.format(values))
    assert failure.value.sqlstate == "22023"
    assert shared.value("SELECT count(*) FROM citus_init.join_request") == "0"


def test_nobody_may_announce_but_whom_it_was_granted_to(ready):
    ready.sql("CREATE ROLE joiner LOGIN")
    with pytest.raises(SqlFailure) as failure:
        ready.sql(ANNOUNCE.format(NEWCOMER), user="joiner")
    assert failure.value.sqlstate == "42501"
    ready.sql("GRANT USAGE ON SCHEMA citus_init TO joiner; GRANT EXECUTE ON FUNCTION "
              "citus_init.announce(text, integer, numeric, uuid) TO joiner")
    # Neither the caller's search path nor his temporary objects are looked at.
    ready.sql("SET search_path = pg_temp, public; CREATE TEMP TABLE pg_dist_node_metadata (metadata "
              "jsonb); " + ANNOUNCE.format(NEWCOMER), user="joiner")
    assert ready.sql(ROWS) == [["newcomer", "5432"]]
    for statement in ("SELECT * FROM citus_init.join_request", "DELETE FROM citus_init.join_request",
                      "SELECT citus_add_node('newcomer', 5432)"):
        with pytest.raises(SqlFailure):
            ready.sql(statement, user="joiner")


def test_the_number_of_rows_is_bounded_and_nobody_is_blocked(ready):
    ready.sql("SELECT citus_init.announce('w' || i, 5432, i, gen_random_uuid()) "
              "FROM generate_series(1, 1000) i")
    ready.sql("UPDATE citus_init.join_request SET announced_at = now() - interval '2 minutes' "
              "WHERE nodename = 'w1'")
    ready.sql("SELECT citus_init.announce('w7', 5432, 7, gen_random_uuid())")  # one that is there
    assert ready.value("SELECT count(*) FROM citus_init.join_request WHERE nodename = 'w1'") == "1"
    ready.sql(ANNOUNCE.format(NEWCOMER))
    assert ready.value("SELECT count(*) FROM citus_init.join_request") == "1000"
    assert ready.sql("SELECT nodename FROM citus_init.join_request WHERE nodename IN ('w1', 'newcomer')") == [["newcomer"]]


def test_members_are_not_displaced_by_names_that_nobody_registered(ready, make_worker):
    worker = make_worker("w1", 2)
    with ready.agent() as agent, worker_agent(worker):
        agent.wait_for("membership", "1 of 1 workers registered")
    ready.sql("SELECT citus_init.announce('w' || i, 5432, i, gen_random_uuid()) FROM generate_series(1, 1001) i")
    assert ready.value("SELECT count(*) FROM citus_init.join_request") == "1000"
    assert ready.sql("SELECT nodename FROM citus_init.join_request WHERE nodename IN "
                     f"('{worker.host}', 'w2', 'w3') ORDER BY nodename") == [[worker.host], ["w3"]]


def test_one_server_has_few_names(ready):
    ready.sql("SELECT citus_init.announce('name' || i, 5432, 7, '11111111-1111-1111-1111-111111111111') "
              "FROM generate_series(1, 50) i")
    assert ready.sql("SELECT nodename FROM citus_init.join_request ORDER BY announced_at") == \
        [["name47"], ["name48"], ["name49"], ["name50"]]


def test_a_thousand_names_are_reported_in_few_words(ready):
    ready.sql("SELECT citus_init.announce('no-such-' || i || '.invalid', 5432, i, gen_random_uuid()) "
              "FROM generate_series(1, 60) i")
    with ready.agent() as agent:
        agent.wait_for("prepared")
        told = agent.wait_for("membership", "more, see citus_init.node_state", deadline=120)
    assert len(str(told)) < 20_000


def test_an_unreachable_name_does_no_harm(make_worker):
    worker = make_worker("w1", 2)
    with worker.agent(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="no-such-name.invalid",
                      CITUS_COORDINATOR_PORT=str(free_port("127.0.0.1"))) as agent:
        agent.wait_for("prepared")
        agent.wait_for("membership", "no-such-name.invalid")


def members(coordinator):
    return sorted(host for (host,) in coordinator.sql(
        "SELECT nodename FROM pg_dist_node WHERE groupid <> 0 AND isactive AND metadatasynced"))


def test_workers_that_only_know_their_coordinator_become_members(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    one, two = make_worker("w1", 2), make_worker("w2", 3)
    with coordinator.agent(), worker_agent(one) as first, worker_agent(two) as second:
        first.wait_for("membership", "joined as group")
        second.wait_for("membership", "joined as group")
        wait_until(lambda: members(coordinator) == ["127.0.1.2", "127.0.1.3"], "two members")


def test_a_worker_that_is_discovered_becomes_a_member(coordinator, make_worker):
    worker = make_worker("w1", 2)
    settings = {"CITUS_WORKER_DISCOVERY": f"dns:127.0.1.2:{worker.port}"}
    assert coordinator.prepare(**settings).process.returncode == 0
    with coordinator.agent(**settings):
        wait_until(lambda: members(coordinator) == ["127.0.1.2"], "one member")


def test_discovery_that_finds_nobody_is_reported_once_and_removes_nobody(coordinator, make_worker):
    worker = make_worker("w1", 2)
    assert coordinator.prepare().process.returncode == 0
    with coordinator.agent(CITUS_WORKERS=worker.address):
        wait_until(lambda: members(coordinator) == ["127.0.1.2"], "one member")
    with coordinator.agent(CITUS_WORKER_DISCOVERY="dns:no-such-name.invalid") as agent:
        agent.wait_for("warning", "CITUS_WORKER_DISCOVERY")
        agent.wait_for("membership")
        assert members(coordinator) == ["127.0.1.2"]
        with pytest.raises(AssertionError, match="no report"):
            agent.wait_for("warning", "CITUS_WORKER_DISCOVERY", deadline=4)


def test_announcements_that_are_old_haunt_nobody(coordinator, make_worker):
    assert coordinator.prepare().process.returncode == 0
    with coordinator.agent() as agent:
        agent.wait_for("prepared")
        wait_until(lambda: takes_announcements(coordinator), "announcements are taken")
        coordinator.sql(ANNOUNCE.format(NEWCOMER))
        agent.wait_for("membership", "newcomer")
        coordinator.sql("UPDATE citus_init.join_request SET announced_at = now() - interval '1 hour'")
        wait_until(lambda: "newcomer" not in last_membership(agent), "the newcomer is forgotten")


def last_membership(agent):
    """The next report of that kind."""
    return agent.wait_for("membership")


def test_with_one_secret_a_worker_needs_its_coordinator_and_nothing_else(programs, is_real):
    """No list, no password: the coordinator learns the address by the announcement."""
    if not is_real:
        pytest.skip("the stand-in connects no nodes to each other")
    with Mesh(programs) as mesh:
        mesh.start_all(CITUS_WORKERS=None)
        assert set(mesh.sql("c", ROWS).splitlines()) == {"w1|5432", "w2|5432"}
        assert mesh.sql("c", "SELECT has_table_privilege('citus_init_node', 'citus_init.join_request', "
                        "'SELECT')") == "f"
