"""A whole container that stands still and goes on, as `docker pause` and `docker unpause` have it, and what the servers
of its group did meanwhile."""
import collections
import os
import pathlib
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress

from support.pid_namespace import children_of, wait_until
from support.scratch import SCRATCH

RECORDER = str(pathlib.Path(__file__).with_name("primary_recorder.py"))
FREEZER = pathlib.Path("/sys/fs/cgroup/freezer")


def processes_of(node):
    """PID 1 and all that came from it, in the order of their making."""
    found, todo = [], [node.pid1]
    while todo:
        found.append(todo.pop())
        todo += [pid for pid, (_, state) in children_of(found[-1]).items() if state != "Z"]
    return sorted(found)


class StoppedBySignals:
    """SIGSTOP to each process; they go on one after the other, PID 1 last, which is the worst order."""

    def __init__(self, node):
        self.node, self.stopped = node, []

    def freeze(self):
        self.stopped = processes_of(self.node)
        for pid in self.stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in reversed(self.stopped):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def close(self):
        """Nothing is left of it."""


class StoppedByCgroup:
    """The cgroup freezer, as container engines use it."""

    missing = None if (FREEZER / "cgroup.procs").exists() else "the cgroup freezer (v1)"

    def __init__(self, node):
        self.group = FREEZER / f"citus_init.{os.getpid()}.{node.pid1}"
        self.group.mkdir(exist_ok=True)
        # Later children are in it from their birth.
        for pid in processes_of(node):
            with suppress(ProcessLookupError):
                (self.group / "cgroup.procs").write_text(str(pid), "ascii")

    def freeze(self):
        (self.group / "freezer.state").write_text("FROZEN", "ascii")
        wait_until(lambda: (self.group / "freezer.state").read_text("ascii").strip() == "FROZEN", "the freeze")

    def thaw(self):
        (self.group / "freezer.state").write_text("THAWED", "ascii")

    def close(self):
        for pid in (self.group / "cgroup.procs").read_text("ascii").split():
            with suppress(ProcessLookupError):
                (FREEZER / "cgroup.procs").write_text(pid, "ascii")
        with suppress(OSError):  # a process was born meanwhile
            self.group.rmdir()


class Recording:
    """What primary_recorder.py saw of a pair of members."""

    def __init__(self, pair):
        self.pair = pair
        self.directory = tempfile.TemporaryDirectory(prefix="recording.", dir=SCRATCH)
        self.path = pathlib.Path(self.directory.name, "lines")
        self.path.touch(mode=0o666)
        os.chmod(self.directory.name, 0o755)
        os.chmod(self.path, 0o666)
        servers = [f"{name}={member.place.run}" for name, member in pair.members.items()]
        self.process = subprocess.Popen(
            ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "/usr/bin/python3", RECORDER,
             str(self.path), *servers], stdin=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.directory.cleanup()

    def lines(self, what):
        """The fields of the lines of one kind, by member."""
        found = collections.defaultdict(list)
        complete, _, _ = self.path.read_text("ascii").rpartition("\n")  # the last one may be written just now
        for line in complete.splitlines():
            kind, name, *rest = line.split()
            if kind == what:
                found[name].append(rest)
        return found

    def moments(self, member):
        """When it was seen to be a primary, in seconds since the epoch."""
        return [float(moment) for moment, in self.lines("primary")[member.name]]

    def acknowledged(self):
        return {int(number) for rows in self.lines("written").values() for number, _ in rows}

    def wait_written(self, member, count=20, deadline=60):
        before = len(self.lines("written")[member.name])
        wait_until(lambda: len(self.lines("written")[member.name]) >= before + count,
                   lambda: f"{count} writes into {member.name}: {self.pair.log()}", deadline)

    def lost(self, member):
        """What was acknowledged and is not there."""
        return sorted(self.acknowledged() - {int(number) for number in member.sql("SELECT number FROM recorded").split()})


@contextmanager
def recording(pair):
    pair.leader().sql("CREATE TABLE IF NOT EXISTS recorded (number bigint)")
    pair.leader().sql("TRUNCATE recorded")
    with Recording(pair) as seen:
        seen.wait_written(pair.leader())
        yield seen


Outcome = collections.namedtuple("Outcome", "kept lost primary_after_thaw seconds")


def freeze_until_replaced(pair, way):
    """Freezes the leader until the other one leads and was written to, lets it go on, and waits until all is whole."""
    leader, replica = pair.wait_whole(180)
    began = time.monotonic()
    with recording(pair) as seen:
        stop = way(leader.node)
        stop.freeze()
        try:
            wait_until(lambda: replica.rest("/primary") == "200", replica.log, 120)
            seen.wait_written(replica)
        finally:
            thawed = time.time()
            stop.thaw()
        # Nothing to wait for where it comes back as it should; time enough for one that takes the key back.
        pair.wait_whole(180)
        kept = pair.leader() is not replica
        later = [moment for moment in seen.moments(leader) if moment > thawed]
        lost = seen.lost(pair.leader())
    stop.close()
    return Outcome(kept, lost, 0.0 if kept or not later else max(later) - thawed, time.monotonic() - began)
