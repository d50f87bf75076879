"""The same node made by citus-init, by hand, and as the official entrypoint does it."""
import functools
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from support.node import BINDIR
from support.pid_namespace import children_of, stat_of, status_field

POSTGRES = pwd.getpwnam("postgres")
DROP = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
PASSWORD = "bench"
PREPARE = ("CREATE EXTENSION citus",
           "SELECT citus_set_coordinator_host('localhost')",
           "SELECT citus_set_node_property('localhost', current_setting('port')::int, 'shouldhaveshards', true)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tps_of(text):
    """Transactions a second, of what pgbench printed."""
    return float(next(line for line in text.splitlines() if line.startswith("tps")).split()[2])


def run_as_postgres(*command, **options):
    return subprocess.run([*DROP, *command], check=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **options)


class Citus:
    """What the PostgreSQL under test has of it."""

    @staticmethod
    @functools.cache  # asked at each start, within what is timed
    def version():
        control = Path(BINDIR).parents[3] / "share/postgresql" / Path(BINDIR).parts[-2] / "extension/citus.control"
        if not control.exists():
            return ""
        return next(line.split("'")[1] for line in control.read_text().splitlines()
                    if line.startswith("default_version"))


def has_citus():
    return bool(Citus.version())


class Node:
    """What all three have in common: a directory, a port, and how one sees that it is up."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="citus_init_bench."))
        os.chown(self.home, POSTGRES.pw_uid, POSTGRES.pw_gid)
        self.data = self.home / "data"
        self.port = free_port()
        self.process = None
        self.log = open(self.home / "log", "ab")  # pylint: disable=consider-using-with

    def launch(self, *command, **environment):
        self.process = subprocess.Popen([*DROP, *command], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL,
                                        env={"PATH": f"{BINDIR}:/usr/bin:/bin", "LANG": "C.UTF-8", **environment})

    def accepts(self):
        """Whether the server asks for a password over TCP: it takes connections."""
        user = b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(struct.pack("!ii", 8 + len(user), 196608) + user)
                return connection.recv(1) == b"R"
        except OSError:
            return False

    def wait_accepting(self):
        end = time.monotonic() + 60
        while not self.accepts():
            assert time.monotonic() < end, (self.home / "log").read_text()
            assert self.process.poll() is None, (self.home / "log").read_text()
            time.sleep(0.001)

    wait_ready = wait_accepting

    def settle(self):
        """Until Citus' maintenance daemon, which the first query in its database starts, has come to
        rest: a shutdown while it starts takes two seconds, of any server."""
        if not has_citus():
            return
        query = "SELECT citus_version(), wait_event FROM pg_stat_activity WHERE application_name = 'Citus Maintenance Daemon'"
        end = time.monotonic() + 60
        while True:
            answer = subprocess.run([f"{BINDIR}/psql", "-XAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", query],
                                    env={"PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=True).stdout.strip()
            if answer and not answer.endswith("|"):
                return
            assert time.monotonic() < end, answer

    def start_again(self):
        self.start()

    def start(self):
        raise NotImplementedError

    def postmaster(self):
        return int((self.data / "postmaster.pid").read_text().split("\n")[0])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def destroy(self):
        if self.process and self.process.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- figures of a running process ---

    @staticmethod
    def private_dirty(pid):
        """In kB."""
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))

    @staticmethod
    def switches(pid):
        return int(status_field(pid, "voluntary_ctxt_switches"))


class CitusInit(Node):
    def __init__(self, binary, settings=None):
        super().__init__()
        self.binary = binary
        self.settings = settings or {}

    def start(self):
        citus = {"CITUS_ENABLE": "true", "CITUS_NODE_HOST": "127.0.0.1"} if has_citus() else {}
        if "CITUS_WORKERS" in self.settings:
            citus["CITUS_NODE_HOST"] = "127.0.0.1"
        self.launch(self.binary, "postgres", "-p", str(self.port), PGDATA=str(self.data), POSTGRES_PASSWORD=PASSWORD,
                    CITUS_RUN_DIR=str(self.home), CITUS_PG_BINDIR=BINDIR, PGPORT=str(self.port), **citus, **self.settings)

    def wait_ready(self):
        """The line that says that Citus is ready, too."""
        end = time.monotonic() + 60
        count = 0
        while count == 0:
            assert time.monotonic() < end, (self.home / "log").read_text()
            assert self.process.poll() is None, (self.home / "log").read_text()
            time.sleep(0.001)
            count = (self.home / "log").read_text().count("citus-init: database system is ready")
        self.wait_accepting()

    def start_again(self):
        self.log.truncate(0)
        self.start()

    def crash_and_wait(self):
        os.kill(self.postmaster(), signal.SIGKILL)
        while self.accepts():
            time.sleep(0.0005)
        self.wait_accepting()

    def own_processes(self):
        found = {"PID 1": self.process.pid}
        for pid in children_of(self.process.pid):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if b"agent" in file.read().split(b"\0"):
                    found["agent"] = pid
        return found


class ByHand(Node):
    """initdb, one configuration, one start, the extension."""

    has_citus = staticmethod(has_citus)

    def start(self):
        if not self.data.exists():
            self.initdb()
            self.configure()
            self.serve()
            self.wait_accepting()
            self.prepare()
        else:
            self.serve()

    def initdb(self):
        password = self.home / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o644)
        run_as_postgres(f"{BINDIR}/initdb", "-D", str(self.data), "-U", "postgres", f"--pwfile={password}")

    def configure(self):
        with open(self.data / "pg_hba.conf", "a", encoding="utf-8") as file:
            file.write("host all all all scram-sha-256\n")
        lines = ["listen_addresses = '*'", f"unix_socket_directories = '{self.home}'"]
        if self.has_citus():
            run_as_postgres("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                            "-nodes", "-days", "3650", "-subj", "/CN=localhost", "-keyout",
                            f"{self.data}/server.key", "-out", f"{self.data}/server.crt")
            lines += ["shared_preload_libraries = 'citus'", "wal_level = logical", "ssl = on",
                      "max_worker_processes = 16"]
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def serve(self):
        self.launch(f"{BINDIR}/postgres", "-D", str(self.data), "-p", str(self.port))

    def prepare(self):
        if self.has_citus():
            commands = [word for sql in PREPARE for word in ("-c", sql)]
            run_as_postgres(f"{BINDIR}/psql", "-X", "-h", str(self.home), "-p", str(self.port), "-U", "postgres", *commands)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def crash_and_wait(self):
        """The floor: kill, wait until nothing of it is left, start."""
        family = [pid for pid in children_of(self.process.pid)]
        self.process.kill()
        self.process.wait()
        while any(stat_of(pid) for pid in family):
            time.sleep(0.0005)
        self.serve()
        self.wait_accepting()


class Official(ByHand):
    """initdb, a temporary server, its stop, the final start: by pg_ctl and psql, as docker-entrypoint.sh."""

    def start(self):
        self.initdb()
        self.configure()
        control = [f"{BINDIR}/pg_ctl", "-D", str(self.data), "-w"]
        run_as_postgres(*control, "-o", f"-c listen_addresses= -p {self.port}", "-l", str(self.home / "temporary"), "start")
        self.prepare()
        run_as_postgres(*control, "-m", "fast", "stop")
        self.serve()


class OfficialPlain(Official):
    """The same to a PostgreSQL without Citus."""

    has_citus = staticmethod(lambda: False)
