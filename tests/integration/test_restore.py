"""CITUS_RESTORE of one server without Citus: an empty data directory becomes what was saved."""
# pylint: disable=redefined-outer-name,unused-import
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.citus_node import free_port
from support.node import POSTGRES, Place
from support.node_fixtures import FAST, SERVER, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import Repository, wait_archived
from support.scratch import SCRATCH
from support.tier import nightly

pytestmark = [needs_pgbackrest, pytest.mark.xdist_group(__name__)]

QUIET = ("-c", "listen_addresses=")


class Server:
    """One that archives, and its verbs."""

    def __init__(self, repository):
        self.port, self.repository, self.points = str(free_port("127.0.0.1")), repository, []
        self.copied = repository.path.with_name("copied")
        self.settings = {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "CITUS_BACKUP_REPO": repository.setting,
                         "CITUS_BACKUP_CIPHER_PASS": "hush hush", "PGPORT": self.port, **FAST}

    def start(self, place, **settings):
        return place.start(*SERVER, *QUIET, network="host", **{**self.settings, **settings})

    def verb(self, node, *arguments):
        environment = {**self.settings, "PGDATA": str(node.place.data)}
        return node.inside("citus-init", *arguments, environment=environment).stdout

    def sql(self, node, statement):
        return node.inside("psql", "-XAtq", "-U", "postgres", "-p", self.port, "-c", statement).stdout.strip()

    def rows(self, node):
        return self.sql(node, "SELECT string_agg(v, ' ' ORDER BY v) FROM saved_rows")


def copy_repository(repository, copied):
    shutil.copytree(repository, copied, symlinks=True)
    subprocess.run(["chown", "-R", "postgres:postgres", str(copied)], check=True)


