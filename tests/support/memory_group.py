"""A control group with a memory limit, of version 1 or 2: what a container with `docker run -m` runs in."""
import os
from pathlib import Path

MEGABYTE = 1 << 20
V1, V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


def own_group():
    """The directory of this process's group in the memory hierarchy, or None."""
    for line in Path("/proc/self/cgroup").read_text("ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return Path(f"{V1}{path}")
        if controllers == "" and (V2 / "cgroup.controllers").exists():
            return Path(f"{V2}{path}")
    return None


class MemoryGroup:
    """Made by the constructor below the process's own group; OSError where that is not allowed. What is started
    `with` it stays in it."""

    def __init__(self, megabytes, name="citus_init_test"):
        self.parent = own_group()
        if self.parent is None:
            raise OSError("no memory hierarchy of control groups")
        self.path = self.parent / f"{name}_{os.getpid()}_{megabytes}"
        self.path.mkdir()
        try:
            self.limit = next(file for file in (self.path / "memory.limit_in_bytes", self.path / "memory.max") if file.exists())
            self.limit.write_text(str(megabytes * MEGABYTE), "ascii")
        except (OSError, StopIteration) as error:
            self.path.rmdir()
            raise OSError("no memory controller") from error

    def __enter__(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()), "ascii")
        return self

    def __exit__(self, *exception):
        (self.parent / "cgroup.procs").write_text(str(os.getpid()), "ascii")

    def killed(self):
        """How many processes the kernel has killed in it for want of memory."""
        text = next(file for file in (self.path / "memory.oom_control", self.path / "memory.events") if file.exists())
        return next(int(line.split()[1]) for line in text.read_text("ascii").splitlines() if line.startswith("oom_kill "))

    def remove(self):
        """What still runs in it goes on outside."""
        for pid in (self.path / "cgroup.procs").read_text("ascii").split():
            (self.parent / "cgroup.procs").write_text(pid, "ascii")
        self.path.rmdir()
