"""A data directory of an older major version, taken over by pg_upgrade.

CITUS_INIT_FROM_BINDIR has the programs of the older version, PG_BINDIR those of the newer one.
"""
# pylint: disable=redefined-outer-name,unused-import
import os
import random
import secrets
import shutil
import signal
import subprocess
import time

import pytest

from support.loopback_cluster import Cluster
from support.node import ROOT, Place
from support.pg_upgrade import by_hand, run_without_citus_init
from support.pid_namespace import wait_until
from support.upgrade_pair import any_pair, pair, writes_what_the_new_one_refuses  # noqa: F401
from support.upgraded_node import (LINE, SETTINGS, UPGRADE, copy, make_old, new, nightly,  # noqa: F401
                                   old, old_place, phases, place, sums, upgraded, whole)


def test_is_refused_without_the_variable(place, pair, is_real):
    make_old(place, pair, is_real)
    listing = place.listing()
    with new(place, pair) as node:
        assert node.wait() == 65
        assert "CITUS_PG_UPGRADE=true" in node.stderr
    assert place.listing() == listing


def test_takes_the_directory_over(place, pair, is_real):
    before = make_old(place, pair, is_real)
    with upgraded(place, pair) as node:
        node.wait_ready()
        assert LINE in node.stderr
        assert node.psql("SHOW server_version_num")[:2] == str(pair.new_major)
        assert sums(node) == before
        assert node.psql("SHOW work_mem") == "5MB"
        assert node.psql("SELECT count(*) FROM pg_dist_node") == "1"
        node.psql("CREATE TABLE after (id int); SELECT create_distributed_table('after', 'id')")
        assert node.psql("SELECT 1", user="app", host="127.0.0.1", password="x") == "1"
        assert node.stop() == 0
    assert (place.data / "citus_init.old" / "PG_VERSION").read_text().strip() == str(pair.old_major)
    assert not (place.data / "citus_init.upgrade").exists()
    with new(place, pair) as node:  # nothing is left to do
        node.wait_ready()
        assert "upgrad" not in node.stderr
        assert node.stop() == 0
    with new(place, pair, CITUS_PG_UPGRADE_CLEAN="true") as node:
        node.wait_ready()
        assert {**sums(node), "after": None} == {**before, "after": None}
        assert node.stop() == 0
    assert not (place.data / "citus_init.old").exists()


@nightly
def test_killed_at_any_moment_goes_on(copy, old_place, pair):
    """With CITUS_INIT_KILLS so many times; each at a moment of its own."""
    kills = int(os.environ.get("CITUS_INIT_KILLS", "4"))
    begun = time.monotonic()
    with upgraded(copy, pair) as node:
        whole(node, copy)
    duration = time.monotonic() - begun
    seen = set()
    for number in range(kills):
        shutil.rmtree(copy.data)
        copy.adopt(old_place)
        moment = duration * (number + random.Random(number).random()) / kills
        with upgraded(copy, pair) as node:
            try:
                node.process.wait(moment)
            except subprocess.TimeoutExpired:
                pass
            node.signal(signal.SIGKILL)
            node.wait()
        seen.add(phases(copy))
        with upgraded(copy, pair) as node:
            whole(node, copy)
    print("killed in", sorted(seen))


@nightly
def test_stopped_at_any_moment_goes_on(copy, old_place, pair):
    for line in ("examining the old cluster", "running pg_upgrade", "starting the new server privately"):
        shutil.rmtree(copy.data)
        copy.adopt(old_place)
        with upgraded(copy, pair) as node:
            node.wait_output(line, stream="stderr")
            assert node.stop() == 0
            assert "stopped on request" in node.stderr
        with upgraded(copy, pair) as node:
            whole(node, copy)


@nightly
def test_the_old_image_takes_back_what_was_cut_off(copy, pair):
    with upgraded(copy, pair) as node:
        node.wait_output("running pg_upgrade", stream="stderr")
        node.signal(signal.SIGKILL)
        node.wait()
    assert phases(copy) == "begun"
    with old(copy, pair) as node:
        whole(node, copy)
    assert phases(copy) == "none" and not (copy.data / "citus_init.upgrade").exists()


def cut_off_after_pg_upgrade(copy, pair, method):
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD=method) as node:
        node.wait_output("starting the new server privately", stream="stderr")
        node.signal(signal.SIGKILL)
        node.wait()
    assert phases(copy) == "upgraded"


