"""Secrets: whole or refused, and read by nobody who was not given them."""
# pylint: disable=redefined-outer-name,unused-import
import os
import socket
import subprocess

import pytest

from support.node_fixtures import CONFIG, FAST, PASSWORD, SERVER, place, refused  # noqa: F401
from support.pid_namespace import BINARY


def test_a_child_that_has_the_settings_is_closed_to_its_own_user():
    """The server runs COPY ... PROGRAM as the same user."""
    memory = os.memfd_create("settings")
    os.write(memory, b"POSTGRES_PASSWORD=hush\0CITUS_ENABLE=true\0CITUS_NODE_HOST=here\0PGDATA=/nonexistent\0")
    ours, theirs = socket.socketpair()
    who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    with subprocess.Popen([BINARY, "agent", "--socket-dir", "/nonexistent", "--port", "5432"],
                          pass_fds=(memory, theirs.fileno()), stderr=subprocess.DEVNULL,
                          env={"CITUS_INIT_SETTINGS_FD": str(memory), "CITUS_INIT_REPORT_FD": str(theirs.fileno())},
                          **who) as agent:
        try:
            theirs.close()
            assert ours.recv(1)  # it has read its settings
            for name in ("environ", "maps", f"fd/{memory}", "exe"):
                read = subprocess.run(["head", "-c", "1", f"/proc/{agent.pid}/{name}"], capture_output=True, check=False, **who)
                assert b"Permission denied" in read.stderr, (name, read)
        finally:
            agent.kill()


def test_no_line_of_the_configuration_is_in_the_servers_environment(place):
    with place.start(*SERVER, **FAST, CITUS_GUC_PRIMARY_CONNINFO="host=nowhere password=hush-hush",
                     CITUS_POSTGRESQL_CONF="primary_slot_name = 'hush_hush'",
                     CITUS_PG_HBA="host all all 192.0.2.1/32 scram-sha-256 # hush-hush") as node:
        node.wait_ready()
        server = node.inside("cat", f"/proc/{node.postmaster()}/environ").stdout
        assert "PGDATA=" in server and "hush" not in server
        assert node.psql("SHOW primary_conninfo") == "host=nowhere password=hush-hush"
        node.signal(1)
        node.wait_output("reloading")
        assert node.psql("SHOW primary_conninfo") == "host=nowhere password=hush-hush"
        assert node.stop() == 0


def test_no_line_of_the_configuration_reaches_an_init_script(place):
    place.init_file("1.sh", "#!/bin/sh\nenv > \"$PGDATA/seen\"\n", 0o755)
    place.init_file("2.sh", "env >> \"$PGDATA/seen\"\n")
    with place.start(*SERVER, **FAST, CITUS_GUC_PRIMARY_CONNINFO="host=nowhere password=hush-hush",
                     CITUS_POSTGRESQL_CONF="primary_slot_name = 'hush_hush'",
                     CITUS_PG_HBA="host all all 192.0.2.1/32 scram-sha-256 # hush-hush", MINE="kept") as node:
        node.wait_ready()
        seen = (place.data / "seen").read_text()
        assert seen.count("MINE=kept") == 2 and seen.count(f"POSTGRES_PASSWORD={PASSWORD}") == 2
        assert "hush" not in seen
        assert node.stop() == 0


@pytest.mark.parametrize("content, reason", [(b"pass\0word", "NUL byte"), (b"two\nlines\n", "line break")])
def test_a_secret_that_would_be_cut_is_refused(place, content, reason):
    (place.path / "secret").write_bytes(content)
    with place.start(*SERVER, POSTGRES_PASSWORD_FILE=str(place.path / "secret")) as node:
        refused(node, CONFIG, "POSTGRES_PASSWORD_FILE", reason)
    assert place.listing() is None


def test_a_failed_initdb_shows_no_password(place):
    """The server prints the statement that failed: initdb's, with the password in it."""
    with place.start(*SERVER, **{**FAST, "POSTGRES_INITDB_ARGS": "--no-sync --username=public"}) as node:
        assert node.wait() == 1, node.output()
        assert "ALTER USER \"public\" WITH PASSWORD E'***'" in node.stderr
        assert PASSWORD not in node.output()
        assert "initdb failed" in node.stderr.splitlines()[-1]
