"""Bad surroundings: each ends in one clear message, the documented exit code, and nothing half-changed."""
# pylint: disable=redefined-outer-name,unused-import
import os
import pwd
import random
import shutil
import signal
import subprocess

import pytest

from support.node import POSTGRES, READY_LINE, control_data, major_version
from support.node_fixtures import FAST, SERVER, initialised, place, template
from support.pid_namespace import children_of, wait_until
from support.tier import first_by_day

# Before 15 only the start itself finds two settings that contradict each other.
CONTRADICTION = 78 if major_version() >= 15 else 1
# A name that is not ASCII takes a bootstrap server.
SINGLE_USER, SERVER_NEEDED = {"POSTGRES_DB": "app"}, {"POSTGRES_DB": "b\u00fccher"}
MOMENTS = [("creating subdirectories", {}), ("running bootstrap script", {}), ("single-user mode", SINGLE_USER),
           ("created the database", SINGLE_USER), ("bootstrap server is ready", SERVER_NEEDED),
           ("received fast shutdown request", SERVER_NEEDED), ("init process complete", {})]


def last_line(node):
    return node.stderr.strip().splitlines()[-1]


def everything_below(directory):
    return {path.relative_to(directory): path.lstat().st_mtime_ns for path in directory.rglob("*")}


@pytest.fixture
def small_disk(place):
    """A data directory on a file system of its own, too small for a cluster."""
    def mount(size):
        place.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", place.data], check=True)
        return place
    yield mount
    subprocess.run(["umount", place.data], check=True)


def test_a_disk_that_is_too_small_is_reported_before_initdb(small_disk):
    place = small_disk("20m")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() == 74
        assert str(place.data) in last_line(node)
    assert place.listing() == []


def test_a_file_system_without_inodes_is_refused_before_initdb(small_disk):
    place = small_disk("200m,nr_inodes=300")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() == 74
        assert "more files (inodes)" in last_line(node)
    assert place.listing() == []


def test_a_disk_that_fills_up_during_the_bootstrap_leaves_nothing(small_disk):
    place = small_disk("70m")
    place.init_file("fill.sql", "CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 100000);")
    with place.start(*SERVER, **FAST) as node:
        assert node.wait() not in (0, None)
        assert "No space left on device" in node.output()
    assert place.listing() == []


def test_a_port_in_use_ends_with_the_servers_own_words(initialised):
    """What binds first is the shell's; citus-init then runs in the same container."""
    script = (f"/usr/bin/python3 -c 'import socket, time; s = socket.create_server((\"\", 5432), family=socket.AF_INET6, dualstack_ipv6=True); "
              f"open(\"/run/postgresql/bound\", \"w\"); time.sleep(600)' & "
              "while [ ! -e /run/postgresql/bound ]; do :; done; exec citus-init \"$@\"")
    with initialised.start("-c", script, "sh", *SERVER, program="sh") as node:
        assert node.wait() == 1
        assert "could not bind" in node.stderr
        assert "before it was ready" in last_line(node)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert node.stop() == 0


@pytest.mark.parametrize("settings, variable", [
    ({"CITUS_ROLE": "master"}, "CITUS_ROLE"),
    ({"CITUS_COORDINATOR_PORT": "70000"}, "CITUS_COORDINATOR_PORT"),
    ({"CITUS_ENABLE": "true", "CITUS_ROLE": "worker"}, "CITUS_COORDINATOR_HOST"),
    ({"POSTGRES_DB": "a", "POSTGRES_DB_FILE": "/etc/hostname"}, "POSTGRES_DB"),
    ({"POSTGRES_PASSWORD": None, "POSTGRES_PASSWORD_FILE": "/nowhere/secret"}, "/nowhere/secret"),
    ({"POSTGRES_PASSWORD": ""}, "POSTGRES_PASSWORD"),
    ({"CITUS_GUC_WORK_MEM": "much"}, "CITUS_GUC_WORK_MEM"),
    ({"CITUS_GUC_NO_SUCH_SETTING": "1"}, "CITUS_GUC_NO_SUCH_SETTING"),
    ({"CITUS_STRICT": "true", "CITUS_ROEL": "worker"}, "CITUS_ROEL"),
    ({"CITUS_CLUSTER_SECRET": "hush"}, "CITUS_CLUSTER_SECRET"),
    ({"CITUS_STOP_TIMEOUT": "soon"}, "CITUS_STOP_TIMEOUT"),
])
def test_a_wrong_setting_touches_nothing(place, settings, variable):
    with place.start(*SERVER, **{**FAST, **settings}) as node:
        assert node.wait() == 78
        assert variable in node.stderr
        assert "hush" not in node.output()
    assert place.listing() in (None, [])


