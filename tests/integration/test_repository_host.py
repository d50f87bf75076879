"""A repository host: a real pgBackRest over TLS, one node, and what people are told when it does not work."""
# pylint: disable=redefined-outer-name,unused-import
import json

import pytest

from support.citus_node import free_port
from support.node_fixtures import CONFIG, FAST, SERVER, initialised, place, refused, template
from support.pgbackrest import needs_pgbackrest
from support.repository import Repository, open_directory, repository, wait_archived, wait_failed, wait_segment
from support.repository_host import RepositoryHost, health, points, verb

pytestmark = needs_pgbackrest


def environment_of(place, settings):
    return {**settings, "PGDATA": str(place.data)}


def start_node(place, settings, **more):
    settings = {"PGPORT": str(free_port("127.0.0.1")), **settings, **more}
    node = place.start(*SERVER, "-c", "listen_addresses=", network="host", **settings, **FAST)
    return node, environment_of(place, settings)


def test_a_node_is_backed_up_and_restored_from_a_repository_host(initialised, repository):
    with RepositoryHost(repository, CITUS_BACKUP_CIPHER_PASS="hush hush", CITUS_BACKUP_RETENTION_FULL="2") as owner, \
            owner.running() as host:
        settings = owner.of_a_node(CITUS_BACKUP_CIPHER_PASS="hush hush")
        node, environment = start_node(initialised, settings)
        with node:
            node.wait_ready()
            wait_archived(node)
            made = verb(node, "backup", "--name", "first", environment=environment)
            print(made.stdout, made.stderr)
            print(host.output())
            print(node.output())
            assert points(node, environment) == {"first": True}
            assert node.stop() == 0
        assert host.stop() == 0, host.output()
