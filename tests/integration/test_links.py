"""What lies below a directory that the server's user can write, while we are root."""
# pylint: disable=redefined-outer-name,unused-import
import os

import pytest

from support.node_fixtures import FAST, SERVER, initialised, place, refused, template  # noqa: F401
from support.strange_files import PRECIOUS, SOON, as_servers_user, is_untouched


@pytest.fixture
def precious(place):
    """A file that is root's alone."""
    return place.file("precious", PRECIOUS, mode=0o600)


def test_a_slot_that_is_a_link_is_passed_over(place):
    place.data.mkdir()
    as_servers_user(place.data)
    roots = place.path / "roots"
    roots.mkdir(mode=0o755)
    (place.data / "slot-1").symlink_to(roots)
    as_servers_user(place.data / "slot-1")
    with place.start(*SERVER, **FAST, CITUS_DATA_SLOTS="true", CITUS_NODE_HOST="w1") as node:
        node.wait_ready()
        assert node.psql("SHOW data_directory").endswith("/slot-2")
        assert "symbolic link" in node.stderr
        assert node.stop() == 0
    assert roots.stat().st_uid == 0 and not list(roots.iterdir())


def test_the_note_of_a_slots_owner_writes_through_no_link(place, precious):
    place.data.mkdir()
    as_servers_user(place.data)
    for name in ("slot-1.owner.tmp", "slot-1.owner"):
        (place.data / name).symlink_to(precious)
        as_servers_user(place.data / name)
    with place.start(*SERVER, **FAST, CITUS_DATA_SLOTS="true", CITUS_NODE_HOST="w1") as node:
        node.wait_ready()
        assert node.stop() == 0
    assert is_untouched(precious)
    assert (place.data / "slot-1.owner").read_text() == "w1\n"


@pytest.mark.parametrize("directive", ["include", "include_if_exists"])
def test_no_line_of_a_file_of_roots_is_quoted(initialised, precious, directive):
    with open(initialised.data / "postgresql.conf", "a", encoding="utf-8") as conf:
        conf.write(f"{directive} '{precious}'\n")
    with initialised.start(*SERVER) as node:
        if directive == "include":
            assert node.wait(SOON) not in (0, None)
        else:
            node.wait_ready()  # what it cannot read is skipped, as by the server
            node.stop()
        assert "topsecret" not in node.output()


def test_the_verbs_quote_no_line_of_a_file_of_roots(initialised, precious):
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        with open(initialised.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"include '{precious}'\n")
        for verb in (["check"], ["explain", "work_mem"], ["render"]):
            done = node.inside("citus-init", *verb, check=False,
                               environment={"PGDATA": str(initialised.data), "POSTGRES_PASSWORD": "x"})
            assert "topsecret" not in done.stdout + done.stderr, verb


def test_hard_links_and_devices_keep_their_owner(initialised, precious):
    os.link(precious, initialised.data / "linked")
    os.mknod(initialised.data / "device", 0o20600, os.makedev(1, 3))
    with initialised.start(*SERVER) as node:
        node.wait_ready()
        assert "kept its owner" in node.stderr
        assert node.stop() == 0
    assert is_untouched(precious)
    assert (initialised.data / "device").stat().st_uid == 0


def test_a_data_directory_that_is_a_link_of_the_servers_user_is_refused(place, precious):
    above = place.path / "above"
    above.mkdir()
    as_servers_user(above)
    (above / "data").symlink_to(precious.parent / "roots")
    as_servers_user(above / "data")
    (precious.parent / "roots").mkdir()
    with place.start(*SERVER, **FAST, PGDATA=str(above / "data")) as node:
        refused(node, 77, "symbolic link", "chown -h root")
    assert (precious.parent / "roots").stat().st_uid == 0


def test_a_data_directory_that_is_a_link_of_roots_is_used(place):
    (place.path / "mounted").mkdir()
    place.data.symlink_to(place.path / "mounted")
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.stop() == 0
    assert (place.path / "mounted/PG_VERSION").exists()


def test_the_state_of_a_failed_start_is_written_through_no_link(place, precious):
    (place.run / "citus-init.json.tmp").symlink_to(precious)
    as_servers_user(place.run / "citus-init.json.tmp")
    with place.start(*SERVER, **FAST, CITUS_ROLE="nonsense", CITUS_ON_FATAL="hold",
                     CITUS_RUN_DIR="/run/postgresql") as node:
        node.wait_output("staying up")
        node.stop()
    assert is_untouched(precious)
