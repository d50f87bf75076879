import os
import subprocess

import pytest

from support import docker


def engine_answers():
    try:
        return docker.docker("version", check=False, timeout=30).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


@pytest.fixture(scope="session")
def base_image():
    """An image like the official one, with Citus or the stand-in, made here."""
    if not engine_answers():
        pytest.skip("no Docker engine answers")
    made = docker.run(str(docker.ROOT / "tests/e2e/base_image.sh"), timeout=3000, check=False)
    if made.returncode == 77:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@pytest.fixture(scope="session")
def image(base_image):
    """The image under test: CITUS_INIT_E2E_IMAGE, or built by docker/Dockerfile on that base."""
    if given := os.environ.get("CITUS_INIT_E2E_IMAGE"):
        return given
    return docker.build_image("citus-init-test", base_image)
