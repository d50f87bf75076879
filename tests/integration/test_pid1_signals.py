"""What an init does with signals: every one reaches the command, it alone, and none is lost."""
import os
import shutil
import signal
import statistics
import time

import pytest

from support.pid_namespace import (ALL_SIGNALS, BINARY, PROBE, PidNamespace, Program, children_of,
                                   run_as_init, stat_of, status_field, wait_until)

TERM, STOP, CHLD = signal.SIGTERM, signal.SIGSTOP, signal.SIGCHLD


def forwarded():
    return [number for number in ALL_SIGNALS if number != CHLD]


@pytest.mark.parametrize("send", [PidNamespace.signal, PidNamespace.signal_from_inside])
def test_every_signal_reaches_the_command(send):
    with PidNamespace([BINARY, *PROBE, "record"]) as init:
        init.wait_for("ready")
        for number in forwarded():
            send(init, number)
            init.wait_for(f"signal {number}")
        assert init.lines == ["ready"] + [f"signal {number}" for number in forwarded()]


def test_realtime_signals_keep_their_queue():
    with PidNamespace([BINARY, *PROBE, "record"]) as init:
        init.wait_for("ready")
        for _ in range(20):
            init.signal(signal.SIGRTMIN + 5)
        init.signal(signal.SIGRTMAX)
        init.wait_for(f"signal {signal.SIGRTMAX}")
        assert init.lines.count(f"signal {signal.SIGRTMIN + 5}") == 20


def test_a_signal_goes_to_the_direct_child_only():
    script = 'trap \'kill -USR2 "$pid"\' TERM; "$@" record & pid=$!; while ! wait; do :; done'
    with PidNamespace([BINARY, "sh", "-c", script, "sh", *PROBE]) as init:
        init.wait_for("ready")
        init.signal(TERM)
        init.wait_for(f"signal {signal.SIGUSR2}")
        assert f"signal {int(TERM)}" not in init.lines


def test_a_stopped_command_still_obeys_a_request_to_end():
    for number in (TERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPWR):
        with PidNamespace([BINARY, "sleep", "600"]) as init:
            child = init.child()
            wait_until(lambda: stat_of(child)[0] == "sleep", "exec")
            os.kill(child, STOP)
            wait_until(lambda: stat_of(child)[1] == "T", "stopped")
            init.signal(number)
            assert init.wait() == 128 + number


def test_a_request_to_end_that_follows_a_stop_at_once_is_obeyed():
    for _ in range(20):
        with PidNamespace([BINARY, "sleep", "600"]) as init:
            child = init.child()
            wait_until(lambda: stat_of(child)[0] == "sleep", "exec")
            # TERM (15) is taken before CHLD (17), which brings the news of the stop.
            os.kill(init.pid, STOP)
            os.kill(child, STOP)
            wait_until(lambda: stat_of(child)[1] == "T", "stopped")
            init.signal(TERM)
            os.kill(init.pid, signal.SIGCONT)
            assert init.wait() == 128 + TERM


def test_a_stop_and_a_continue_by_signal_reach_the_command():
    with PidNamespace([BINARY, "sleep", "600"]) as init:
        child = init.child()
        wait_until(lambda: stat_of(child)[0] == "sleep", "exec")
        init.signal(signal.SIGTSTP)
        wait_until(lambda: stat_of(child)[1] == "T", "stopped")
        assert stat_of(init.pid)[1] != "T", "PID 1 itself goes on"
        init.signal(signal.SIGCONT)
        wait_until(lambda: stat_of(child)[1] == "S", "continued")


@pytest.mark.parametrize("long_path", [False, True])
def test_a_request_to_end_during_the_start_is_never_lost(long_path):
    environment = dict(os.environ)
    if long_path:  # execvp(3) tries every directory
        environment["PATH"] = ":".join(["/nonexistent"] * 3000) + ":" + environment["PATH"]
    for _ in range(10 if long_path else 30):
        with PidNamespace([BINARY, "sleep", "600"], env=environment) as init:
            wait_until(lambda: int(status_field(init.pid, "SigBlk") or "1", 16)
                       or children_of(init.pid), "the mask")
            init.signal(TERM)
            assert init.wait() == 128 + TERM


