"""Exit status, zombies, orphans, and what is left when the command ended."""
import os
import signal
import time

import pytest

from support.pid_namespace import (BINARY, PROBE, UNSHARE, PidNamespace, Program, children_of,
                                   run_as_init, run_directly, stat_of, wait_until)

TERM = signal.SIGTERM


@pytest.mark.parametrize("script, code", [
    ("exit 0", 0), ("exit 1", 1), ("exit 126", 126), ("exit 255", 255),
    ("kill -KILL $$", 137), ("kill -TERM $$", 143), ("kill -SEGV $$", 139), ("kill -ABRT $$", 134),
    ("kill -34 $$", 162), ("kill -64 $$", 192),
])
def test_the_exit_status_is_the_command_s(script, code):
    assert run_as_init("sh", "-c", script)[:2] == (code, "")


@pytest.mark.parametrize("command, code", [
    (["no-such-command"], 127), (["/no/such/command"], 127), (["./"], 126), (["/etc/passwd"], 126),
    (["/proc/self/status"], 126),
])
def test_a_command_that_cannot_be_run_is_named(command, code):
    actual, stdout, stderr = run_as_init(*command)
    assert (actual, stdout) == (code, "")
    assert f'cannot run "{command[0]}": ' in stderr and stderr.count("\n") == 1


def test_a_script_without_interpreter_line_is_run_as_shells_do(tmp_path):
    script = tmp_path / "script"
    script.write_text("exit 12\n")
    script.chmod(0o755)
    assert run_as_init(str(script))[0] == 12


def test_no_process_to_be_had_is_an_exit_of_its_own():
    limited = ["setpriv", "--reuid", "54399", "--clear-groups", "prlimit", "--nproc=1:1"]
    with PidNamespace([*limited, BINARY, "true"]) as init:
        assert init.wait() == 71
        assert 'cannot run "true": Resource temporarily unavailable' in init.stderr


def test_thousands_of_orphans_are_reaped():
    with PidNamespace([BINARY, *PROBE, "zombies", "2000"]) as init:
        init.wait_for("ready")
        wait_until(lambda: len(children_of(init.pid)) == 1, "all but the command gone")
        init.signal(TERM)
        assert init.wait() == 0


def test_a_flood_of_orphans_does_not_delay_a_signal():
    with PidNamespace([BINARY, *PROBE, "hurry"]) as init:
        init.wait_for("ready")
        wait_until(lambda: len(children_of(init.pid)) > 1, "an orphan")
        init.signal(TERM)
        assert init.wait(5) == 3


def test_the_end_of_an_orphan_is_not_the_command_s():
    script = "(sh -c 'exit 9' &); (sh -c 'kill -KILL $$' &); read line; exit 3"
    reader, writer = os.pipe()
    with PidNamespace([BINARY, "sh", "-c", script], stdin=reader) as init:
        wait_until(lambda: len(children_of(init.pid)) == 1, "the orphans gone")
        os.close(writer)
        assert init.wait() == 3
        os.close(reader)


def test_a_child_from_before_the_exec_is_not_the_command():
    code, _, _ = run_directly(*UNSHARE, "sh", "-c",
                              f"sh -c 'exit 9' & exec {BINARY} sh -c 'sleep 0.2; exit 4'")
    assert code == 4


def test_orphans_come_to_an_init_that_is_not_pid_1_and_nothing_is_said():
    script = "(sleep 600 & echo $!); read line; exit 0"
    reader, writer = os.pipe()
    with Program([BINARY, "sh", "-c", script], stdin=reader) as init:
        os.close(reader)
        orphan = int(wait_until(lambda: init.stdout, "the orphan"))
        wait_until(lambda: stat_of(orphan)[2] == init.pid, "adopted")
        os.close(writer)
        assert init.wait() == 0
        assert stat_of(orphan) is None, "ended with the command"
        assert init.stderr == ""


# $READY appears when the one that is left behind can be asked to end.
WAIT_FOR_READY = 'until [ -e "$READY" ]; do sleep 0.01; done; exit 5'
ENDS_WHEN_ASKED = ("(trap 'echo final output; exit' TERM; : >$READY; while :; do sleep 0.05; done) & "
                   + WAIT_FOR_READY)
# As PostgreSQL's logger does it.
ENDS_WITH_ITS_PIPE = ("exec 3>&1 > >(trap '' TERM; : >$READY; cat >&3; echo final output >&3); "
                      + WAIT_FOR_READY)


@pytest.mark.parametrize("script", [ENDS_WHEN_ASKED, ENDS_WITH_ITS_PIPE])
def test_what_the_command_leaves_behind_may_finish(tmp_path, script):
    start = time.monotonic()
    code, stdout, _ = run_as_init("bash", "-c", script,
                                  env={**os.environ, "READY": str(tmp_path / "ready")})
    assert (code, stdout) == (5, "final output\n")
    assert time.monotonic() - start < 2.5, "no need for the deadline"


def test_what_ignores_the_request_does_not_hold_up_the_end():
    # Not before it does ignore the signal: bit 14 of the mask.
    script = ("(trap '' TERM; while :; do sleep 600; done) & "
              "until grep -Eq 'SigIgn:.*[4-7c-f][0-9a-f]{3}$' /proc/$!/status; do :; done; exit 5")
    with PidNamespace([BINARY, "sh", "-c", script]) as init:
        start = time.monotonic()
        assert init.wait(10) == 5
        assert time.monotonic() - start > 2.5, "it was given its time"


def test_a_stopped_leftover_is_woken_to_end():
    code, stdout, _ = run_as_init(
        "sh", "-c", "(trap 'echo woken; exit' TERM; kill -STOP $(sh -c 'echo $PPID')) & "
        "until grep -q 'State:.T' /proc/$!/status; do :; done; exit 0", deadline=10)
    assert (code, stdout) == (0, "woken\n")


# One /proc below the other: that of the host, which shows other numbers, and none.
@pytest.mark.parametrize("hide", ["umount -l /proc", "umount -l /proc && umount -l /proc"])
def test_leftovers_are_asked_to_end_where_there_is_no_proc_of_ours(tmp_path, hide):
    code, stdout, _ = run_directly(
        *UNSHARE, "sh", "-c", f'{hide} && exec {BINARY} sh -c "$0"', ENDS_WHEN_ASKED,
        env={**os.environ, "READY": str(tmp_path / "ready")})
    assert (code, stdout) == (5, "final output\n")


def test_children_of_whoever_exec_ed_us_are_left_alone():
    script = f"sleep 600 & echo $!; exec {BINARY} sh -c 'exit 5'"
    with Program(["sh", "-c", script]) as init:
        start = time.monotonic()
        assert init.wait() == 5
        assert time.monotonic() - start < 2.5
        sleeper = int(init.stdout)
        assert stat_of(sleeper)[1] == "S"
        os.kill(sleeper, signal.SIGKILL)
