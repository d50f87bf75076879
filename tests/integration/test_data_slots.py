"""Several nodes on one volume: each in a slot of its own, which it finds again."""
import os
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.name_server import name_server
from support.networks import Networks
from support.node import BINDIR, POSTGRES, Place
# pylint: disable=unused-import,redefined-outer-name
from support.node_fixtures import (DATA, FAST, SERVER, initialised, place, refused,  # noqa: F401
                                   template)
from support.pid_namespace import children_of, postmaster_of, stat_of, wait_until
from support.scratch import SCRATCH

BEGIN = "citus_init.bootstrap.json"


class Service:
    """A compose service whose replicas share a volume: one place for each, since a replica has a
    container's surroundings of its own."""

    def __init__(self, stack):
        self.volume = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slots.", dir=SCRATCH)))
        self.volume.chmod(0o755)
        self.stack = stack
        self.nodes = {}

    def begin(self, *names, **settings):
        """All at once; nobody waits for another."""
        for name in names:
            own = self.stack.enter_context(Place())
            self.nodes[name] = self.stack.enter_context(own.start(
                *SERVER, **{**FAST, "PGDATA": str(self.volume), "CITUS_DATA_SLOTS": "true",
                            "CITUS_NODE_HOST": name, **settings}))

    def up(self, *names, **settings):
        self.begin(*names, **settings)
        for name in names:
            self.nodes[name].wait_ready()
        return [self.slot(name) for name in names]

    def down(self, *names):
        for name in names:
            self.nodes[name].signal(signal.SIGTERM)
        for name in names:
            assert self.nodes[name].wait() == 0, self.nodes[name].output()
            del self.nodes[name]

    def kill(self, name):
        node = self.nodes.pop(name)
        os.kill(node.pid1, signal.SIGKILL)
        node.wait()

    def slot(self, name):
        """The slot that a running node says it has."""
        return Path(self.nodes[name].psql("SHOW data_directory")).name

    def identity(self, name):
        return self.nodes[name].psql("SELECT system_identifier FROM pg_control_system()")

    def identities(self):
        return {name: (self.slot(name), self.identity(name)) for name in self.nodes}

    def slots(self):
        return sorted(path.name for path in self.volume.iterdir() if path.is_dir())


@pytest.fixture
def service():
    with ExitStack() as stack:
        yield Service(stack)


def test_four_that_start_at_once_get_four_slots(service):
    names = ("w1", "w2", "w3", "w4")
    service.begin(*names)
    for name in names:
        service.nodes[name].wait_ready()
    assert sorted(service.slot(name) for name in names) == ["slot-1", "slot-2", "slot-3", "slot-4"]
    assert len({service.identity(name) for name in names}) == 4
    assert service.slots() == ["slot-1", "slot-2", "slot-3", "slot-4"]


def test_every_node_keeps_its_identity_through_1_4_2_4_and_down_and_up(service):
    names = ("w1", "w2", "w3", "w4")
    assert service.up("w1") == ["slot-1"]
    service.nodes["w1"].psql("CREATE TABLE kept AS SELECT 'first' AS what")
    service.up("w2", "w3", "w4")
    before = service.identities()
    service.down("w3", "w4")
    service.up("w4", "w3")
    assert service.identities() == before
    service.down(*names)
    service.up(*reversed(names))
    assert service.identities() == before
    assert service.nodes["w1"].psql("SELECT what FROM kept") == "first"
    assert service.slots() == ["slot-1", "slot-2", "slot-3", "slot-4"]


def test_nodes_with_new_names_take_the_data_that_is_there(service):
    service.up("old1", "old2")
    before = {slot: identity for slot, identity in service.identities().values()}
    service.down("old1", "old2")
    assert service.up("new1") == ["slot-1"]
    assert sorted(service.up("new2", "new3")) == ["slot-2", "slot-3"]
    after = {slot: identity for slot, identity in service.identities().values()}
    assert {slot: after[slot] for slot in before} == before


def test_a_node_that_was_killed_finds_its_slot(service):
    service.up("w1")
    service.up("w2")
    before = service.identities()
    service.kill("w1")
    service.up("w1")
    assert service.identities() == before
    service.kill("w1")
    # Another one takes it, rather than making a third.
    assert service.up("w9") == ["slot-1"]


def test_a_half_made_slot_is_made_anew_by_the_next(service):
    service.begin("w1", POSTGRES_INITDB_ARGS="--no-sync")
    wait_until(lambda: (service.volume / "slot-1" / BEGIN).exists(), "a bootstrap that began")
    service.kill("w1")
    assert (service.volume / "slot-1" / BEGIN).exists()
    assert service.up("w2") == ["slot-1"]
    assert not (service.volume / "slot-1" / BEGIN).exists()
    assert "did not come to its end" in service.nodes["w2"].stderr


