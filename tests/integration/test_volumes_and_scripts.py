"""Volumes, capabilities and scripts as they come: each kind was reported for other images."""
# pylint: disable=redefined-outer-name,unused-import
import glob
import os
import signal
import subprocess

import pytest

from support.node import BINDIR, POSTGRES, SOCKET_DIRECTORY, major_version
from support.node_fixtures import CONFIG, FAST, PERMISSION, SERVER, initialised, place, refused, template


def owned_by_postgres(path):
    path.mkdir()
    os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    return path


def test_a_script_with_windows_line_ends_is_named_and_nothing_is_left(place):
    # Executable or sourced.
    for mode in (0o755, 0o644):
        place.init_file("10.sh", "#!/bin/bash\r\necho hello\r\n", mode)
        with place.start(*SERVER, **FAST) as node:
            refused(node, 126, "10.sh has Windows line ends")
        assert not place.listing()


def test_what_failed_scripts_made_in_a_tablespace_is_removed(place):
    space = owned_by_postgres(place.path / "space")
    place.init_file("10.sql", f"CREATE TABLESPACE s LOCATION '{space}'; CREATE TABLE t (i int) TABLESPACE s;")
    place.init_file("20.sql", "SELECT 1/0")
    with place.start(*SERVER, **FAST) as node:
        refused(node, 3, "division by zero")
    assert not place.listing() and not list(space.iterdir())
    place.init_file("20.sql", "SELECT 1")
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert list(space.iterdir())
        assert node.stop() == 0


def test_a_removal_that_is_cut_off_goes_on_at_the_next_start(place):
    script = place.init_file("10.sh", "echo in the script; read -r line < /run/postgresql/gate\n", 0o755)
    os.mkfifo(place.run / "gate")
    (place.run / "gate").chmod(0o666)
    with place.start(*SERVER, **FAST) as node:
        node.wait_output("in the script")
        kept = place.data / "pg_ident.conf"
        if subprocess.run(["chattr", "+i", kept], check=False).returncode != 0:
            pytest.skip("needs a file system whose files can be made immutable")
        try:
            node.stop()
            assert "is incomplete" in node.output()
        finally:
            subprocess.run(["chattr", "-i", kept], check=True)
    script.unlink()
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert "did not come to its end: made anew" in node.output()
        assert node.stop() == 0


def test_init_files_reach_a_server_with_its_socket_elsewhere(place):
    sockets = owned_by_postgres(place.path / "sockets")
    place.init_file("10.sql", "CREATE TABLE made_by_init (i int);")
    place.init_file("20.sh", "psql -U postgres -c 'CREATE TABLE made_by_psql (i int)'\n", 0o755)
    with place.start(*SERVER, "-c", f"unix_socket_directories={sockets}", **FAST) as node:
        node.wait_ready()
        assert node.psql("SELECT to_regclass('made_by_init'), to_regclass('made_by_psql')",
                         host=str(sockets)) == "made_by_init|made_by_psql"
        assert node.psql("SHOW unix_socket_directories", host=str(sockets)) == str(sockets)
        assert node.stop() == 0


@pytest.mark.parametrize("value, host", [
    (".", "{data}"), ("../sockets", "{path}/sockets"),
    pytest.param("@citus_init_{data}", "@citus_init_{data}",
                 marks=pytest.mark.skipif(major_version() < 14, reason="came with PostgreSQL 14"))])
def test_a_socket_that_no_absolute_path_names_is_found(place, value, host):
    """The server reads a relative unix_socket_directories from its data directory; "@" is an abstract socket."""
    owned_by_postgres(place.path / "sockets")
    value, host = (text.format(data=place.data, path=place.path) for text in (value, host))
    place.init_file("10.sql", "CREATE TABLE made_by_init (i int);")
    for _ in ("a first start", "a later start"):
        with place.start(*SERVER, "-k", value, **FAST) as node:
            node.wait_ready()
            assert node.psql("SELECT to_regclass('made_by_init')", host=host) == "made_by_init"
            assert node.psql("SHOW unix_socket_directories", host=host) == value
            assert node.stop() == 0


def test_a_server_without_a_socket_is_refused(place):
    with place.start(*SERVER, "-c", "unix_socket_directories=", **FAST) as node:
        refused(node, CONFIG, "without a directory")
    assert not place.listing()


