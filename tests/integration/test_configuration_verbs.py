"""check, render and explain, with the real server's answer behind check."""
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.node import bin_directory, major_version
from support.scratch import SCRATCH

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CITUS_INIT_BINARY", str(ROOT / "build/dev/citus-init"))
BINDIR = bin_directory()
MAJOR = major_version()
LIMITS_ARE_CHECKED = pytest.mark.skipif(MAJOR < 15, reason="before PostgreSQL 15 `postgres -C` ends before these")

pytestmark = pytest.mark.skipif(
    not Path(BINDIR, "initdb").exists() or os.geteuid() != 0,
    reason=f"needs PostgreSQL in {BINDIR} (PG_BINDIR) and root, to be another user")


@pytest.fixture(scope="module")
def cluster():
    """A data directory as initdb leaves it, owned by postgres, where postgres gets to."""
    parent = Path(tempfile.mkdtemp(prefix="citus_init_cluster.", dir=SCRATCH))
    shutil.chown(parent, "postgres")
    parent.chmod(0o755)
    data = parent / "data"
    subprocess.run(["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups",
                    f"{BINDIR}/initdb", "-D", data, "-A", "trust", "--no-sync"],
                   check=True, stdout=subprocess.DEVNULL)
    yield data
    shutil.rmtree(parent)


def verb(data, *arguments, **environment):
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "PGDATA": str(data), "CITUS_PG_BINDIR": BINDIR,
             **environment})


def everything_below(directory):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in directory.rglob("*")}


def test_check_accepts_what_initdb_made_and_changes_nothing(cluster):
    before = everything_below(cluster)
    result = verb(cluster, "check")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"configuration is valid for PostgreSQL {MAJOR}\n", "")
    assert everything_below(cluster) == before


@pytest.mark.parametrize("environment, expected", [
    ({"CITUS_GUC_WORK_MEMM": "8MB"},
     "CITUS_GUC_WORK_MEMM: work_memm is not a setting. Did you mean work_mem?"),
    ({"CITUS_GUC_WORK_MEM": "8Q"}, 'CITUS_GUC_WORK_MEM: "8Q" is not a whole number'),
    ({"CITUS_GUC_WAL_LEVEL": "physical"}, "Use one of: minimal, replica, logical"),
    ({"CITUS_POSTGRESQL_CONF": "fsync = on\nwork_mem 1.5GB"},
     'CITUS_POSTGRESQL_CONF line 2: syntax error near "GB"'),
    # These only the server knows.
    ({"CITUS_GUC_SHARED_PRELOAD_LIBRARIES": "no_such_library"},
     'CITUS_GUC_SHARED_PRELOAD_LIBRARIES: could not access file "no_such_library"' if MAJOR >= 15 else
     'CITUS_GUC_SHARED_PRELOAD_LIBRARIES: "no_such_library" names the library "no_such_library", which is not there'),
    pytest.param({"CITUS_GUC_WAL_LEVEL": "minimal", "CITUS_POSTGRESQL_CONF": "max_wal_senders = 3"},
                 "CITUS_POSTGRESQL_CONF line 1 and CITUS_GUC_WAL_LEVEL: WAL streaming (", marks=LIMITS_ARE_CHECKED),
    pytest.param({"CITUS_GUC_MAX_CONNECTIONS": "5", "CITUS_GUC_SUPERUSER_RESERVED_CONNECTIONS": "5"},
                 "CITUS_GUC_SUPERUSER_RESERVED_CONNECTIONS and CITUS_GUC_MAX_CONNECTIONS: ", marks=LIMITS_ARE_CHECKED),
    ({"CITUS_GUC_TIMEZONE": "Moon/Crater"}, 'CITUS_GUC_TIMEZONE: invalid value for parameter'),
    ({"CITUS_GUC_DATA_DIRECTORY": "/elsewhere"}, "is another data directory than PGDATA"),
    ({"CITUS_ROLE": "master"}, 'CITUS_ROLE: "master" '),
])
def test_check_reports_the_variable_that_is_wrong(cluster, environment, expected):
    result = verb(cluster, "check", **environment)
    assert expected in result.stderr
    assert result.returncode == 78
    assert re.fullmatch(r"citus-init: exit 78 \(config\): the configuration has .*",
                        result.stderr.splitlines()[-1])


