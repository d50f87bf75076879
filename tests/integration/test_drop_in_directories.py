"""The official image's directories, their owner, the step-down, and its checks before initdb. Each test
is named after the number that its behaviour has in docs/drop-in.md."""
import os
import re
import stat
import subprocess

import pytest

from support.node import INIT_FILES, POSTGRES, major_version
# Fixtures are found by their names in the module.
from support.node_fixtures import (CONFIG, DATA, FAST, PASSWORD, PERMISSION, SERVER, initialised,
                                   place, refused, template)


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


# --- C. Directories, owner, step-down ---

def test_c17_the_data_directory_is_made_with_its_parents(place):
    place.data = place.path / "a/b/data"
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
    assert mode_of(place.data) == 0o700
    assert os.stat(place.data).st_uid == POSTGRES.pw_uid


def test_c17_group_access_survives_a_restart(place):
    for arguments in ("--no-sync -g", ""):
        with place.start(*SERVER, POSTGRES_PASSWORD=PASSWORD, POSTGRES_INITDB_ARGS=arguments) as node:
            node.wait_ready()
            assert mode_of(place.data) == 0o750
            assert node.stop() == 0
    os.chmod(place.data, 0o777)
    with place.start(*SERVER) as node:
        node.wait_ready()
        assert mode_of(place.data) == 0o750


def test_c18_the_socket_directory_gets_its_mode(initialised):
    os.chmod(initialised.run, 0o700)
    os.chown(initialised.run, 0, 0)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert mode_of(initialised.run) == 0o3775
        assert os.stat(initialised.run).st_uid == POSTGRES.pw_uid


def test_c17_a_directory_of_others_is_refused_as_it_is(place):
    """PGDATA=/home, or a mount point that other things lie on: root gives nothing of it away."""
    (place.data / "others").mkdir(parents=True)
    (place.data / "others" / "file").write_text("x")
    for path in (place.data, place.data / "others", place.data / "others" / "file"):
        path.chmod(0o755)
    with place.start(*SERVER, **FAST) as node:
        refused(node, DATA, "others", "Nothing was changed")
    for path in (place.data, place.data / "others", place.data / "others" / "file"):
        assert (os.stat(path).st_uid, mode_of(path)) == (0, 0o755), path


def test_c19_a_wal_directory_of_others_is_refused_as_it_is(place):
    wal = place.path / "wal"
    wal.mkdir()
    (wal / "others").write_text("x")
    wal.chmod(0o755)
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=wal, **FAST) as node:
        refused(node, DATA, str(wal))
    assert (os.stat(wal).st_uid, mode_of(wal), os.stat(wal / "others").st_uid) == (0, 0o755, 0)


def test_c19_the_wal_directory_is_made_and_owned(place):
    wal = place.path / "w a l/deep"
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=wal, **FAST) as node:
        node.wait_ready()
    assert os.path.realpath(place.data / "pg_wal") == str(wal)
    assert mode_of(wal) == 0o700
    assert os.stat(wal).st_uid == POSTGRES.pw_uid
    assert any(re.fullmatch("[0-9A-F]{24}", name) for name in os.listdir(wal))


def test_c20_files_of_another_owner_are_taken_over(initialised):
    for path in (initialised.data, initialised.data / "base", initialised.data / "postgresql.conf"):
        os.chown(path, 4321, 4321)
    outside = initialised.file("outside", "")
    (initialised.data / "link").symlink_to(outside)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
    status = os.stat(initialised.data / "postgresql.conf")
    assert (status.st_uid, status.st_gid) == (POSTGRES.pw_uid, 4321)
    assert os.stat(outside).st_uid == 0


def test_c20_the_data_directory_may_be_a_symlink(place, template):
    place.adopt(template)
    volume = place.path / "volume"
    place.data.rename(volume)
    os.chown(volume, 0, 0)
    place.data.symlink_to(volume)
    with place.start(*SERVER) as node:
        node.wait_ready()
        assert os.stat(volume).st_uid == POSTGRES.pw_uid


def test_c21_root_steps_down_to_postgres(place):
    place.init_file("1.sh", 'echo "is $(id -un) $(id -gn) [$(id -Gn)] $HOME [$USER]"\n')
    with place.start(*SERVER, USER="somebody", **FAST) as node:
        node.wait_ready()
        groups = subprocess.run(["id", "-Gn", "postgres"], capture_output=True, text=True,
                                check=True).stdout.strip()
        assert f"is postgres postgres [{groups}] {POSTGRES.pw_dir} [somebody]" in node.stdout


@pytest.mark.parametrize("uid", [POSTGRES.pw_uid, 54321], ids=["known uid", "unknown uid"])
def test_c22_c23_any_user_works_on_a_directory_of_its_own(place, uid):
    place.data.mkdir(mode=0o700)
    for directory in (place.data, place.run):
        os.chown(directory, uid, 54321)
    place.init_file("1.sh", 'echo "is $(id -u) $HOME preload=[$LD_PRELOAD]"\n')
    with place.start(*SERVER, user=(uid, 54321), HOME="/somewhere", **FAST) as node:
        node.wait_ready()
        assert f"is {uid} /somewhere preload=[]" in node.stdout
        assert node.stop() == 0
    with place.start(*SERVER, user=(uid, 54321)) as node:
        node.wait_ready()


