"""The official image's behaviours that come before initdb: what runs, from which settings, in which
directories, as whom. Each test is named after the number that it has in docs/drop-in.md."""
import os
import re
import stat
import subprocess

import pytest

from support.node import BINDIR, INIT_FILES, POSTGRES, ROOT, Place, major_version
# Fixtures are found by their names in the module.
from support.node_fixtures import FAST, PASSWORD, SERVER, initialised, place, template

USAGE, DATA, CANNOT_CREATE, PERMISSION, CONFIG = 64, 65, 73, 77, 78


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def refused(node, code, *words):
    """It ended with the code and its last line on stderr says why."""
    assert node.wait() == code, node.output()
    last = node.stderr.strip()
    for word in words:
        assert word in last, node.stderr
    return last


# --- A. Choosing what to run ---

def test_a2_a_leading_dash_means_postgres(place):
    with place.start("-c", "work_mem=5MB", "-c", "fsync=off", program="docker-entrypoint.sh",
                     **FAST) as node:
        node.wait_ready()
        assert node.psql("SHOW work_mem") == "5MB"


def test_a3_another_command_runs_untouched(place):
    place.file("secret", "x", 0o400)
    script = 'id -u; pwd; echo "$POSTGRES_PASSWORD_FILE"; echo "[$POSTGRES_USER]"; echo "$0"'
    with place.start("sh", "-c", script, "argument 0",
                     POSTGRES_PASSWORD_FILE=place.path / "secret") as node:
        assert node.wait() == 0, node.output()
        assert node.lines == ["0", "/", str(place.path / "secret"), "[]", "argument 0"]
    assert place.listing() is None


def test_a3_postgres_by_its_path_is_another_command(place):
    with place.start(f"{BINDIR}/postgres", **FAST) as node:
        assert node.wait() == 1
        assert "root" in node.stderr
    assert place.listing() is None


def test_a4_a_command_that_cannot_be_executed(place):
    place.file("not-executable", "")
    for command, code in [("no-such-command", 127), (str(place.path / "not-executable"), 126),
                          (str(place.path), 126)]:
        with place.start(command) as node:
            refused(node, code, command)


@pytest.mark.parametrize("arguments", [
    ["--version"], ["postgres", "--help"], ["postgres", "-?"], ["postgres", "-V"],
    ["postgres", "--describe-config"]])
def test_a5_asking_for_help_sets_up_nothing(place, arguments):
    with place.start(*arguments, program="docker-entrypoint.sh") as node:
        assert node.wait() == 0, node.output()
        assert node.stdout
    assert place.listing() is None


def test_a6_printing_a_setting_takes_the_full_path(initialised):
    with initialised.start("postgres", "-C", "work_mem") as node:
        assert node.wait() == 0, node.output()
        assert "Skipping initialization" in node.stdout
        assert node.lines[-1] == "4096"
    with Place() as empty, empty.start("postgres", "-C", "work_mem") as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD")


def test_a7_under_another_init(place):
    with place.start(*SERVER, init=False, **FAST) as node:
        node.wait_ready()
        assert node.stop() == 0, node.output()
        assert "database system is shut down" in node.stderr


def test_a7_entered_again_as_postgres(initialised):
    user = (POSTGRES.pw_uid, POSTGRES.pw_gid)
    with initialised.start(*SERVER, program="docker-entrypoint.sh", user=user) as node:
        node.wait_ready()
        assert node.psql("SELECT answer FROM kept") == "42"


def test_a8_sourced_it_is_a_library_for_derived_images(place):
    script = place.file("derived.sh", f"""#!/usr/bin/env bash
source "$(command -v docker-entrypoint.sh)"
docker_setup_env
docker_create_db_directories
if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid postgres --regid postgres --init-groups "$BASH_SOURCE" "$@"
fi
if [ -z "$DATABASE_ALREADY_EXISTS" ]; then
    docker_verify_minimum_env
    docker_error_old_databases
    docker_init_database_dir
    pg_setup_hba_conf "$@"
    export PGPASSWORD="${{PGPASSWORD:-$POSTGRES_PASSWORD}}"
    docker_temp_server_start "$@" -c autovacuum=off
    docker_setup_db
    docker_process_init_files {INIT_FILES}/*
    docker_temp_server_stop
    unset PGPASSWORD
fi
exec "$@"
""", 0o755)
    place.init_file("1.sql", "CREATE TABLE t AS SELECT current_database() AS name")
    path = f"{place.programs}:{BINDIR}:/usr/bin:/bin"
    with place.start(*SERVER, program=str(script), PATH=path, POSTGRES_DB="d b", **FAST) as node:
        node.wait_output("listening on IPv4", stream="stderr")
        node.wait_output("ready to accept connections", times=2)
        assert node.psql("SELECT name FROM t", database="d b") == "d b"


