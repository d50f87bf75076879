"""Backups that a coordinator makes of its cluster by itself, whatever ends in the middle of one."""
# pylint: disable=redefined-outer-name
import json
import os
import re
import signal

import pytest

from support.backed_up_cluster import backed_up_cluster
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import DEADLINE, wait_until
from support.repository import wait_archived
from support.tier import nightly

pytestmark = needs_pgbackrest

MADE = r"scheduled backup is made: (\d) full, (\d) incremental, .* restore point (shop-\w+)"
# The same on every node; a coordinator that is started anew gets shorter ones.
SCHEDULE = {"CITUS_BACKUP_FULL_EVERY": "7d", "CITUS_BACKUP_INCR_EVERY": "1d"}
SHORT = {"CITUS_BACKUP_INCR_EVERY": "10s", "CITUS_STOP_TIMEOUT": "20s"}


@pytest.fixture(scope="module")
def scheduled(programs):
    with backed_up_cluster(programs, 65, **SCHEDULE) as cluster:
        wait_until(lambda: made(cluster.nodes[0]), cluster.nodes[0].output, 2 * DEADLINE)
        yield cluster


def made(node):
    """Of each scheduled backup: how many groups got a full one, an incremental one, and the point."""
    return [(int(full), int(incr), point) for full, incr, point in re.findall(MADE, node.output())]


def labels(cluster):
    """Types of the base backups of each group, oldest first."""
    return [[backup["type"] for backup in stanza["backups"]] for stanza in cluster.listing()["stanzas"]]


def points(cluster):
    return [point["name"] for point in cluster.listing()["points"]]


def restart(cluster, **settings):
    """The coordinator in a new container; what it is told there ends with the next one."""
    assert cluster.nodes[0].stop() == 0, cluster.nodes[0].output()
    cluster.nodes[0].__exit__(None, None, None)
    cluster.nodes[0] = cluster.cluster.start(0, **settings).__enter__()
    cluster.nodes[0].wait_ready()
    return cluster.nodes[0]


@pytest.fixture
def quiet(scheduled):
    """Nothing is due at the end of a test, either."""
    yield scheduled
    node = restart(scheduled)
    wait_archived(node)


def test_a_new_cluster_is_saved_at_once_by_its_coordinator_alone(scheduled):
    assert labels(scheduled) == [["full"]] * 3
    assert [made_by for node in scheduled.nodes for made_by in made(node)] == [(3, 0, points(scheduled)[0])]
    assert scheduled.listing()["points"][0]["restorable"]
    assert "not made" not in scheduled.nodes[0].output()


@nightly
def test_what_was_missed_is_made_after_a_start_by_what_the_repository_says(quiet):
    before, known = labels(quiet), points(quiet)
    quiet.verb(1, "backup", "--name", "by-hand")
    node = restart(quiet, CITUS_BACKUP_INCR_EVERY="1h")
    wait_until(lambda: json.loads(quiet.verb(0, "health", "-o", "json", code=None)).get("backup", {}).get("last"), "asked")
    assert made(node) == [] and points(quiet)[:2] == ["by-hand", known[0]]
    node = restart(quiet, **SHORT)
    wait_until(lambda: made(node), node.output)
    full, incr, point = made(node)[0]
    assert (full, incr) == (0, 3) and point in points(quiet)
    assert [types[:len(known) + 2] for types in labels(quiet)] == [[*types, "incr", "incr"] for types in before]


@nightly
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_an_agent_that_ends_in_the_middle_leaves_nothing_that_counts(quiet, end):
    known = points(quiet)
    with quiet.gates() as open_gates:
        node = restart(quiet, **SHORT)
        quiet.wait_states("running", "running", "running")
        os.kill(quiet.pids_of(0, "agent")[0], end)
        wait_until(lambda: quiet.sql(0, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE "
                                        "'citus-init backup on%'") == "0", "the caller's end")
        assert points(quiet) == known
        open_gates()
        wait_until(lambda: made(node), node.output, 2 * DEADLINE)
    new = [point for point in quiet.listing()["points"] if point["name"] not in known]
    assert new and all(point["restorable"] for point in new)
    assert made(node)[0][2] in [point["name"] for point in new]
    # Somebody else's backups were under way, and that was no failure.
    assert "is not made" not in node.output(), node.output()


@nightly
def test_a_stop_in_the_middle_is_prompt_and_the_next_start_makes_up_for_it(quiet):
    known = points(quiet)
    with quiet.gates() as open_gates:
        restart(quiet, **SHORT)
        quiet.wait_states("running", "running", "running")
        assert quiet.nodes[0].stop(deadline=15) == 0, quiet.nodes[0].output()
        open_gates()
    quiet.nodes[0].__exit__(None, None, None)
    quiet.nodes[0] = quiet.cluster.start(0, **SHORT).__enter__()
    node = quiet.nodes[0]
    node.wait_ready()
    assert points(quiet) == known
    wait_until(lambda: made(node), node.output, 2 * DEADLINE)
    assert made(node)[0][2] in points(quiet)


@nightly
def test_a_worker_that_is_missing_is_reported_and_the_backup_made_when_it_is_back(quiet):
    known = points(quiet)
    assert quiet.nodes[2].stop() == 0
    node = restart(quiet, **SHORT)
    found = wait_until(lambda: re.search(r"the scheduled backup is not made: .*", node.output()), node.output, 150)
    assert "a worker is missing" in found.group() or "cannot connect to" in found.group(), found.group()
    assert "the scheduled backup is not made" in quiet.verb(0, "health", code=None)
    assert points(quiet) == known
    quiet.nodes[2].__exit__(None, None, None)
    quiet.nodes[2] = quiet.cluster.start(2).__enter__()
    quiet.nodes[2].wait_ready()
    wait_until(lambda: made(node), node.output, 150)
    wait_until(lambda: "not made" not in quiet.verb(0, "health", code=None), "health")


@nightly
def test_points_are_made_while_the_backup_of_one_group_fails(quiet):
    failing = quiet.places[2].programs / "failing"
    failing.write_text("")
    try:
        node = restart(quiet, CITUS_BACKUP_INCR_EVERY="10s", CITUS_RESTORE_POINT_EVERY="10s", CITUS_STOP_TIMEOUT="20s")
        wait_until(lambda: "the scheduled backup is not made" in node.output(), node.output, 150)
        known = points(quiet)
        wait_until(lambda: len(points(quiet)) >= len(known) + 3, node.output, 120)
        assert "the scheduled backup is not made" in quiet.verb(0, "health", code=None)
        assert quiet.listing()["points"][0]["restorable"]
    finally:
        failing.unlink()
    wait_until(lambda: made(node), node.output, 300)
    wait_until(lambda: "not made" not in quiet.verb(0, "health", code=None), "health")


@nightly
def test_a_group_that_lacks_wal_gets_a_base_backup_alone(quiet):
    before, newest = labels(quiet), quiet.listing()["points"][0]["manifest"]["groups"]
    lost, = quiet.repository.path.glob(f"archive/{newest[1]['stanza']}/*/*/{newest[1]['wal_file']}-*")
    lost.unlink()
    node = restart(quiet, CITUS_RESTORE_POINT_EVERY="10s")
    wait_until(lambda: made(node), node.output, 150)
    assert made(node)[0][:2] == (0, 1)
    assert labels(quiet) == [before[0], [*before[1], "incr"], before[2]]
    assert quiet.listing()["points"][0]["restorable"]
