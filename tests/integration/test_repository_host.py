"""A repository host: a real pgBackRest over TLS, one node, and what people are told when it does not work."""
# pylint: disable=redefined-outer-name,unused-import
import json
import os
import shutil
import signal
import stat
import time

import pytest

from support.citus_node import free_port
from support.node import POSTGRES, Place
from support.node_fixtures import CONFIG, FAST, LOCKED, PERMISSION, SERVER, initialised, place, refused, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import (Repository, gate_pgbackrest, open_directory, open_gate, repository, wait_archived, wait_failed,
                                wait_segment)
from support.repository_host import CLUSTER_SECRET, REQUESTS, RepositoryHost, health, points, started_verb, verb, wait_gated
from support.terminal import Terminal
from support.tier import nightly

pytestmark = needs_pgbackrest

CIPHER = {"CITUS_BACKUP_CIPHER_PASS": "hush hush"}
OTHER_SECRET = "0d4c9be1f26a4a7f8832b5d7e01c6a943f27"


def start_node(place, settings, **more):
    """A node and the environment of its verbs."""
    settings = {"PGPORT": str(free_port("127.0.0.1")), **settings, **more}
    node = place.start(*SERVER, "-c", "listen_addresses=", network="host", **settings, **FAST)
    return node, {**settings, "PGDATA": str(place.data)}


def sql(node, environment, statement):
    return node.inside("psql", "-XAtq", "-U", "postgres", "-p", environment["PGPORT"], "-c", statement).stdout.strip()


@pytest.fixture
def owner(repository):
    with RepositoryHost(repository) as made:
        yield made


@pytest.fixture
def gated(owner):
    """One whose pgBackRest can be made to wait."""
    gate_pgbackrest(owner.place)
    yield owner, owner.place.programs / "gate"


def close_gate(gate):
    os.mkfifo(gate)
    os.chown(gate, POSTGRES.pw_uid, POSTGRES.pw_gid)


def wait_end(caller, code, *words):
    assert caller.wait() == code, caller.output()
    for word in words:
        assert word in caller.stderr, caller.output()


def test_a_node_is_backed_up_and_restored(initialised, repository):
    with RepositoryHost(repository, CITUS_BACKUP_RETENTION_FULL="2", **CIPHER) as owner, owner.running() as host:
        settings = owner.of_a_node(**CIPHER)
        node, environment = start_node(initialised, settings)
        with node:
            node.wait_ready()
            wait_archived(node)
            sql(node, environment, "CREATE TABLE saved_rows AS SELECT 'before' AS v")
            command = ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc", "citus-init", "backup",
                       "--type", "full", "--name", "first"]
            path = f"{initialised.programs}:/usr/bin:/bin:/usr/sbin:/sbin"
            with Terminal(command, env={"PATH": path, **environment}) as terminal:
                shown = terminal.expect("restore point first: 1 group")
                assert "[####" in shown, shown
            sql(node, environment, "INSERT INTO saved_rows VALUES ('between')")
            verb(node, "restore-point", "second", environment=environment)
            sql(node, environment, "INSERT INTO saved_rows VALUES ('lost')")
            assert points(node, environment) == {"first": True, "second": True}
            assert node.stop() == 0
        assert owner.requests() == [], "what a request has left"
        assert not any(b"hush" in file.read_bytes() for file in initialised.run.rglob("*.conf")), "the passphrase is the host's"
        assert "hush" not in host.output()
        with Place() as other:
            again, elsewhere = start_node(other, settings, CITUS_RESTORE="second", CITUS_BACKUP_NAME="copy",
                                          CITUS_RESTORE_FROM="app")
            with again:
                again.wait_ready()
                assert sql(again, elsewhere, "SELECT string_agg(v, ' ' ORDER BY v) FROM saved_rows") == "before between"
                wait_archived(again)
                assert again.stop() == 0, again.output()
            assert repository.segments("copy-0"), "the copy archives to its own stanza of the same host"
        assert host.stop() == 0, host.output()


