"""The highly available stack: each container killed in turn under a writer at the client's door.

CITUS_INIT_E2E_HA_IMAGE: an image with Patroni, instead of building one.
tests/ha does the same to members without containers at each merge.
"""
import os

import pytest

from support import docker
from support.compose import compose_command, stack_of
from support.docker import ROOT, run
from support.ha_stack import ETCD, HaStack
from support.tier import nightly

pytestmark = [nightly, pytest.mark.xdist_group("engine")]
psycopg2 = pytest.importorskip("psycopg2", reason="needs Debian's python3-psycopg2")
from support.writer import Writer  # noqa: E402 pylint: disable=wrong-import-position


@pytest.fixture(scope="module")
def ha_image(base_image):
    """docker/Dockerfile with Patroni from apt: here Debian's, which is old."""
    if given := os.environ.get("CITUS_INIT_E2E_HA_IMAGE"):
        return given
    return docker.build_image("citus-init-test:ha", base_image, PATRONI="apt")


@pytest.fixture(scope="module")
def stack(ha_image, base_image, tmp_path_factory):
    tools = run(str(ROOT / "tests/e2e/ha_tools_image.sh"), timeout=1000)
    with stack_of(HaStack, "citus-init-ha", ["compose.ha.yml"], (ha_image, base_image),
                  tmp_path_factory.mktemp("secrets")) as stack:
        stack.environment |= {"ETCD_IMAGE": tools, "HAPROXY_IMAGE": tools, "CITUS_WORKERS_PORT": "0",
                              "NODE_NETWORK": "10.213.80.0/24", "CITUS_ALLOW_OLD_PATRONI": "true"}
        stack.up()
        yield stack


@pytest.fixture(name="is_real", scope="module")
def fixture_is_real(stack):
    return stack.is_real()


@pytest.fixture(autouse=True)
def report_which_citus(is_real, record_property):
    record_property("citus", "real" if is_real else "stand-in")


def killed_under_a_writer(stack, victim, group=None):
    """Kills it, waits for another leader of its group if it had led, then starts it again."""
    with Writer(stack.door()) as writer:
        writer.wait_for_more()
        stack.kill(victim)
        if group is not None:
            stack.wait_led_by_another(group, victim)
        stack.wait_right(but=victim)
        writer.wait_for_more()
        stack.start(victim)
        stack.wait_whole()
        writer.wait_for_more()
    print(f"{victim} killed: {writer.story()}")
    assert writer.lost() == []
    return writer


def test_is_valid_without_any_variable():
    run(*compose_command(), "-f", str(ROOT / "docker/compose.ha.yml"), "config", "-q")


def test_one_command_brings_up_a_cluster_with_both_worker_groups(stack):
    rows = stack.sql(stack.leader(0), "SELECT groupid, shouldhaveshards FROM pg_dist_node "
                                      "WHERE noderole = 'primary' AND isactive ORDER BY 1")
    assert rows.splitlines() == ["0|f", "1|t", "2|t"]


def test_the_door_opens_to_a_client_with_the_password_only(stack):
    client = Writer(stack.door())
    assert client.ask("SELECT pg_is_in_recovery()") == [(False,)]
    for wrong in ("", "wrong"):
        client.connection["password"] = wrong
        with pytest.raises(psycopg2.OperationalError, match="password"):
            client.ask("SELECT 1")


def test_the_other_door_opens_to_a_worker_that_leads(stack, is_real):
    client = Writer(stack.door(5433))
    assert client.ask("SELECT pg_is_in_recovery()") == [(False,)]
    assert client.ask("SELECT groupid > 0 FROM pg_dist_local_group") == [(True,)]
    if not is_real:
        pytest.skip("the stand-in sends no query from one node to another")
    with Writer(stack.door()) as writer:
        writer.wait_for_more()
    assert client.ask("SELECT count(*) > 0 FROM acknowledged") == [(True,)]


