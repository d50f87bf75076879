"""`citus-init relay-log`, which stands between a server and the container's output."""
import json
import os
import socket
import subprocess

import pytest

from support.pid_namespace import BINARY

LINE = "2026-11-29 05:13:44.123 UTC [{}] LOG:  duration: 1.5 ms  statement: SELECT {}"


def relay(mode, text, **options):
    """What it writes."""
    done = subprocess.run([BINARY, "relay-log", mode], input=text, capture_output=True, check=True, timeout=60, **options)
    assert done.stdout == b""
    return done.stderr


def test_text_is_passed_on_as_it_is():
    for text in (b"", b"one\n", b"\xff\x00\n\n\tgoes on\n", b"x" * 200_000 + b"\ny\n"):
        assert relay("text", text) == text
    assert relay("text", b"one\ntwo") == b"one\ntwo\n", "a last line that was cut off"


def test_messages_reach_the_feed_as_objects():
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with reader, writer:
        text = LINE.format(7, 1) + "\n" + LINE.format(7, 2).replace("LOG", "ERROR") + "\n\tgoes on\n"
        relay("text", text.encode(), pass_fds=[writer.fileno()], env={"CITUS_INIT_LOG_FEED_FD": str(writer.fileno())})
        reader.setblocking(False)
        first, second = json.loads(reader.recv(65536)), json.loads(reader.recv(65536))
        assert (first["level"], first["pid"], first["logger"]) == ("info", 7, "postgres")
        assert (second["level"], second["msg"]) == ("error", "duration: 1.5 ms  statement: SELECT 2\ngoes on")
        with pytest.raises(BlockingIOError):
            reader.recv(65536)


@pytest.mark.parametrize("mode", ["text", "json"])
def test_a_feed_that_nobody_reads_holds_nothing_up(mode):
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with reader, writer:
        text = "".join(LINE.format(i, i) + "\n" for i in range(20_000)).encode()
        passed = relay(mode, text, pass_fds=[writer.fileno()], env={"CITUS_INIT_LOG_FEED_FD": str(writer.fileno())})
        assert passed.count(b"\n") == 20_000


def test_a_descriptor_that_is_no_feed_is_harmless():
    assert relay("text", b"one\n", env={**os.environ, "CITUS_INIT_LOG_FEED_FD": "77"}) == b"one\n"
    assert relay("text", b"one\n", env={**os.environ, "CITUS_INIT_LOG_FEED_FD": "-1"}) == b"one\n"