def test_secrets_are_in_no_environment_and_no_command_line(initialised, gated):
    owner, gate = gated
    with owner.running(**CIPHER) as host:
        node, environment = start_node(initialised, owner.of_a_node(**CIPHER))
        with node:
            node.wait_ready()
            wait_archived(node)
            close_gate(gate)
            with started_verb(node, "backup", environment=environment):
                wait_gated(owner)
                for one, secret in ((host, "hus[h]"), (host, f"[{CLUSTER_SECRET[0]}]{CLUSTER_SECRET[1:]}")):
                    found = one.inside("sh", "-c", "for p in /proc/[0-9]*; do [ $p = /proc/1 ] || cat $p/environ $p/cmdline; done "
                                       f"2>/dev/null | tr '\\0' '\\n' | grep -a {secret} || true").stdout
                    assert found == "", found
            assert "hush" not in host.output() + node.output()


@nightly
def test_certificates_are_renewed_while_both_run(initialised, owner):
    lifetime = {"CITUS_CERTIFICATE_LIFETIME": "30s"}
    with owner.running(**lifetime) as host:
        node, environment = start_node(initialised, owner.of_a_node(**lifetime))
        with node:
            node.wait_ready()
            wait_archived(node)
            node.wait_output("renewed the certificate for the repository host", times=2)
            host.wait_output("renewed the repository host's certificate", times=2)
            verb(node, "backup", "--name", "later", environment=environment)
            assert points(node, environment) == {"later": True}
            assert node.stop() == 0


def test_expired_points_are_removed(initialised, repository):
    with RepositoryHost(repository, CITUS_BACKUP_RETENTION_FULL="1") as owner, owner.running():
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            verb(node, "backup", "--type", "full", "--name", "first", environment=environment)
            made = verb(node, "backup", "--type", "full", "--name", "second", environment=environment)
            assert "first" in made.stderr, made
            assert points(node, environment) == {"second": True}
            assert node.stop() == 0


def test_a_host_that_is_killed_fails_the_backup_and_serves_again(initialised, gated):
    owner, gate = gated
    host = owner.running()
    node, environment = start_node(initialised, owner.of_a_node())
    with node:
        node.wait_ready()
        wait_archived(node)
        close_gate(gate)
        with started_verb(node, "backup", environment=environment) as caller:
            wait_gated(owner)
            host.__exit__()
            gate.unlink()
            with owner.running() as host:
                wait_end(caller, 1, "the repository host was restarted before the end")
                verb(node, "backup", "--name", "again", environment=environment)
                assert points(node, environment) == {"again": True}
                assert host.stop() == 0
        assert node.stop() == 0


def test_a_host_whose_requests_are_removed_ends_and_serves_again(initialised, owner):
    with owner.running() as host:
        shutil.rmtree(owner.repository.path / REQUESTS)
        assert host.wait() == 74, host.output()
        assert "was removed, moved or unmounted" in host.stderr
    with owner.running():
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            verb(node, "backup", "--name", "again", environment=environment)
            assert points(node, environment) == {"again": True}
            assert node.stop() == 0


NOISY = """#!/bin/sh
for last; do :; done
if [ "$last" = backup ]; then
    i=0
    while [ $i -lt 200 ]; do
        echo "P01 DETAIL: backup file localhost:/data/base/1/$i (0B, 1%)"
        sleep 0.2
        i=$((i + 1))
    done
fi
exec {program} "$@"
"""


@nightly
def test_a_backup_that_prints_all_the_time_is_that_of_a_node_that_lives(initialised, owner):
    """For longer than the host waits for a sign of the node."""
    noisy = owner.place.programs / "pgbackrest"
    noisy.write_text(NOISY.replace("{program}", shutil.which("pgbackrest")))
    noisy.chmod(0o755)
    with owner.running():
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            verb(node, "backup", "--name", "noisy", environment=environment, deadline=150)
            assert points(node, environment) == {"noisy": True}
            assert node.stop() == 0
        assert owner.requests() == []


def test_a_host_that_is_stopped_cancels_the_backup_and_says_so(initialised, gated):
    owner, gate = gated
    with owner.running() as host:
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            close_gate(gate)
            with started_verb(node, "backup", environment=environment) as caller:
                wait_gated(owner)
                assert host.stop() == 0, host.output()
                wait_end(caller, 1, "the repository host was stopped before the end")
            assert owner.requests() == []
            assert node.stop() == 0


