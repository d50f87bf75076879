"""Volumes, capabilities and scripts as they come: each kind was reported for other images."""
# pylint: disable=redefined-outer-name,unused-import
import os

from support.node import POSTGRES
from support.node_fixtures import FAST, SERVER, initialised, place, refused, template


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

