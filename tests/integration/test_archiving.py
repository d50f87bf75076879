"""CITUS_BACKUP=pgbackrest with the real pgBackRest: what is archived, and what people are told when it is not."""
# pylint: disable=redefined-outer-name,unused-import
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest

from support.citus_node import free_port
from support.node import POSTGRES, Place
from support.node_fixtures import CONFIG, FAST, SERVER, initialised, place, refused, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.s3_server import KEY, SECRET, S3Server
from support.repository import open_directory, repository, wait_archived, wait_failed, wait_segment
from support.tier import nightly

pytestmark = needs_pgbackrest

QUICK = {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "CITUS_RECONCILE_INTERVAL": "500ms"}
CONFIGURATION = "/var/run/postgresql/citus_init/pgbackrest.conf"


def start(place, repository, **settings):
    return place.start(*SERVER, CITUS_BACKUP_REPO=repository.setting, **QUICK, **FAST, **settings)


def switch(node):
    """Ends a WAL segment; its name."""
    return node.psql("CREATE TABLE IF NOT EXISTS t (); DROP TABLE t; "
                     "SELECT pg_walfile_name(pg_switch_wal())").splitlines()[-1]


def test_wal_is_archived_and_shown(place, repository):
    with start(place, repository) as node:
        node.wait_ready()
        wait_archived(node)
        assert "WAL is archived to the stanza app-0 in posix:" in node.output()
        wait_segment(repository, switch(node), node)
        health = node.inside("citus-init", "health")
        assert "archive" not in health.stdout
        conf = os.stat(place.run / "citus_init/pgbackrest.conf")
        assert stat.S_IMODE(conf.st_mode) == 0o600 and conf.st_uid == POSTGRES.pw_uid
        assert node.stop() == 0
        last = repository.segments()[-1]
    with start(place, repository) as node:
        node.wait_ready()
        wait_archived(node)
        assert repository.segments()[-1] > last, "the check has ended another segment"
        assert node.stop() == 0


def test_explain_render_and_check_know_it(initialised, repository):
    with start(initialised, repository, CITUS_BACKUP_CIPHER_PASS="hush hush") as node:
        node.wait_ready()
        settings = {"CITUS_BACKUP_REPO": repository.setting, **QUICK, "PGDATA": str(initialised.data),
                    "CITUS_BACKUP_CIPHER_PASS": "hush hush"}
        explained = node.inside("citus-init", "explain", "archive_command", environment=settings).stdout
        assert "--stanza=app-0 archive-push" in explained and "CITUS_BACKUP" in explained, explained
        rendered = node.inside("citus-init", "render", environment=settings).stdout
        assert CONFIGURATION in rendered and "repo1-cipher-pass=***" in rendered, rendered
        assert "hush" not in rendered + explained
        assert "configuration is valid" in node.inside("citus-init", "check", environment=settings).stdout


def test_secrets_are_in_no_environment_and_no_command_line(place, repository):
    with start(place, repository, CITUS_BACKUP_CIPHER_PASS="hush hush") as node:
        node.wait_ready()
        wait_archived(node)
        found = node.inside("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | "
                            "grep -a hus[h] || true").stdout
        # Of PID 1 itself the container's starter decides.
        assert found.splitlines() in ([], ["CITUS_BACKUP_CIPHER_PASS=hush hush"]), found
        server = node.inside("sh", "-c", f"cat /proc/{node.postmaster()}/environ | tr '\\0' '\\n'").stdout
        assert "CIPHER" not in server
        assert "hush" not in node.output()


def test_a_wrong_passphrase_is_reported_and_stops_nothing(place, initialised, repository):
    with start(place, repository, CITUS_BACKUP_CIPHER_PASS="right") as node:
        node.wait_ready()
        wait_archived(node)
        assert node.stop() == 0
    with start(place, repository, CITUS_BACKUP_CIPHER_PASS="wrong") as node:
        node.wait_ready()
        text = wait_failed(node, "cannot be read with this passphrase", "CITUS_BACKUP_CIPHER_PASS")
        assert "right" not in text and "wrong" not in text
        assert "archive" in node.inside("citus-init", "health").stdout
        assert node.stop() == 0, node.output()


