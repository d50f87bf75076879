"""`citus-init top` at a terminal of its own."""
import os
import signal
import termios

import pytest

from support.node import BINDIR
from support.node_fixtures import initialised, place, refused, template  # noqa: F401
from support.pid_namespace import children_of, postmaster_of, wait_until
from support.terminal import Terminal

QUIET = ("postgres", "-c", "fsync=off", "-c", "log_min_messages=warning")
ENTERED, LEFT = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def node(initialised):
    with initialised.start(*QUIET) as started:
        started.wait_ready()
        yield started


def command(node):
    """`docker exec -it NODE citus-init top`"""
    return ["nsenter", "--target", str(node.process.pid), "--mount", "--net", "--ipc",
            f"--pid=/proc/{node.process.pid}/ns/pid_for_children", "env", "-i", f"PATH={node.place.programs}:{BINDIR}:/usr/bin:/bin",
            f"PGDATA={node.place.data}", f"CITUS_RUN_DIR={node.place.run}", "TERM=xterm", "citus-init", "top"]


@pytest.mark.parametrize("key", ["q", "\x03", "\x04"])
def test_it_shows_the_node_until_it_is_quit(node, key):
    with Terminal(command(node)) as terminal:
        terminal.expect(ENTERED)
        terminal.expect("ready, accepting connections")
        terminal.expect("1/100")
        terminal.type("x")  # means nothing
        terminal.type(key)
        terminal.expect(LEFT)
        assert terminal.process.wait(30) == 0
        assert termios.tcgetattr(terminal.master)[3] & termios.ECHO, "the terminal is not as it was"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(node, sent):
    with Terminal(command(node)) as terminal:
        terminal.expect("ready, accepting connections")
        os.kill(wait_until(lambda: next(iter(children_of(terminal.process.pid)), None), "top"), sent)
        terminal.expect(LEFT)
        terminal.process.wait(30)


def test_it_follows_the_size_of_the_terminal(node):
    with Terminal(command(node)) as terminal:
        terminal.resize(24, 80)
        terminal.expect("NODES")
        terminal.resize(3, 20)
        terminal.expect("more lines find no\x1b")
        terminal.resize(24, 80)
        terminal.expect("NODES")
        terminal.type("q")
        assert terminal.process.wait(30) == 0


def test_it_follows_a_crash_and_its_end(node):
    with Terminal(command(node)) as terminal:
        terminal.expect("ready, accepting connections")
        os.kill(postmaster_of(node.pid1), signal.SIGKILL)
        terminal.expect("1 restart after crashes")
        terminal.expect("ready, accepting connections")
        terminal.type("q")
        assert terminal.process.wait(30) == 0


def test_without_a_terminal_it_is_printed_once(node):
    done = node.inside("citus-init", "top", environment={"PGDATA": str(node.place.data), "CITUS_RUN_DIR": str(node.place.run)})
    assert "ready, accepting connections" in done.stdout
    assert "NODES" in done.stdout and "\x1b" not in done.stdout
    assert done.stderr == ""
