"""The port and the data directory of the command line count for everything, before PGDATA and PGPORT."""
# pylint: disable=redefined-outer-name,unused-import
import json
import os
import pathlib
import subprocess

import pytest

from support.node import BINDIR, POSTGRES
from support.node_fixtures import FAST, SERVER, initialised, place, refused, template
from support.pid_namespace import BINARY

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
WORKER = {"CITUS_ENABLE": "true", "CITUS_ROLE": "worker", "CITUS_CLUSTER_SECRET": SECRET,
          "CITUS_NODE_HOST": "127.0.0.1", "CITUS_COORDINATOR_HOST": "127.0.0.1"}
SAME_ADDRESS = "is the address of the coordinator too"


def check(*arguments, **environment):
    return subprocess.run([BINARY, "check", *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": "/nowhere", **environment})


@pytest.mark.parametrize("arguments, environment, is_same", [
    ([], {}, True),
    (["--", "-p", "5433"], {}, False),
    (["--", "-c", "port=5433"], {}, False),
    (["--", "postgres", "-p", "5433"], {}, False),
    ([], {"CITUS_GUC_PORT": "5433"}, False),
    ([], {"CITUS_POSTGRESQL_CONF": "port = 5433"}, False),
    ([], {"PGPORT": "5433"}, False),
    (["--", "-p", "5433"], {"CITUS_COORDINATOR_PORT": "5433"}, True),
    (["--", "-p", "5433"], {"CITUS_NODE_PORT": "5432"}, True),
    # Together with another problem.
    ([], {"CITUS_GUC_WORK_MEM": "8Q"}, True),
    ([], {"CITUS_LOG_LEVEL": "loud"}, True),
])
def test_check_knows_the_port_of_a_worker(arguments, environment, is_same):
    done = check(*arguments, **WORKER, **environment)
    assert (SAME_ADDRESS in done.stderr) == is_same, done.stderr


def test_the_command_lines_data_directory_is_made_and_used(place):
    other = place.path / "other"
    with place.start(*SERVER, "-D", other, **FAST) as node:
        node.wait_ready()
        assert node.psql("SHOW data_directory") == str(other)
        state = json.loads((place.run / "citus-init.json").read_text())
        assert state["data_directory"] == str(other)
        assert node.stop() == 0
    assert place.listing() is None  # PGDATA
    with place.start(*SERVER, f"--data-directory={other}/", **FAST) as node:
        node.wait_ready()
        assert "Skipping initialization" in node.stdout
        assert node.stop() == 0


def test_the_command_lines_data_directory_is_locked(initialised):
    with initialised.start(*SERVER, **FAST) as node:
        node.wait_ready()
        with initialised.start(*SERVER, "-D", initialised.data, **{**FAST, "PGDATA": "/elsewhere"}) as second:
            refused(second, 75)
        assert node.stop() == 0


def test_a_directory_of_configuration_is_no_data_directory(initialised):
    """As `postgres -D /etc/postgresql`, whose postgresql.conf may name the data directory."""
    conf = initialised.path / "etc"
    conf.mkdir()
    text = (initialised.data / "postgresql.conf").read_text()
    (conf / "postgresql.conf").write_text(f"{text}\ndata_directory = '{initialised.data}'\nwork_mem = '5MB'\n")
    for path in (conf, conf / "postgresql.conf"):
        os.chown(path, POSTGRES.pw_uid, POSTGRES.pw_gid)
    with initialised.start(*SERVER, "-D", conf, **FAST) as node:
        node.wait_ready()
        assert node.psql("SHOW work_mem") == "5MB"
        assert node.psql("SELECT answer FROM kept") == "42"
        assert node.stop() == 0


def test_check_and_render_take_the_command_lines_data_directory(initialised, tmp_path):
    rendered = subprocess.run(
        [BINARY, "render", "--", "-D", str(initialised.data)], capture_output=True, text=True, timeout=60, check=True,
        env={"PATH": "/usr/bin:/bin", "CITUS_PG_BINDIR": BINDIR, "PGDATA": str(tmp_path), "POSTGRES_PASSWORD": "x"})
    assert f"==> {initialised.data}/citus_init/postgresql.conf <==" in rendered.stdout
    done = check("--", "-D", str(tmp_path), PGDATA=str(initialised.data))
    assert done.returncode == 78 and "POSTGRES_PASSWORD" in done.stderr  # it is empty
    assert check("--", "-D", "").returncode == 78
    assert pathlib.Path(tmp_path).exists() and not list(tmp_path.iterdir())
