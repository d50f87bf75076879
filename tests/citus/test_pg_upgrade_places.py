"""Upgrades by pg_upgrade whose files are not all in one data directory: old places of images, tablespaces, disks."""
# pylint: disable=redefined-outer-name,unused-import
import shutil
import signal
import subprocess

import pytest

from support.node import Place
from support.pid_namespace import wait_until
from support.upgrade_pair import any_pair, pair  # noqa: F401
from support.upgraded_node import (copy, fill, new, nightly, old, old_place, phases, place, sums, upgraded, whole)  # noqa: F401

IMAGE_ROOT = "/var/lib/postgresql"


def in_the_old_place(place, pair):
    """The images since 18 have their data in a directory of the major version, all of them in one volume.
    The volume, and what each of the two images gets."""
    volume = place.path / "volume"
    volume.mkdir()
    shutil.chown(volume, "postgres", "postgres")
    place.data.rename(volume / "data")
    mounts = {"mounts": {volume: IMAGE_ROOT}}
    place.data = volume / f"{pair.new_major}/docker"
    return volume, {**mounts, "PGDATA": f"{IMAGE_ROOT}/data"}, {**mounts, "PGDATA": f"{IMAGE_ROOT}/{pair.new_major}/docker"}


@nightly
def test_a_cluster_in_the_place_of_older_images_is_taken_from_there(copy, pair):
    volume, _, place = in_the_old_place(copy, pair)
    root = IMAGE_ROOT
    with new(copy, pair, **place) as node:
        assert node.wait() == 65
        assert f"{root}/data" in node.stderr and "CITUS_PG_UPGRADE=true" in node.stderr
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="link", **place) as node:
        whole(node, copy)
    with new(copy, pair, CITUS_PG_UPGRADE_CLEAN="true", **place) as node:
        whole(node, copy)
    assert not (volume / "data" / "base").exists()


def write_more(copy, pair, its_place):
    """With the old image in the old place, which has to be whole."""
    with old(copy, pair, **its_place) as node:
        whole(node, copy)
    with old(copy, pair, **its_place) as node:
        node.wait_ready()
        node.psql("INSERT INTO local VALUES (4711, 1)")
        node.psql("ALTER SYSTEM SET work_mem = '6MB'")
        copy.sums = sums(node)
        assert node.stop() == 0


@nightly
@pytest.mark.parametrize("line", ["running pg_upgrade", "starting the new server privately"])
def test_what_the_old_image_writes_into_the_old_place_since_a_kill_is_in_the_upgrade(copy, pair, line):
    _, older, newer = in_the_old_place(copy, pair)
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="copy", **newer) as node:
        node.wait_output(line, stream="stderr")
        node.signal(signal.SIGKILL)
        node.wait()
    assert phases(copy) == ("begun" if "running" in line else "upgraded")
    write_more(copy, pair, older)
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="copy", **newer) as node:
        node.wait_ready()
        assert node.psql("SHOW work_mem") == "6MB"
        whole(node, copy)


@nightly
def test_a_first_start_that_was_cut_off_in_the_new_place_is_discarded(copy, pair):
    volume, _, newer = in_the_old_place(copy, pair)
    (volume / "data").rename(volume / "aside")
    with new(copy, pair, **newer) as node:
        wait_until((copy.data / "PG_VERSION").exists, "initdb is at work")
        node.signal(signal.SIGKILL)
        node.wait()
    (volume / "aside").rename(volume / "data")
    with upgraded(copy, pair, **newer) as node:
        whole(node, copy)
        assert "did not come to its end: made anew" in node.stderr


@nightly
def test_an_old_place_that_lives_again_is_not_removed(copy, pair):
    volume, older, newer = in_the_old_place(copy, pair)
    with upgraded(copy, pair, **newer) as node:
        whole(node, copy)
    write_more(copy, pair, older)
    with old(copy, pair, **older) as running:
        running.wait_ready()
        with new(copy, pair, CITUS_PG_UPGRADE_CLEAN="true", **newer) as node:
            assert node.wait() == 75
            assert f'"{IMAGE_ROOT}/data" is in use' in node.stderr
        assert running.stop() == 0
    with new(copy, pair, CITUS_PG_UPGRADE_CLEAN="true", **newer) as node:
        assert node.wait() == 65
        assert f'"{IMAGE_ROOT}/data" has run since' in node.stderr
    assert (volume / "data/base").exists() and (copy.data / "citus_init.old").exists()
    with old(copy, pair, **older) as node:
        whole(node, copy)


@nightly
@pytest.mark.parametrize("killed", [False, True])
def test_a_refused_upgrade_leaves_another_cluster_its_tablespace(place, pair, is_real, killed):
    """It was upgraded by hand, into another directory; somebody starts the image on the old one."""
    tablespace = place.path / "ts"
    tablespace.mkdir()
    with old(place, pair) as node:
        node.wait_ready()
        fill(node, is_real)
        shutil.chown(tablespace, "postgres", "postgres")
        node.psql(f"CREATE TABLESPACE fast LOCATION '{tablespace}'")
        assert node.stop() == 0
    alive = tablespace / f"PG_{pair.new_major}_1/5/16384"
    alive.parent.mkdir(parents=True)
    alive.write_text("alive")
    subprocess.run(["chown", "-R", "postgres:postgres", tablespace], check=True)
    if killed:
        with upgraded(place, pair) as node:
            node.wait_output("examining the old cluster", stream="stderr")
            node.signal(signal.SIGKILL)
            node.wait()
    with upgraded(place, pair) as node:
        assert node.wait() == 65
        assert f"PG_{pair.new_major}_1\" is there already" in node.stderr
    assert alive.read_text() == "alive"