def test_signals_that_come_with_the_end_do_not_change_the_exit_status():
    for _ in range(10):
        with PidNamespace([BINARY, *PROBE, "record", str(int(TERM)), "5"]) as init:
            init.wait_for("ready")
            for number in (signal.SIGRTMIN, signal.SIGUSR1, signal.SIGHUP, TERM, signal.SIGINT):
                try:
                    init.signal(number)
                except ProcessLookupError:
                    pass
            assert init.wait() == 5


def test_a_command_of_another_user_does_not_end_the_init_when_it_cannot_be_signalled():
    # As root without CAP_KILL, whose child has become somebody else.
    drop = ["setpriv", "--bounding-set", "-kill", "--inh-caps", "-all"]
    child = ["setpriv", "--reuid", "65534", "--clear-groups", "sh", "-c",
             'echo ready; read line; exit 6']
    reader, writer = os.pipe()
    with PidNamespace([*drop, BINARY, *child], stdin=reader) as init:
        os.close(reader)
        init.wait_for("ready")
        init.signal(TERM)
        init.signal(signal.SIGHUP)
        os.write(writer, b"now\n")
        os.close(writer)
        assert init.wait() == 6


@pytest.mark.parametrize("outer", [["tini", "-s", "--"], ["dumb-init"], [BINARY]])
def test_below_another_init_each_signal_arrives_once_and_nothing_is_said(outer):
    with PidNamespace([*outer, BINARY, *PROBE, "record", str(int(TERM)), "9"],
                      executable=_which(outer[0])) as init:
        init.wait_for("ready")
        for number in (signal.SIGUSR1, signal.SIGHUP, TERM):
            init.signal(number)
            init.wait_for(f"signal {int(number)}")
        assert init.wait() == 9
        assert init.lines == ["ready", *(f"signal {n}" for n in (10, 1, 15))]
        assert init.stderr == ""


def test_above_another_init_each_signal_arrives_once():
    with PidNamespace([BINARY, _which("tini"), "-s", "--", *PROBE, "record", "15", "9"]) as init:
        init.wait_for("ready")
        init.signal(signal.SIGUSR1)
        init.wait_for("signal 10")
        init.signal(TERM)
        assert init.wait() == 9
        assert init.lines == ["ready", "signal 10", "signal 15"]


def test_a_signal_is_forwarded_without_a_polling_loop_between():
    with PidNamespace([BINARY, *PROBE, "record"]) as init:
        init.wait_for("ready")
        times = []
        for number in range(35, 55):
            start = time.monotonic()
            init.signal(number)
            init.wait_for(f"signal {number}")
            times.append(time.monotonic() - start)
        # Our own look is every 2 ms; the slowest supervisors compared poll every 100 ms.
        assert statistics.median(times) < 0.05


def test_an_idle_init_never_wakes():
    with PidNamespace([BINARY, "sleep", "600"]) as init, Program(["sleep", "600"]) as floor:
        for program in (init, floor):
            wait_until(lambda: stat_of(program.pid)[1] == "S", "asleep")
        wait_until(lambda: children_of(init.pid), "the child")
        before = [_switches(init.pid), _switches(floor.pid)]
        time.sleep(3)  # the measured interval
        assert _switches(init.pid) - before[0] <= _switches(floor.pid) - before[1]


def test_the_command_ends_when_an_init_that_is_not_pid_1_is_killed():
    with Program([BINARY, *PROBE, "record", "15"]) as init:
        init.wait_for("ready")
        init.process.kill()
        init.wait_for(f"signal {int(TERM)}")


def test_an_empty_name_is_a_command_not_found():
    code, _, stderr = run_as_init("--", "", deadline=10)
    assert code == 127 and 'cannot run ""' in stderr


def _switches(pid):
    return int(status_field(pid, "voluntary_ctxt_switches"))


def _which(name):
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found
