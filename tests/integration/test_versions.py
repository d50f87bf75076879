"""What one major version of PostgreSQL has and another has not, with whichever is under test."""
import subprocess
from pathlib import Path

import pytest

from support.node import ROOT, SOCKET_DIRECTORY, major_version
from support.node_fixtures import CONFIG, FAST, PASSWORD, SERVER, initialised, place, refused, template

MAJOR = major_version()


def since(major):
    return pytest.mark.skipif(MAJOR < major, reason=f"came with PostgreSQL {major}")


def before(major):
    return pytest.mark.skipif(MAJOR >= major, reason=f"is there since PostgreSQL {major}")


def test_data_checksums_are_initdbs_default(place):
    with place.start(*SERVER, **FAST) as node:
        node.wait_ready()
        assert node.psql("SHOW data_checksums") == ("on" if MAJOR >= 18 else "off")
        assert node.stop() == 0


@since(18)
def test_data_checksums_can_be_left_out(place):
    arguments = FAST["POSTGRES_INITDB_ARGS"] + " --no-data-checksums"
    with place.start(*SERVER, **{**FAST, "POSTGRES_INITDB_ARGS": arguments}) as node:
        node.wait_ready()
        assert node.psql("SHOW data_checksums") == "off"


@pytest.mark.parametrize("name, value, first", [
    ("io_method", "sync", 18), ("allow_alter_system", "off", 17), ("debug_parallel_query", "on", 16),
    ("log_startup_progress_interval", "1min", 15), ("compute_query_id", "on", 14)])
def test_a_setting_is_taken_from_the_version_on_that_has_it(initialised, name, value, first):
    variable = "CITUS_GUC_" + name.upper()
    with initialised.start(*SERVER, **{variable: value}) as node:
        if MAJOR < first:
            words = f"{name} is not a setting of PostgreSQL {MAJOR}: it came with {first}"
            refused(node, CONFIG, f"{variable}: {words}")
            return
        node.wait_ready()
        assert node.psql(f"SHOW {name}") == value
        assert node.stop() == 0


@since(17)
def test_a_node_lives_without_alter_system(place):
    for _ in range(2):
        with place.start(*SERVER, **FAST, CITUS_GUC_ALLOW_ALTER_SYSTEM="off") as node:
            node.wait_ready()
            assert "not allowed" in node.psql("ALTER SYSTEM SET work_mem = '5MB'", check=False)
            assert node.inside("citus-init", "health").returncode == 0
            assert node.stop() == 0


@since(16)
def test_pg_hba_may_include_a_file(place):
    rules = place.file("rules.conf", "host all included 127.0.0.1/32 trust\n")
    place.init_file("1.sql", "CREATE ROLE included LOGIN;")
    with place.start(*SERVER, **FAST, CITUS_PG_HBA=f"include {rules}\nhost all all all scram-sha-256") as node:
        node.wait_ready()
        assert node.psql("SELECT 1", user="included", host="127.0.0.1") == "1"
        assert node.psql("SELECT 1", host="127.0.0.1", password=PASSWORD) == "1"
        assert "password" in node.psql("SELECT 1", host="127.0.0.1", check=False)


@before(16)
def test_an_include_in_pg_hba_is_refused_before_it_came(initialised):
    with initialised.start(*SERVER, CITUS_PG_HBA="include /etc/rules.conf\nhost all all all scram-sha-256") as node:
        assert node.wait() != 0
        assert "include" in node.stderr


@since(18)
def test_the_method_oauth_is_left_to_the_server(initialised):
    line = 'host all all 10.0.0.0/8 oauth issuer="https://example.com" scope="openid"'
    with initialised.start(*SERVER, CITUS_PG_HBA=line) as node:
        assert node.wait() != 0
        # Its own words: a validator has to be configured.
        assert "oauth_validator_libraries" in node.stderr
        assert "does not exist" not in node.stderr


@since(18)
def test_the_directory_layout_of_the_official_image(place):
    volume = place.path / "volume"
    volume.mkdir()
    data = f"/var/lib/postgresql/{MAJOR}/docker"
    for _ in range(2):
        with place.start(*SERVER, **FAST, PGDATA=data, PG_MAJOR=str(MAJOR),
                         mounts={volume: "/var/lib/postgresql"}) as node:
            node.wait_ready()
            assert node.psql("SHOW data_directory") == data
            assert node.psql("SHOW unix_socket_directories") in (SOCKET_DIRECTORY, "/var/run/postgresql")
            assert node.stop() == 0
    assert (volume / str(MAJOR) / "docker" / "PG_VERSION").read_text("ascii").strip() == str(MAJOR)


@pytest.fixture(name="with_citus")
def fixture_with_citus(place):
    """The programs of a PostgreSQL whose Citus, a stand-in, calls itself as asked."""
    def make(version):
        made = subprocess.run([ROOT / "tests/support/private_postgres.sh", place.path / "postgresql"],
                              capture_output=True, text=True, check=True).stdout.strip()
        if not made.startswith(str(place.path)):
            pytest.skip("this PostgreSQL has a Citus of its own")
        share = subprocess.run([f"{made}/pg_config", "--sharedir"], capture_output=True, text=True, check=True).stdout
        control = Path(share.strip(), "extension", "citus.control")
        control.write_text(f"default_version = '{version}'\n", "utf-8")
        return {"CITUS_ENABLE": "true", "CITUS_PG_BINDIR": made, **FAST}
    return make


@pytest.mark.parametrize("version, words", [
    ("11.2-1", "Citus 11.2 is too old: citus-init runs 11.3 to 14.0"),
    ("14.0-1", "Citus 14.0 runs on PostgreSQL 16 to 18") if MAJOR < 16 else
    ("11.3-1", "Citus 11.3 runs on PostgreSQL 13 to 15")])
def test_a_citus_of_another_postgresql_is_refused_before_anything_is_touched(place, with_citus, version, words):
    environment = with_citus(version)
    with place.start(*SERVER, **environment) as node:
        refused(node, CONFIG, words, f"postgresql-{MAJOR}-citus-")
    assert place.listing() is None
    with place.start("check", **environment) as node:
        refused(node, CONFIG, words)


def test_a_citus_that_is_newer_than_the_program_is_warned_of(place, with_citus):
    environment = with_citus("16.0-1")
    with place.start("check", **environment) as node:
        assert node.wait() == 0, node.output()
        assert f"Citus 16.0 on PostgreSQL {MAJOR} is not a pair that is known" in node.stderr
        assert node.stdout == f"configuration is valid for PostgreSQL {MAJOR} with Citus 16.0-1\n"