def fail_at_the_first_move(copy, pair):
    """A directory is in the way of PG_VERSION, until the upgrade has failed."""
    obstacle = copy.data / "citus_init.old/PG_VERSION"
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="copy") as node:
        node.wait_output("running pg_upgrade", stream="stderr")
        obstacle.mkdir(parents=True)
        shutil.chown(obstacle.parent, "postgres", "postgres")
        assert node.wait() != 0
        assert "cannot rename" in node.stderr
    obstacle.rmdir()
    assert phases(copy) == "moving_old"


@nightly
@pytest.mark.parametrize("phase", ["upgraded", "moving_old"])
def test_what_another_image_writes_after_pg_upgrade_is_in_the_upgrade(copy, pair, phase):
    if phase == "upgraded":
        cut_off_after_pg_upgrade(copy, pair, "copy")
    else:
        fail_at_the_first_move(copy, pair)
    run_without_citus_init(copy, pair, copy.data, "INSERT INTO local VALUES (4711, 1)")
    with upgraded(copy, pair) as node:
        node.wait_ready()
        assert node.psql("DELETE FROM local WHERE id = 4711 RETURNING v") == "1"
        assert f'an upgrade was cut off ({phase}), and "{copy.data}" has run since' in node.stderr
        whole(node, copy)


@nightly
def test_an_upgrade_whose_linked_files_another_image_has_changed_is_refused(copy, pair):
    cut_off_after_pg_upgrade(copy, pair, "link")
    (copy.data / "global/pg_control.old").rename(copy.data / "global/pg_control")
    run_without_citus_init(copy, pair, copy.data, "INSERT INTO local VALUES (4711, 1)")
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="link") as node:
        assert node.wait() == 65
        assert f'"{copy.data}" has run since pg_upgrade has linked its files' in node.stderr
    assert phases(copy) == "upgraded"


@nightly
def test_a_kept_cluster_that_has_run_is_not_removed(copy, pair):
    with upgraded(copy, pair) as node:
        whole(node, copy)
    kept = copy.data / "citus_init.old"
    run_without_citus_init(copy, pair, kept, "INSERT INTO local VALUES (4711, 1)")
    with new(copy, pair, CITUS_PG_UPGRADE_CLEAN="true") as node:
        assert node.wait() == 65
        assert f'"{kept}" has run since' in node.stderr
    assert (kept / "base").exists()
    with new(copy, pair) as node:
        whole(node, copy)


def test_ensure_initdb_begins_an_upgrade_and_enforce_initdb_does_not(copy, pair, tmp_path):
    before = copy.listing()
    for verb, code in (("ensure-initdb", 78), ("enforce-initdb", 1)):
        with upgraded(copy, pair, verb=verb, CITUS_PG_UPGRADE_OLD_BINDIR=str(tmp_path)) as node:
            assert node.wait() == code, node.output()
            assert (str(tmp_path) in node.stderr) == (code == 78)
    assert copy.listing() == before


@nightly
def test_ensure_initdb_upgrades_for_the_server_that_starts_next(copy, pair):
    with upgraded(copy, pair, verb="ensure-initdb") as node:
        node.wait_output("running pg_upgrade", stream="stderr")
        assert node.stop() == 128 + signal.SIGTERM
    with upgraded(copy, pair, verb="ensure-initdb") as node:
        assert node.wait() == 0
        assert LINE in node.stderr
    with new(copy, pair) as node:
        whole(node, copy)
        assert LINE not in node.stderr


def test_every_obstacle_is_reported_at_once(copy, pair, is_real):
    with old(copy, pair, "-c", "max_prepared_transactions=5") as node:
        node.wait_ready()
        assert node.psql("SHOW wal_level") == "logical"  # by the preset of a node with Citus alone
        node.psql("SELECT pg_create_logical_replication_slot('slot', 'pgoutput')")
        node.psql("BEGIN; CREATE TABLE p (); PREPARE TRANSACTION 'mine'", database="other")
        assert node.stop() == 0
    with upgraded(copy, pair, "-c", "max_prepared_transactions=5") as node:
        assert node.wait() == 65
        assert "prepared transactions (mine)" in node.stderr
        # From 17 on they are taken along.
        assert ("logical replication slots (slot)" in node.stderr) == (pair.old_major < 17)
        assert "Nothing was changed" in node.stderr
    assert phases(copy) == "none" and not (copy.data / "citus_init.upgrade").exists()
    with old(copy, pair, "-c", "max_prepared_transactions=5") as node:
        node.wait_ready()
        assert sums(node) == copy.sums
        assert node.stop() == 0


