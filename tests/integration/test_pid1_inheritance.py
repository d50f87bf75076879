"""A command finds under the init exactly what it would have found without it."""
import itertools
import json
import os
import resource
import signal
import subprocess
import tempfile

import pytest

from support.pid_namespace import BINARY, PROBE, Program, run_as_init, run_directly

BLOCK, IGNORE = "block", "ignore"


def facts(*command, **options):
    """What the probe tells of itself when started by `command`."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)  # for any user
        path = os.path.join(directory, "facts.json")
        environment = {**os.environ, "FACTS": path, "ODD": "a b\nc"}
        with Program([*command, *PROBE, "inherited", "-l", "--", "", "x y"], env=environment,
                     **options) as program:
            assert program.wait() == 0, program.output()
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    found["environment"].pop("FACTS")
    return found


def assert_same(**options):
    direct = facts(**options)
    below = facts(BINARY, **options)
    assert below == direct
    return below


def test_arguments_environment_directory_and_limits_are_untouched(tmp_path):
    def prepare():
        os.umask(0o137)
        os.nice(3)
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 4096))

    found = assert_same(cwd=tmp_path, preexec_fn=prepare)
    assert found["umask"] == 0o137 and found["nice"] >= 3
    assert found["arguments"] == ["inherited", "-l", "--", "", "x y"]


@pytest.mark.parametrize("how, numbers", [
    (IGNORE, [signal.SIGHUP]),  # nohup
    (IGNORE, [signal.SIGCHLD]),
    (IGNORE, [signal.SIGTTIN, signal.SIGTTOU, signal.SIGPIPE, signal.SIGRTMIN]),
    (BLOCK, [signal.SIGUSR1, signal.SIGCHLD, signal.SIGSEGV, signal.SIGRTMAX]),
    (BLOCK, range(1, 65)),
])
def test_signal_mask_and_dispositions_are_untouched(how, numbers):
    def prepare():
        if how == BLOCK:
            signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        else:
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)

    found = assert_same(preexec_fn=prepare, restore_signals=False)
    field = found["blocked" if how == BLOCK else "ignored"]
    assert int(field, 16), "the case is not empty"


def test_capabilities_and_no_new_privileges_are_untouched():
    def below(*command):
        return facts("setpriv", "--no-new-privs", "--bounding-set", "-sys_boot", *command)
    assert below(BINARY) == below()
    assert below()["no_new_privs"] == "1"


def test_a_score_for_the_out_of_memory_killer_is_untouched():
    def prepare():
        with open("/proc/self/oom_score_adj", "w", encoding="utf-8") as file:
            file.write("123")
    assert assert_same(preexec_fn=prepare)["oom_score_adj"] == "123"


def test_the_user_stays_the_one_that_was_started():
    found = assert_same(preexec_fn=lambda: (os.setgroups([]), os.setgid(54321),
                                                      os.setuid(54320)) and None)
    assert found["user"][0] == [54320] * 3


def test_descriptors_are_passed_on_and_none_is_added():
    with open(os.devnull, "rb") as null:
        high = os.dup2(null.fileno(), 77)
        found = assert_same(pass_fds=[high])
        os.close(high)
    assert 77 in found["descriptors"]


@pytest.mark.parametrize("closed", [
    combination for count in range(1, 4) for combination in itertools.combinations(range(3), count)])
def test_closed_standard_descriptors_are_no_obstacle(closed):
    redirect = " ".join(f"{number}>&-" for number in closed)
    close = ["sh", "-c", f'exec "$0" "$@" {redirect}']
    direct = facts(*close)
    below = facts(*close, BINARY)
    assert below["descriptors"] == direct["descriptors"]
    code, _, _ = run_directly(*close, BINARY, "sh", "-c", "exit 6")
    assert code == 6


def test_a_low_limit_of_descriptors_is_enough():
    code, stdout, stderr = run_directly("prlimit", "--nofile=5:5", BINARY, "sh", "-c",
                                        "echo fine; exit 6")
    assert (code, stdout, stderr) == (6, "fine\n", "")


def test_an_ignored_sigchld_at_start_does_not_hang():
    def ignore():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    assert run_as_init("sh", "-c", "exit 6", deadline=10, preexec_fn=ignore,
                       restore_signals=False)[0] == 6


def test_options_of_the_command_are_its_own():
    assert run_as_init("ls", "-d", "/")[:2] == (0, "/\n")
    assert run_as_init("--", "ls", "-d", "/")[:2] == (0, "/\n")
    assert run_as_init("sh", "-c", "echo $0 $*", "-x", "--help-me")[:2] == (0, "-x --help-me\n")


def test_input_and_output_are_the_command_s_own():
    reader, writer = os.pipe()
    os.write(writer, b"line\n")
    os.close(writer)
    assert run_as_init("cat", stdin=reader)[:2] == (0, "line\n")
    os.close(reader)
    with Program([BINARY, "sh", "-c", "echo out; echo err >&2"], stdin=subprocess.DEVNULL) as init:
        assert init.wait() == 0
        assert (init.stdout, init.stderr) == ("out\n", "err\n")