def test_a_distributed_query_answers_from_both_groups(stack, is_real):
    client = Writer(stack.door())
    for sql in ("CREATE TABLE event (device bigint, value bigint)",
                "SELECT create_distributed_table('event', 'device')",
                "INSERT INTO event SELECT number % 50, number FROM generate_series(1, 5000) AS number"):
        client.ask(sql)
    assert client.ask("SELECT count(*), sum(value) FROM event") == [(5000, 12502500)]
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    # Of Patroni 4, which registers replicas, citus_shards names both members of a group.
    holders = client.ask("SELECT DISTINCT nodename FROM citus_shards JOIN pg_dist_node USING (nodename) "
                         "WHERE table_name = 'event'::regclass AND noderole = 'primary'")
    assert {row[0] for row in holders} == {f"{stack.leader(group)}.nodes" for group in (1, 2)}


def test_the_coordinator_that_leads_is_killed(stack):
    killed_under_a_writer(stack, stack.leader(0), group=0)


def test_a_worker_that_leads_is_killed(stack):
    killed_under_a_writer(stack, stack.leader(1), group=1)


def test_an_etcd_is_killed_and_nobody_notices(stack):
    leaders = [stack.leader(group) for group in (0, 1, 2)]
    writer = killed_under_a_writer(stack, ETCD[0])
    assert [stack.leader(group) for group in (0, 1, 2)] == leaders
    assert writer.errors == []


def test_a_coordinator_that_is_stopped_hands_over_first(stack):
    victim = stack.leader(0)
    with Writer(stack.door()) as writer:
        writer.wait_for_more()
        stack.node(victim).stop(70)
        writer.wait_for_more()
        assert stack.leader(0) != victim
        assert stack.node(victim).inspect(".State.ExitCode") == 0
        stack.start(victim)
        stack.wait_whole()
    print(f"{victim} stopped: {writer.story()}")
    assert writer.lost() == []
    # Less than the lease, which a killed leader leaves to run out.
    assert writer.gap < 15


def test_down_and_up_keep_the_data(stack):
    stack.compose("down")
    stack.up()
    assert Writer(stack.door()).ask("SELECT count(*), sum(value) FROM event") == [(5000, 12502500)]


def test_a_coordinators_replica_is_killed(stack):
    killed_under_a_writer(stack, stack.replica(0))


@nightly
@pytest.mark.parametrize("group", [1, 2])
def test_a_workers_replica_is_killed(stack, group):
    killed_under_a_writer(stack, stack.replica(group))


def test_the_other_worker_that_leads_is_killed(stack):
    killed_under_a_writer(stack, stack.leader(2), group=2)


@nightly
@pytest.mark.parametrize("etcd", ETCD[1:])
def test_each_other_etcd_is_killed(stack, etcd):
    assert killed_under_a_writer(stack, etcd).errors == []


def test_the_door_is_killed_and_opens_again(stack):
    with Writer(stack.door()) as writer:
        writer.wait_for_more()
        stack.kill("door")
        stack.start("door")
        # Its port on this machine is another one now.
        writer.connection |= stack.door()
        writer.wait_for_more()
    assert writer.lost() == []


def test_a_third_group_joins_and_gives_way_like_the_others(stack, is_real):
    stack.add_third_group()
    rows = stack.sql(stack.leader(0), "SELECT groupid, shouldhaveshards FROM pg_dist_node "
                                      "WHERE noderole = 'primary' AND isactive ORDER BY 1")
    assert rows.splitlines() == ["0|f", "1|t", "2|t", "3|t"]
    if is_real:
        done = stack.node(stack.leader(0)).execute("citus-init", "rebalance", "--mode", "block_writes", timeout=300)
        assert "balanced" in done, done
        on_third = (f"SELECT count(*) > 0 FROM citus_shards WHERE table_name = 'event'::regclass "
                    f"AND nodename = '{stack.leader(3)}.nodes'")
        assert Writer(stack.door()).ask(on_third) == [(True,)]
    killed_under_a_writer(stack, stack.leader(3), group=3)
    assert Writer(stack.door()).ask("SELECT count(*), sum(value) FROM event") == [(5000, 12502500)]