DROP_CUT_OFF = "CREATE DATABASE broken; UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'"


def test_a_database_whose_drop_was_cut_off_is_an_obstacle_to_the_upgrade_alone(copy, pair):
    with old(copy, pair) as node:
        node.wait_ready()
        for statement in DROP_CUT_OFF.split("; "):
            node.psql(statement)
        assert node.stop() == 0
    with upgraded(copy, pair) as node:
        assert node.wait() == 65
        assert "the database broken is invalid" in node.stderr and "cannot read" not in node.stderr
    (copy.data / "citus_init/marker.json").unlink()  # as a directory of the official image
    with old(copy, pair) as node:
        whole(node, copy)
        assert "invalid database" not in node.stdout + node.stderr


@nightly
def test_a_failed_undo_of_a_refused_upgrade_is_made_up_for_by_the_old_image(copy, pair):
    """A trigger of the user's keeps the tables of citus_prepare_pg_upgrade() from being dropped."""
    blocker = copy.file("blocker", "")
    with old(copy, pair) as node:
        node.wait_ready()
        node.psql("CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
                  f"IF (pg_stat_file('{blocker}', true)).size IS NOT NULL AND EXISTS (SELECT FROM pg_event_trigger_dropped_objects() "
                  "WHERE object_identity LIKE 'public.pg\\_dist\\_%') THEN RAISE 'not now'; END IF; END $$")
        node.psql("CREATE EVENT TRIGGER refuse ON sql_drop EXECUTE FUNCTION refuse()")
        assert node.stop() == 0
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="clone") as node:
        assert node.wait() == 65
        assert "cannot share blocks" in node.stderr and "was not taken back" in node.stderr
    blocker.unlink()
    for _ in range(2):
        with old(copy, pair) as node:
            whole(node, copy)
    assert "citus_init.prepared" not in copy.listing()


@nightly
def test_a_volume_within_the_data_directory_is_an_obstacle(copy, pair):
    """Bind mounts of one file system, as Docker's local volumes are: the device number does not say so."""
    volume, wal = copy.path / "volume", copy.data / "pg_wal"
    subprocess.run(["cp", "-a", wal, volume], check=True)
    shutil.rmtree(wal)
    wal.mkdir(0o700)
    shutil.chown(wal, "postgres", "postgres")
    with upgraded(copy, pair, mounts={volume: wal}) as node:
        assert node.wait() == 65
        assert f'"{wal}" is a mount point within the data directory' in node.stderr
        assert "Nothing was changed" in node.stderr
    assert phases(copy) == "none"
    with old(copy, pair, mounts={volume: wal}) as node:
        whole(node, copy)


def test_an_older_minor_release_of_the_new_version_is_an_obstacle(place, any_pair, is_real):
    if not writes_what_the_new_one_refuses(any_pair):
        pytest.skip("both know, or both do not know, the version of a column (pg_attver)")
    before = make_old(place, any_pair, is_real)
    with upgraded(place, any_pair) as node:
        assert node.wait() == 65
        assert 'tables of the database other, postgres have "pg_attver" at their columns' in node.stderr
        assert "Nothing was changed" in node.stderr
    with old(place, any_pair) as node:
        node.wait_ready()
        assert sums(node) == before
        assert node.stop() == 0


def test_missing_programs_are_named(copy, pair, tmp_path):
    before = copy.listing()
    with new(copy, pair, CITUS_PG_UPGRADE="true", CITUS_PG_UPGRADE_OLD_BINDIR=str(tmp_path)) as node:
        assert node.wait() == 78
        assert str(tmp_path) in node.stderr and "Dockerfile.upgrade" in node.stderr
    assert copy.listing() == before


@nightly
def test_links_leave_no_way_back_but_the_data(copy, pair):
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="link") as node:
        node.wait_ready()
        assert "by a backup alone" in node.stderr
        assert sums(node) == copy.sums
        assert node.stop() == 0


@nightly
def test_checksums_are_switched_on_at_the_way(copy, pair):
    with upgraded(copy, pair, CITUS_DATA_CHECKSUMS="true") as node:
        node.wait_ready()
        assert node.psql("SHOW data_checksums") == "on"
        assert sums(node) == copy.sums
        assert node.stop() == 0


