"""Programs of citus-init's own that PID 1 starts, started by a test in its stead."""
import os
import pathlib
import socket
import subprocess
import time

from support.status_text import reports_of

BINARY = os.environ.get("CITUS_INIT_BINARY") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build/dev/citus-init")
AS_POSTGRES = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]


class OwnProgram:
    """One of them, with its settings and with the socket that it reports on."""

    def __init__(self, arguments, settings, prefix=()):
        descriptor = os.memfd_create("settings", 0)
        os.write(descriptor, b"".join(f"{name}={value}\0".encode() for name, value in settings.items()))
        ours, theirs = socket.socketpair()
        self.socket, self.rest = ours, b""
        self.reports, self.unread = [], 0
        self.process = subprocess.Popen(
            [*prefix, BINARY, *arguments], pass_fds=[descriptor, theirs.fileno()], cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "HOME": "/var/lib/postgresql", "LC_ALL": "C.UTF-8",
                 "CITUS_INIT_SETTINGS_FD": str(descriptor),
                 "CITUS_INIT_REPORT_FD": str(theirs.fileno())})
        os.close(descriptor)
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.socket.close()

    def read(self, seconds):
        """Takes the reports that come within that time, as (kind, text)."""
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.reports += reports_of(line)

    def wait_for(self, kind, what=lambda text: True, deadline=60):
        """The next report of this kind whose text is what is looked for."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            while self.unread < len(self.reports):
                found, text = self.reports[self.unread]
                self.unread += 1
                if found == kind and what(text):
                    return text
            self.read(0.5)
        raise AssertionError(f"no {kind} within {deadline} s, but {self.reports[-20:]}")

    def finished(self, deadline=30):
        """Its exit status, and what it logged."""
        output, _ = self.process.communicate(timeout=deadline)
        return self.process.returncode, output.decode()
