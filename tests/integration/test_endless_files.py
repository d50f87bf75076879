"""Files that never end, or are no files: told, and never waited for. SIGTERM is obeyed from the first moment."""
# pylint: disable=redefined-outer-name,unused-import
import fcntl
import os
import time

import pytest

from support.node_fixtures import CONFIG, DATA, FAST, SERVER, initialised, place, template  # noqa: F401
from support.pid_namespace import wait_until
from support.strange_files import SOON, as_servers_user, fifo


@pytest.mark.parametrize("variable", ["POSTGRES_PASSWORD_FILE", "CITUS_CLUSTER_SECRET_FILE", "CITUS_CONFIG_PATH"])
@pytest.mark.parametrize("kind", ["fifo", "/dev/zero", "huge"])
def test_a_setting_from_a_file_that_never_ends_is_refused(place, variable, kind):
    path = place.path / "strange"
    if kind == "fifo":
        fifo(path)
    elif kind == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    else:
        path = kind
    settings = {**FAST, variable: str(path)}
    if variable == "POSTGRES_PASSWORD_FILE":
        del settings["POSTGRES_PASSWORD"]
    with place.start(*SERVER, **settings) as node:
        assert node.wait(SOON) == CONFIG, node.output()
        assert "larger than" in node.stderr if kind == "huge" else "not a regular file" in node.stderr
    assert place.listing() is None


@pytest.mark.parametrize("name", ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf",
                                  "citus_init/marker.json", "citus_init/postgresql.conf"])
def test_a_fifo_in_the_data_directory_ends_the_start(initialised, name):
    fifo(initialised.data / name)
    with initialised.start(*SERVER) as node:
        if name == "citus_init/postgresql.conf":  # ours, which is written anew
            node.wait_ready()
            assert node.stop() == 0
        else:
            assert node.wait(SOON) in (DATA, CONFIG), node.output()
            assert name in node.stderr


def test_an_included_fifo_ends_the_start(initialised):
    fifo(initialised.data / "more.conf")
    with open(initialised.data / "postgresql.conf", "a", encoding="utf-8") as conf:
        conf.write("include 'more.conf'\n")
    with initialised.start(*SERVER) as node:
        assert node.wait(SOON) == CONFIG, node.output()


def test_health_does_not_wait_for_a_fifo(initialised):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        state = node.inside("sh", "-c", "ls /run/postgresql/citus-init.json /run/citus*/citus-init.json 2>/dev/null",
                            check=False).stdout.split()[0]

        def refused():
            """Unless PID 1 has written its state anew in between."""
            node.inside("sh", "-c", f"rm {state} && mkfifo {state}")
            done = node.inside("timeout", str(SOON), "citus-init", "health", check=False)
            assert done.returncode in (0, 1), done
            return done.returncode == 1 and "not a regular file" in done.stdout
        wait_until(refused, node.output)


def test_a_stop_is_obeyed_while_an_init_file_waits_for_ever(place):
    os.mkfifo(place.init_files / "1.sql")
    with place.start(*SERVER, **FAST) as node:
        node.wait_output("running /docker-entrypoint-initdb.d/1.sql")
        node.stop(deadline=SOON)
    assert place.listing() == []


def open_file(pid, descriptor):
    """The path that a process has open there, "" where it has closed it meanwhile."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except FileNotFoundError:
        return ""


def test_a_stop_is_obeyed_while_another_node_chooses_its_slot(place):
    place.data.mkdir()
    as_servers_user(place.data)
    held = os.open(place.data, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with place.start(*SERVER, **FAST, CITUS_DATA_SLOTS="true", CITUS_NODE_HOST="w1") as node:
            pid = node.pid1
            begin = time.monotonic()
            while not any(open_file(pid, fd) == str(place.data) for fd in os.listdir(f"/proc/{pid}/fd")):
                assert time.monotonic() < begin + SOON, node.output()
            assert node.stop(deadline=SOON) == 0
            assert "stopped on request" in node.stderr
    finally:
        os.close(held)
