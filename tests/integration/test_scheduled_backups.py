"""Backups that a node without Citus makes by itself."""
# pylint: disable=redefined-outer-name,unused-import
import json
import re
import shutil
import signal
import time
from datetime import datetime


from support.node_fixtures import FAST, SERVER, initialised, place, template
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import open_directory, repository, wait_archived
from support.tier import nightly

pytestmark = needs_pgbackrest

LONG = 90


class Saved:
    """A node with a schedule, and what its repository has."""

    def __init__(self, place, repository, **settings):
        self.settings = {"CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app", "CITUS_BACKUP_REPO": repository.setting,
                         "CITUS_RECONCILE_INTERVAL": "500ms", "CITUS_BACKUP_OPTIONS": "compress-type=none repo1-bundle=y",
                         **settings}
        self.place = place

    def start(self, **settings):
        return self.place.start(*SERVER, **FAST, **{**self.settings, **settings})

    def verb(self, node, *words):
        return node.inside("citus-init", *words, environment={**self.settings, "PGDATA": str(self.place.data)}).stdout

    def listing(self, node):
        return json.loads(self.verb(node, "backups", "-o", "json"))

    def types(self, node):
        """Of the base backups, oldest first."""
        return [backup["type"] for backup in self.listing(node)["stanzas"][0]["backups"]]

    def points(self, node):
        """Name and time of those that can be restored, oldest first."""
        return [(point["name"], datetime.fromisoformat(point["manifest"]["time_text"].rstrip("Z")).timestamp())
                for point in reversed(self.listing(node)["points"]) if point["restorable"]]


def backup_status(node):
    return json.loads(node.inside("citus-init", "health", "-o", "json", check=False).stdout or "{}").get("backup") or {}


def gaps(times):
    return [later - before for before, later in zip(times, times[1:])]


def test_a_schedule_makes_backups_and_points_and_goes_on_after_a_downtime(initialised, repository):
    saved = Saved(initialised, repository, CITUS_BACKUP_FULL_EVERY="1h", CITUS_BACKUP_INCR_EVERY="30s",
                  CITUS_RESTORE_POINT_EVERY="10s")
    with saved.start() as node:
        node.wait_ready()
        node.wait_output("scheduled backup is made: 1 full, 0 incremental, ", deadline=LONG)
        assert re.search(r"is made: 1 full, 0 incremental, [\d.]+ MB \([\d.]+ MB in the repository\) in \d+s, restore point "
                         r"app-\d{8}T\d{6}Z", node.output())
        node.wait_output("scheduled restore point app-", times=2, deadline=LONG)
        node.wait_output("scheduled backup is made: 0 full, 1 incremental, ", deadline=LONG)
        status = wait_until(lambda: (found := backup_status(node)).get("last", 0) > found.get("last_full", 0) and found, "last")
        assert 0 < status["last_full"] and status["last"] <= status["last_point"] and status["text"] == ""
        wait_until(lambda: status["last"] < backup_status(node).get("next", 0) <= time.time() + 30, "when it is next")
        by_itself = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'citus-init backup%'"
        wait_until(lambda: node.psql(by_itself) == "0", "the sessions' end")
        # A backup has a point of its own, whenever the last one was.
        of_backups = re.findall(r"in \d+s, restore point (app-\d{8}T\d{6}Z)", node.output())
        points = saved.points(node)
        early = [name for (name, _), gap in zip(points[1:], gaps([time for _, time in points])) if gap < 8]
        assert set(early) <= set(of_backups), points
        assert "not made" not in node.output(), node.output()
        assert node.stop() == 0
    with saved.start(CITUS_BACKUP_INCR_EVERY="1h", CITUS_RESTORE_POINT_EVERY="0") as node:
        node.wait_ready()
        wait_archived(node)
        types = saved.types(node)
        wait_until(lambda: backup_status(node).get("last_full") == status["last_full"], lambda: f"{backup_status(node)}")
        assert saved.types(node) == types, "nothing is due"
        assert node.stop() == 0
    # By now a full one is overdue that no process has waited for.
    with saved.start(CITUS_BACKUP_FULL_EVERY="20s", CITUS_RESTORE_POINT_EVERY="0") as node:
        node.wait_ready()
        node.wait_output("scheduled backup is made: 1 full, 0 incremental, ")
        assert saved.types(node)[:len(types) + 1] == [*types, "full"]
        assert node.stop() == 0