# --- B. Environment variables ---

def test_b9_the_variables_come_from_files_too(place):
    files = {f"POSTGRES_{name}_FILE": place.file(name.lower(), value) for name, value in [
        ("PASSWORD", "from a file\n\n"), ("USER", "me\n"), ("DB", "mine\n"),
        ("INITDB_ARGS", "--no-sync --data-checksums\n")]}
    with place.start(*SERVER, **files) as node:
        node.wait_ready()
        answer = node.psql("SELECT current_user, current_database()", database="mine", user="me",
                           host="127.0.0.1", password="from a file")
        assert answer == "me|mine"
        assert node.psql("SHOW data_checksums", database="mine", user="me") == "on"


def test_b10_a_variable_and_its_file_exclude_each_other(place, template):
    secret = place.file("secret", "x")
    both = {"POSTGRES_PASSWORD": "y", "POSTGRES_PASSWORD_FILE": secret}
    with place.start(*SERVER, **both) as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD_FILE")
    assert place.listing() is None
    place.adopt(template)
    with place.start(*SERVER, **both) as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD_FILE")
    with place.start(*SERVER, POSTGRES_PASSWORD="", POSTGRES_PASSWORD_FILE=secret) as node:
        node.wait_ready()


def test_b11_a_file_that_cannot_be_read(place):
    with place.start(*SERVER, POSTGRES_PASSWORD_FILE="/no/such/file") as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD_FILE", "/no/such/file")
    assert place.listing() is None


def test_b12_a_secret_that_only_root_may_read(place):
    secret = place.file("secret", "roots", 0o400)
    with place.start(*SERVER, POSTGRES_PASSWORD_FILE=secret, POSTGRES_INITDB_ARGS="--no-sync") as node:
        node.wait_ready()
        assert node.psql("SELECT 1", host="127.0.0.1", password="roots") == "1"


def test_b13_the_final_server_has_no_secret_in_its_environment(place):
    place.init_file("1.sh", 'echo "user=$POSTGRES_USER db=$POSTGRES_DB password=$POSTGRES_PASSWORD"\n')
    with place.start(*SERVER, POSTGRES_DB="mine", **FAST) as node:
        node.wait_ready()
        assert f"user=postgres db=mine password={PASSWORD}" in node.stdout
        environment = node.inside("cat", f"/proc/{node.postmaster()}/environ").stdout
        assert PASSWORD not in environment
        assert "PGDATA=" in environment


def test_b14_no_data_directory_named(place):
    with place.start(*SERVER, **FAST, PGDATA="") as node:
        code = node.wait()
        assert code == CONFIG and "PGDATA" in node.stderr, node.output()


def test_b16_a_password_of_two_lines_is_refused(place):
    # The original cuts it after the first line, silently.
    with place.start(*SERVER, POSTGRES_PASSWORD="first\nsecond") as node:
        assert "second" not in refused(node, CONFIG, "POSTGRES_PASSWORD", "line break")
    assert place.listing() is None


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


def test_c22_a_directory_that_another_user_owns(place):
    place.data.mkdir(mode=0o700)
    with place.start(*SERVER, user=(54321, 54321), **FAST) as node:
        refused(node, PERMISSION, str(place.data))


@pytest.mark.parametrize("user", [None, (POSTGRES.pw_uid, POSTGRES.pw_gid)], ids=["root", "user"])
def test_c24_a_read_only_root_file_system(place, user):
    place.data.mkdir()
    os.chown(place.data, POSTGRES.pw_uid, POSTGRES.pw_gid)
    with place.start(*SERVER, read_only=True, user=user, **FAST) as node:
        node.wait_ready()
        assert node.inside("touch", "/tmp/x", check=False).returncode != 0


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


def test_k64_the_companions_make_a_database_and_stop(place):
    with place.start(program="docker-ensure-initdb.sh", **FAST) as node:
        assert node.wait() == 0, node.output()
    assert "PG_VERSION" in place.listing()
    with place.start(program="docker-ensure-initdb.sh", **FAST) as node:
        assert node.wait() == 0, node.output()
        assert "already initialized" in node.stdout + node.stderr
    with place.start(program="docker-enforce-initdb.sh", **FAST) as node:
        assert node.wait() == 1, node.output()
    other = place.programs / "docker-other.sh"
    other.symlink_to(ROOT / "docker/docker-ensure-initdb.sh")
    with place.start(program="docker-other.sh") as node:
        assert node.wait() == 99