def test_a_slot_that_nobody_can_use_is_reported_and_passed_over(service):
    (service.volume / "slot-1").mkdir()
    (service.volume / "slot-1" / "mine").write_text("precious")
    assert service.up("w1") == ["slot-2"]
    assert "slot-1\" holds neither" in service.nodes["w1"].stderr
    assert (service.volume / "slot-1" / "mine").read_text() == "precious"


def test_a_volume_that_is_a_cluster_itself_is_refused(initialised):
    before = initialised.listing()
    with initialised.start(*SERVER, **FAST, CITUS_DATA_SLOTS="true") as node:
        refused(node, DATA, "CITUS_DATA_SLOTS", "slot-1")
    assert initialised.listing() == before


def test_the_verbs_find_the_slot_of_the_node_beside_them(service):
    service.up("w1")
    service.up("w2", CITUS_GUC_WORK_MEM="7MB")
    node = service.nodes["w2"]
    container = {"PGDATA": str(service.volume), "CITUS_DATA_SLOTS": "true",
                 "CITUS_GUC_WORK_MEM": "7MB", "POSTGRES_PASSWORD": "x",
                 "CITUS_PG_BINDIR": BINDIR}
    assert '"data_directory":"' + str(service.volume / "slot-2") + '"' in \
        node.inside("citus-init", "health", "-o", "json").stdout
    assert str(service.volume / "slot-2") in \
        node.inside("citus-init", "render", environment=container).stdout
    checked = node.inside("citus-init", "check", environment=container)
    assert "valid" in checked.stdout and "has no cluster yet" not in checked.stderr


def test_a_reload_stays_in_the_slot(service):
    service.up("w1")
    node = service.nodes["w1"]
    conf = service.volume / "slot-1" / "postgresql.conf"
    conf.write_text(conf.read_text() + "work_mem = 9MB\n")
    node.signal(signal.SIGHUP)
    wait_until(lambda: node.psql("SHOW work_mem") == "9MB", "the new setting")
    assert service.slots() == ["slot-1"]
    assert not (service.volume / "citus_init").exists()


def test_single_user_mode_opens_the_nodes_own_slot(service):
    service.up("w1")
    service.down("w1")
    for directory in ([], ["-D", service.volume / "slot-1"]):
        own = service.stack.enter_context(Place())
        node = service.stack.enter_context(own.start(
            "postgres", "--single", *directory, "-c", "work_mem=none", "postgres",
            **{**FAST, "PGDATA": str(service.volume), "CITUS_DATA_SLOTS": "true", "CITUS_NODE_HOST": "w1"}))
        assert node.wait() == 1, node.output()
        assert 'invalid value for parameter "work_mem"' in node.stderr
    assert service.slots() == ["slot-1"]


def test_a_plain_user_may_have_slots(service):
    os.chown(service.volume, POSTGRES.pw_uid, POSTGRES.pw_gid)
    own = service.stack.enter_context(Place())
    node = service.stack.enter_context(own.start(
        *SERVER, user=(POSTGRES.pw_uid, POSTGRES.pw_gid), **FAST, PGDATA=str(service.volume),
        CITUS_DATA_SLOTS="true"))
    node.wait_ready()
    assert Path(node.psql("SHOW data_directory")).name == "slot-1"
    assert node.stop() == 0


def test_a_slow_resolver_does_not_give_a_node_the_slot_of_another(service):
    names = ("w1", "w2")
    with Networks(names, "10.231.9") as networks, ExitStack() as stack:
        resolver = service.volume.parent / f"{service.volume.name}.resolv.conf"
        stack.callback(resolver.unlink, missing_ok=True)

        def up(name, silent):
            """The node and the name server that it asks, until the inner block ends."""
            resolver.write_text(f"nameserver {networks.address(name)}\noptions timeout:1 attempts:1\n")
            resolver.chmod(0o644)
            with name_server(networks.namespace(name), networks.address(name),
                             {f"{name}.service": networks.address(name)}, silent):
                return service.up(name, CITUS_NODE_HOST=None, network=networks.namespace(name),
                                  mounts={resolver: "/etc/resolv.conf"})

        for name in names:
            up(name, silent=0)
        service.down(*names)
        # The first to come would take the first slot, if it did not wait until it knows its name.
        assert up("w2", silent=2) == ["slot-2"]
        assert up("w1", silent=0) == ["slot-1"]


def test_a_slot_is_not_free_while_a_process_of_its_server_lives(service):
    """A write on its way to the disk outlives a SIGKILL; a stopped server stands for it."""
    service.up("w1", init=False)
    node = service.nodes["w1"]
    shell = node.pid1
    supervisor = next(iter(children_of(shell)))
    server = postmaster_of(supervisor)
    # The shell is PID 1 here, and would end the namespace.
    os.kill(shell, signal.SIGSTOP)
    os.kill(server, signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: children_of(shell).get(supervisor, ("", "Z"))[1] == "Z", "it is gone")
    assert stat_of(server) is not None
    assert service.up("w2") == ["slot-2"]
    service.kill("w1")
    assert service.up("w1") == ["slot-1"]
