"""A PostgreSQL server that a test owns, and the programs of citus-init that work on it.

The server is started by the test itself, so that `prepare-node` and `agent` can be tested without the
supervisor. Everything lives in one directory per node; only processes that were started here are
ended, by their pid.
"""
import atexit
import contextlib
import functools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from support import pid_namespace
from support.status_text import reports_of

BINARY = os.environ.get("CITUS_INIT_BINARY", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../build/dev/citus-init"))
DEADLINE = 60


def free_port(host):
    """A port that nobody has on `host` now, for every node of a test: hosts differ, ports do not."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_until(condition, what, deadline=DEADLINE):
    """As everywhere, with the time that a cluster takes."""
    return pid_namespace.wait_until(condition, what, deadline)


def as_postgres(command):
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", *command]


def own(directory):
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres", "postgres")


def run_initdb(programs, data):
    subprocess.run(as_postgres([
        f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]),
        check=True, stdout=subprocess.DEVNULL)


@functools.cache
def new_data_directory(programs):
    """Made by initdb, once for all nodes of this process; not to be started."""
    directory = tempfile.mkdtemp(prefix="ci")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    own(directory)
    data = os.path.join(directory, "data")
    run_initdb(programs, data)
    return data


def make_data_directory(programs, data):
    """With a system identifier of its own: a copy where pg_resetwal can give it one (npm's builds have none), else by initdb."""
    if not os.path.exists(f"{programs}/pg_resetwal"):
        run_initdb(programs, data)
        return
    subprocess.run(as_postgres(["cp", "-a", new_data_directory(programs), data]), check=True)
    set_system_identifier(programs, data, random.getrandbits(62))


def set_system_identifier(programs, data, identifier):
    """Of a server that was shut down: it begins ControlFileData. pg_resetwal puts it into the WAL and the checksum."""
    with open(os.path.join(data, "global/pg_control"), "r+b") as control:
        control.write(identifier.to_bytes(8, sys.byteorder))
    subprocess.run(as_postgres([f"{programs}/pg_resetwal", "-f", "-D", data]), check=True, capture_output=True)


class SqlFailure(Exception):
    """A statement failed; `sqlstate` as the server said."""

    def __init__(self, text):
        super().__init__(text)
        lines = [line for line in text.splitlines() if line.startswith(("ERROR:", "FATAL:"))]
        self.sqlstate = lines[-1].split(":")[1].strip() if lines else ""


class Session:
    """An open psql."""

    def __init__(self, process):
        self.process = process

    def send(self, statement):
        """Does not wait for its end."""
        self.process.stdin.write(statement + ";\n")
        self.process.stdin.flush()

    def value(self, statement):
        """The one row that it answers with."""
        self.send(statement)
        return self.process.stdout.readline().rstrip("\n")

    def run(self, statement):
        """One that has no rows, to its end."""
        assert self.value(statement + "; SELECT 'done'") == "done"


class Node:
    """One server: `host` is its address, `directory` holds its data, socket and log."""

    def __init__(self, programs, directory, host, port, preload="citus"):
        self.programs, self.directory, self.host, self.port = programs, directory, host, port
        self.preload = preload
        self.data = os.path.join(directory, "data")
        self.log = os.path.join(directory, "log")
        self.process = None

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def create(self):
        """As initdb does it, in a fourth of the time where that can be copied."""
        os.makedirs(self.directory, exist_ok=True)
        own(self.directory)
        make_data_directory(self.programs, self.data)
        return self

    def start(self, **settings):
        values = {
            "port": self.port, "listen_addresses": self.host, "unix_socket_directories": self.directory,
            "shared_preload_libraries": self.preload, "fsync": "off", "max_connections": 40,
            "max_worker_processes": 16, **settings}
        command = [f"{self.programs}/postgres", "-D", self.data]
        for name, value in values.items():
            command += ["-c", f"{name}={value}"]
        with open(self.log, "a", encoding="utf-8") as log:
            # libpq in the server looks for certificates at home, and must not look at root's.
            self.process = subprocess.Popen(as_postgres(command), stdout=log, stderr=log,
                                            env={**os.environ, "HOME": self.directory})
        wait_until(self.accepts, f"{self.address} accepts connections")
        return self

    def accepts(self):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8") as log:
                raise AssertionError("the server ended:\n" + log.read()[-2000:])
        return subprocess.run([f"{self.programs}/pg_isready", "-q", "-h", self.directory, "-p",
                               str(self.port)], check=False).returncode == 0

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(DEADLINE)

    def wipe(self):
        """The same address with an empty data directory."""
        self.stop()
        shutil.rmtree(self.data)
        return self.create()

    def sql(self, statement, database="app", user="postgres"):
        """Rows as lists of text. Raises SqlFailure."""
        done = subprocess.run(
            [f"{self.programs}/psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-v",
             "VERBOSITY=verbose", "-h", self.directory, "-p", str(self.port), "-U", user, "-d",
             database, "-f", "-"],
            input=statement, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SqlFailure("\n".join(
                line.split(": ", 1)[1] if line.startswith("psql:") else line
                for line in done.stderr.splitlines()))
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def value(self, statement, database="app"):
        rows = self.sql(statement, database)
        return rows[0][0] if rows else None

    @contextlib.contextmanager
    def session(self, database="app"):
        """A psql that stays open; it is closed, and what it holds is released, at the end."""
        command = [f"{self.programs}/psql", "-XqAt", "-h", self.directory, "-p", str(self.port), "-U", "postgres", "-d", database]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Session(process)
            process.stdin.close()

    def environment(self, **variables):
        return {"PGDATA": self.data, "CITUS_RUN_DIR": self.directory, "POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": "secret",
                "POSTGRES_DB": "app", "CITUS_ENABLE": "true", "CITUS_NODE_HOST": self.host,
                "CITUS_INTERNODE_AUTH": "password",
                "CITUS_RECONCILE_INTERVAL": "1s", **variables}

    def prepare(self, **variables):
        """Runs prepare-node to its end."""
        program = Program("prepare-node", self, self.environment(**variables))
        program.finish()
        return program

    def agent(self, process_environment=None, **variables):
        """Starts the agent; use as a context."""
        return Program("agent", self, self.environment(**variables), process_environment)


class Program:
    """A hidden verb of citus-init as PID 1 runs it: settings by memfd, reports by socket."""

    def __init__(self, verb, node, settings, process_environment=None):
        self.reports = []
        self.buffer = b""
        memory = os.memfd_create("settings")
        os.write(memory, b"".join(f"{k}={v}\0".encode() for k, v in settings.items()))
        self.socket, theirs = socket.socketpair()
        self.errors = open(os.path.join(node.directory, verb + ".err"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [BINARY, verb, "--socket-dir", node.directory, "--port", str(node.port)],
            pass_fds=(memory, theirs.fileno()), stderr=self.errors, env={
                "PATH": os.environ["PATH"], "CITUS_INIT_SETTINGS_FD": str(memory),
                "CITUS_INIT_REPORT_FD": str(theirs.fileno()), **(process_environment or {})})
        os.close(memory)
        theirs.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(DEADLINE)
        self.errors.close()

    def read(self, deadline):
        """One more chunk of reports; False when there will be none."""
        self.socket.settimeout(max(0.01, deadline - time.monotonic()))
        chunk = self.socket.recv(65536)
        *lines, self.buffer = (self.buffer + chunk).split(b"\n")
        for line in lines:
            self.reports += reports_of(line)
        return bool(chunk)

    def wait_for(self, kind, containing="", deadline=DEADLINE):
        """The first report, of those to come or not yet asked for, that matches; drops those before."""
        end = time.monotonic() + deadline
        seen = []
        while True:
            while self.reports:
                report = self.reports.pop(0)
                seen.append(report)
                if report[0] == kind and containing in report[1]:
                    return report[1]
            try:
                more = time.monotonic() < end and self.read(end)
            except TimeoutError:
                more = False
            if not more:
                raise AssertionError(f"no report {kind!r} with {containing!r}; it said: {seen}")

    def finish(self, deadline=DEADLINE):
        """Waits for its end; all reports are kept."""
        end = time.monotonic() + deadline
        while self.read(end):
            pass
        self.process.wait(DEADLINE)
        return self.process.returncode

    @property
    def stderr(self):
        with open(self.errors.name, encoding="utf-8") as errors:
            return errors.read()


@contextlib.contextmanager
def node_maker(base_directory, programs):
    """Makes servers on 127.0.1.x, stopped at the end."""
    nodes = []
    with tempfile.TemporaryDirectory(dir=base_directory, prefix="t") as directory:
        os.chmod(directory, 0o755)
        port = free_port("127.0.1.1")

        def make(name, number, start=True, preload="citus", **settings):
            node = Node(programs, os.path.join(directory, name), f"127.0.1.{number}",
                                   port, preload)
            nodes.append(node)
            node.create()
            return node.start(**settings) if start else node

        yield make
        for node in nodes:
            node.stop()


def worker_maker(make_node):
    """Makes servers that have been prepared as workers of the one on 127.0.1.1."""
    def make(name, number):
        worker = make_node(name, number)
        prepared = worker.prepare(CITUS_ROLE="worker", CITUS_COORDINATOR_HOST="127.0.1.1")
        assert prepared.process.returncode == 0, prepared.stderr
        return worker
    return make