def new_server_runs(place):
    """DBState of pg_control: in production."""
    return (place.data / "citus_init.upgrade/new/global/pg_control").read_bytes()[16] == 6


@nightly
def test_checksums_outlive_a_kill_while_the_new_cluster_is_completed(copy, pair):
    """pg_checksums takes no cluster whose server was killed."""
    with upgraded(copy, pair, CITUS_DATA_CHECKSUMS="true") as node:
        node.wait_output("starting the new server privately", stream="stderr")
        wait_until(lambda: new_server_runs(copy), node.output)
        node.signal(signal.SIGKILL)
        node.wait()
    assert phases(copy) == "upgraded" and new_server_runs(copy)
    with upgraded(copy, pair, CITUS_DATA_CHECKSUMS="true") as node:
        node.wait_ready()
        assert node.stderr.count("switching data checksums on") == 0
        assert node.psql("SHOW data_checksums") == "on"
        assert sums(node) == copy.sums
        assert node.stop() == 0


@nightly
def test_checksums_are_switched_on_where_the_variable_came_after_a_kill(copy, pair):
    with upgraded(copy, pair) as node:
        node.wait_output("starting the new server privately", stream="stderr")
        wait_until(lambda: new_server_runs(copy), node.output)
        node.signal(signal.SIGKILL)
        node.wait()
    assert phases(copy) == "upgraded" and new_server_runs(copy)
    with upgraded(copy, pair, CITUS_DATA_CHECKSUMS="true") as node:
        node.wait_ready()
        assert node.psql("SHOW data_checksums") == "on"
        assert sums(node) == copy.sums
        assert node.stop() == 0


@nightly
def test_an_upgrade_by_hand_is_finished(copy, pair):
    """Without the last call distributed tables look empty, and rows that are inserted are lost."""
    by_hand(copy, pair.old, pair.new)
    with new(copy, pair) as node:
        node.wait_ready()
        assert "without citus_finish_pg_upgrade(): called in the database" in node.stderr
        assert sums(node) == copy.sums
        assert node.stop() == 0
    with new(copy, pair) as node:
        whole(node, copy)
        assert "citus_finish_pg_upgrade" not in node.stderr


@nightly
def test_the_way_back_of_the_guide_is_one(copy, pair):
    """docs/upgrades.md, The way back: what was there before the upgrade is there again, and can be upgraded again."""
    wal, tablespace = copy.path / "wal", copy.path / "ts"
    subprocess.run(["mv", copy.data / "pg_wal", wal], check=True)
    (copy.data / "pg_wal").symlink_to(wal)
    tablespace.mkdir()
    shutil.chown(tablespace, "postgres", "postgres")
    with old(copy, pair) as node:
        node.wait_ready()
        node.psql(f"CREATE TABLESPACE fast LOCATION '{tablespace}'")
        node.psql("CREATE TABLE far TABLESPACE fast AS SELECT generate_series(1, 100) AS n")
        copy.sums = sums(node)
        assert node.stop() == 0
    (copy.data / "pg_log").mkdir()
    (copy.data / "pg_log/mine").write_text("of the user")
    with upgraded(copy, pair) as node:
        whole(node, copy)
    guide = (ROOT / "docs/upgrades.md").read_text("utf-8")
    commands = guide.split("# in the volume, as root")[1].split("\n", 1)[1].split("\n\n")[0]
    commands = commands.replace("cd DATA", f"cd {copy.data}").replace("_17", f"_{pair.new_major}")
    subprocess.run(["bash", "-ec", commands], check=True)
    assert "citus_init.old" not in copy.listing()
    assert (copy.data / "pg_log/mine").read_text() == "of the user"
    with old(copy, pair) as node:
        whole(node, copy)
    with upgraded(copy, pair) as node:
        whole(node, copy)


@nightly
def test_the_new_directory_of_a_failed_upgrade_is_refused(copy, pair):
    with upgraded(copy, pair) as node:
        whole(node, copy)
    (copy.data / "pg_upgrade_output.d").mkdir()
    with new(copy, pair) as node:
        assert node.wait() == 65
        assert "pg_upgrade_output.d" in node.stderr


def test_the_old_directory_after_link_is_not_to_be_emptied(copy, pair):
    control = copy.data / "global/pg_control"
    control.rename(copy.data / "global/pg_control.old")
    with old(copy, pair) as node:
        assert node.wait() == 65
        assert "pg_upgrade --link" in node.stderr and "move it away" not in node.stderr