@nightly
def test_tablespaces_and_a_directory_for_the_log_go_along(pair, is_real):
    with Place() as place:
        for name in ("ts", "wal"):
            (place.path / name).mkdir()
            shutil.chown(place.path / name, "postgres", "postgres")
        with old(place, pair, POSTGRES_INITDB_WALDIR=str(place.path / "wal")) as node:
            node.wait_ready()
            fill(node, is_real)
            node.psql(f"CREATE TABLESPACE fast LOCATION '{place.path}/ts'")
            node.psql("CREATE TABLE far TABLESPACE fast AS SELECT generate_series(1, 100) AS n")
            before = sums(node)
            assert node.stop() == 0
        with upgraded(place, pair) as node:
            node.wait_ready()
            assert sums(node) == before
            assert node.stop() == 0
        assert len(list((place.path / "ts").iterdir())) == 2
        with new(place, pair, CITUS_PG_UPGRADE_CLEAN="true") as node:
            node.wait_ready()
            assert sums(node) == before
            assert node.stop() == 0
        assert len(list((place.path / "ts").iterdir())) == 1
        assert [path.name for path in (place.path / "wal").iterdir()] == [f"pg_wal_{pair.new_major}"]


@pytest.fixture
def cloning_disk():
    """A directory on an XFS of its own, which clones files."""
    if not shutil.which("mkfs.xfs"):
        pytest.skip("needs mkfs.xfs (xfsprogs)")
    with Place() as place:
        image, disk = place.path / "image", place.path / "disk"
        disk.mkdir()
        with image.open("wb") as file:
            file.truncate(2 << 30)
        subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", image], check=True)
        if subprocess.run(["mount", "-o", "loop", image, disk], check=False).returncode:
            pytest.skip("cannot mount a file as a disk here")
        try:
            yield disk
        finally:
            subprocess.run(["umount", disk], check=True)


def move_to_disk(copy, pair, disk, tablespace):
    """The data directory goes to the disk and gets a table in a new tablespace: where it is, and its sums."""
    subprocess.run(["cp", "-a", copy.data, disk / "data"], check=True)
    tablespace.mkdir()
    shutil.chown(tablespace, "postgres", "postgres")
    place = {"PGDATA": str(disk / "data")}
    with old(copy, pair, **place) as node:
        node.wait_ready()
        node.psql(f"CREATE TABLESPACE fast LOCATION '{tablespace}'")
        node.psql("CREATE TABLE far TABLESPACE fast AS SELECT generate_series(1, 100) AS n")
        before = sums(node)
        assert node.stop() == 0
    return place, before


@nightly
def test_a_tablespace_on_a_file_system_that_clones_nothing_is_copied(copy, pair, cloning_disk):
    tablespace = copy.path / "ts"
    place, before = move_to_disk(copy, pair, cloning_disk, tablespace)
    with upgraded(copy, pair, CITUS_PG_UPGRADE_METHOD="clone", **place) as node:
        assert node.wait() == 65
        assert f'METHOD=clone: the file system of "{tablespace}" cannot share blocks' in node.stderr
        assert "Nothing was changed" in node.stderr
    with upgraded(copy, pair, **place) as node:
        node.wait_ready()
        assert "running pg_upgrade (method copy)" in node.stderr
        assert sums(node) == before
        assert node.stop() == 0


@nightly
def test_files_are_cloned_where_the_file_system_can(copy, pair, cloning_disk):
    place, before = move_to_disk(copy, pair, cloning_disk, cloning_disk / "ts")
    with upgraded(copy, pair, **place) as node:
        node.wait_ready()
        assert "running pg_upgrade (method clone)" in node.stderr
        assert sums(node) == before
        assert node.stop() == 0
    assert len(list((cloning_disk / "ts").iterdir())) == 2


@nightly
def test_a_full_disk_leaves_the_old_cluster_whole(copy, pair):
    """Of the volume, in the middle of the copying; the obstacle is found before that where the sizes are right."""
    disk = copy.path / "disk"
    disk.mkdir()
    taken = sum(file.stat().st_size for file in copy.data.rglob("*") if file.is_file()) >> 20
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={taken + 60}m", "tmpfs", disk], check=True)
    try:
        subprocess.run(["cp", "-a", copy.data, disk / "data"], check=True)
        with upgraded(copy, pair, PGDATA=str(disk / "data")) as node:
            assert node.wait() in (65, 74)
            assert "MB are free" in node.stderr or "No space left" in node.stderr
        assert phases(copy) == "none"
        with old(copy, pair, PGDATA=str(disk / "data")) as node:
            whole(node, copy)
    finally:
        subprocess.run(["umount", disk], check=True)
