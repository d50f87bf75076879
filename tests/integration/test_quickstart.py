"""docker/quickstart.sh --local from a clean clone, as the README says it: at its default ports, by a machine whose
PID 1 does not reap. All tests share one clone and their order."""
import os
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from support.pid_namespace import children_of, wait_until
from support.tier import nightly

pytestmark = [nightly, pytest.mark.xdist_group(__name__)]

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLONE = os.path.join(ROOT, "build", "quickstart-clone")
NODES = ("coordinator", "worker1", "worker2")


class Machine:
    """Network and PID namespaces of their own, where `sleep` is PID 1: it reaps nothing, and the default
    ports are free."""

    def __init__(self, directory):
        self.state = str(directory)
        self.holder = subprocess.Popen(["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
                                        "sleep", "3600"])
        self.init = wait_until(lambda: next(iter(children_of(self.holder.pid)), None), "PID 1")
        wait_until(lambda: children_of(self.holder.pid)[self.init][0] == "sleep", "sleep as PID 1")
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command, timeout=60):
        return subprocess.run(
            ["nsenter", "--target", str(self.init), "--net", "--pid", "--mount", "env", "-C", CLONE, *command],
            env={**os.environ, "CITUS_QUICKSTART_DIR": self.state, "CCACHE_BASEDIR": ROOT, "PGPASSWORD": ""},
            capture_output=True, text=True, timeout=timeout, check=False)

    def quickstart(self, *arguments, timeout=1200):
        done = self.run("docker/quickstart.sh", *arguments, timeout=timeout)
        return done.returncode, done.stdout + done.stderr

    def nodes(self):
        """The states of the nodes' processes: "Z" is a zombie."""
        listed = self.run("ps", "-eo", "state=,comm=").stdout
        return [line.split()[0] for line in listed.splitlines() if line.split()[1:2] == ["citus-init"]]

    def close(self):
        os.kill(self.init, signal.SIGKILL)
        self.holder.wait(30)


@pytest.fixture(name="machine", scope="module")
def made_machine():
    shutil.rmtree(CLONE, ignore_errors=True)
    # A clone has what is committed; the working tree counts as well, so that the test tells before.
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, CLONE], check=True, timeout=120)
    changed = subprocess.run(["git", "-C", ROOT, "diff", "--binary", "HEAD"], check=True, capture_output=True).stdout
    if changed:
        subprocess.run(["git", "-C", CLONE, "apply"], input=changed, check=True, timeout=60)
    directory = tempfile.mkdtemp(prefix="citus_init_quickstart.", dir="/tmp")
    os.chmod(directory, 0o755)  # the server's user gets through
    machine = Machine(os.path.join(directory, "state"))
    yield machine
    machine.close()
    for path in (CLONE, directory):
        shutil.rmtree(path, ignore_errors=True)


def assert_answered(code, output):
    assert code == 0, output
    assert re.search(r"three devices with the highest sums of 100000 rows", output), output
    # Devices of numbers that end alike have 1000 rows each.
    assert len(re.findall(r"^ +\d+ \| +1000 \| +\d+$", output, re.MULTILINE)) == 3, output


def test_a_clean_clone_comes_to_the_answer_of_a_distributed_query(machine):
    code, output = machine.quickstart("--local")
    assert_answered(code, output)
    assert "building\n" in output and re.search(r"^  \d+ of \d+$", output, re.MULTILINE), output
    assert machine.nodes().count("S") >= len(NODES)


def test_a_second_run_finds_the_nodes_up(machine):
    assert_answered(*machine.quickstart("--local"))


def test_stop_ends_every_node_under_a_pid_1_that_does_not_reap(machine):
    code, output = machine.quickstart("--stop", timeout=120)
    assert code == 0, output
    assert re.findall(r"^stopped (\S+)$", output, re.MULTILINE) == list(NODES)
    assert set(machine.nodes()) <= {"Z"}


def test_a_stop_of_what_is_stopped_succeeds(machine):
    assert machine.quickstart("--stop", timeout=60) == (0, "")


def test_a_port_that_is_taken_is_named_before_anything_starts(machine):
    listener = subprocess.Popen(
        ["nsenter", "--target", str(machine.init), "--net", "/usr/bin/python3", "-c",
         "import socket; s = socket.create_server(('127.0.0.1', 5433)); print('up', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert listener.stdout.readline() == "up\n"
        code, output = machine.quickstart("--local", timeout=120)
    finally:
        listener.communicate("\n", timeout=30)
    assert code == 1, output
    assert "port 5433, for worker1, is in use: set CITUS_PORT" in output
    assert set(machine.nodes()) <= {"Z"}


def test_a_node_that_dies_ends_the_run_at_once_and_leaves_nothing_up(machine):
    marker = os.path.join(machine.state, "worker2", "data", "PG_VERSION")
    with open(marker, "r+", encoding="utf-8") as file:
        version = file.read()
        file.seek(0)
        file.write("9\n")
        file.truncate()
    code, output = machine.quickstart("--local", timeout=100)
    with open(marker, "w", encoding="utf-8") as file:
        file.write(version)
    assert code == 1, output
    assert "worker2: citus-init has ended" in output
    assert "exit 65" in output
    assert set(machine.nodes()) <= {"Z"}


def test_the_data_is_there_after_a_stop(machine):
    assert_answered(*machine.quickstart("--local"))
    assert machine.quickstart("--stop", timeout=120)[0] == 0