@nightly
def test_what_is_made_by_hand_counts(initialised, repository):
    saved = Saved(initialised, repository, CITUS_BACKUP_FULL_EVERY="1h", CITUS_RESTORE_POINT_EVERY="20s")
    with saved.start() as node:
        node.wait_ready()
        node.wait_output("scheduled backup is made: 1 full", deadline=LONG)
        first = saved.points(node)[-1][1]
        wait_until(lambda: time.time() > first + 10, "half of the interval")
        saved.verb(node, "restore-point", "by-hand")
        saved.verb(node, "backup", "--type", "full", "--name", "more-by-hand")
        node.wait_output("scheduled restore point app-", deadline=LONG)
        points = saved.points(node)
        assert [name for name, _ in points[1:3]] == ["by-hand", "more-by-hand"]
        assert len(points) == 4 and points[3][1] - points[2][1] >= 17, points
        assert saved.types(node) == ["full", "full"]
        assert node.stop() == 0


@nightly
def test_a_repository_that_is_away_is_reported_once_and_tried_again(initialised, repository):
    saved = Saved(initialised, repository, CITUS_BACKUP_FULL_EVERY="1h", CITUS_RESTORE_POINT_EVERY="10s")
    with saved.start() as node:
        node.wait_ready()
        node.wait_output("scheduled restore point app-", deadline=LONG)
        away = repository.path.with_name("away")
        repository.path.rename(away)
        wait_until(lambda: backup_status(node).get("text"), lambda: node.output(), deadline=150)
        status = backup_status(node)
        assert status["condition"]["code"] == "backup_failed", status
        assert "is not made: " in status["text"] and "has no stanza of app" in status["text"] and "since 20" in status["text"]
        assert "the scheduled backup is not made: " in node.inside("citus-init", "health").stdout
        count = len(re.findall("is not made: .*has no stanza of app.*it is tried again", node.output()))
        assert count == 1, node.output()
        away.rename(repository.path)
        before = node.output().count("scheduled restore point app-")
        node.wait_output("scheduled restore point app-", times=before + 1, deadline=150)
        wait_until(lambda: backup_status(node)["text"] == "", lambda: f"{backup_status(node)}")
        assert node.output().count("it is tried again") == 1, node.output()
        assert node.stop() == 0


@nightly
def test_a_reload_changes_the_schedule(initialised, repository):
    configuration = initialised.file("citus-init.yaml", "backup:\n  restore_point_every: 1h\n")
    saved = Saved(initialised, repository, CITUS_CONFIG_PATH=str(configuration))
    with saved.start() as node:
        node.wait_ready()
        wait_archived(node)
        assert not saved.listing(node)["points"]
        configuration.write_text("backup:\n  full_every: 7d\n  incr_every: 1d\n")
        node.signal(signal.SIGHUP)
        node.wait_output("scheduled backup is made: 1 full", deadline=LONG)
        configuration.write_text("backup:\n  retention_full: 2\n")
        node.signal(signal.SIGHUP)
        wait_until(lambda: not backup_status(node), "no schedule")
        assert node.stop() == 0


@nightly
def test_points_are_removed_with_their_base_backups(initialised, repository):
    saved = Saved(initialised, repository, CITUS_BACKUP_RETENTION_FULL="1", CITUS_BACKUP_FULL_EVERY="1h")
    with saved.start() as node:
        node.wait_ready()
        node.wait_output("scheduled backup is made: 1 full", deadline=LONG)
        first = saved.points(node)[0][0]
        saved.verb(node, "restore-point", "second")
        directory = repository.path / "citus-init/app/points"
        # Of another cluster, and what no version of ours has written.
        foreign = repository.path / "citus-init/other/points"
        shutil.copytree(directory, foreign)
        (directory / "broken.json").write_text("{")
        done = node.inside("citus-init", "backup", "--type", "full", "--name", "third",
                           environment={**saved.settings, "PGDATA": str(initialised.data)})
        assert f"removed 2 restore points whose base backups have expired: {first} to second" in done.stderr, done.stderr
        assert {path.name for path in directory.iterdir()} == {"broken.json", "third.json"}
        assert {path.name for path in foreign.iterdir()} == {f"{first}.json", "second.json"}
        assert node.stop() == 0
    # The schedule removes as well.
    with saved.start(CITUS_BACKUP_FULL_EVERY="20s") as node:
        node.wait_ready()
        node.wait_output("scheduled backup: removed 1 restore point whose base backups have expired: third", deadline=LONG)
        assert node.stop() == 0