@pytest.fixture
def three_places():
    with Place() as one, Place() as two, Place() as three:
        yield one, two, three


CLUSTER_TABLES = (
    "CREATE TABLE orders (id bigserial, tenant int, amount numeric, PRIMARY KEY (tenant, id))",
    "SELECT create_distributed_table('orders', 'tenant')",
    "CREATE TABLE regions (id int PRIMARY KEY, name text)",
    "SELECT create_reference_table('regions')",
    "CREATE TABLE archive (tenant int, note text) USING columnar",
    "SELECT create_distributed_table('archive', 'tenant')",
    "INSERT INTO orders(tenant, amount) SELECT i % 40, i / 3.0 FROM generate_series(1, 4000) i",
    "INSERT INTO regions SELECT i, 'region ' || i FROM generate_series(1, 20) i",
    "INSERT INTO archive SELECT i % 40, 'note ' || i FROM generate_series(1, 2000) i",
    "CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 2 * i'",
    "CREATE ROLE reader LOGIN PASSWORD 'r'", "GRANT SELECT ON orders TO reader")
DIGEST = "SELECT count(*) || ' ' || md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {} x"


def test_a_cluster_is_upgraded_node_by_node(three_places, pair, is_real):
    if not is_real:
        pytest.skip("the stand-in distributes nothing")
    cluster = Cluster(three_places, pair.old, 79, settings={**SETTINGS, "CITUS_CLUSTER_SECRET": secrets.token_hex(32)})
    tables = ("orders", "regions", "archive")

    def active(coordinator):
        return cluster.psql(coordinator, "SELECT count(*) FROM pg_dist_node WHERE groupid > 0 AND isactive") == "2"

    with cluster.start(0) as coordinator, cluster.start(1) as first, cluster.start(2) as second:
        coordinator.wait_ready()
        wait_until(lambda: active(coordinator), coordinator.output, 90)
        for sql in CLUSTER_TABLES:
            cluster.psql(coordinator, sql)
        before = [cluster.psql(coordinator, DIGEST.format(table)) for table in tables]
        assert [line.split()[0] for line in before] == ["4000", "20", "2000"]
        nodes = cluster.psql(coordinator, "SELECT nodeid, groupid, nodename, nodeport FROM pg_dist_node ORDER BY 1")
        assert [node.stop() for node in (coordinator, second, first)] == [0, 0, 0]
    cluster.programs = pair.new
    upgrade = {**UPGRADE, "CITUS_PG_UPGRADE_OLD_BINDIR": pair.old}
    with cluster.start(2, **upgrade) as second:  # any order
        second.wait_output(LINE, stream="stderr")
        with cluster.start(0, **upgrade) as coordinator:
            coordinator.wait_output(LINE, stream="stderr")
            with cluster.start(1, **upgrade) as first:
                for node in (second, coordinator, first):
                    node.wait_ready()
                assert [cluster.psql(coordinator, DIGEST.format(table)) for table in tables] == before
                assert cluster.psql(coordinator, "SELECT nodeid, groupid, nodename, nodeport FROM pg_dist_node "
                                                 "ORDER BY 1") == nodes
                wait_until(lambda: cluster.psql(coordinator, "SELECT count(*) FILTER (WHERE result) || ' of ' || count(*) "
                                                "FROM citus_check_cluster_node_health()") == "9 of 9", coordinator.output)
                assert cluster.psql(coordinator, "INSERT INTO orders(tenant, amount) VALUES (1, 1) RETURNING id > 4000") == "t"
                assert cluster.psql(coordinator, "ALTER TABLE orders ADD COLUMN added int") == ""
                assert cluster.psql(coordinator, "SELECT twice(21)") == "42"
                assert cluster.psql(coordinator, "CREATE TABLE later (id int); SELECT create_distributed_table('later', 'id')") == ""
                assert "ERROR" not in cluster.psql(coordinator, "SELECT citus_rebalance_start()")
                listed = coordinator.inside("citus-init", "nodes", "-o", "json", environment={
                    **cluster.settings, "CITUS_PG_BINDIR": pair.new, "PGDATA": str(three_places[0].data),
                    "CITUS_NODE_HOST": cluster.hosts[0]})
                assert listed.stdout.count('"active"') >= 2, listed.stdout
                assert [node.stop() for node in (coordinator, second, first)] == [0, 0, 0]