def test_a_repository_that_goes_away_and_comes_back(place, repository):
    with start(place, repository) as node:
        node.wait_ready()
        wait_archived(node)
        away = repository.path.with_name("away")
        repository.path.rename(away)
        segment = switch(node)
        text = wait_failed(node, "does not have this stanza, or is not there", "is its volume mounted?", "since 20",
                           "in pg_wal")
        assert "app-0" in text
        assert not repository.path.exists(), "made anew in the place of a volume"
        assert "is not archived to the stanza app-0" in node.stderr
        away.rename(repository.path)
        wait_segment(repository, segment, node)
        wait_archived(node)
        assert "WAL is archived again to the stanza app-0" in node.output()
        assert node.stop() == 0


def test_an_empty_directory_in_the_place_of_a_repository_gets_no_stanza(place, repository):
    with start(place, repository) as node:
        node.wait_ready()
        wait_archived(node)
        assert node.stop() == 0
    shutil.rmtree(repository.path / "archive")
    shutil.rmtree(repository.path / "backup")
    with start(place, repository) as node:
        node.wait_ready()
        text = wait_failed(node, "does not have this stanza")
        command = re.search(r"to begin anew because it is lost: (pgbackrest \S+ \S+ stanza-create)", text).group(1)
        assert not list(repository.path.glob("archive/*"))
        node.inside(*command.split(), user="postgres", environment={"HOME": "/tmp"})
        wait_archived(node, deadline=90)
        assert node.stop() == 0


def test_a_stanza_of_another_cluster_is_not_written_to(place, repository):
    with Place() as other:
        with start(other, repository) as node:
            node.wait_ready()
            wait_archived(node)
            assert node.stop() == 0
    before = repository.segments()
    with start(place, repository) as node:
        node.wait_ready()
        own = node.psql("SELECT system_identifier FROM pg_control_system()")
        text = wait_failed(node, "belongs to another cluster", "CITUS_BACKUP_NAME of its own", f"this one has {own}")
        assert "app-0" in text
        switch(node)
        wait_failed(node, "segment")
        assert repository.segments() == before
        assert node.stop() == 0


@nightly
def test_a_repository_that_may_not_be_written_stops_no_start(place, repository):
    os.chown(repository.path, 0, 0)
    repository.path.chmod(0o555)
    with start(place, repository) as node:
        node.wait_ready()
        wait_failed(node, "may not write to the repository")
        os.chown(repository.path, POSTGRES.pw_uid, POSTGRES.pw_gid)
        repository.path.chmod(0o750)
        wait_archived(node, deadline=90)
        assert node.stop() == 0


@nightly
def test_a_server_is_asked_as_seldom_as_a_failing_stanza_is_tried(place, repository):
    os.chown(repository.path, 0, 0)
    repository.path.chmod(0o555)
    settings = {**QUICK, "CITUS_RECONCILE_INTERVAL": "10s", "CITUS_GUC_LOG_CONNECTIONS": "on"}
    with place.start(*SERVER, CITUS_BACKUP_REPO=repository.setting, **FAST, **settings) as node:
        node.wait_ready()
        wait_failed(node, "may not write to the repository")

        def connections():
            return node.stderr.count("connection authorized: ")

        before, begin = connections(), time.monotonic()
        wait_until(lambda: connections() >= before + 5, node.output)
        assert time.monotonic() - begin > 5  # twice a second before
        assert node.stop() == 0


@nightly
def test_a_full_repository_is_reported(place, repository):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=2m,uid={POSTGRES.pw_uid},mode=750", "tmpfs",
                    str(repository.path)], check=True)
    try:
        with start(place, repository, CITUS_BACKUP_OPTIONS="compress-type=none") as node:
            node.wait_ready()
            wait_failed(node, "the repository's disk is full", deadline=120)
            assert node.psql("SELECT 1") == "1"
            assert node.stop() == 0
    finally:
        subprocess.run(["umount", "--lazy", str(repository.path)], check=True)


@nightly
def test_a_hanging_archive_is_reported_and_stops_no_stop(place, repository):
    with start(place, repository, CITUS_STOP_TIMEOUT="4s") as node:
        node.wait_ready()
        wait_archived(node)
        info = next(repository.path.glob("archive/app-0/archive.info"))
        info.rename(info.with_suffix(".kept"))
        os.mkfifo(info)
        os.chown(info, POSTGRES.pw_uid, POSTGRES.pw_gid)
        switch(node)
        wait_failed(node, "pgBackRest does not come to an end", deadline=120)
        assert node.psql("SELECT 1") == "1"
        assert node.stop(deadline=20) == 0, node.output()
        assert "shut down cleanly" in node.output()