def test_check_reports_all_problems_at_once(cluster):
    result = verb(cluster, "check", CITUS_GUC_WORK_MEM="x", CITUS_GUC_FSYNC="maybe",
                  CITUS_GUC_NONSENSE="1")
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    assert "the configuration has 3 problems" in result.stderr


def test_check_reads_the_users_own_files(cluster):
    conf = cluster.parent / "my.conf"  # where the server's user gets to
    conf.write_text("# mine\nwork_mem = '8Q'\n")
    result = verb(cluster, "check", "--", "-c", f"config_file={conf}")
    assert f'{conf}:2: "8Q" is not a whole number' in result.stderr
    assert result.returncode == 78


def test_check_of_an_empty_directory_says_what_it_could_not_see(tmp_path):
    result = verb(tmp_path, "check", POSTGRES_PASSWORD="x")
    assert result.returncode == 0
    assert "has no cluster yet" in result.stderr
    assert verb(tmp_path, "check").returncode == 78  # no password
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment, expected", [
    ({"CITUS_GUC_SHARED_PRELOAD_LIBRARIES": "pg_stat_statements, no_such_library"},
     'names the library "no_such_library", which is not there'),
    ({"CITUS_PG_HBA": "host all all all scram-sha256"}, 'the authentication method "scram-sha256", which does not exist'),
    ({"CITUS_PG_HBA": "local all all trust\nhosts all all all md5"}, 'CITUS_PG_HBA: line 2 has the connection type "hosts"'),
    ({"CITUS_PG_HBA": "host all all 10.0.0.0/8"}, "CITUS_PG_HBA: line 1 ends before its authentication method"),
    ({"POSTGRES_HOST_AUTH_METHOD": "trusted"}, 'POSTGRES_HOST_AUTH_METHOD: "trusted" is not an authentication method'),
    ({"POSTGRES_INITDB_ARGS": "--data-checksum --no-such"}, "unrecognized option '--no-such'"),
    ({"POSTGRES_INITDB_ARGS": "-Z"}, "invalid option -- 'Z'"),
    ({"CITUS_GUC_SHARED_BUFFERS": "900TB"}, "is more than this machine's memory"),
])
def test_check_of_an_empty_directory_refuses_what_the_start_refuses(tmp_path, environment, expected):
    result = verb(tmp_path, "check", POSTGRES_PASSWORD="x", **environment)
    assert expected in result.stderr
    assert result.returncode == 78
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("environment", [
    {"CITUS_GUC_SHARED_PRELOAD_LIBRARIES": "pg_stat_statements,$libdir/auto_explain"},
    {"CITUS_PG_HBA": 'hostssl "a b",all all 10.0.0.0 255.0.0.0 cert map=x # md6\n\nlocal all +g peer \\\n map=y'},
    {"POSTGRES_INITDB_ARGS": "--data-checksums -E UTF8 --auth-host=md5"},
    {"POSTGRES_HOST_AUTH_METHOD": "scram-sha-256"},
])
def test_check_of_an_empty_directory_takes_what_the_start_takes(tmp_path, environment):
    result = verb(tmp_path, "check", POSTGRES_PASSWORD="x", **environment)
    assert (result.returncode, result.stdout) == (0, f"configuration is valid for PostgreSQL {MAJOR}\n"), result.stderr


def test_check_refuses_a_list_where_one_value_belongs(tmp_path):
    path = tmp_path / "citus-init.yaml"
    path.write_text("postgresql:\n  shared_preload_libraries: [auto_explain]\n  work_mem: [1]\n")
    result = verb(tmp_path / "data", "check", POSTGRES_PASSWORD="x", CITUS_CONFIG_PATH=str(path))
    assert f"postgresql.work_mem in {path}, line 3: is a list where one value belongs" in result.stderr
    assert (result.returncode, result.stderr.count("error:")) == (78, 1)


def test_check_refuses_a_worker_that_is_called_localhost(tmp_path):
    settings = {"CITUS_ENABLE": "true", "CITUS_ROLE": "worker", "CITUS_COORDINATOR_HOST": "c",
                "CITUS_INTERNODE_AUTH": "password", "POSTGRES_PASSWORD": "x"}
    result = verb(tmp_path, "check", CITUS_NODE_HOST="localhost", **settings)
    assert 'CITUS_NODE_HOST: "localhost" leads every other node to itself' in result.stderr
    assert result.returncode == 78


