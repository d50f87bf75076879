"""The official image's behaviours of a first start: initdb, pg_hba.conf, the bootstrap server, the
init files. Each test is named after the number that it has in docs/drop-in.md."""
import gzip
import lzma
import shutil
import subprocess

import pytest

from support.node import BINDIR, INIT_FILES, READY_LINE, major_version
from support.node_fixtures import CONFIG, FAST, PASSWORD, SERVER, place, refused

ENTRYPOINT = "/usr/local/bin/docker-entrypoint.sh"


def first_start(place, *arguments, **environment):
    return place.start(*(arguments or SERVER), **{**FAST, **environment})


# --- F. initdb and pg_hba.conf ---

def test_f34_initdb_gets_user_password_and_locale(place):
    with first_start(place, POSTGRES_USER="me", LANG="C", CITUS_LOG_LEVEL="debug") as node:
        node.wait_ready()
        assert node.psql("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = 'me'",
                         database="me", user="me") == "me|t"
        assert node.psql("SELECT datcollate FROM pg_database WHERE datname = 'postgres'",
                         user="me") == "C"
        assert "creating subdirectories ... ok" in node.stdout
        assert PASSWORD not in node.stdout + node.stderr


def test_f34_a_locale_that_does_not_exist(place):
    with first_start(place, LANG="xx_XX.UTF-8") as node:
        assert node.wait() == 1, node.output()
        assert "invalid locale" in node.stderr
    assert place.listing() == []


@pytest.mark.parametrize("name", ["public", "pg_x", 'a"b', "u" * 64])
def test_f34_a_superuser_that_initdb_refuses_is_refused_before_it(place, name):
    with first_start(place, POSTGRES_USER=name, POSTGRES_PASSWORD=None) as node:
        refused(node, CONFIG, "POSTGRES_USER", "superuser password is not specified")
        assert "creating subdirectories" not in node.stdout
    assert not place.listing()


def test_f35_arguments_for_initdb_are_shell_words(place):
    with first_start(place, POSTGRES_INITDB_ARGS="--no-sync --encoding='SQL_ASCII' "
                     "--locale=\"C\" --auth-local=scram-sha-256 --wal-segsize=2") as node:
        node.wait_ready()
        assert node.psql("SHOW server_encoding", host="127.0.0.1", password=PASSWORD) == "SQL_ASCII"
        refused = node.psql("SELECT 1", check=False)
        assert "no password supplied" in refused


def test_f35_an_open_quote_is_reported(place):
    with first_start(place, POSTGRES_INITDB_ARGS="--locale='C") as node:
        refused(node, CONFIG, "POSTGRES_INITDB_ARGS")
    assert not place.listing()


@pytest.mark.parametrize("method, arguments, expected", [
    (None, [], "scram-sha-256" if major_version() > 13 else "md5"), (None, ["-c", "password_encryption=md5"], "md5"),
    ("md5", [], "md5"), ("password", [], "password")])
def test_f37_the_network_is_let_in_by_the_method_asked_for(place, method, arguments, expected):
    with first_start(place, *SERVER, *arguments, POSTGRES_HOST_AUTH_METHOD=method) as node:
        node.wait_ready()
        assert (place.data / "pg_hba.conf").read_text().endswith(f"\nhost all all all {expected}\n")
        assert node.psql("SELECT 1", host="127.0.0.1", password=PASSWORD) == "1"


def test_f37_bad_server_arguments_leave_nothing(place):
    with first_start(place, "postgres", "-c", "work_mem=nonsense") as node:
        assert node.wait() != 0, node.output()
        assert "work_mem" in node.stderr
    assert not place.listing()


# --- G. The bootstrap server ---

def test_g38_the_bootstrap_server_has_the_users_arguments_but_no_network(place):
    place.init_file("1.sh", f"""
psql --version >/dev/null
"${{psql[@]}}" -At <<<'SHOW listen_addresses' | sed 's/^/listens on: [/;s/$/]/'
"${{psql[@]}}" -At <<<'SHOW work_mem' | sed 's/^/memory: /'
{BINDIR}/pg_isready -h 127.0.0.1 && echo reachable || echo not reachable
""")
    with first_start(place, *SERVER, "-c", "work_mem=5MB", "-c", "listen_addresses=*") as node:
        node.wait_ready()
        assert "listens on: []" in node.stdout
        assert "memory: 5MB" in node.stdout
        assert "\nnot reachable" in node.stdout
        assert node.psql("SHOW listen_addresses") == "*"