def test_an_interrupt_ends_the_run_on_the_host(initialised, gated):
    owner, gate = gated
    with owner.running() as host:
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            close_gate(gate)
            with started_verb(node, "backup", environment=environment) as caller:
                wait_gated(owner)
                caller.process.send_signal(signal.SIGINT)
                wait_end(caller, 1)
            host.wait_output("is cancelled: cancelled by the node")
            gate.unlink()
            verb(node, "backup", environment=environment)
            assert node.stop() == 0


@nightly
def test_a_node_that_is_killed_ends_the_run_on_the_host(initialised, gated):
    owner, gate = gated
    with owner.running() as host:
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            close_gate(gate)
            caller = started_verb(node, "backup", environment=environment)
            wait_gated(owner)
        caller.__exit__()
        host.wait_output("the node has not given a sign of life for 30 s")


def test_a_host_that_is_away_is_reported_and_waited_for(initialised, owner):
    node, _ = start_node(initialised, owner.of_a_node())
    with node:
        node.wait_ready()
        wait_failed(node, "the repository's server cannot be reached", "`citus-init repository-host` runs at pgbackrest://")
        with owner.running():
            wait_archived(node)
            assert node.stop() == 0


def test_another_secret_is_refused_by_both_sides(initialised, owner):
    with owner.running():
        node, _ = start_node(initialised, owner.of_a_node(CITUS_CLUSTER_SECRET=OTHER_SECRET))
        with node:
            node.wait_ready()
            wait_failed(node, "is not trusted", "the same CITUS_CLUSTER_SECRET")
            assert node.stop() == 0


def test_a_host_of_another_name_is_refused(initialised, owner):
    with owner.running(CITUS_NODE_HOST="backup.example", CITUS_BACKUP_LISTEN=f":{owner.port}"):
        settings = owner.of_a_node(CITUS_BACKUP_REPO=f"pgbackrest://127.0.0.2:{owner.port}")
        node, _ = start_node(initialised, settings)
        with node:
            node.wait_ready()
            wait_failed(node, "is for another host name", "Set CITUS_NODE_HOST of the repository host")
            assert node.stop() == 0


@nightly
def test_a_node_that_the_host_does_not_reach_is_named(initialised, owner):
    with owner.running():
        settings = owner.of_a_node(CITUS_NODE_HOST="nowhere.invalid")
        node, environment = start_node(initialised, settings)
        with node:
            node.wait_ready()
            wait_archived(node)
            failed = verb(node, "backup", environment=environment, check=False, deadline=300)
            assert failed.returncode == 1, failed
            assert "the repository host cannot reach pgBackRest's server of this node" in failed.stderr, failed
            assert node.stop() == 0


def test_a_node_without_the_passphrase_cannot_make_a_point(initialised, repository):
    with RepositoryHost(repository, **CIPHER) as owner, owner.running():
        node, environment = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_archived(node)
            failed = verb(node, "backup", environment=environment, check=False)
            assert failed.returncode == 69, failed
            assert "Set CITUS_BACKUP_CIPHER_PASS" in failed.stderr, failed
            assert node.stop() == 0


def test_a_repository_that_is_not_writable_is_named(initialised, owner):
    with owner.running():
        os.chmod(owner.repository.path, 0o555)
        node, _ = start_node(initialised, owner.of_a_node())
        with node:
            node.wait_ready()
            wait_failed(node, "may not write to the repository", "On the repository host")
            os.chmod(owner.repository.path, 0o750)
            wait_archived(node)
            assert node.stop() == 0


@pytest.mark.parametrize("settings, code, words", [
    ({"CITUS_CLUSTER_SECRET": None}, CONFIG, ["CITUS_CLUSTER_SECRET: is not set"]),
    ({"CITUS_BACKUP_REPO": "pgbackrest://other:8432"}, CONFIG, ["CITUS_BACKUP_REPO", "is not a directory"]),
    ({"CITUS_BACKUP_REPO": "posix:/nowhere"}, CONFIG, ["posix:/nowhere", "is not there", "Mount the volume"]),
    ({"CITUS_BACKUP_REPO": "posix:/usr"}, PERMISSION, ["posix:/usr", "cannot be written"]),
    ({"CITUS_BACKUP_LISTEN": "nowhere"}, CONFIG, ["CITUS_BACKUP_LISTEN", "is not [HOST]:PORT"]),
])
def test_settings_of_a_host_that_cannot_be_used_are_refused(owner, settings, code, words):
    with owner.start(**settings) as host:
        refused(host, code, *words)


