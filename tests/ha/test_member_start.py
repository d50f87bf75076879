"""What a start under Patroni refuses, sets aside or tries again: on a real etcd, Patroni and server."""
# pylint: disable=unused-import
import os
import shutil
import subprocess

import pytest

from support.ha_node import patroni_version
from support.member_fixtures import fixture_leader, fixture_member, fixture_networks
from support.node import POSTGRES
from support.patroni_member import what_is_missing

# Exit codes, docs/exit-codes.md.
DATA, IDENTITY, CONFIG = 65, 76, 78

pytestmark = pytest.mark.skipif(what_is_missing() is not None, reason=str(what_is_missing()))


def refused(member, code, *texts):
    assert member.node.wait() == code, member.log()
    for text in texts:
        assert text in member.node.stderr, member.log()


def test_a_mount_point_is_no_data_directory(member):
    member.place.data.mkdir()
    member.start(PGDATA=str(member.place.data), mounts={member.place.init_files: member.place.data})
    refused(member, CONFIG, "is a mount point", f"PGDATA={member.place.data}/pgdata")


def test_another_groups_directory_is_refused(leader):
    assert leader.stop() == 0, leader.log()
    leader.start(PATRONI_CITUS_GROUP="3")
    refused(leader, IDENTITY, "is of group 0", "not of group 3")
    leader.start(PATRONI_SCOPE="another")
    refused(leader, IDENTITY, 'of "another"')


def test_another_clusters_directory_is_refused(leader):
    assert leader.stop() == 0, leader.log()
    shutil.rmtree(leader.pgdata)
    subprocess.run(["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups",
                    leader.programs + "/initdb", "-D", str(leader.pgdata), "--no-sync"],
                   check=True, capture_output=True)
    leader.start()
    refused(leader, IDENTITY, "system ID mismatch", "not one of this cluster's group")


@pytest.mark.skipif(patroni_version() >= (3, 3), reason="this Patroni is new enough")
def test_an_old_patroni_is_refused(member):
    member.start(CITUS_ALLOW_OLD_PATRONI=None)
    refused(member, CONFIG, "forgets synchronous replication", "CITUS_ALLOW_OLD_PATRONI")
    # Together with what is wrong with the settings.
    member.start(CITUS_ALLOW_OLD_PATRONI=None, CITUS_ROLE="worker")
    refused(member, CONFIG, "CITUS_ROLE", "CITUS_ALLOW_OLD_PATRONI")


def test_a_second_container_on_the_same_volume_is_refused(leader):
    with leader.place.start("postgres", network=leader.networks.namespace("c"),
                            mounts={leader.networks.hosts: "/etc/hosts"}, **leader.settings) as second:
        assert second.wait() == 75, second.output()
        assert "in use by another" in second.stderr
    assert leader.stop() == 0, leader.log()


def test_single_user_mode_and_a_member_exclude_each_other(leader):
    def single_user_mode(**options):
        return leader.place.start("postgres", "--single", "-D", leader.pgdata, "postgres", **leader.settings, **options)

    with single_user_mode() as refused_one:
        assert refused_one.wait() == 75, refused_one.output()
    assert leader.stop() == 0, leader.log()
    with single_user_mode() as node:  # at the end of its input
        assert node.wait() == 0, node.output()
        assert "backend>" in node.stdout


def test_a_failed_bootstrap_is_reported_and_tried_again(member):
    member.start(POSTGRES_INITDB_ARGS="--no-sync --locale=no_such_locale")
    member.wait(lambda: member.state().get("restarts", 0) >= 2, "attempts", 60)
    member.wait(lambda: "Patroni ended with exit code 1: " in member.state()["reason"], "the reason")
    assert member.stop() == 0, member.log()
    assert sum(name.endswith(".failed") for name in os.listdir(member.place.data)) <= 1


def test_a_half_made_directory_is_not_started_again(member):
    configuration = member.place.file("citus-init.yaml", "patroni:\n  bootstrap:\n"
                                      "    post_bootstrap: /bin/false\n")
    member.pgdata.mkdir(parents=True)
    for path in (member.place.data, member.pgdata):
        os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    member.start(CITUS_CONFIG_PATH=str(configuration))
    member.wait(member.patroni, "Patroni")
    member.place.data.chmod(0o500)  # the bootstrap takes seconds
    refused(member, DATA, "incomplete")
    member.place.data.chmod(0o700)
    member.start()
    refused(member, DATA, "the rest of a bootstrap that failed")