def test_render_prints_the_files_without_secrets(cluster):
    before = everything_below(cluster)
    result = verb(cluster, "render", "--", "-p", "5433", POSTGRES_PASSWORD="geheim-1",
                  CITUS_GUC_PRIMARY_CONNINFO="host=a password=geheim-2",
                  CITUS_PG_HBA="host all all all ldap ldapserver=l ldapbasedn=o ldapbindpasswd=geheim-3")
    assert result.returncode == 0
    assert f"==> {cluster}/citus_init/postgresql.conf <==" in result.stdout
    assert f"include_if_exists '{cluster}/postgresql.conf'" in result.stdout
    assert f"==> {cluster}/citus_init/pg_hba.conf <==" in result.stdout
    assert f"-c config_file={cluster}/citus_init/postgresql.conf -p 5433" in result.stdout
    assert "geheim" not in result.stdout + result.stderr
    assert everything_below(cluster) == before


def test_the_server_agrees_with_explain(cluster, tmp_path):
    """What explain calls the winner is what the server says with the rendered file."""
    conf = cluster.parent / "my.conf"
    conf.write_text("work_mem = 5120\nport = 5433\nmaintenance_work_mem = '70000'\n")
    auto = cluster / "postgresql.auto.conf"
    kept = auto.read_text()
    auto.write_text("random_page_cost = '1.5'\n")
    environment = {"CITUS_GUC_WORK_MEM": "6144", "PGPORT": "5500",
                   "CITUS_POSTGRESQL_CONF": "random_page_cost = 2\nmaintenance_work_mem = 80000"}
    arguments = ("--", "-c", f"config_file={conf}", "--seq-page-cost=3")
    try:
        rendered = verb(cluster, "render", *arguments, **environment).stdout
        text = rendered.split("<==\n", 1)[1].split("\n==> ")[0]
        own = tmp_path / "postgresql.conf"
        own.write_text(text)
        own.chmod(0o644)
        conf.chmod(0o644)
        for name in ("work_mem", "port", "maintenance_work_mem", "random_page_cost",
                     "seq_page_cost", "listen_addresses", "max_connections"):
            explained = verb(cluster, "explain", "-o", "json", name, *arguments, **environment)
            answer = subprocess.run(
                [f"{BINDIR}/postgres", "-C", name, "-D", cluster, "-c", f"config_file={own}",
                 "--seq-page-cost=3"], env={"PGPORT": "5500"}, capture_output=True, text=True,
                check=True)
            assert json.loads(explained.stdout)["value"] == answer.stdout.strip(), name
    finally:
        auto.write_text(kept)


def test_explain_shows_every_layer(cluster):
    result = verb(cluster, "explain", "work_mem", "postgres", "-c", "work_mem=9MB", CITUS_GUC_WORK_MEM="7MB",
                  CITUS_POSTGRESQL_CONF="work_mem = 6MB")
    assert [line[2:].split()[0] for line in result.stdout.splitlines()] == [
        "LAYER", "PostgreSQL", "CITUS_POSTGRESQL_CONF", "environment", "command"]
    assert result.stdout.splitlines()[-1].startswith("* command line")
    unknown = verb(cluster, "explain", "work_memm")
    assert unknown.returncode == 64
    assert "Did you mean work_mem?" in unknown.stderr


def test_all_problems_are_reported_at_once_whatever_hides_them(cluster):
    result = verb(cluster, "check", "--", "-c", "shared_buffers=much", CITUS_ROLE="master",
                  CITUS_GUC_WORK_MEMM="8MB", POSTGRES_USER="x", POSTGRES_USER_FILE="/nowhere")
    assert result.returncode == 78
    for variable in ("CITUS_ROLE", "CITUS_GUC_WORK_MEMM", "POSTGRES_USER", "shared_buffers"):
        assert variable in result.stderr


MANY = {"CITUS_ROLE": "master", "CITUS_GUC_WORK_MEMM": "8MB", "CITUS_SHARDS": "32", "POSTGRESQL_DATABASE": "shop"}


def expect_errors_first(stderr, errors, warnings):
    places = [stderr.find(word) for word in (*errors, *warnings)]
    assert -1 not in places, stderr
    assert max(places[:len(errors)]) < min(places[len(errors):]), stderr


