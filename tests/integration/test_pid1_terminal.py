"""An init at a terminal: the command is in the foreground, and job control works around it."""
import os
import signal

import pytest

from support.pid_namespace import BINARY, PROBE, UNSHARE, children_of, stat_of, wait_until
from support.terminal import Terminal

AS_INIT = [*UNSHARE, "setsid", "--ctty", BINARY]  # what `docker run --tty` does
SHELL = ["bash", "--norc", "--noprofile", "-i"]
PROMPT, CTRL_C, CTRL_D, CTRL_Z, CTRL_BACKSLASH = "PROMPT> ", "\x03", "\x04", "\x1a", "\x1c"


def shell():
    environment = {**os.environ, "PS1": PROMPT, "TERM": "dumb", "INIT": BINARY}
    return Terminal(SHELL, env=environment)


def pid_of_init(terminal):
    return wait_until(lambda: next(iter(children_of(terminal.process.pid)), None), "PID 1")


@pytest.mark.parametrize("command", [AS_INIT, [BINARY]])
def test_keys_reach_the_command_once(command):
    with Terminal([*command, *PROBE, "record", "15"], controlling=command is not AS_INIT) as terminal:
        terminal.expect("ready")
        terminal.type(CTRL_C)
        terminal.expect("signal 2\r\n")
        terminal.type(CTRL_BACKSLASH)
        assert "signal 2" not in terminal.expect("signal 3\r\n")
        terminal.type(CTRL_Z)
        assert "signal 3" not in terminal.expect("signal 20\r\n")
        terminal.resize(30, 100)
        assert "signal 20" not in terminal.expect("signal 28\r\n")
        pid = pid_of_init(terminal) if command is AS_INIT else terminal.process.pid
        os.kill(pid, signal.SIGTERM)
        assert "signal 28" not in terminal.expect("signal 15\r\n")


def test_the_end_of_the_terminal_reaches_the_command_once(tmp_path):
    log = tmp_path / "log"
    log.touch()
    with Terminal([*AS_INIT, "sh", "-c", 'exec "$@" >"$0"', str(log), *PROBE, "record", "15"],
                  controlling=False) as terminal:
        wait_until(lambda: "ready" in log.read_text(), "the probe")
        init = pid_of_init(terminal)
        terminal.hang_up()
        wait_until(lambda: "signal 18\n" in log.read_text(), "SIGCONT, which the kernel adds")
        os.kill(init, signal.SIGTERM)
        terminal.process.wait(10)
        assert log.read_text().split("\n") == ["ready", "signal 1", "signal 18", "signal 15", ""]


def test_a_shell_inside_has_job_control():
    with Terminal([*AS_INIT, *SHELL], controlling=False,
                  env={**os.environ, "PS1": PROMPT, "TERM": "dumb"}) as terminal:
        assert "job control" not in terminal.expect(PROMPT)
        terminal.type("sleep 600\n")
        terminal.wait_for_foreground("sleep")
        terminal.type(CTRL_Z)
        terminal.expect("Stopped")
        terminal.expect(PROMPT)
        terminal.bring_forward(lambda: terminal.in_foreground("sleep"))
        terminal.type(CTRL_C)
        terminal.expect(PROMPT)
        terminal.type("exit 7\n")
        assert terminal.process.wait(10) == 7


@pytest.mark.parametrize("line, rest", [
    ("$INIT cat\n", "echo code $?\n"),
    # A shell between, in the group of the init: it stops and goes on with it.
    ("sh -c '$INIT cat; exit $?'\n", "echo code $?\n"),
])
def test_a_job_is_stopped_and_brought_back(line, rest):
    with shell() as terminal:
        terminal.expect(PROMPT)
        terminal.type(line)
        terminal.wait_for_foreground("cat")
        for _ in range(2):
            terminal.type("hello\n")
            terminal.expect("hello\r\nhello\r\n")
            terminal.type(CTRL_Z)
            terminal.expect("Stopped")
            terminal.expect(PROMPT)
            assert terminal.foreground() == terminal.process.pid
            terminal.bring_forward(lambda: terminal.in_foreground("cat"))
        terminal.type(CTRL_C)
        terminal.expect(PROMPT)
        terminal.type(rest)
        terminal.expect("code 130")


def test_a_whole_pipeline_of_the_command_is_brought_back():
    with shell() as terminal:
        terminal.expect(PROMPT)
        terminal.type("$INIT sh -c 'cat | cat'\n")
        terminal.wait_for_foreground("sh")
        terminal.type(CTRL_Z)
        terminal.expect("Stopped")
        terminal.expect(PROMPT)
        terminal.bring_forward(lambda: terminal.in_foreground("sh"))
        terminal.type("hello\n")
        terminal.expect("hello\r\nhello\r\n")


def test_a_background_job_leaves_the_terminal_alone_until_it_is_brought_forward():
    with shell() as terminal:
        terminal.expect(PROMPT)
        terminal.type("$INIT sh -c 'echo st''arted; read line; echo got $line' &\n")
        terminal.expect("started")
        assert terminal.foreground() == terminal.process.pid
        terminal.bring_forward(lambda: terminal.foreground() != terminal.process.pid)
        terminal.type("hello\n")
        terminal.expect("got hello")


def test_the_terminal_is_given_back_at_the_end():
    with shell() as terminal:
        terminal.expect(PROMPT)
        terminal.type("sh -c '$INIT true; read line; echo got $line'\n")
        wait_until(lambda: terminal.foreground() != terminal.process.pid, "the job forward")
        terminal.type("hello\n")
        terminal.expect("got hello")


def test_nobody_is_stopped_where_nobody_could_continue_it():
    # A session leader has an orphaned process group: no shell above it.
    with Terminal([BINARY, "cat"]) as terminal:
        terminal.wait_for_foreground("cat")
        command = terminal.foreground()
        terminal.type(CTRL_Z)
        wait_until(lambda: stat_of(command)[1] == "T", "the command stopped")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.process.wait(10) == 128 + signal.SIGTERM
