"""Names and paths that no server can have are refused before anything is made, with the reason."""
# pylint: disable=redefined-outer-name,unused-import
import os
import subprocess

import pytest

from support.node import BINDIR
from support.node_fixtures import CONFIG, FAST, SERVER, place, refused
from support.pid_namespace import BINARY

NOT_UTF8 = os.fsdecode(b"caf\xe9")
CONTROL = "contains a line break or another control character"
SYSTEM = "is a directory of the system"


@pytest.mark.parametrize("name, value, text", [
    ("POSTGRES_DB", NOT_UTF8, r'POSTGRES_DB: "caf\xe9" is not UTF-8'),
    ("POSTGRES_USER", NOT_UTF8, r'POSTGRES_USER: "caf\xe9" is not UTF-8'),
    ("CITUS_DATABASE", NOT_UTF8, r'CITUS_DATABASE: "caf\xe9" is not UTF-8'),
    ("POSTGRES_DB", "a\nb", CONTROL),
    ("POSTGRES_USER", "a\tb", CONTROL),
    ("PGDATA", "{data}\nx", CONTROL),
    ("PGDATA", "{data}" + NOT_UTF8, "is not UTF-8"),
    ("POSTGRES_INITDB_WALDIR", "{data}\x01", CONTROL),
    ("POSTGRES_INITDB_WALDIR", "{data}/wal", "lie within each other"),
    ("CITUS_RUN_DIR", "{data}", "is the same as the data directory"),
    ("CITUS_RUN_DIR", "{data}/x/../run", "is within the data directory"),
    ("CITUS_RUN_DIR", "{data}/../bin/citus-init", "is not a directory"),
    ("CITUS_RUN_DIR", "run", "is not an absolute path"),
    ("CITUS_NODE_HOST", "a\nb", "is not a host name"),
    ("CITUS_NODE_HOST", "a..b", "is not a host name"),
    ("CITUS_NODE_HOST", "10.1.1", "is not a host name"),
    ("CITUS_WORKERS", "w1,w2..", "is wrong in entry 2"),
])
def test_a_start_is_refused_before_anything_is_made(place, name, value, text):
    value = value.replace("{data}", str(place.data))
    before = sorted(place.path.rglob("*"))
    with place.start(*SERVER, **{**FAST, name: value}) as node:
        message = refused(node, CONFIG, f"{name}: ", text)
    assert "\n" not in message.rstrip("\n").split(f"{name}: ", 1)[1], message
    assert sorted(place.path.rglob("*")) == before


@pytest.mark.parametrize("name, link, target, text", [
    ("CITUS_RUN_DIR", "run-link", "data", "is the same as the data directory"),
    ("CITUS_RUN_DIR", "data-link/run", "data", "is within the data directory"),
    ("POSTGRES_INITDB_WALDIR", "data-link/wal", "data", "lie within each other"),
])
def test_a_link_that_leads_into_the_data_directory_is_refused(place, name, link, target, text):
    place.data.mkdir(mode=0o700)
    (place.path / link.split("/")[0]).symlink_to(place.path / target)
    before = sorted(place.path.rglob("*"))
    with place.start(*SERVER, **{**FAST, name: str(place.path / link)}) as node:
        refused(node, CONFIG, f"{name}: ", text, "by a symbolic link")
    assert sorted(place.path.rglob("*")) == before


def test_a_link_to_a_directory_of_the_system_is_not_taken(tmp_path):
    (tmp_path / "data").symlink_to("/etc")
    done = subprocess.run([BINARY, "check"], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": str(tmp_path / "data"),
                               "POSTGRES_PASSWORD": "x"})
    assert done.returncode == CONFIG and SYSTEM in done.stderr, done.stderr


# Validated only: as root a start would change owners.
@pytest.mark.parametrize("name, path", [
    ("PGDATA", path) for path in ("/", "//", "/.", "/var", "/etc/", "/usr/../var", "/proc/1/root", "/dev", "/tmp")
] + [("POSTGRES_INITDB_WALDIR", "/"), ("POSTGRES_INITDB_WALDIR", "/var/lib")])
def test_no_directory_of_the_system_is_taken(name, path):
    done = subprocess.run([BINARY, "check"], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": "/nowhere/data",
                               "POSTGRES_PASSWORD": "x", name: path})
    assert done.returncode == CONFIG and f"error: {name}: " in done.stderr and SYSTEM in done.stderr, done.stderr


def test_the_command_lines_data_directory_is_no_exception():
    done = subprocess.run([BINARY, "check", "--", "-D", "/"], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": "/nowhere/data",
                               "POSTGRES_PASSWORD": "x"})
    assert done.returncode == CONFIG and SYSTEM in done.stderr, done.stderr
