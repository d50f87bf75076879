"""What a normal first start prints: a screen, with initdb's own output only where it helps."""
# pylint: disable=redefined-outer-name,unused-import
from pathlib import Path

from support.node import BINDIR, major_version
from support.node_fixtures import FAST, SERVER, place

SCREEN = 24
OF_INITDB = "performing post-bootstrap initialization"


def lines_of(node):
    """Without what a slow machine adds."""
    return [line for line in (node.stdout + node.stderr).splitlines() if "not ready for " not in line]


def test_a_first_start_fills_a_screen_at_most(place):
    place.init_file("1.sql", "CREATE TABLE t ();")
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert len(lines_of(node)) <= SCREEN, node.output()
        assert OF_INITDB not in node.output()
        assert "bootstrap server is ready on its Unix socket" in node.stderr
        assert "PostgreSQL init process complete; ready for start up." in node.stdout
        assert node.stop() == 0


def test_the_debug_level_shows_all_of_it(place):
    place.init_file("1.sql", "CREATE TABLE t ();")
    with place.start(*SERVER, **FAST, CITUS_LOG_LEVEL="debug", CITUS_TEMPLATE="off") as node:
        node.wait_ready()
        assert OF_INITDB in node.stdout
        assert node.stderr.count("starting PostgreSQL") == 2
        assert node.stop() == 0


def test_a_first_start_without_init_scripts_starts_one_server(place):
    with place.start(*SERVER, **FAST, CITUS_LOG_LEVEL="debug", CITUS_TEMPLATE="off", POSTGRES_DB="app", POSTGRES_USER="me") as node:
        node.wait_ready()
        assert node.stderr.count("starting PostgreSQL") == 1
        assert 'created the database "app"' in node.stderr
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'"
        assert node.psql(owner, database="app", user="me") == "me"
        # Else pg_dump takes it for the system's.
        assert node.psql("SELECT oid >= 16384 FROM pg_database WHERE datname = 'app'", database="app", user="me") == "t"
        assert node.stop() == 0


def test_a_name_that_is_not_ascii_takes_a_bootstrap_server(place):
    with place.start(*SERVER, **FAST, CITUS_LOG_LEVEL="debug", CITUS_TEMPLATE="off", POSTGRES_DB="b\u00fccher") as node:
        node.wait_ready()
        assert node.stderr.count("starting PostgreSQL") == 2
        assert node.psql("SELECT current_database()", database="b\u00fccher") == "b\u00fccher"
        assert node.stop() == 0


def failing_programs(directory):
    """The programs under test, with a postgres whose single-user mode fails; initdb has the real one beside it."""
    directory.mkdir(mode=0o755)
    for program in Path(BINDIR).iterdir():
        if program.name != "postgres":
            (directory / program.name).symlink_to(program)
    (directory / "postgres").write_text(f"""#!/bin/sh
case " $* " in *" --single "*) echo 'FATAL:  could not extend file: No space left on device' >&2; exit 1;; esac
exec {BINDIR}/postgres "$@"
""")
    (directory / "postgres").chmod(0o755)
    return directory


def test_a_session_that_fails_ends_the_start_with_its_reason_and_leaves_nothing(place):
    with place.start(*SERVER, **FAST, CITUS_TEMPLATE="off", POSTGRES_DB="app", PG_MAJOR=str(major_version()),
                     CITUS_PG_BINDIR=str(failing_programs(place.path / "programs"))) as node:
        assert node.wait() == 74, node.output()
        assert ('cannot create the database "app": postgres --single ended with exit code 1: FATAL:  could not extend file: '
                "No space left on device") in node.stderr, node.output()
    assert place.listing() == []


def test_an_initdb_that_fails_shows_what_it_printed(place):
    with place.start(*SERVER, **{**FAST, "POSTGRES_INITDB_ARGS": "--locale=no_SUCH.locale"}) as node:
        assert node.wait() == 1
        assert "The files belonging to this database system" in node.stderr
        assert "invalid locale name" in node.stderr
        assert "initdb failed with exit code 1: initdb: error: invalid locale name" in node.stderr.splitlines()[-1]


def test_what_an_init_script_causes_in_the_bootstrap_server_is_shown(place):
    place.init_file("1.sql", "DO $$ BEGIN RAISE LOG 'of the script'; END $$; SELECT no_such_function();")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() == 3
        assert "LOG:  of the script" in node.stderr
        assert "function no_such_function() does not exist" in node.stderr
