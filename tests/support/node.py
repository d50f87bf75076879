"""A container's worth of surroundings for the real binary, without a container engine.

    with Place() as place:
        place.init_file("1.sql", "CREATE TABLE t ()")
        with place.start("postgres", POSTGRES_PASSWORD="secret") as node:
            node.wait_ready()
            node.psql("SELECT count(*) FROM t")
            assert node.stop() == 0

A Place is what outlives a container: its volumes and its writable layer. Each start is PID 1 of pid,
mount, network and IPC namespaces of its own, so that port 5432 and /var/run/postgresql are free in
any number of them at once.
"""
import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from signal import SIGKILL, SIGTERM

from support.cluster_template import template_settings
from support.pid_namespace import BINARY, DEADLINE, Program, children_of, wait_until
from support.scratch import SCRATCH

ROOT = Path(__file__).resolve().parents[2]
INIT_FILES = "/docker-entrypoint-initdb.d"
SOCKET_DIRECTORY = "/run/postgresql"
READY_LINE = "database system is ready to accept connections"
POSTGRES = pwd.getpwnam("postgres")

# $1: the place; then mounts as pairs FROM TO up to "--"; the rest is the command.
SURROUNDINGS = f"""
set -e
place=$1; shift
mkdir -p {SOCKET_DIRECTORY} {INIT_FILES}
mount --bind "$place/run" {SOCKET_DIRECTORY}
mount --bind "$place/init.d" {INIT_FILES}
mount -t tmpfs tmpfs /dev/shm
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
ip link set lo up
if [ "$READ_ONLY" ]; then
    mount --bind "$place" "$place"
    mount -o remount,ro,bind /
fi
cd /
unset READ_ONLY
exec "$@"
"""


def bin_directory():
    """The PostgreSQL under test: PG_BINDIR, or Debian's newest."""
    found = glob.glob("/usr/lib/postgresql/*/bin")
    return os.environ.get("PG_BINDIR") or max(found, key=lambda path: int(path.split("/")[4]))


BINDIR = bin_directory()


def control_data(data, programs=BINDIR):
    """What pg_controldata shows."""
    text = subprocess.run([f"{programs}/pg_controldata", "-D", str(data)], capture_output=True, text=True, check=True,
                          env={"LC_ALL": "C"}).stdout
    return dict(re.split(r":\s*", line, maxsplit=1) for line in text.splitlines() if ":" in line)


def major_version():
    text = subprocess.run([f"{BINDIR}/postgres", "-V"], capture_output=True, text=True, check=True)
    return int(text.stdout.split(")")[1].split(".")[0])


