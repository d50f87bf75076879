"""docker/quickstart.sh by containers, as the README says it, with the image under test."""
import os
import re
import socket

import pytest

from support.docker import ROOT, run

pytestmark = pytest.mark.xdist_group("engine")
SCRIPT = str(ROOT / "docker/quickstart.sh")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_comes_to_an_answer_twice_and_stops(image, base_image, tmp_path):
    environment = {**os.environ, "BASE_IMAGE": base_image, "CITUS_INIT_IMAGE": image,
                   "CITUS_PORT": str(free_port()), "CITUS_QUICKSTART_DIR": str(tmp_path / "state")}
    try:
        for _ in range(2):
            output = run(SCRIPT, timeout=900, environment=environment)
            assert "docker containers, project citus-init-quickstart" in output
            assert len(re.findall(r"^ +\d+ \| +1000 \| +\d+$", output, re.MULTILINE)) == 3, output
    finally:
        stopped = run(SCRIPT, "--stop", timeout=300, environment=environment, check=False)
        run("docker", "volume", "rm", *(f"citus-init-quickstart_{name}" for name in
                                        ("coordinator", "worker1", "worker2")), check=False)
    assert stopped.returncode == 0, stopped.stderr
    assert run("docker", "ps", "-q", "--filter", "label=com.docker.compose.project=citus-init-quickstart") == ""
