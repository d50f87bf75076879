"""A pgBackRest repository, and what a node says of its archiving."""
# pylint: disable=redefined-outer-name
import contextlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

from support.node import POSTGRES
from support.pid_namespace import wait_until
from support.scratch import SCRATCH

# The real one, behind gates that a test can close: `backup` waits for a line of the fifo or fails, `archive-push` fails.
GATED = """#!/bin/sh
for last; do :; done
here=$(dirname "$0")
if [ "$last" = backup ] && [ -e "$here/gate" ]; then read line < "$here/gate"; fi
if [ "$last" = backup ] && [ -e "$here/failing" ]; then echo "ERROR: [055]: unable to read" >&2; exit 55; fi
case " $* " in *" archive-push "*)
    if [ -e "$here/broken" ]; then echo "ERROR: [104]: unable to write: [28] No space left on device" >&2; exit 104; fi;;
esac
exec {program} "$@"
"""


def gate_pgbackrest(place):
    """Makes it the pgBackRest of the place's nodes."""
    wrapper = place.programs / "pgbackrest"
    wrapper.write_text(GATED.replace("{program}", shutil.which("pgbackrest")))
    wrapper.chmod(0o755)


def open_gate(path):
    """For whoever waits there, and whoever comes later."""
    with contextlib.suppress(OSError):
        writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        path.unlink()
        os.write(writer, b"go\n")
        os.close(writer)
        return
    path.unlink(missing_ok=True)


class Repository:
    """A posix repository that outlives its nodes."""

    def __init__(self, path):
        self.path = path
        self.path.mkdir(mode=0o750)
        os.chown(self.path, POSTGRES.pw_uid, POSTGRES.pw_gid)

    @property
    def setting(self):
        return f"posix:{self.path}"

    def segments(self, stanza="app-0"):
        """The names of the archived WAL segments, without checksum and suffix."""
        return sorted({file.name[:24] for file in self.path.glob(f"archive/{stanza}/*/*/*")
                       if re.fullmatch(r"[0-9A-F]{24}-.*", file.name)})


@pytest.fixture
def open_directory():
    """Below /tmp, where the server's user can enter it."""
    with tempfile.TemporaryDirectory(prefix="citus_init_repository.", dir=SCRATCH) as path:
        os.chmod(path, 0o755)
        yield Path(path)


@pytest.fixture
def repository(open_directory):
    return Repository(open_directory / "backup")


def archiving(node):
    done = node.inside("citus-init", "health", "-o", "json", check=False)
    # Nothing before the node has published a state.
    return json.loads(done.stdout or "{}").get("archiving") or {}


def code(node):
    """The condition of archiving; "" where all is archived, None before anybody knows."""
    found = archiving(node)
    return found.get("condition", {}).get("code", "") if found else None


def wait_archived(node, deadline=60):
    wait_until(lambda: code(node) == "", lambda: f"{archiving(node)} {node.output()}", deadline)


def wait_failed(node, *words, deadline=60):
    """Until health has these words; what it says."""
    def failed():
        text = archiving(node).get("text", "")
        return text if code(node) == "archiving_failed" and all(word in text for word in words) else None
    return wait_until(failed, lambda: f"{words}: {archiving(node)} {node.output()}", deadline)


def wait_segment(repository, segment, node, stanza="app-0", deadline=90):
    wait_until(lambda: segment in repository.segments(stanza), lambda: node.output(), deadline)