def test_a_volume_of_wal_that_is_not_mounted_is_named_before_the_server_starts(place):
    wal = owned_by_postgres(place.path / "wal") / "pg_wal"
    settings = {**FAST, "POSTGRES_INITDB_WALDIR": str(wal)}
    with place.start(*SERVER, **settings) as node:
        node.wait_ready()
        assert node.stop() == 0
    wal.parent.rename(place.path / "wal.other")
    before = place.listing()
    # Another, empty volume in its place; then none.
    for waldir in (str(wal), None):
        with place.start(*SERVER, **{**settings, "POSTGRES_INITDB_WALDIR": waldir}) as node:
            told = refused(node, 65, f'"{wal}"', "Mount the volume", "pg_resetwal")
            assert "PANIC" not in told
        if wal.parent.exists():
            wal.rmdir()
            wal.parent.rmdir()
    assert place.listing() == before
    (place.path / "wal.other").rename(wal.parent)
    with place.start(*SERVER, **settings) as node:
        node.wait_ready()
        assert node.stop() == 0


def test_root_without_cap_dac_override_starts_again(place):
    capabilities = "--bounding-set=-all,+chown,+fowner,+setuid,+setgid"
    for _ in range(2):
        with place.start(capabilities, "citus-init", *SERVER, program="setpriv", **FAST) as node:
            node.wait_ready()
            assert node.stop() == 0



def test_a_closed_parent_of_the_data_directory_is_no_obstacle_without_cap_dac_override(place):
    """As root with few capabilities: PGDATA is below a directory that only the server's user may enter."""
    volume = owned_by_postgres(place.path / "volume")
    volume.chmod(0o700)
    capabilities = "--bounding-set=-all,+chown,+fowner,+setuid,+setgid"
    settings = {**FAST, "PGDATA": str(volume / "pgdata")}
    for start in range(2):
        with place.start(capabilities, "citus-init", *SERVER, program="setpriv", **settings) as node:
            node.wait_ready()
            assert node.psql("SHOW shared_preload_libraries") == ("auto_explain" if start else "")
            node.psql("ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'")
            assert node.stop() == 0


def test_a_missing_nss_wrapper_is_a_lasting_fault(place):
    unknown = 54321
    data = place.path / "data"
    data.mkdir()
    os.chown(data, unknown, unknown)
    os.chown(place.run, unknown, unknown)
    hidden = {"/dev/null": path for path in glob.glob("/usr/lib/*/libnss_wrapper.so")}
    with place.start(*SERVER, user=(unknown, unknown), mounts=hidden, **FAST) as node:
        refused(node, PERMISSION, "libnss_wrapper.so is not installed")
    assert place.listing() == []