def test_a_wrong_setting_leaves_an_existing_directory_as_it_is(initialised):
    before = everything_below(initialised.data)
    with initialised.start(*SERVER, CITUS_GUC_WORK_MEM="much") as node:
        assert node.wait() == 78
    assert everything_below(initialised.data) == before


def test_a_contradiction_in_the_settings_of_a_fresh_directory_leaves_nothing(place):
    with place.start(*SERVER, **FAST, CITUS_GUC_WAL_LEVEL="minimal", CITUS_GUC_MAX_WAL_SENDERS="5") as node:
        assert node.wait() == CONTRADICTION
        assert "wal_level" in node.stderr
    assert place.listing() == []


def test_only_the_server_knows_that_two_settings_contradict(initialised):
    with initialised.start(*SERVER, CITUS_GUC_WAL_LEVEL="minimal", CITUS_GUC_MAX_WAL_SENDERS="5") as node:
        assert node.wait() == CONTRADICTION
        assert "wal_level" in node.stderr
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert node.stop() == 0


def test_a_data_directory_that_cannot_be_written(place):
    place.data.mkdir(mode=0o555)
    with place.start(*SERVER, user=(54321, 54321), **FAST) as node:
        assert node.wait() in (73, 77)
        assert str(place.data) in last_line(node)
    assert place.listing() == []


@pytest.mark.parametrize("is_initialised", [False, True])
@pytest.mark.parametrize("is_root", first_by_day([True, False]))
def test_a_read_only_file_system_is_reported_with_the_fix(place, template, is_root, is_initialised):
    owner = pwd.getpwnam("postgres")
    user = None if is_root else (owner.pw_uid, owner.pw_gid)
    if is_initialised:
        place.adopt(template)
    else:
        place.data.mkdir(mode=0o700)
        shutil.chown(place.data, owner.pw_uid, owner.pw_gid)
    subprocess.run(["mount", "--bind", place.data, place.data], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place.data], check=True)
        with place.start(*SERVER, user=user, **FAST) as node:
            assert node.wait() == 77, node.output()
            assert str(place.data) in last_line(node)
            assert "Read-only file system" in last_line(node) and "mount" in last_line(node)
    finally:
        subprocess.run(["umount", place.data], check=True)


@pytest.mark.parametrize("moment,settings", MOMENTS)
def test_killed_at_any_moment_of_the_first_start_the_next_one_is_whole(place, moment, settings):
    settings = {**FAST, "CITUS_TEMPLATE": "off", **settings}
    with place.start(*SERVER, CITUS_LOG_LEVEL="debug", **settings) as node:  # which shows the moments
        node.wait_output(moment)
        node.signal(signal.SIGKILL)
        node.wait()
    with place.start(*SERVER, **settings) as node:
        node.wait_ready()
        assert node.psql("SELECT 1", database=settings.get("POSTGRES_DB", "postgres")) == "1"
        assert node.stop() == 0
    assert not [name for name in place.listing() if "initdb" in name or "bootstrap" in name]


def kill_one_of(chance, victims):
    try:
        os.kill(chance.choice(sorted(victims)), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        pass  # there was none, or it was quicker


@pytest.mark.parametrize("seed", first_by_day(range(4)))
def test_children_killed_at_random_moments(place, seed):
    """Whatever dies, PID 1 comes to an end that it can explain, or to a node that works."""
    chance = random.Random(seed)
    with place.start(*SERVER, **FAST, CITUS_RESTART_LIMIT="100") as node:
        pid1 = node.pid1
        for _ in range(6):
            victims = {}
            for _ in range(chance.randint(1, 400)):  # looks, not seconds: how far it comes in between
                victims = children_of(pid1)
            kill_one_of(chance, victims)
        if READY_LINE in node.stdout:
            wait_until(lambda: node.psql("SELECT 1", check=False) == "1", node.output)
        elif node.process.poll() is None:
            node.signal(signal.SIGTERM)
        if node.process.poll() is None and READY_LINE in node.stdout:
            assert node.stop() == 0
        else:
            node.wait()
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.psql("SELECT 1") == "1"
        assert node.stop() == 0


def test_a_stop_at_any_moment_of_a_later_start_is_clean(initialised):
    for moment in ("Skipping initialization", "starting PostgreSQL", "ready to accept connections"):
        with initialised.start(*SERVER) as node:
            node.wait_output(moment)
            assert node.stop() == 0, node.output()
    assert control_data(initialised.data)["Database cluster state"] == "shut down"


def test_a_lock_file_that_was_never_filled_does_not_block_the_next_start(initialised):
    """What a postmaster leaves that is killed right after it made one."""
    for path in (initialised.data / "postmaster.pid", initialised.run / ".s.PGSQL.5432.lock"):
        path.touch()
        os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    with initialised.start(*SERVER) as node:
        node.wait_ready()
