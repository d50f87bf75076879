"""The official image's behaviours of a running container: the final server, signals and exit codes,
and the stale files of a killed one. Each test is named after the number that it has in
docs/drop-in.md."""
import os
import shutil
import signal

import pytest

from support.node import BINDIR, POSTGRES, SOCKET_DIRECTORY, Place
from support.node_fixtures import (CONFIG, DATA, FAST, LOCKED, PASSWORD, SERVER, initialised, place,
                                   refused, template)
from support.pid_namespace import wait_until
from support.tier import first_by_day

DEBUG = {**FAST, "CITUS_LOG_LEVEL": "debug"}  # which shows what initdb does


def control_state(place):
    """The state in pg_control: 1 = shut down, 6 = in production."""
    content = (place.data / "global/pg_control").read_bytes()
    return int.from_bytes(content[16:20], "little")


# --- I. The final server ---

def test_i57_arguments_arrive_exactly(initialised):
    value = "a 'b' \"c\" $d\t`e`\n\\f"
    with initialised.start(*SERVER, "-c", f"my.own={value}") as node:
        node.wait_ready()
        assert node.psql("SHOW my.own") == value


def test_g40_arguments_arrive_exactly_at_the_bootstrap_server_too(place):
    value = "a 'b' \"c\" $d\t`e`\n\\f"
    place.init_file("1.sql", "CREATE TABLE t AS SELECT current_setting('my.own') AS own")
    with place.start(*SERVER, "-c", f"my.own={value}", **FAST) as node:
        node.wait_ready()
        assert node.psql("SELECT own FROM t") == value


def test_i58_pgpassword_stays_what_the_user_gave(initialised):
    with initialised.start(*SERVER, PGPASSWORD="theirs") as node:
        node.wait_ready()
        environment = node.inside("cat", f"/proc/{node.postmaster()}/environ").stdout
        assert "PGPASSWORD=theirs" in environment
    with Place() as fresh, fresh.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert "PGPASSWORD" not in node.inside("cat", f"/proc/{node.postmaster()}/environ").stdout


def test_i59_a_bad_setting_ends_the_container(initialised):
    with initialised.start("postgres", "-c", "work_mem=nonsense") as node:
        assert node.wait() in (1, CONFIG), node.output()
        assert "work_mem" in node.stderr
    with initialised.start(*SERVER) as node:
        node.wait_ready()


# --- J. Signals and exit ---

@pytest.mark.parametrize("number, said, code", [
    (signal.SIGTERM, "received fast shutdown request", 0),
    (signal.SIGINT, "received fast shutdown request", 0),
    (signal.SIGQUIT, "received immediate shutdown request", 1)], ids=["TERM", "INT", "QUIT"])
def test_j60_signals_stop_the_server_with_0_where_that_was_clean(initialised, number, said, code):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        # An idle client holds up a smart shutdown for ever.
        node.inside("sh", "-c", f"(sleep 600 | {BINDIR}/psql -XU postgres) >/dev/null 2>&1 &")
        wait_until(lambda: node.psql("SELECT count(*) FROM pg_stat_activity "
                                     "WHERE backend_type = 'client backend'") == "2", "a client")
        assert node.stop(number) == code, node.output()
        assert said in node.stderr
        assert ("did not shut down cleanly" in node.stderr.splitlines()[-1]) == (code != 0)
    assert control_state(initialised) == (6 if number == signal.SIGQUIT else 1)