class Place:
    """Directories that live as long as the test: data, init files, run directory, programs."""

    def __init__(self, directory=SCRATCH):
        self.path = Path(tempfile.mkdtemp(prefix="citus_init_node.", dir=directory))
        self.path.chmod(0o755)
        self.data = self.path / "data"
        self.init_files = self.path / "init.d"
        self.run = self.path / "run"
        self.programs = self.path / "bin"
        for directory in (self.init_files, self.run, self.programs):
            directory.mkdir()
        (self.programs / "citus-init").symlink_to(BINARY)
        for name in ("docker-entrypoint.sh", "docker-ensure-initdb.sh"):
            (self.programs / name).symlink_to(ROOT / "docker" / name)
        (self.programs / "docker-enforce-initdb.sh").symlink_to(ROOT / "docker/docker-ensure-initdb.sh")
        os.chown(self.run, POSTGRES.pw_uid, POSTGRES.pw_gid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def init_file(self, name, content, mode=0o644):
        file = self.init_files / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        return file

    def file(self, name, content, mode=0o644):
        """A file outside of every volume, such as a secret."""
        file = self.path / name
        file.write_text(content)
        file.chmod(mode)
        return file

    def adopt(self, template):
        """A copy of another place's data directory, owner and modes kept."""
        subprocess.run(["cp", "-a", str(template.data), str(self.data)], check=True)
        return self

    def start(self, *arguments, program="citus-init", user=None, **options):
        return Node(self, arguments, program=program, user=user, **options)

    def listing(self):
        """The names in the data directory, None where it is not there."""
        return sorted(os.listdir(self.data)) if self.data.exists() else None


class Node(Program):
    """One container. Keyword arguments in capitals are its environment; others:

    program     what is executed, looked up in PATH, with `arguments` ([] for none)
    user        (uid, gid) as `docker run --user` has it
    mounts      {from: to}, bind mounts on top
    read_only   the root file system, the place aside
    init        False: the program is a child of a shell that is PID 1
    network     None for one of its own, "host" for the host's, else the name of one (ip-netns(8))
    """

    def __init__(self, place, arguments, program="citus-init", user=None, mounts=None,
                 read_only=False, init=True, network=None, stdin=subprocess.DEVNULL,
                 **environment):
        self.place = place
        environment.setdefault("PGDATA", str(place.data))
        environment = {"PATH": f"{place.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                               "/usr/bin:/sbin:/bin",
                       "LANG": "C.UTF-8", "HOME": "/root", "CITUS_PG_BINDIR": BINDIR,
                       **environment}
        environment = {**template_settings(environment["CITUS_PG_BINDIR"]), **environment}
        environment = {name: value for name, value in environment.items() if value is not None}
        shared = ["nsenter", f"--net=/run/netns/{network}"] if network not in (None, "host") else []
        command = [*shared, "unshare", "--mount", *([] if network else ["--net"]), "--ipc", "--pid", "--fork",
                   "--mount-proc", "--kill-child", "sh", "-c", SURROUNDINGS, "sh", str(place.path)]
        for source, target in (mounts or {}).items():
            command += [str(source), str(target)]
        command.append("--")
        if user:
            command += ["setpriv", "--reuid", str(user[0]), "--regid", str(user[1]),
                        "--clear-groups"]
        command += ["env", "-i", *(f"{name}={value}" for name, value in environment.items())]
        if not init:
            command += ["sh", "-c", '"$@" & child=$!; trap "kill -TERM $child" TERM; '
                        'while kill -0 $child; do wait $child; code=$?; done 2>/dev/null; '
                        'exit $code', "sh"]
        command += [program, *map(str, arguments)]
        launcher = {**os.environ, "READ_ONLY": "yes" if read_only else ""}
        super().__init__(command, env=launcher, stdin=stdin)

    @property
    def pid1(self):
        """The host pid of the namespace's PID 1."""
        def found():
            assert self.process.poll() is None, f"ended: {self.output()}"
            return next(iter(children_of(self.process.pid)), None)
        return wait_until(found, "PID 1")

    def __exit__(self, *exception):
        # unshare(1) ends once its child is reaped, and a pid namespace's first process is reaped only
        # when all others are gone: after this nothing writes to the place any more.
        first = children_of(self.process.pid) if self.process.poll() is None else {}
        for pid in first:
            os.kill(pid, SIGKILL)
        if first:
            self.wait()
        super().__exit__(*exception)

    def signal(self, number):
        os.kill(self.pid1, number)

    def stop(self, number=SIGTERM, deadline=DEADLINE):
        """`docker stop`; the exit code."""
        self.signal(number)
        return self.wait(deadline)

    def wait_output(self, text, times=1, stream="both", deadline=DEADLINE):
        """Until `text` stands in stdout, stderr or both so often."""
        def there():
            present = {"stdout": self.stdout, "stderr": self.stderr,
                       "both": self.stdout + self.stderr}[stream]
            if present.count(text) >= times:
                return True
            assert self.process.poll() is None, f"ended without {text!r}: {self.output()}"
            return False
        wait_until(there, lambda: f"{text!r}: {self.output()}", deadline)

    def wait_ready(self):
        """Until clients can use what was asked for."""
        self.wait_output(READY_LINE, stream="stdout")

    def inside(self, *command, user=None, check=True, environment=None, timeout=DEADLINE, **options):
        """`docker exec`; the finished process, its outputs as text."""
        step = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        place = ["nsenter", "--target", str(self.process.pid), "--mount", "--net", "--ipc",
                 f"--pid=/proc/{self.process.pid}/ns/pid_for_children"]
        path = f"{self.place.programs}:{BINDIR}:/usr/bin:/bin:/usr/sbin:/sbin"
        done = subprocess.run([*place, *step, *command], capture_output=True, text=True,
                              check=False, timeout=timeout,
                              env={"PATH": path, "LANG": "C.UTF-8", **(environment or {})},
                              **options)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def psql(self, sql, database="postgres", user="postgres", host=None, password=None,
             check=True):
        """The answer, trimmed; the error's text where `check` is off and it failed."""
        where = ["-h", host] if host else []
        done = self.inside(f"{BINDIR}/psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-U", user,
                           "-d", database, *where, "-c", sql, check=check,
                           environment={"PGPASSWORD": password} if password else None)
        return (done.stdout if done.returncode == 0 else done.stderr).strip()

    def postmaster(self):
        """The postmaster's pid within the namespace."""
        return int((self.place.data / "postmaster.pid").read_text().split("\n")[0])
