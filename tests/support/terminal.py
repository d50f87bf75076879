"""A program at a terminal of its own, typed to and read from by the test."""
import fcntl
import os
import select
import struct
import subprocess
import termios
import time

from support.pid_namespace import DEADLINE, stat_of, wait_until


class Terminal:
    """Starts `command` as the leader of a session, with the terminal as its controlling one unless
    it takes that itself (`controlling=False`)."""

    def __init__(self, command, controlling=True, **options):
        self.master, slave = os.openpty()
        self.seen = ""
        take = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, preexec_fn=take, **options)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def hang_up(self):
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def type(self, text):
        os.write(self.master, text.encode())

    def bring_forward(self, is_forward, what="the job in the foreground"):
        """Types `fg` until it is so. Once is not always enough: bash alone was seen to lose what is
        typed right after it reported a stop, and to send no SIGCONT to a job that stopped since."""
        for _ in range(DEADLINE // 5):
            self.type("fg\n")
            end = time.monotonic() + 5
            while time.monotonic() < end:
                if is_forward():
                    return
                time.sleep(0.01)
        raise AssertionError(f"not within {DEADLINE} s: {what}; shown: {self.shown()!r}")

    def expect(self, text):
        """Until `text` has been shown since the last expected one; forgets all up to it."""
        end = time.monotonic() + DEADLINE
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, f"{text!r} not within {DEADLINE} s, only {self.seen!r}"
            try:
                self.seen += os.read(self.master, 4096).decode(errors="replace")
            except OSError:
                raise AssertionError(f"{text!r} did not come, only {self.seen!r}") from None
        shown, _, self.seen = self.seen.partition(text)
        return shown

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def foreground(self):
        """The process group that may read."""
        return os.tcgetpgrp(self.master)

    def in_foreground(self, name):
        """Whether the leader of the group in the foreground is a program of this name."""
        stat = stat_of(self.foreground())
        return stat and stat[0] == name

    def wait_for_foreground(self, name):
        wait_until(lambda: self.in_foreground(name),
                   lambda: f"{name} in the foreground, {stat_of(self.foreground())} is; "
                           f"shown: {self.shown()!r}")

    def shown(self):
        """What has come since the last expected text."""
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 4096).decode(errors="replace")
        return self.seen