def test_a_key_that_a_kubelet_gave_to_a_group_is_taken_back(initialised):
    """The user's own, in the data directory, at a restart of the server too."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2",
                    "-keyout", initialised.data / "own.key", "-out", initialised.data / "own.crt"],
                   check=True, capture_output=True)
    for name in ("own.key", "own.crt"):
        os.chown(initialised.data / name, POSTGRES.pw_uid, POSTGRES.pw_gid)
        os.chmod(initialised.data / name, 0o660)
    with initialised.start(*SERVER, "-c", "ssl=on", "-c", "ssl_key_file=own.key", "-c", "ssl_cert_file=own.crt",
                           **FAST) as node:
        node.wait_ready()
        for path in (initialised.data, initialised.data / "base"):
            path.chmod(0o2770)
        (initialised.data / "own.key").chmod(0o660)
        node.inside("kill", "-KILL", str(node.postmaster()))
        node.wait_output("database system is ready to accept connections", times=2, stream="stderr")
        assert (initialised.data / "own.key").stat().st_mode & 0o777 == 0o600
        assert node.stop() == 0


def test_a_sourced_exit_0_at_the_end_of_the_last_file_loses_nothing(place):
    place.init_file("1.sql", "CREATE TABLE made (i int);")
    place.init_file("2.sh", "echo last\nexit 0\n")
    place.init_file("README.txt", "")
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM made") == "0"
        assert node.stop() == 0
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.stop() == 0


def test_a_script_that_fails_is_named_without_errors_of_bash_itself(place):
    place.init_file("10.sh", "if true; then\r\n  echo a\r\nfi\r\n")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() != 0
        assert '10.sh", which has Windows line ends' in node.stderr, node.output()
        assert "pop_var_context" not in node.output()
    place.init_file("10.sh", "f() { local a=1; false; }\nf\n")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() == 1
        assert '10.sh"' in node.stderr.splitlines()[-1], node.output()
        assert "pop_var_context" not in node.output()


def test_a_wal_volume_with_lost_and_found_gets_the_right_advice(place):
    wal = owned_by_postgres(place.path / "wal")
    (wal / "lost+found").mkdir()
    with place.start(*SERVER, **FAST, POSTGRES_INITDB_WALDIR=str(wal)) as node:
        refused(node, 65, f"{wal}/pg_wal", "lost+found")


def test_a_missing_library_of_alter_system_is_blamed_on_it(initialised):
    with initialised.start(*SERVER, **FAST) as node:
        node.wait_ready()
        node.psql("ALTER SYSTEM SET shared_preload_libraries = 'no_such_library'")
        assert node.stop() == 0
    with initialised.start(*SERVER, **FAST) as node:
        refused(node, 78, "postgresql.auto.conf", "no_such_library")


def test_pid_1_is_called_postgres_while_it_serves_clients(initialised):
    with initialised.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.inside("cat", "/proc/1/comm").stdout == "postgres\n"
        node.psql("SELECT 1")
        assert node.stop() == 0


def test_a_wrapped_command_keeps_its_directory_and_pid_1_does_not(place):
    inside = place.path / "inside"
    inside.mkdir()
    # PID 1 leaves the directory after it started the command, which may look before.
    waits = 'pwd; until [ "$(readlink /proc/1/cwd)" = / ]; do :; done'
    with place.start("-c", f"cd {inside}; exec citus-init sh -c '{waits}'", program="sh") as node:
        assert node.wait() == 0, node.output()
        assert node.stdout == f"{inside}\n"


@pytest.mark.parametrize("verb", ["ensure-initdb", "docker-ensure-initdb.sh"])
def test_initdb_alone_takes_the_servers_arguments(place, verb):
    words, program = ([], verb) if verb.endswith(".sh") else ([verb], "citus-init")
    with place.start(*words, "-c", "work_mem=5MB", "-c", "fsync=off", program=program, **FAST) as node:
        assert node.wait() == 0, node.output()
    assert "PG_VERSION" in place.listing()


def test_initdb_alone_that_is_stopped_says_so(place):
    place.init_file("1.sh", "echo waiting; sleep 600\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        with place.start("ensure-initdb", "--", *SERVER[1:], **FAST) as node:
            node.wait_output("waiting")
            assert node.stop(number) == 128 + number, node.output()
        assert place.listing() == []


def test_the_configuration_directory_may_name_the_data_directory(place):
    """`postgres -D /etc/postgresql`, PGDATA being the image's: the file's data_directory is the one."""
    conf, data = owned_by_postgres(place.path / "etc"), owned_by_postgres(place.path / "elsewhere")
    (conf / "postgresql.conf").write_text(f"data_directory = '{data}'\nwork_mem = '5MB'\nfsync = off\n"
                                        f"unix_socket_directories = '{SOCKET_DIRECTORY}'\n")
    with place.start("postgres", "-D", conf, **FAST) as node:
        node.wait_ready()
        assert node.psql("SHOW work_mem") == "5MB"
        assert node.psql("SHOW data_directory") == str(data)
        assert node.stop() == 0
    assert place.listing() is None
    with place.start("postgres", "-D", conf, **FAST) as node:
        node.wait_ready()
        assert node.stop() == 0


def test_the_servers_programs_are_asked_with_its_environment(place):
    """A locale that only LOCPATH has."""
    locales = place.path / "locales"
    locales.mkdir()
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", locales / "de_DE.UTF-8"], capture_output=True,
                          check=False)
    if made.returncode != 0:
        pytest.skip("no locale can be made here")
    with place.start(*SERVER, "-c", "lc_numeric=de_DE.UTF-8", **FAST, LOCPATH=str(locales)) as node:
        node.wait_ready()
        assert node.psql("SHOW lc_numeric") == "de_DE.UTF-8"
        assert node.stop() == 0
    with place.start(*SERVER, "-C", "lc_numeric", "-c", "lc_numeric=de_DE.UTF-8", **FAST,
                     LOCPATH=str(locales)) as node:
        assert node.wait() == 0, node.output()
        assert node.stdout.splitlines()[-1] == "de_DE.UTF-8"


def test_twenty_thousand_arguments_are_answered():
    words = [word for number in range(20_000) for word in ("-c", f"no_such_setting_{number}=1")]
    done = subprocess.run(
        [os.environ.get("CITUS_INIT_BINARY", "citus-init"), "check", "--", *words], capture_output=True, text=True,
        check=False, timeout=60, env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": "/nowhere/at/all",
                                      "POSTGRES_PASSWORD": "secret"})
    assert done.returncode == 78, done.stderr[:2000]
    assert "no_such_setting_1" in done.stderr and len(done.stderr) < 100_000
