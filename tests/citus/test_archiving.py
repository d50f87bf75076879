"""Each group archives to a stanza of its own, and a worker to none before it has joined."""
# pylint: disable=redefined-outer-name,unused-import

import pytest

from support.loopback_cluster import Cluster
from support.node import Place
from support.pgbackrest import needs_pgbackrest
from support.pid_namespace import wait_until
from support.repository import archiving, open_directory, repository, wait_archived, wait_segment
from support.tier import nightly

pytestmark = needs_pgbackrest

SERVER = ("postgres", "-c", "fsync=off")
SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync",
            "CITUS_INTERNODE_AUTH": "password", "CITUS_BACKUP": "pgbackrest", "CITUS_BACKUP_NAME": "app"}


@pytest.fixture
def places():
    with Place() as one, Place() as two:
        yield one, two


def switch(cluster, node):
    return cluster.psql(node, "SELECT pg_create_restore_point('x'); SELECT pg_walfile_name(pg_switch_wal())").splitlines()[-1]


@nightly
def test_each_group_archives_to_its_own_stanza(places, programs, repository):
    cluster = Cluster(places, programs, 61, SERVER, {**SETTINGS, "CITUS_BACKUP_REPO": repository.setting})
    with cluster.start(1) as worker:
        wait_until(lambda: archiving(worker).get("condition", {}).get("code") == "archiving_pending",
                   lambda: f"{archiving(worker)} {worker.output()}")
        assert "has not joined its cluster yet" in archiving(worker)["text"]
        assert cluster.psql(worker, "SELECT setting FROM pg_settings WHERE name = 'archive_command'") == ""
        early = switch(cluster, worker)
        assert not list(repository.path.iterdir())
        with cluster.start(0) as coordinator:
            coordinator.wait_ready()
            wait_archived(coordinator)
            wait_archived(worker)
            group = cluster.psql(worker, "SELECT groupid FROM pg_dist_local_group")
            assert archiving(worker)["stanza"] == f"app-{group}" and group != "0"
            wait_segment(repository, early, worker, f"app-{group}")
            assert sorted(stanza.name for stanza in repository.path.glob("archive/*")) == ["app-0", f"app-{group}"]
            assert cluster.psql(worker, "SHOW max_prepared_transactions") == "200"
            assert worker.stop() == 0
            with cluster.start(1) as again:
                again.wait_ready()
                wait_archived(again)
                wait_segment(repository, switch(cluster, again), again, f"app-{group}")
                assert again.stop() == 0
            assert coordinator.stop() == 0


def test_a_copy_of_a_member_archives_nothing(places, programs, repository):
    cluster = Cluster(places, programs, 62, SERVER, {**SETTINGS, "CITUS_BACKUP_REPO": repository.setting})
    with cluster.start(0) as coordinator, cluster.start(1) as worker:
        wait_archived(worker)
        assert worker.stop() == 0
        with Place() as copied:
            copied.adopt(places[1])
            with cluster.start(1) as original:
                original.wait_ready()
                wait_archived(original)
                before = repository.segments(archiving(original)["stanza"])
                copies = Cluster([places[0], copied], programs, 62, SERVER, cluster.settings)
                copies.port, copies.hosts = cluster.port, [cluster.hosts[0], "127.0.62.9"]
                with copies.start(1) as copy:
                    wait_until(lambda: archiving(copy).get("condition", {}).get("code") == "archiving_pending",
                               lambda: f"{archiving(copy)} {copy.output()}")
                    assert cluster.psql(copy, "SELECT setting FROM pg_settings WHERE name = 'archive_command'") == ""
                    switch(cluster, copy)
                    assert repository.segments(archiving(original)["stanza"]) == before
                    copy.stop()
                wait_segment(repository, switch(cluster, original), original, archiving(original)["stanza"])
                assert original.stop() == 0
        assert coordinator.stop() == 0