@pytest.fixture
def s3(open_directory):
    with S3Server(open_directory) as server:
        yield server


def start_with_s3(place, server, bucket="backups", **settings):
    port = str(free_port("127.0.0.1"))
    return place.start(*SERVER, "-c", "listen_addresses=", network="host", PGPORT=port,
                       CITUS_BACKUP_REPO=server.setting(bucket), CITUS_BACKUP_S3_KEY=KEY,
                       CITUS_BACKUP_S3_KEY_SECRET=SECRET, **{**QUICK, **FAST, **settings})


@nightly
def test_wal_is_archived_to_s3_over_tls(place, s3):
    trusted = {"CITUS_BACKUP_OPTIONS": f"repo1-storage-ca-file={s3.certificate}"}
    with start_with_s3(place, s3, **trusted) as node:
        node.wait_ready()
        wait_archived(node)
        assert any("archive/app-0" in str(name) for name in s3.objects())
        assert node.stop() == 0
    with start_with_s3(place, s3) as node:
        node.wait_ready()
        wait_failed(node, "the certificate of the repository's server is not trusted", "repo1-storage-ca-file", deadline=150)
        assert node.stop() == 0
    with start_with_s3(place, s3, bucket="nope", **trusted) as node:
        node.wait_ready()
        wait_failed(node, "refuses the request", "NoSuchBucket", "CITUS_BACKUP_REPO", deadline=150)
        assert node.stop() == 0


@nightly
def test_an_s3_server_that_is_stopped_is_reported_and_stops_nothing(place, s3):
    trusted = {"CITUS_BACKUP_OPTIONS": f"repo1-storage-ca-file={s3.certificate} io-timeout=5"}
    with start_with_s3(place, s3, **trusted) as node:
        node.wait_ready()
        wait_archived(node)
        s3.process.send_signal(signal.SIGSTOP)
        try:
            port = (place.data / "postmaster.pid").read_text().splitlines()[3]
            node.inside("psql", "-U", "postgres", "-p", port, "-c", "SELECT pg_create_restore_point('x'), pg_switch_wal()")
            wait_failed(node, "app-0", deadline=150)
            assert node.stop(deadline=20) == 0
        finally:
            s3.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("settings, words", [
    ({"CITUS_BACKUP_REPO": "pgbackrest://host"}, ["CITUS_CLUSTER_SECRET: is not set", "the repository host host:8432"]),
    ({"CITUS_BACKUP_REPO": "posix:/b", "CITUS_GUC_ARCHIVE_COMMAND": "cp %p /hush"},
     ["CITUS_GUC_ARCHIVE_COMMAND: sets archive_command", "set CITUS_BACKUP=none"]),
    ({"CITUS_BACKUP_REPO": "posix:/b", "CITUS_GUC_ARCHIVE_MODE": "off"}, ["sets archive_mode"]),
    ({"CITUS_BACKUP_REPO": "posix:/b", "PGBACKREST_REPO1_PATH": "/x"}, ["PGBACKREST_REPO1_PATH"]),
])
def test_what_cannot_work_is_refused(place, settings, words):
    with place.start(*SERVER, **{**QUICK, **FAST, **settings}) as node:
        assert "hush" not in refused(node, CONFIG, *words)
        assert place.listing() is None, "nothing is touched"


def test_a_pgbackrest_that_does_not_know_the_server_is_refused(place, repository):
    fake = place.programs / "pgbackrest"
    fake.write_text("#!/bin/sh\necho 'pgBackRest 2.29'\n")
    fake.chmod(0o755)
    with start(place, repository) as node:
        refused(node, CONFIG, "is pgBackRest 2.29 here, which does not know PostgreSQL", "or set CITUS_BACKUP=none")


def test_a_missing_pgbackrest_is_refused(place, repository):
    fake = place.programs / "pgbackrest"
    fake.write_text("#!/bin/sh\nexit 127\n")
    fake.chmod(0o755)
    with start(place, repository) as node:
        refused(node, CONFIG, "which is not installed or reports no version", "Debian: pgbackrest")
