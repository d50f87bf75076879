"""Instructions that PID 1 executes until it starts its first child, counted by callgrind: unlike times, the same on a busy machine."""
import re
import shutil
from pathlib import Path

from bench.nodes import CitusInit


class Counted(CitusInit):
    """Where `is_counted`, under callgrind: it writes what it has counted before its first child, to counts.1."""

    is_counted = False

    def launch(self, *command, **environment):
        callgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={self.home}/counts", "--dump-before=citus_init::process::spawn*")
        super().launch(*(callgrind if self.is_counted else ()), *command, **environment)

    def count(self):
        """None where callgrind does not see it start a child."""
        for self.is_counted in (False, False, True):  # what the first starts write, they write uncounted
            self.start_again()
            # Under callgrind /proc/self/exe is not ours, so there is no agent.
            (self.wait_accepting if self.is_counted else self.wait_ready)()
            self.stop()
        counts = Path(f"{self.home}/counts.1")
        found = re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.M) if counts.exists() else None
        return int(found.group(1)) if found else None


def instructions(binary):
    """Of a start of an existing directory; or why they cannot be counted, as text."""
    if not shutil.which("valgrind"):
        return "skipped: valgrind is not installed"
    node = Counted(binary)
    try:
        return node.count() or "skipped: callgrind does not see the first child"
    finally:
        node.destroy()
