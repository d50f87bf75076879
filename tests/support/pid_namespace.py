"""Runs a program as PID 1 of a fresh PID namespace, and watches it from outside.

    with PidNamespace([BINARY, "sleep", "600"]) as init:
        init.signal(signal.SIGTERM)
        assert init.wait() == 128 + signal.SIGTERM

`--kill-child` and the namespace itself see to it that nothing outlives the test.
"""
import contextlib
import os
import signal
import subprocess
import tempfile
import time

BINARY = os.path.abspath(os.environ.get("CITUS_INIT_BINARY", "build/dev/citus-init"))
DEADLINE = 90  # generous: machines with several builds at work
PYTHON = "/usr/bin/python3"
PROBE = [PYTHON, "-I", "-S", os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe.py")]
UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def wait_until(condition, what, deadline=DEADLINE):
    """Polls a condition that the kernel gives no event for; its first true value. One that takes long, as those do that
    start programs, is asked less often: it would keep a core busy that the tested ones need."""
    end = time.monotonic() + deadline
    while True:
        began = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"not within {deadline} s: {what() if callable(what) else what}")
        time.sleep(min(max(0.002, 3 * (now - began)), 0.25))


def stat_of(pid):
    """(name, state, parent) of a process as we see it; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return name, rest[0], int(rest[1])


def children_of(parent):
    """pid: (name, state) of all its children, zombies too."""
    found = {}
    for entry in os.listdir("/proc"):
        stat = stat_of(entry) if entry.isdigit() else None
        if stat and stat[2] == parent:
            found[int(entry)] = stat[:2]
    return found


def command_line(pid):
    """Its arguments; [] where it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        text = ""
    return text.rstrip("\0").split("\0") if text else []


def pids_of(node, *words):
    """On the host, of the node's processes whose command line has these words."""
    namespace = os.stat(f"/proc/{node.process.pid}/ns/pid_for_children").st_ino
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{entry}/ns/pid").st_ino == namespace and set(words) <= set(command_line(int(entry))):
                found.append(int(entry))
    return found


def postmaster_of(pid1):
    """The host's pid of the postmaster, None where none runs. A server process whose postmaster died is PID 1's child
    too for a moment, and of the same name; but its command line is a title, "postgres: checkpointer"."""
    return next((pid for pid in children_of(pid1)
                 if os.path.basename((command_line(pid) or [""])[0].split(" ")[0]) == "postgres"), None)


def status_field(pid, name):
    """A field of /proc/PID/status; "" when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return line.split(":", 1)[1].strip()
    except (FileNotFoundError, ProcessLookupError):
        pass
    return ""


class Program:
    """A started program, its output in files so that no reader is needed to keep it going."""

    def __init__(self, command, **options):
        self.files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]
        self.stdout_file, self.stderr_file = self.files
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", self.stdout_file)
        options.setdefault("stderr", self.stderr_file)
        # What nohup, or a shell's &, had the tests ignore is not the command's.
        self.process = subprocess.Popen(["env", "--default-signal=HUP,INT,QUIT", *command], **options)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for file in self.files:
            file.close()

    @staticmethod
    def _text(file):
        return os.pread(file.fileno(), 1 << 24, 0).decode(errors="replace")

    @property
    def stdout(self):
        return self._text(self.stdout_file)

    @property
    def stderr(self):
        return self._text(self.stderr_file)

    @property
    def lines(self):
        return self.stdout.splitlines()

    def wait_for(self, line, times=1):
        """Until `line` was printed so often."""
        wait_until(lambda: self.lines.count(line) >= times, lambda: f"{line!r} in {self.output()}")

    def output(self):
        """Both outputs, for messages."""
        return f"stdout {self.stdout!r}, stderr {self.stderr!r}"

    def signal(self, number):
        """As `docker kill` does it, from outside the namespace."""
        os.kill(self.pid, number)

    def wait(self, deadline=DEADLINE):
        """The exit code as a shell tells it."""
        try:
            code = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline} s: {self.output()}") from None
        return code if code >= 0 else 128 - code

    def child(self):
        """(pid, state) of the only child of the init."""
        return wait_until(lambda: next(iter(children_of(self.pid).items()), None), "a child")[0]


class PidNamespace(Program):
    """The program as PID 1; `pid` is its host pid, known once it is executed."""

    def __init__(self, command, executable=BINARY, **options):
        super().__init__([*UNSHARE, *command], **options)
        self.pid = wait_until(lambda: self._find(executable), lambda: f"its start, {self.output()}")

    def signal_from_inside(self, number):
        """As `kill` does it in `docker exec`."""
        subprocess.run(["nsenter", "--target", str(self.pid), "--pid", "--mount",
                        "kill", f"-{int(number)}", "1"], check=True)

    def _find(self, executable):
        for pid in children_of(self.process.pid):
            try:
                if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(executable):
                    return pid
            except OSError:
                pass
        # One that is over already has no pid that anybody needs.
        return -1 if self.process.poll() is not None else None


def run_as_init(*command, **options):
    """Runs `citus-init COMMAND...` as PID 1 to its end: (exit code, stdout, stderr)."""
    deadline = options.pop("deadline", DEADLINE)
    with PidNamespace([BINARY, *command], **options) as init:
        code = init.wait(deadline)
        return code, init.stdout, init.stderr


def run_directly(*command, **options):
    """The same without an init, for comparison."""
    with Program(list(command), **options) as program:
        code = program.wait()
        return code, program.stdout, program.stderr


ALL_SIGNALS = [number for number in [*range(1, 32), *range(34, 65)]
               if number not in (signal.SIGKILL, signal.SIGSTOP)]
