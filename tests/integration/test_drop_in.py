"""What the official image runs, and from which settings. Each test is named after the number that
its behaviour has in docs/drop-in.md."""
import subprocess

import pytest

from support.node import BINDIR, INIT_FILES, POSTGRES, ROOT, Place
# Fixtures are found by their names in the module.
from support.node_fixtures import (CONFIG, DATA, FAST, LOCKED, PASSWORD, SERVER, initialised, place, refused,
                                   template)


# --- A. Choosing what to run ---

def test_a1_without_arguments_it_is_the_server(initialised):
    with initialised.start(program="docker-entrypoint.sh") as node:
        node.wait_ready()
        assert node.psql("SELECT answer FROM kept") == "42"


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


def statements(place, *lines):
    """The input of a session in single-user mode."""
    path = place.file("statements", "\n".join(lines) + "\n")
    return open(path, encoding="utf-8")  # pylint: disable=consider-using-with


@pytest.mark.parametrize("user", [None, (POSTGRES.pw_uid, POSTGRES.pw_gid)], ids=["root", "postgres"])
def test_a6a_single_user_mode_runs_with_exactly_its_arguments(initialised, user):
    with statements(initialised, "SELECT answer FROM kept", "SHOW work_mem", "SHOW config_file",
                    "UPDATE kept SET answer = 43") as session:
        with initialised.start("postgres", "--single", "-D", initialised.data, "-c", "work_mem=5MB", "postgres",
                               user=user, stdin=session, POSTGRES_PASSWORD=None) as node:
            assert node.wait() == 0, node.output()
            for text in ("Skipping initialization", 'answer = "42"', 'work_mem = "5MB"', f'"{initialised.data}/postgresql.conf"'):
                assert text in node.stdout, node.output()
            assert "citus-init" not in node.stderr
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert node.psql("SELECT answer FROM kept") == "43"


def test_a6a_the_programs_exit_code_is_the_containers(initialised):
    for mode in ("--single", "--boot"):
        with initialised.start(mode, "-D", initialised.data, "-c", "work_mem=none", program="docker-entrypoint.sh") as node:
            assert node.wait() == 1, node.output()
            assert 'invalid value for parameter "work_mem"' in node.stderr
    with initialised.start("postgres", "--single", "-D", initialised.data, "nowhere") as node:
        assert node.wait() == 1, node.output()
        assert 'database "nowhere" does not exist' in node.stderr


def test_a6a_single_user_mode_makes_no_cluster(place, template):
    with place.start("postgres", "--single", "postgres", **FAST) as node:
        refused(node, DATA, "holds no whole cluster", "without --single first")
    assert place.listing() is None
    place.adopt(template)
    (place.data / "global/pg_control").unlink()
    with place.start("postgres", "--single", "postgres") as node:
        refused(node, DATA, "no global/pg_control")


def test_a6a_single_user_mode_and_a_server_exclude_each_other(initialised):
    single = ("postgres", "--single", "-D", initialised.data, "postgres")
    with initialised.start(*SERVER) as server:
        server.wait_ready()
        with initialised.start(*single, PGDATA="/nowhere") as node:
            refused(node, LOCKED, "in use by another")
        assert server.stop() == 0, server.output()
    with initialised.start(*single, stdin=subprocess.PIPE) as node:
        node.wait_output("backend>")
        with initialised.start(*SERVER) as server:
            refused(server, LOCKED, "in use by another")
        assert node.stop() == 1, node.output()
        assert "terminating connection" in node.stderr


def test_a6a_single_is_the_first_argument(initialised):
    with initialised.start("postgres", "-D", initialised.data, "--single") as node:
        refused(node, CONFIG, '"--single" is an option for the first place only')


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


# --- K. Companions ---

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