@pytest.fixture(scope="module")
def saved(template):
    """A stopped server, with the points `first` and `second`, and rows after both."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, Place() as original:
        os.chmod(path, 0o755)
        server = Server(Repository(Path(path) / "backup"))
        with server.start(original.adopt(template)) as node:
            node.wait_ready()
            wait_archived(node)
            server.sql(node, "CREATE TABLE saved_rows (v text); INSERT INTO saved_rows VALUES ('a')")
            server.sql(node, "ALTER SYSTEM SET restore_command = 'false'")
            server.verb(node, "backup", "--name", "first")
            server.sql(node, "INSERT INTO saved_rows VALUES ('b')")
            server.verb(node, "restore-point", "second")
            server.sql(node, "INSERT INTO saved_rows VALUES ('c')")
            server.points = json.loads(server.verb(node, "backups", "-o", "json"))["points"]
            assert node.stop() == 0
        copy_repository(server.repository.path, server.copied)
        yield server


def test_an_empty_directory_is_restored_and_serves(saved):
    with Place() as other:
        with saved.start(other, CITUS_RESTORE="latest") as node:
            node.wait_ready()
            assert saved.rows(node) == "a b"
            assert "restored to the restore point second" in node.output()
            assert "removed what ALTER SYSTEM had set in the original" in node.output()
            assert saved.sql(node, "SHOW restore_command").startswith("pgbackrest")
            assert not [name for name in other.listing() if name.startswith("citus_init.")]
            wait_archived(node)
            # The restored one is backed up like any other.
            assert "restore point third: 1 group" in saved.verb(node, "backup", "--type", "full", "--name", "third")
            saved.sql(node, "INSERT INTO saved_rows VALUES ('d')")
            assert node.stop() == 0
        # It has no effect on a directory that holds a cluster.
        with saved.start(other, CITUS_RESTORE="first") as node:
            node.wait_ready()
            assert saved.rows(node) == "a b d"
            assert node.stop() == 0
    with Place() as again, saved.start(again, CITUS_RESTORE="first") as node:
        node.wait_ready()
        assert saved.rows(node) == "a"
        assert node.stop() == 0


def test_what_cannot_be_restored_is_refused_before_anything_is_made(saved):
    wrong = {
        "nowhere": ({"CITUS_RESTORE": "nowhere"}, 78, "is not a restore point of the cluster app", "first"),
        "cluster": ({"CITUS_RESTORE": "latest", "CITUS_RESTORE_FROM": "other"}, 69, "has no stanza of other"),
        "passphrase": ({"CITUS_RESTORE": "latest", "CITUS_BACKUP_CIPHER_PASS": "wrong"}, 69, "passphrase"),
        "name": ({"CITUS_RESTORE": "a/b"}, 78, "is not a name of a restore point"),
    }
    for settings, code, *texts in wrong.values():
        with Place() as other, saved.start(other, **settings) as node:
            assert node.wait() == code, node.output()
            assert all(text in node.output() for text in texts), (texts, node.output())
            assert not other.listing()
    repository = saved.repository
    away = repository.path.with_name("away")
    repository.path.rename(away)
    with Place() as other, saved.start(other, CITUS_RESTORE="latest") as node:
        assert node.wait() == 69, node.output()
        assert not other.listing()
    away.rename(repository.path)


# The real one, which waits at the gate before it restores.
PROGRAM = """#!/bin/sh
for last; do :; done
here=$(dirname "$0")
if [ "$last" = restore ] && [ -e "$here/gate" ]; then read line < "$here/gate"; fi
exec {program} "$@"
"""


def test_a_restore_that_was_killed_goes_on(saved):
    with Place() as other:
        wrapper = other.programs / "pgbackrest"
        wrapper.write_text(PROGRAM.replace("{program}", shutil.which("pgbackrest")))
        wrapper.chmod(0o755)
        gate = other.programs / "gate"
        os.mkfifo(gate)
        with saved.start(other, CITUS_RESTORE="first") as node:
            wait_until(lambda: "citus_init.restore" in (other.listing() or []), node.output)
            health = json.loads(node.inside("citus-init", "health", "-o", "json", check=False).stdout)
            assert "restoring the data directory" in str(health), health
            node.stop(signal.SIGKILL)
        gate.unlink()
        record = json.loads((other.data / "citus_init.restore.json").read_text())
        assert record["phase"] == "files" and record["point"] == "first"
        # Without the setting, too: what was begun is known.
        with saved.start(other) as node:
            node.wait_ready()
            assert saved.rows(node) == "a"
            assert node.stop() == 0


def test_a_stop_in_the_middle_is_one(saved):
    with Place() as other:
        wrapper = other.programs / "pgbackrest"
        wrapper.write_text(PROGRAM.replace("{program}", shutil.which("pgbackrest")))
        wrapper.chmod(0o755)
        os.mkfifo(other.programs / "gate")
        with saved.start(other, CITUS_RESTORE="first") as node:
            wait_until(lambda: "citus_init.restore" in (other.listing() or []), node.output)
            assert node.stop() == 0
            assert "stopped on request" in node.output()


def test_a_point_whose_wal_is_missing_in_the_middle_is_not_chosen(saved):
    repository = saved.copied
    segment, = {group["wal_file"] for point in saved.points if point["name"] == "second" for group in point["manifest"]["groups"]}
    archived, = (repository / "archive/app-0").glob(f"*/*/{segment}-*")
    archived.unlink()
    with Place() as other, saved.start(other, CITUS_RESTORE="second", CITUS_BACKUP_REPO=f"posix:{repository}") as node:
        assert node.wait() == 78, node.output()
        assert "WAL of app-0 is missing between" in node.output() and segment in node.output()
        assert "These can, the newest first: first" in node.output()
        assert not other.listing()
    with Place() as other, saved.start(other, CITUS_RESTORE="latest", CITUS_BACKUP_REPO=f"posix:{repository}") as node:
        node.wait_ready()
        assert saved.rows(node) == "a"
        assert node.stop() == 0


def test_a_running_server_is_restored_in_its_place(saved):
    with Place() as other, saved.start(other, CITUS_RESTORE="second", CITUS_RESTORE_FROM="app", CITUS_BACKUP_NAME="own") as node:
        node.wait_ready()
        wait_archived(node)
        # Root's alone, as the verb is called by root.
        secret = other.path / "cipher"
        secret.write_text(saved.settings["CITUS_BACKUP_CIPHER_PASS"])
        secret.chmod(0o600)
        environment = {**saved.settings, "CITUS_BACKUP_NAME": "own", "PGDATA": str(other.data),
                       "CITUS_BACKUP_CIPHER_PASS": None, "CITUS_BACKUP_CIPHER_PASS_FILE": str(secret)}
        environment = {name: value for name, value in environment.items() if value is not None}

        def verb(*arguments, check=True):
            return node.inside("citus-init", *arguments, environment=environment, check=check)
        verb("backup", "--name", "mine")
        saved.sql(node, "INSERT INTO saved_rows VALUES ('d')")
        # Its own repository's, not that of the variable.
        done = verb("restore", "second", "--yes", check=False)
        assert done.returncode == 78 and "These can, the newest first: mine" in done.stderr, done
        done = verb("restore", "latest", "--yes")
        assert "the cluster is restored to the restore point mine" in done.stdout, done
        assert saved.rows(node) == "a b"
        assert "with what is there of its files" in node.output()
        # Once more, from the new timeline, cut off in the middle by a stop.
        wait_archived(node)
        saved.sql(node, "INSERT INTO saved_rows VALUES ('e')")
        # An order that cannot be noted is tried again.
        record = other.data / "citus_init.restore.json"
        record.mkdir()
        verb("restore", "mine", "--yes", "--detach")
        node.wait_output("the restore to mine that was ordered is not begun, and tried again")
        assert saved.rows(node) == "a b e"
        record.rmdir()
        wait_until(record.is_file, node.output)
        assert node.stop() == 0
        again = saved.start(other, CITUS_BACKUP_NAME="own", CITUS_RESTORE="second", CITUS_RESTORE_FROM="app")
        with again:
            again.wait_ready()
            assert saved.rows(again) == "a b"
            assert not [name for name in other.listing() if name.startswith("citus_init.")]
            assert again.stop() == 0


@nightly
def test_a_mount_point_in_the_data_directory_is_refused_before_anything_is_moved(saved):
    settings = {"CITUS_BACKUP_NAME": "mounted"}
    with Place() as other:
        with saved.start(other, CITUS_RESTORE="second", CITUS_RESTORE_FROM="app", **settings) as node:
            node.wait_ready()
            wait_archived(node)
            environment = {**saved.settings, **settings, "PGDATA": str(other.data)}
            node.inside("citus-init", "backup", "--name", "wanted", environment=environment)
            assert node.stop() == 0
        mounted = other.data / "mounted"
        mounted.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", mounted], check=True)
        try:
            with saved.start(other, **settings) as node:
                node.wait_ready()
                node.inside("citus-init", "restore", "wanted", "--yes", "--detach", environment=environment)
                assert node.wait() == 65, node.output()
                assert f'"{mounted}" is a mount point' in node.stderr and "Nothing of the cluster" in node.stderr
            assert (other.data / "PG_VERSION").exists()
        finally:
            subprocess.run(["umount", mounted], check=True)


@nightly
def test_no_point_is_made_on_a_base_backup_of_a_timeline_that_was_left(saved):
    with Place() as other, saved.start(other, CITUS_RESTORE="second", CITUS_RESTORE_FROM="app", CITUS_BACKUP_NAME="left") as node:
        node.wait_ready()
        wait_archived(node)
        environment = {**saved.settings, "CITUS_BACKUP_NAME": "left", "PGDATA": str(other.data)}

        def verb(*arguments, code=0):
            done = node.inside("citus-init", *arguments, environment=environment, check=False)
            assert done.returncode == code, f"{done} {node.output()}"
            return done.stdout + done.stderr

        def restore(point, rows):
            verb("restore", point, "--yes")
            assert saved.rows(node) == rows
            wait_archived(node)
        verb("backup", "--type", "full", "--name", "early")
        verb("restore-point", "wanted")
        saved.sql(node, "INSERT INTO saved_rows VALUES ('d')")
        verb("backup", "--type", "full", "--name", "later")
        restore("wanted", "a b")
        # The latest base backup has a row that this server never had: the one before it is the point's.
        saved.sql(node, "INSERT INTO saved_rows VALUES ('e')")
        verb("restore-point", "beside")
        restore("later", "a b d")
        restore("beside", "a b e")
        # Without that one there is none, until one is made.
        stanza, = json.loads(verb("backups", "-o", "json"))["stanzas"]
        early = stanza["backups"][0]["label"]
        configuration = other.run / "citus_init/pgbackrest.conf"
        node.inside("pgbackrest", f"--config={configuration}", "--stanza=left-0", f"--set={early}", "expire", user="postgres")
        refused = verb("restore-point", "nowhere", code=1)
        assert "left-0 (coordinator; those in the repository are of a timeline that it left) has no base backup" in refused, refused
        verb("backup", "--type", "incr", "--name", "again")
        saved.sql(node, "DELETE FROM saved_rows")
        restore("again", "a b e")
        assert node.stop() == 0


@nightly
def test_a_tablespace_and_a_wal_directory_keep_their_places():
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path, Place() as own:
        os.chmod(path, 0o755)
        server = Server(Repository(Path(path) / "backup"))
        wal, space = own.path / "wal", own.path / "space"
        server.settings.update({"POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_WALDIR": str(wal)})
        space.mkdir(0o700)
        os.chown(space, POSTGRES.pw_uid, POSTGRES.pw_gid)

        def check(node):
            assert server.rows(node) == "a"
            assert os.readlink(own.data / "pg_wal") == str(wal)
            assert [str(space)] == [os.readlink(entry) for entry in (own.data / "pg_tblspc").iterdir()]
        with server.start(own) as node:
            node.wait_ready()
            wait_archived(node)
            server.sql(node, f"CREATE TABLESPACE outside LOCATION '{space}'")
            server.sql(node, "CREATE TABLE saved_rows (v text) TABLESPACE outside; INSERT INTO saved_rows VALUES ('a')")
            server.verb(node, "backup", "--name", "first")
            server.sql(node, "INSERT INTO saved_rows VALUES ('b')")
            server.verb(node, "restore", "first", "--yes")
            check(node)
            assert node.stop() == 0
        for directory in (own.data, wal):
            shutil.rmtree(directory)
        copy = {"CITUS_RESTORE": "first", "CITUS_RESTORE_FROM": "app", "CITUS_BACKUP_NAME": "copy"}
        server.settings.update(copy)
        with server.start(own) as node:
            assert node.wait() == 69
            assert f"unable to restore to path '{space}/" in node.output() and "because it contains files" in node.output()
        for entry in space.iterdir():
            shutil.rmtree(entry)
        with server.start(own) as node:
            node.wait_ready()
            check(node)
            assert node.stop() == 0