def test_g38_port_by_argument_is_the_final_servers_and_pgport_both(place):
    place.init_file("1.sh", '"${psql[@]}" -At <<<"SHOW port" | sed "s/^/bootstrap port: /"\n')
    with first_start(place, *SERVER, "-p", "5433", PGPORT="5434") as node:
        node.wait_ready()
        assert "bootstrap port: 5434" in node.stdout
        assert node.inside(f"{BINDIR}/psql", "-XAtqwU", "postgres", "-p", "5433", "-c",
                           "SHOW port").stdout.strip() == "5433"


def test_g41_the_bootstrap_server_does_not_notify(place):
    place.init_file("1.sh", 'tr "\\0" "\\n" </proc/$(head -1 "$PGDATA/postmaster.pid")/environ'
                    ' | grep NOTIFY_SOCKET= | sed "s/^/bootstrap: [/;s/$/]/"\n')
    with first_start(place, NOTIFY_SOCKET="/run/postgresql/notify") as node:
        node.wait_ready()
        assert "bootstrap: [NOTIFY_SOCKET=]" in node.stdout


def test_g42_two_ready_lines_one_a_stream_on_every_start(place):
    for _ in range(2):
        with first_start(place) as node:
            node.wait_ready()
            assert node.psql("SELECT 1", host="127.0.0.1", password=PASSWORD) == "1"
            assert node.stdout.count(READY_LINE) == 1, node.output()
            assert node.stderr.count(READY_LINE) == 1, node.output()
            assert node.stop() == 0


def test_g44_a_script_may_change_the_configuration_and_restart(place):
    place.init_file("1.sh", """
echo "work_mem = '7MB'" >> "$PGDATA/postgresql.conf"
pg_ctl -D "$PGDATA" reload >/dev/null
sed -i 's/^local  *all .*/local all all trust # by the script/' "$PGDATA/pg_hba.conf"
pg_ctl -D "$PGDATA" -w restart >/dev/null
"${psql[@]}" -At <<<'SHOW work_mem' | sed 's/^/after: /'
""")
    with first_start(place) as node:
        node.wait_ready()
        assert "after: 7MB" in node.stdout
        assert node.psql("SHOW work_mem") == "7MB"
        assert "# by the script" in (place.data / "pg_hba.conf").read_text()
        assert node.stop() == 0


# --- H. Database and init files ---

def test_h45_scripts_reach_a_server_that_wants_a_password(place):
    place.init_file("1.sql", "CREATE TABLE t ()")
    with first_start(place, POSTGRES_INITDB_ARGS="--no-sync --auth-local=scram-sha-256") as node:
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM t", host="127.0.0.1", password=PASSWORD) == "0"


@pytest.mark.parametrize("database", ["mine", 'quote " and blank', "template1", "postgres"])
def test_h46_the_database_is_made(place, database):
    with first_start(place, POSTGRES_DB=database, POSTGRES_USER="me") as node:
        node.wait_ready()
        assert node.psql("SELECT current_database()", database=database, user="me") == database


def test_h47_h48_files_run_in_order_by_their_suffix(place):
    sql = b"INSERT INTO t VALUES (%s);\n"
    place.init_file("01.sql", "CREATE TABLE t (number int);\n\\ir sub/included.psql\n")
    place.init_file("02.sql.gz", gzip.compress(sql % b"2"))
    place.init_file("03.sql.xz", lzma.compress(sql % b"3"))
    place.init_file("04.sql.zst", subprocess.run(["zstd", "-c"], input=sql % b"4",
                                                 capture_output=True, check=True).stdout)
    place.init_file("05 blank.sh", "docker_process_sql <<<'INSERT INTO t VALUES (5)'\n")
    place.init_file("06.sh", "#!/bin/sh\npsql -U postgres -c 'INSERT INTO t VALUES (6)'\n", 0o755)
    place.init_file("ReadMe.SQL", "nonsense")
    place.init_file(".hidden.sql", "nonsense")
    (place.init_files / "sub").mkdir()
    (place.init_files / "sub/included.psql").write_text("INSERT INTO t VALUES (1);\n")
    (place.path / "linked.sql").write_text("INSERT INTO t VALUES (7);\n")
    (place.init_files / "07.sql").symlink_to(place.path / "linked.sql")
    with first_start(place) as node:
        node.wait_ready()
        assert node.psql("SELECT string_agg(number::text, ' ') FROM t") == "1 2 3 4 5 6 7"
        said = [line for line in node.lines if line.startswith(ENTRYPOINT)]
        assert said == [f"{ENTRYPOINT}: {verb} {INIT_FILES}/{name}" for verb, name in [
            ("running", "01.sql"), ("running", "02.sql.gz"), ("running", "03.sql.xz"),
            ("running", "04.sql.zst"), ("sourcing", "05 blank.sh"), ("running", "06.sh"),
            ("running", "07.sql"), ("ignoring", "ReadMe.SQL"), ("ignoring", "sub")]]


