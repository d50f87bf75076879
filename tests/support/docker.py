"""Containers for the e2e tests: the docker command, bounded in time, and waiting by condition."""
import json
import os
import shutil
import subprocess
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_LINE = "database system is ready to accept connections"


class Failed(AssertionError):
    """A docker command that failed, with all that it printed."""


def run(*command, timeout=120, check=True, text_input=None, environment=None):
    """Runs a command; its standard output, stripped. Failed with both outputs if it fails."""
    done = subprocess.run(command, input=text_input, capture_output=True, text=True,
                          timeout=timeout, check=False, env=environment)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout.strip() if check else done


def docker(*arguments, **options):
    return run("docker", *arguments, **options)


def build_image(name, base_image, **arguments):
    """Builds docker/Dockerfile on that base with the program under test, compiled inside where
    CITUS_INIT_E2E_COMPILE=1; its name."""
    build_output(name, base_image, **arguments)
    return name


def build_output(name, base_image, **arguments):
    """What the builder prints for build_image()."""
    if os.environ.get("CITUS_INIT_E2E_COMPILE") != "1":
        build = Path(os.environ["CITUS_INIT_BINARY"]).parent
        shutil.rmtree(ROOT / "build/stage", ignore_errors=True)
        run("cmake", "--install", str(build), "--strip", "--prefix", "/usr/local",
            environment={**os.environ, "DESTDIR": str(ROOT / "build/stage")})
        arguments["PREBUILT"] = "build/stage"
    chosen = [word for pair in {"BASE_IMAGE": base_image, **arguments}.items() for word in ("--build-arg", "=".join(pair))]
    return docker("build", "--network", "host", "-f", str(ROOT / "docker/Dockerfile"), *chosen, "-t", name, str(ROOT),
                  timeout=3000)


def wait_for(condition, seconds, what):
    """The first true answer of `condition`, asked again and again until the deadline. `what` may be a
    function, for what is known only then."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.1)


class Container:
    def __init__(self, name):
        self.name = name

    def inspect(self, path):
        return json.loads(docker("inspect", "--format", "{{json " + path + "}}", self.name))

    def health(self):
        return self.inspect(".State.Health.Status")

    def logs(self):
        """(standard output, standard error) of all its starts."""
        done = docker("logs", self.name, check=False)
        return done.stdout, done.stderr

    def execute(self, *command, check=True, user=None, timeout=120):
        chosen = ["--user", user] if user else []
        return docker("exec", *chosen, self.name, *command, check=check, timeout=timeout)

    def psql(self, sql, database="postgres"):
        return self.execute("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres",
                            "-d", database, "-c", sql)

    def wait_healthy(self, seconds=120):
        def healthy():
            assert self.inspect(".State.Running"), f"{self.name} ended:\n" + "\n".join(self.logs())
            return self.health() == "healthy"
        wait_for(healthy, seconds, lambda: f"{self.name} healthy; its log:\n" + "\n".join(self.logs()))

    def postmaster(self):
        """The postmaster's pid in the container, "" if there is none."""
        return self.execute("sh", "-c", "head -1 \"$PGDATA/postmaster.pid\"", check=False).stdout.strip()

    def kill_postmaster(self):
        """kill -9; returns when another one serves in the same container."""
        killed = self.postmaster()
        self.execute("sh", "-c", f"kill -9 {killed}")
        wait_for(lambda: self.postmaster() not in ("", killed), 30, "another postmaster")
        done = self.execute("citus-init", "health", "--wait", "60s", check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self, seconds=30):
        """Stops it; how long that took, in seconds."""
        started = time.monotonic()
        docker("stop", "--time", str(seconds), self.name)
        return time.monotonic() - started


@contextmanager
def container(image, *options, command=(), environment=None):
    """A container that is removed with its volumes, whatever the test came to."""
    name = f"citus-init-e2e-{uuid.uuid4().hex[:12]}"
    variables = [word for pair in (environment or {}).items() for word in ("-e", "=".join(pair))]
    try:
        docker("run", "-d", "--name", name, "--health-interval", "1s", *options, *variables,
               image, *command)
        yield Container(name)
    finally:
        docker("rm", "--force", "--volumes", name, check=False)