def test_a_second_host_of_one_directory_is_refused(owner):
    with owner.running(), Place() as second:
        with second.start("repository-host", network="host", PGDATA=None,
                          **{**owner.settings, "CITUS_BACKUP_LISTEN": f"127.0.0.1:{free_port('127.0.0.1')}"}) as other:
            refused(other, LOCKED, "another repository host serves")


def test_a_port_that_is_taken_ends_the_host(owner):
    with owner.running(), Place() as second:
        repository = Repository(owner.repository.path.with_name("other"))
        with second.start("repository-host", network="host", PGDATA=None, CITUS_RESTART_LIMIT="1",
                          **{**owner.settings, "CITUS_BACKUP_REPO": repository.setting}) as other:
            assert other.wait() == 41, other.output()
            assert "Address already in use" in other.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_the_host(owner, number):
    with owner.running() as host:
        assert "ready: repository host: serving posix:" in health(host).stdout
        assert host.stop(number) == 0, host.output()


def test_a_host_reads_its_settings_again_and_replaces_a_server_that_died(owner):
    with owner.running() as host:
        file = owner.place.run / "citus_init/pgbackrest.conf"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        before = file.stat().st_ino
        host.signal(signal.SIGHUP)
        host.wait_output("settings were read again")
        assert file.stat().st_ino != before
        host.inside("sh", "-c", "kill -9 $(pgrep -x pgbackrest)")
        host.wait_output("is started again")
        wait_until(lambda: health(host).returncode == 0, host.output)
        assert host.stop() == 0


def test_a_host_reads_its_settings_again_without_a_secret_that_only_root_may_read(owner):
    secret = owner.place.file("secret", CLUSTER_SECRET, 0o400)
    with owner.running(CITUS_CLUSTER_SECRET=None, CITUS_CLUSTER_SECRET_FILE=secret) as host:
        host.signal(signal.SIGHUP)
        host.wait_output("settings were read again")
        assert f'CITUS_CLUSTER_SECRET_FILE: "{secret}" was not read again' in host.stderr
        assert CLUSTER_SECRET not in host.output()
        assert host.stop() == 0


REQUEST = {"format": 1, "command": "backup", "stanza": "app-0", "type": "full", "host": "localhost", "port": 1,
           "data_directory": "/data", "socket_directory": "/run", "server_port": "5432", "user": "u", "database": "d"}


@pytest.mark.parametrize("changes, words", [
    ({"stanza": "../app-0"}, '"stanza" cannot be used'),
    ({"command": "stanza-delete"}, '"command" cannot be used'),
    ({"data_directory": "/data\n--repo1-path=/"}, '"data_directory" cannot be used'),
    ({"id": "0" * 32}, '"id" cannot be used'),
    (None, "is 3600 s old"),
])
def test_a_request_that_cannot_be_used_is_answered_and_not_run(owner, changes, words):
    name = "4f" * 16
    directory = owner.repository.path / REQUESTS
    with owner.running() as host:
        text = json.dumps({**REQUEST, "id": name, **(changes or {})})
        file = directory / f"{name}.request.tmp"
        file.write_text(text)
        if changes is None:
            os.utime(file, (time.time() - 3600,) * 2)
        os.rename(file, directory / f"{name}.request")
        wait_until(lambda: f"{name}.answer.0" in owner.requests(), host.output)
        assert words in json.loads((directory / f"{name}.answer.0").read_text())["failure"]
        assert f"{name}.running" not in owner.requests()
        (directory / "read.tmp").write_text("")
        os.rename(directory / "read.tmp", directory / f"{name}.read")
        wait_until(lambda: owner.requests() == [], owner.requests)
        assert host.stop() == 0