def test_j60_hup_reloads(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        with open(initialised.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write("work_mem = '9MB'\n")
        node.inside("kill", "-HUP", "1")
        wait_until(lambda: node.psql("SHOW work_mem") == "9MB", "the new setting")


def test_j60_pg_ctl_stop_inside_ends_the_container(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        node.inside(f"{BINDIR}/pg_ctl", "-D", str(initialised.data), "-m", "fast", "stop",
                    user="postgres", check=False)
        assert node.wait() == 0, node.output()
    assert control_state(initialised) == 1


def test_j60_a_backends_crash_is_recovered_from_within(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        before = node.postmaster()
        backend = node.inside(f"{BINDIR}/psql", "-XAtqU", "postgres", "-c",
                              "COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'", check=False)
        assert backend.returncode != 0
        wait_until(lambda: node.psql("SELECT answer FROM kept", check=False) == "42", "recovery")
        assert node.postmaster() == before


@pytest.mark.parametrize("moment", ["creating directory", "running bootstrap script",
                                    "bootstrap server is ready", "a script sleeps"])
@pytest.mark.parametrize("number", first_by_day([signal.SIGTERM, signal.SIGINT]))
def test_j61_a_stop_during_the_first_start_leaves_nothing(place, moment, number):
    place.init_file("1.sh", "echo a script sleeps; sleep 600\n")
    with place.start(*SERVER, **DEBUG) as node:
        node.wait_output(moment)
        assert node.stop(number) in (0, 128 + number), node.output()
    assert place.listing() == []
    (place.init_files / "1.sh").unlink()
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()


@pytest.mark.parametrize("moment", ["creating directory", "performing post-bootstrap"])
def test_d27_a_first_start_that_was_killed_is_made_anew(place, moment):
    wal = place.path / "wal"
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=wal, **DEBUG) as node:
        node.wait_output(moment)
        node.signal(signal.SIGKILL)
        node.wait()
    assert "citus_init.bootstrap.json" in place.listing()
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=wal, **FAST) as node:
        node.wait_ready()
        assert "Skipping" not in node.stdout
        assert node.psql("SELECT 1", host="127.0.0.1", password=PASSWORD) == "1"
    assert "citus_init.bootstrap.json" not in place.listing()


def test_d27_only_the_wal_of_the_killed_start_is_removed(place):
    first, second = place.path / "first", place.path / "second"
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=first, **DEBUG) as node:
        node.wait_output("performing post-bootstrap")
        node.signal(signal.SIGKILL)
        node.wait()
    second.mkdir()
    segment = second / "000000010000000000000001"
    segment.write_text("of another cluster")
    with place.start(*SERVER, POSTGRES_INITDB_WALDIR=second, **FAST) as node:
        refused(node, DATA, str(second))
    assert segment.read_text() == "of another cluster"
    assert os.listdir(first) == []


def killed_in_a_script(place):
    place.init_file("1.sh", '"${psql[@]}" <<<"CREATE TABLE t ()"; echo a script sleeps; sleep 600\n')
    with place.start(*SERVER, **FAST) as node:
        node.wait_output("a script sleeps\n")
        node.signal(signal.SIGKILL)
        node.wait()


def test_d27_a_first_start_killed_before_the_users_scripts_is_made_anew(place):
    killed_in_a_script(place)
    marker = place.data / "citus_init.bootstrap.json"
    assert '"init_scripts"' in marker.read_text()
    # As if it had happened a moment earlier, which no test can hit for sure.
    marker.write_text(marker.read_text().replace('"init_scripts"', '"prepare"'))
    place.init_file("1.sh", "echo once more\n")
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert "once more\n" in node.stdout
        assert node.psql("SELECT to_regclass('t') IS NULL") == "t"


def test_d27_a_first_start_killed_in_the_users_scripts_asks(place):
    killed_in_a_script(place)
    before = place.listing()
    with place.start(*SERVER, **FAST) as node:
        refused(node, DATA, "CITUS_BOOTSTRAP_REDO=true")
    assert place.listing() == before
    place.init_file("1.sh", '"${psql[@]}" <<<"CREATE TABLE t ()"\n')
    with place.start(*SERVER, CITUS_BOOTSTRAP_REDO="true", **FAST) as node:
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM t") == "0"


def test_d27_data_that_was_put_in_place_of_a_cut_off_first_start_is_not_erased(place, template):
    for moment in ("creating directory", "a script sleeps\n"):
        place.init_file("1.sh", "echo a script sleeps; sleep 600\n")
        with place.start(*SERVER, **DEBUG) as node:
            node.wait_output(moment)
            node.signal(signal.SIGKILL)
            node.wait()
        marker = place.data / "citus_init.bootstrap.json"
        text = marker.read_text()
        shutil.rmtree(place.data)
        place.adopt(template)
        marker.write_text(text)
        before = place.listing()
        with place.start(*SERVER, CITUS_BOOTSTRAP_REDO="true", **FAST) as node:
            refused(node, DATA, "is not the one that was being made then")
        assert place.listing() == before
        marker.unlink()
        with place.start(*SERVER, **FAST) as node:
            node.wait_ready()
            assert node.psql("SELECT answer FROM kept") == "42"
        shutil.rmtree(place.data)


def test_d27_an_initdb_of_others_that_died_is_refused(initialised):
    (initialised.data / "global/pg_control").unlink()
    before = initialised.listing()
    with initialised.start(*SERVER, CITUS_BOOTSTRAP_REDO="true", **FAST) as node:
        refused(node, DATA, "pg_control")
    assert initialised.listing() == before


def test_j62_an_orphans_exit_status_disturbs_nobody(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        before = node.psql("SELECT pg_postmaster_start_time()")
        # It reads what it is given: a pipe that breaks would be another failure.
        node.psql("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; (sleep 0.1; exit 3) & exit 0'")
        node.inside("sh", "-c", "(sleep 0.1; exit 3) & exit 0")
        wait_until(lambda: not node.inside("pgrep", "-x", "sleep", check=False).stdout, "the orphans")
        assert node.psql("SELECT pg_postmaster_start_time()") == before
        assert "crash of another server process" not in node.stderr


@pytest.mark.parametrize("pid", first_by_day([1, 2, 12, 3, 8, 20, 57], 3))
def test_j63_a_stale_lock_file_never_blocks(initialised, pid):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        node.signal(signal.SIGKILL)
        node.wait()
    for file in (initialised.data / "postmaster.pid", initialised.run / ".s.PGSQL.5432.lock"):
        lines = file.read_text().split("\n")
        file.write_text("\n".join([str(pid), *lines[1:]]))
        os.chmod(file, 0o600)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert node.psql("SELECT answer FROM kept") == "42"
        assert os.path.exists(f"/proc/{node.pid1}/root{SOCKET_DIRECTORY}/.s.PGSQL.5432")


def test_j63_nor_does_the_stale_lock_file_of_a_socket_at_another_port(initialised):
    options = (*SERVER, "-p", "6543")
    with initialised.start(*options) as node:
        node.wait_ready()
        node.signal(signal.SIGKILL)
        node.wait()
    (initialised.data / "postmaster.pid").unlink()
    file = initialised.run / ".s.PGSQL.6543.lock"
    file.write_text("\n".join(["1", *file.read_text().split("\n")[1:]]))
    # The shell that is PID 1 lives, and is the server's user's.
    with initialised.start(*options, user=(POSTGRES.pw_uid, POSTGRES.pw_gid), init=False) as node:
        node.wait_ready()


def test_two_containers_never_share_a_data_directory(initialised):
    with initialised.start(*SERVER) as first:
        first.wait_ready()
        with initialised.start(*SERVER) as second:
            refused(second, LOCKED, str(initialised.data))
        assert first.psql("SELECT answer FROM kept") == "42"
        assert first.stop() == 0


def test_a_container_of_another_user_gives_no_directory_in_use_to_its_own(initialised):
    other = 54321
    for path in [initialised.data, *initialised.data.rglob("*"), initialised.run]:
        os.chown(path, other, other, follow_symlinks=False)
    with initialised.start(*SERVER, user=(other, other)) as first:
        first.wait_ready()
        with initialised.start(*SERVER) as second:
            refused(second, LOCKED, str(initialised.data))
        owners = {path.stat().st_uid for path in initialised.data.rglob("*") if path.exists()}
        assert owners == {other}
        assert first.psql("SELECT answer FROM kept") == "42"
        assert first.stop() == 0