def test_h50_sourced_scripts_share_one_shell(place):
    place.init_file("1.sh", "shared=1; export EXPORTED=2; cd /tmp; f() { echo function; }; return; echo no\n")
    place.init_file("2.sh", 'echo "shared=$shared in $PWD: $(f)"\n')
    place.init_file("3.sh", '#!/bin/sh\necho "exported=$EXPORTED shared=[$shared]"\n', 0o755)
    with first_start(place) as node:
        node.wait_ready()
        assert "shared=1 in /tmp: function\n" in node.stdout
        assert "exported=2 shared=[]\n" in node.stdout


@pytest.mark.parametrize("name, content, mode, code", [
    ("1.sql", "SELECT 1/0;", 0o644, 3),
    ("1.sh", "exit 7\n", 0o644, 7),
    ("1.sh", "#!/bin/sh\nexit 9\n", 0o755, 9),
    ("1.sh", "false\n", 0o644, 1),
    ("1.sql.gz", gzip.compress(b"SELECT 1;" * 10000)[:-20], 0o644, 1),
    ("1.sql", "SELECT 1", 0o000, 1),
    # Here the original ends with 0, as if all were well, and serves the incomplete database next time.
    ("1.sh", "exit 0\n", 0o644, CONFIG),
], ids=["sql error", "exit 7 sourced", "exit 9 run", "errexit", "truncated gz", "unreadable",
        "exit 0 sourced"])
def test_h51_h55_a_file_that_fails_ends_the_container(place, name, content, mode, code):
    place.init_file(name, content, mode)
    place.init_file("2.sh", "echo never\n")
    with first_start(place) as node:
        assert node.wait() == code, node.output()
        assert "never" not in node.stdout
        assert "init process complete" not in node.stdout
        assert READY_LINE not in node.stdout
    assert place.listing() == []
    shutil.rmtree(place.init_files)
    place.init_files.mkdir()
    with first_start(place) as node:
        node.wait_ready()


def test_h52_the_containers_own_client_settings_do_not_matter_for_sql_files(place):
    place.init_file("1.sql", "CREATE TABLE t AS SELECT current_user AS me, current_database() AS here")
    place.init_file("2.sh", 'echo "sees $PGHOST"\n')
    with first_start(place, PGHOST="elsewhere", PGHOSTADDR="192.0.2.1", PGUSER="nobody",
                     PGDATABASE="nothing") as node:
        node.wait_ready()
        assert node.psql("SELECT * FROM t") == "postgres|postgres"
        assert "sees elsewhere" in node.stdout


def test_h53_where_and_as_whom_scripts_run(place):
    place.init_file("1.sh", 'read -r line; echo "$(id -un) in $PWD, pgdata $PGDATA, '
                    'password $PGPASSWORD, stdin $line"\n')
    stdin = place.file("stdin", "typed\n")
    with open(stdin, encoding="utf-8") as file:
        with first_start(place, stdin=file) as node:
            node.wait_ready()
            assert (f"postgres in /, pgdata {place.data}, password {PASSWORD}, stdin typed\n"
                    in node.stdout)


def test_h54_a_background_job_survives_into_the_final_container(place):
    place.init_file("1.sh", "sleep 600 &\n")
    with first_start(place) as node:
        node.wait_ready()
        assert node.inside("pgrep", "-x", "sleep").stdout.strip()
        assert node.stop() == 0


def test_h56_the_end_is_reported(place):
    place.init_file("1.sql", "SELECT 1")
    with first_start(place) as node:
        node.wait_ready()
        assert "\n\nPostgreSQL init process complete; ready for start up.\n\n" in node.stdout
