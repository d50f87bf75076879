"""Stacks of docker/*.yml, as a user brings them up."""
import os
from contextlib import contextmanager

from support.docker import ROOT, Container, docker, run

TIMEOUT = 600
PASSWORD = "correct horse"
SECRETS = {"POSTGRES_PASSWORD_PATH": PASSWORD, "CLUSTER_SECRET_PATH": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
           "REST_PASSWORD_PATH": "battery staple"}


def compose_command():
    modern = docker("compose", "version", check=False).returncode == 0
    return ["docker", "compose"] if modern else ["docker-compose"]


class Stack:
    """One project of compose. `files` are paths, those in docker/ by name."""

    def __init__(self, project, files, environment):
        self.project = project
        # docker-compose 1 waits for the engine's answer for a minute by itself, which a busy machine exceeds.
        self.environment = {**os.environ, "COMPOSE_HTTP_TIMEOUT": str(TIMEOUT), **environment}
        chosen = [word for file in files for word in ("-f", str(ROOT / "docker" / file))]
        self.prefix = [*compose_command(), "-p", project, *chosen]

    def compose(self, *arguments, **options):
        return run(*self.prefix, *arguments, timeout=TIMEOUT, environment=self.environment, **options)

    def containers(self, service):
        return [Container(name) for name in self.compose("ps", "-q", service).split()]

    def node(self, service):
        return self.containers(service)[0]

    @property
    def coordinator(self):
        return self.node("coordinator")

    def psql(self, sql):
        return self.coordinator.psql(sql)


@contextmanager
def stack_of(kind, project, files, images, directory):
    """A `kind` of Stack with its secrets in `directory`, not up yet; nothing of it is left afterwards."""
    image, base_image = images
    for name, secret in SECRETS.items():
        (directory / name).write_text(secret + "\n")
    stack = kind(project, files, {"CITUS_INIT_IMAGE": image, "BASE_IMAGE": base_image, "CITUS_PORT": "0",
                                  **{name: str(directory / name) for name in SECRETS}})
    stack.compose("down", "--volumes", check=False)
    try:
        yield stack
    finally:
        stack.compose("down", "--volumes", check=False)
