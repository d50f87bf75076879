"""A server in recovery: archive recovery to a target, a hot standby, a standby that lets nobody in."""
import json
import shutil
import subprocess

import pytest

from support.node import READY_LINE, Place
from support.pid_namespace import wait_until
from support.status_text import read_state

LONG = 90


def state_of(place):
    try:
        return read_state(place.run / "citus-init.json")
    except (FileNotFoundError, json.JSONDecodeError):
        return {"state": "", "reason": "", "membership": ""}


@pytest.fixture(params=[False, True], ids=["plain", "citus"])
def start(request, programs):
    settings = {"POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync", "CITUS_PG_BINDIR": programs}
    if request.param:
        settings["CITUS_ENABLE"] = "true"
    return lambda place, *words: place.start("postgres", "-c", "fsync=off", *words, **settings)


@pytest.fixture
def restored(start):
    """A backup with an archive that goes on past the restore point "before"."""
    with Place() as original, Place() as copy:
        archive = original.path / "archive"
        archive.mkdir()
        shutil.chown(archive, "postgres", "postgres")
        archiving = ("-c", "archive_mode=on", "-c", f"archive_command=cp %p {archive}/%f")
        with start(original, *archiving) as node:
            node.wait_ready()
            assert node.stop() == 0
        copy.adopt(original)
        with start(original, *archiving) as node:
            node.wait_ready()
            node.psql("CREATE TABLE t AS SELECT 1 AS i")
            node.psql("SELECT pg_create_restore_point('before')")
            node.psql("DROP TABLE t")
            node.psql("SELECT pg_switch_wal()")
            assert node.stop() == 0
        copy.restore = ("-c", f"restore_command=cp {archive}/%f %p")
        yield copy


def signal_file(place, name):
    subprocess.run(["install", "-o", "postgres", "-g", "postgres", "-m", "600", "/dev/null", str(place.data / name)],
                   check=True)


def test_a_recovery_that_pauses_at_its_target_is_not_ready(start, restored):
    signal_file(restored, "recovery.signal")
    with start(restored, *restored.restore, "-c", "recovery_target_name=before") as node:
        wait_until(lambda: "paused" in state_of(restored)["reason"], node.output, LONG)
        state = state_of(restored)
        assert state["state"] == "recovering"
        assert "archive recovery" in state["reason"] and "recovery_target_name = 'before'" in state["reason"]
        assert "replayed to 0/" in state["reason"] and "pg_wal_replay_resume()" in state["reason"]
        assert READY_LINE not in [line.removeprefix("citus-init: ") for line in node.stdout.splitlines()]
        assert node.inside("citus-init", "health", check=False).returncode == 1
        node.psql("SELECT pg_wal_replay_resume()")
        wait_until(lambda: state_of(restored)["state"] == "ready", node.output, LONG)
        assert state_of(restored)["reason"] == "accepting connections"
        node.wait_output("citus-init: " + READY_LINE, stream="stdout")
        assert node.psql("SELECT i FROM t") == "1"
        assert node.stop() == 0


def test_a_standby_is_ready_for_reading_only_until_it_is_promoted(start, restored):
    signal_file(restored, "standby.signal")
    with start(restored, *restored.restore) as node:
        wait_until(lambda: state_of(restored)["state"] == "ready" and "replayed to" in state_of(restored)["reason"],
                   node.output, LONG)
        assert "standby, accepting connections for reading only" in state_of(restored)["reason"]
        assert node.inside("citus-init", "health").returncode == 0
        node.psql("SELECT pg_promote()")
        wait_until(lambda: state_of(restored)["reason"] == "accepting connections", node.output, LONG)
        assert "standby" not in state_of(restored)["membership"]
        node.psql("CREATE TABLE after_promotion ()")
        assert node.stop() == 0


def test_a_standby_that_lets_nobody_in_is_not_ready(start, restored):
    signal_file(restored, "standby.signal")
    with start(restored, *restored.restore, "-c", "hot_standby=off") as node:
        wait_until(lambda: "hot_standby is off" in state_of(restored)["reason"], node.output, LONG)
        assert state_of(restored)["state"] == "recovering"
        assert node.inside("citus-init", "health", check=False).returncode == 1
        assert node.stop() == 0