def test_check_reports_warnings_behind_the_problems(cluster):
    result = verb(cluster, "check", **MANY)
    assert result.returncode == 78
    expect_errors_first(result.stderr, ("CITUS_ROLE", "CITUS_GUC_WORK_MEMM"), ("CITUS_SHARDS", "POSTGRESQL_DATABASE"))
    result = verb(cluster, "check", "--", "-c", "work_mem=much", CITUS_SHARDS="32")
    assert result.returncode == 78
    expect_errors_first(result.stderr, ("work_mem",), ("CITUS_SHARDS",))


@pytest.mark.parametrize("words, settings, errors", [
    ((), {}, ("CITUS_ROLE", "CITUS_GUC_WORK_MEMM")),
    (("-c", "port"), {"CITUS_ROLE": None}, ("port", "CITUS_GUC_WORK_MEMM", "POSTGRES_PASSWORD")),
    ((), {"CITUS_ROLE": None, "POSTGRES_USER": "pg_x"}, ("CITUS_GUC_WORK_MEMM", "POSTGRES_USER", "POSTGRES_PASSWORD")),
    ((), {"CITUS_ROLE": None, "CITUS_STOP_TIMEOUT": "soon"}, ("CITUS_STOP_TIMEOUT", "CITUS_GUC_WORK_MEMM", "POSTGRES_PASSWORD")),
])
def test_a_start_reports_everything_at_once(tmp_path, words, settings, errors):
    environment = {name: value for name, value in {**MANY, **settings}.items() if value is not None}
    result = verb(tmp_path / "data", "postgres", *words, **environment)
    assert result.returncode == 78
    for word in (*errors, "CITUS_SHARDS", "POSTGRESQL_DATABASE"):
        assert word in result.stderr, (word, result.stderr)
    assert not (tmp_path / "data").exists()


@pytest.fixture(name="server_of")
def fixture_server_of(tmp_path):
    """Programs that only report a version, for what is decided before any of them has to work."""
    def make(version):
        for name in ("postgres", "initdb"):
            program = tmp_path / name
            program.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "{name} (PostgreSQL) {version}"\n')
            program.chmod(0o755)
        return {"CITUS_PG_BINDIR": str(tmp_path)}
    return make


def test_a_server_that_is_too_old_is_refused(server_of, tmp_path):
    environment = {**server_of("12.22"), "POSTGRES_PASSWORD": "x"}
    for arguments in (["check"], ["postgres"]):
        result = verb(tmp_path / "data", *arguments, **environment)
        assert result.returncode == 78, result.stderr
        assert "PostgreSQL 12 is too old: citus-init runs 13 to 18" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_server_that_is_newer_than_the_program_is_warned_of(server_of, tmp_path):
    result = verb(tmp_path / "data", "check", **server_of("19beta1"), POSTGRES_PASSWORD="x")
    assert "PostgreSQL 19 is newer than this citus-init, which was tested with 13 to 18" in result.stderr


@pytest.mark.parametrize("name, version, reason, fix", [
    ("io_method", "15.20", "io_method is not a setting of PostgreSQL 15: it came with 18", "Remove it"),
    ("force_parallel_mode", "17.12",
     "force_parallel_mode is not a setting of PostgreSQL 17: 15 was the last that had it",
     "Set debug_parallel_query instead"),
])
def test_explain_and_check_name_the_version_that_has_a_setting(server_of, tmp_path, name, version, reason, fix):
    environment = {**server_of(version), "POSTGRES_PASSWORD": "x"}
    result = verb(tmp_path / "data", "explain", name, **environment)
    assert (result.returncode, result.stdout) == (64, "")
    assert f"{reason}. {fix}" in result.stderr
    result = verb(tmp_path / "data", "check", **environment, **{"CITUS_GUC_" + name.upper(): "on"})
    assert result.returncode == 78
    assert f"CITUS_GUC_{name.upper()}: {reason}. {fix}." in result.stderr


@pytest.mark.parametrize("version, default", [("13.23", "md5"), ("14.23", "scram-sha-256")])
def test_explain_has_the_default_of_the_version(server_of, tmp_path, version, default):
    result = verb(tmp_path / "data", "explain", "password_encryption", "-o", "json", **server_of(version),
                  POSTGRES_PASSWORD="x")
    assert json.loads(result.stdout)["value"] == default