def test_c22_an_unknown_user_gets_its_database_without_a_server_for_init_scripts(place):
    place.data.mkdir(mode=0o700)
    for directory in (place.data, place.run):
        os.chown(directory, 54321, 54321)
    with place.start(*SERVER, user=(54321, 54321), HOME="/", POSTGRES_DB="app", CITUS_TEMPLATE="off", **FAST) as node:
        node.wait_ready()
        assert 'created the database "app"' in node.stderr
        assert node.psql("SELECT current_database()", database="app") == "app"
        assert node.stop() == 0


def test_c22_a_directory_that_another_user_owns(place):
    place.data.mkdir(mode=0o700)
    with place.start(*SERVER, user=(54321, 54321), **FAST) as node:
        refused(node, PERMISSION, str(place.data))


def test_c22_a_directory_that_another_user_shares(place):
    """The image's own PGDATA under `docker run --user`: writable for all, but not the server's."""
    place.data.mkdir()
    os.chmod(place.data, 0o1777)
    with place.start(*SERVER, user=(54321, 54321), **FAST) as node:
        refused(node, PERMISSION, "belongs to uid 0, but this runs as uid 54321", f"PGDATA={place.data}/pgdata")


@pytest.mark.parametrize("user", [None, (POSTGRES.pw_uid, POSTGRES.pw_gid)], ids=["root", "user"])
def test_c24_a_read_only_root_file_system(place, user):
    place.data.mkdir()
    os.chown(place.data, POSTGRES.pw_uid, POSTGRES.pw_gid)
    with place.start(*SERVER, read_only=True, user=user, **FAST) as node:
        node.wait_ready()
        assert node.inside("touch", "/tmp/x", check=False).returncode != 0


@pytest.mark.parametrize("there", [True, False])
def test_c24_a_socket_directory_that_the_server_cannot_write_to(place, there):
    """As of --read-only --tmpfs /run, which is root's and 0755 with some engines."""
    place.data.mkdir()
    os.chown(place.data, POSTGRES.pw_uid, POSTGRES.pw_gid)
    run = place.path / "closed"
    run.mkdir(mode=0o755)
    if there:
        (run / "postgresql").mkdir(mode=0o755)
    with place.start(*SERVER, user=(POSTGRES.pw_uid, POSTGRES.pw_gid), mounts={run: "/run"}, **FAST) as node:
        refused(node, PERMISSION, "/var/run/postgresql", "CITUS_GUC_UNIX_SOCKET_DIRECTORIES")
    assert place.listing() == []


# --- D. Already initialised? E. Checks before initdb ---

def test_d25_an_existing_database_needs_no_password_and_runs_no_file(initialised):
    initialised.init_file("1.sh", "echo never\n")
    before = (initialised.data / "pg_hba.conf").read_text()
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert ("PostgreSQL Database directory appears to contain a database; "
                "Skipping initialization") in node.stdout
        assert "never" not in node.stdout
        assert node.psql("SELECT answer FROM kept") == "42"
    assert (initialised.data / "pg_hba.conf").read_text() == before


@pytest.mark.parametrize("name", ["notes", "lost+found", ".keep", "PG_VERSION"])
def test_d26_content_that_is_no_database(place, name):
    place.data.mkdir()
    (place.data / name).touch()
    with place.start(*SERVER, **FAST) as node:
        refused(node, DATA, str(place.data), name)
    assert place.listing() == [name]


def test_d26_another_major_version(initialised):
    (initialised.data / "PG_VERSION").write_text("9.6\n")
    with initialised.start(*SERVER) as node:
        refused(node, DATA, "PostgreSQL 9", f"PostgreSQL {major_version()}")


def test_d28_a_failed_initdb_leaves_nothing(place):
    with place.start(*SERVER, POSTGRES_PASSWORD="x", POSTGRES_INITDB_ARGS="--no-such-option") as node:
        assert node.wait() == 1, node.output()
        assert "no-such-option" in node.stderr
    assert place.listing() == []
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()


def test_d29_an_older_layout_is_not_passed_over(place, template):
    volume = place.path / "volume"
    volume.mkdir()
    subprocess.run(["cp", "-a", str(template.data), str(volume / "data")], check=True)
    major = major_version()
    with place.start(*SERVER, mounts={volume: "/var/lib/postgresql"}, PG_MAJOR=major,
                     PGDATA=f"/var/lib/postgresql/{major}/docker", **FAST) as node:
        refused(node, DATA, "/var/lib/postgresql/data", "pg_upgrade")


def test_e31_a_password_is_wanted(place):
    with place.start(*SERVER) as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD=trust")
    with place.start(*SERVER, POSTGRES_HOST_AUTH_METHOD="md5") as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD")
    assert not place.listing()


def test_e32_trust_is_warned_of_on_the_first_start_only(place):
    with place.start(*SERVER, POSTGRES_HOST_AUTH_METHOD="trust", POSTGRES_INITDB_ARGS="--no-sync") as node:
        node.wait_ready()
        assert "WARNING" in node.stderr and "trust" in node.stderr
        assert node.psql("SELECT 1", host="127.0.0.1") == "1"
        assert node.stop() == 0
    assert (place.data / "pg_hba.conf").read_text().endswith("host all all all trust\n")
    with place.start(*SERVER, POSTGRES_HOST_AUTH_METHOD="trust") as node:
        node.wait_ready()
        assert "trust" not in node.stderr


def test_e33_init_files_that_cannot_be_listed(place):
    os.chmod(place.init_files, 0o700)
    with place.start(*SERVER, **FAST) as node:
        refused(node, PERMISSION, INIT_FILES)
    assert place.listing() == []
