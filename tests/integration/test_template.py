"""First starts from the image's prepared cluster: the same cluster as by initdb, identities aside, or the long way.

CITUS_INIT_KILLS: how many starts are killed (2). CITUS_INIT_CHAOS_SEED: at which moments.
"""
# pylint: disable=redefined-outer-name,unused-import
import base64
import glob
import hashlib
import hmac
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from support.citus_under_test import base_directory, programs  # noqa: F401
from support.cluster_template import can_make_template, make_template, template_of
from support.frozen import processes_of
from support.node import POSTGRES, READY_LINE, Place, control_data
from support.node_fixtures import CONFIG, PASSWORD, SERVER, place, refused  # noqa: F401
from support.tier import NIGHTLY, first_by_day, nightly

COPIED = "made the cluster from the template"
LONG_WAY = "is not used, initdb makes the cluster: "
KILLS = int(os.environ.get("CITUS_INIT_KILLS", "2"))
CUTS = 20 if NIGHTLY else 2


@pytest.fixture(scope="session")
def template(programs):
    if not can_make_template(programs):
        pytest.skip("the PostgreSQL under test has no pg_resetwal")
    return template_of(programs)


@pytest.fixture
def changed(template, place):
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(template, place.path / "template"))


def settings(programs, directory, **more):
    return {"POSTGRES_PASSWORD": PASSWORD, "CITUS_ENABLE": "true", "CITUS_PG_BINDIR": programs,
            "CITUS_NODE_HOST": "127.0.0.1", "CITUS_TEMPLATE_DIR": str(directory), **more}


def server_id(node, database="postgres", user="postgres"):
    return node.psql("SELECT metadata->>'server_id' FROM pg_dist_node_metadata", database=database, user=user)


def verifies(verifier, password):
    """Of SCRAM (RFC 5803): initdb's own lines trust whoever comes over loopback."""
    iterations, salt, stored_key = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):.*", verifier).groups()
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return hashlib.sha256(client_key).digest() == base64.b64decode(stored_key)


def test_two_nodes_of_one_template_are_two_clusters(programs, template):
    seen, control = [], []
    for _ in range(2):
        with Place() as place:
            with place.start(*SERVER, **settings(programs, template)) as node:
                node.wait_ready()
                assert COPIED in node.stderr, node.output()
                verifier = node.psql("SELECT rolpassword FROM pg_authid WHERE oid = 10")
                assert verifies(verifier, PASSWORD) and not verifies(verifier, "x")
                seen.append((server_id(node), verifier))
                assert node.stop() == 0, node.output()
            control.append(control_data(place.data, programs))
    first, second = control
    differing = {name for name in first if first[name] != second[name]}
    assert {"Database system identifier", "Mock authentication nonce"} <= differing
    assert first["Mock authentication nonce"].strip("0")
    assert all(one != other for one, other in zip(*seen)), seen


# Columns that tell clusters apart, or that vacuum and the commit clock of a run decide on.
IDENTITIES = {
    "pg_authid": ["rolpassword"], "pg_class": ["relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid"],
    "pg_database": ["datfrozenxid", "datminmxid", "dathasloginevt"], "pg_dist_node_metadata": ["metadata"], "pg_dist_node": []}
# Minor releases since 15.20 keep the place in the WAL where a column was made.
WAL_POSITION = re.compile(r"pg_attver=\d+")
AMCHECK = "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'"
SKIPPED = ["pg_statistic", "pg_statistic_ext_data", "pg_largeobject"]
CATALOGS = """SELECT quote_ident(nspname) || '.' || quote_ident(relname) FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'S') AND nspname IN ('pg_catalog', 'information_schema', 'public', 'citus')
    ORDER BY 1"""


def rows_of_catalogs(node, database, user):
    """Every catalog's rows, as a dictionary of sorted lines."""
    tables = [table for table in node.psql(CATALOGS, database=database, user=user).splitlines()
              if table.split(".")[1] not in SKIPPED]
    statements = []
    for table in tables:
        left_out = "".join(f" - '{column}'" for column in IDENTITIES.get(table.split(".")[1], []))
        # A sequence has no row type of its own.
        statements.append(f"SELECT '{table} ' || (to_jsonb(t){left_out})::text FROM (SELECT * FROM {table}) t")
    found = {}
    for line in node.psql("; ".join(statements), database=database, user=user).splitlines():
        table, row = WAL_POSITION.sub("", line).split(" ", 1)
        found.setdefault(table, []).append(row)
    return {table: sorted(rows) for table, rows in found.items()}


def dump(node, programs, user):
    text = node.inside(f"{programs}/pg_dumpall", "-U", user, "-l", "postgres").stdout
    return [line for line in text.splitlines()
            if not re.match(r"(-- (Started|Completed)|\\(un)?restrict|ALTER ROLE .* PASSWORD )", line) and "server_id" not in line]


def facts_of(programs, template, use, wishes):
    with Place() as place:
        chosen = settings(programs, template, CITUS_TEMPLATE=use, **wishes)
        user = chosen.get("POSTGRES_USER", "postgres")
        database = chosen.get("POSTGRES_DB", user)
        with place.start(*SERVER, "-c", "autovacuum=off", **chosen) as node:
            node.wait_ready()
            assert (COPIED in node.stderr) == (use == "require"), node.output()
            catalogs = {name: rows_of_catalogs(node, name, user) for name in {"postgres", "template1", database}}
            dumped = dump(node, programs, user)
            files = sorted(str(path.relative_to(place.data)) for path in place.data.rglob("*")
                           if path.name.startswith(("pg_hba", "postgresql", "PG_VERSION", "citus_init")))
            configuration = [(place.data / name).read_text() for name in
                             ("postgresql.conf", "pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf")]
            modes = sorted((path.name, oct(path.stat().st_mode), path.stat().st_uid) for path in place.data.iterdir()
                           if path.name != "postmaster.pid")
            assert node.stop() == 0, node.output()
    return {"catalogs": catalogs, "dump": dumped, "files": files, "configuration": configuration, "modes": modes}


@pytest.mark.parametrize("wishes", first_by_day([
    {"POSTGRES_USER": "alice", "POSTGRES_DB": "app"},
    {},
    {"CITUS_ENABLE": "false", "POSTGRES_DB": "app"},
    {"POSTGRES_DB": "it's \\ \"one\"", "POSTGRES_PASSWORD": "it's \\ \"one\""},
], 1), ids=str)
def test_the_cluster_is_that_of_initdb_catalog_by_catalog(programs, template, wishes):
    copied, made = (facts_of(programs, template, use, wishes) for use in ("require", "off"))
    for database, tables in made["catalogs"].items():
        assert tables.keys() == copied["catalogs"][database].keys()
        for table, rows in tables.items():
            assert copied["catalogs"][database][table] == rows, (database, table)
    for what in ("dump", "files", "configuration", "modes"):
        assert copied[what] == made[what], what


@nightly
@pytest.mark.parametrize("citus_database", ["postgres", "second"])
def test_two_databases_are_those_of_initdb_but_for_their_order(programs, template, citus_database):
    """One of them is made after the extension, so its oid is another."""
    wishes = {"POSTGRES_DB": "app", "CITUS_DATABASE": citus_database}
    copied, made = (facts_of(programs, template, use, wishes) for use in ("require", "off"))
    for what in ("dump", "configuration", "modes"):
        assert copied[what] == made[what], what


def objects_of(template, variant):
    """Where the contents that a cluster needs are in the file of all: number to (offset, size)."""
    manifest = json.loads((template / "manifest.json").read_text())
    sizes = [int(digest.split(":")[0]) for digest in manifest["objects"]]
    used = {line.split()[2] for line in manifest["variants"][variant] if line.startswith("f ")} - {"-"}
    return {int(number): (sum(sizes[:int(number)]), sizes[int(number)]) for number in used}


def flip_byte(path, at=100):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def damage_object(template):
    """One that a start with Citus in "postgres" copies: its last byte."""
    offset, size = max(objects_of(template, "citus_in_postgres").values(), key=lambda place: place[1])
    flip_byte(template / "objects", offset + size - 1)


DAMAGES = {
    "object": (damage_object, "it is damaged"),
    "manifest": (lambda template: flip_byte(template / "manifest.json"), "it is damaged"),
    "objects gone": (lambda template: (template / "objects").unlink(), "it is damaged"),
    "objects cut off": (lambda template: os.truncate(template / "objects", 1 << 20), "it is damaged"),
    "half made": (lambda template: (template / "digest").unlink(), "it is half made"),
}


@pytest.mark.parametrize("damage", first_by_day(DAMAGES))
def test_a_damaged_template_is_not_used(programs, changed, place, damage):
    change, words = DAMAGES[damage]
    change(changed)
    with place.start(*SERVER, **settings(programs, changed, POSTGRES_INITDB_ARGS="--no-sync")) as node:
        node.wait_ready()
        lines = [line for line in node.stderr.splitlines() if LONG_WAY in line]
        assert len(lines) == 1 and words in lines[0], node.output()
        assert node.stop() == 0


UNFIT = [
    ({"POSTGRES_INITDB_ARGS": "--encoding=SQL_ASCII --locale=C"}, "POSTGRES_INITDB_ARGS is"),
    ({"POSTGRES_INITDB_ARGS": "--no-sync --data-checksums"}, "POSTGRES_INITDB_ARGS is"),
    ({"LANG": "C"}, "LC_COLLATE is \"C\""),
    ({"LC_MESSAGES": "POSIX"}, "LC_MESSAGES is \"C\""),
    ({"TZ": "Europe/Vienna"}, "the time zone is"),
    ({"POSTGRES_INITDB_WALDIR": "PLACE/wal"}, "POSTGRES_INITDB_WALDIR is set"),
]


@pytest.mark.parametrize("wishes, words", UNFIT)
def test_require_refuses_what_does_not_fit(programs, template, place, wishes, words):
    wishes = {name: value.replace("PLACE", str(place.path)) for name, value in wishes.items()}
    with place.start(*SERVER, **settings(programs, template, CITUS_TEMPLATE="require", **wishes)) as node:
        refused(node, CONFIG, "CITUS_TEMPLATE is \"require\"", words)
    assert place.listing() == []


def test_a_replaced_citus_takes_the_long_way(programs, template, place):
    share = subprocess.run([f"{programs}/pg_config", "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    script = max(Path(share, "extension").glob("citus--*.sql"))
    other = place.file(script.name, script.read_text() + "-- a later build\n")
    with place.start(*SERVER, mounts={other: script},
                     **settings(programs, template, CITUS_TEMPLATE="require")) as node:
        refused(node, CONFIG, f"\"{script.name}\" is not Citus'")


def test_a_read_only_template_and_a_uid_without_a_name(programs, template, place):
    place.data.mkdir(mode=0o700)
    os.chown(place.data, 54321, 54321)
    os.chown(place.run, 54321, 54321)
    with place.start(*SERVER, user=(54321, 54321), read_only=True, HOME="/somewhere",
                     **settings(programs, template, CITUS_TEMPLATE="require")) as node:
        node.wait_ready()
        assert {path.stat().st_uid for path in place.data.rglob("*")} == {54321}
        assert node.stop() == 0, node.output()


def test_init_files_run_on_a_copied_cluster(programs, template, place):
    place.init_file("1.sql", "CREATE TABLE t (id int); SELECT create_distributed_table('t', 'id'); INSERT INTO t VALUES (1)")
    with place.start(*SERVER, **settings(programs, template, CITUS_TEMPLATE="require", POSTGRES_DB="app")) as node:
        node.wait_ready()
        assert node.psql("SELECT count(*) FROM t", database="app") == "1"
        assert node.stop() == 0


def test_starts_killed_at_random_moments_are_made_again(programs, template, record_property):
    seed = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
    chance, phases = random.Random(seed), []
    chosen = settings(programs, template, CITUS_TEMPLATE="require", POSTGRES_DB="app", POSTGRES_USER="alice")
    with Place() as place:
        for _ in range(KILLS):
            with place.start(*SERVER, **chosen) as node:
                try:
                    node.process.wait(chance.uniform(0.02, 1.5))
                except subprocess.TimeoutExpired:
                    node.signal(signal.SIGKILL)
                    node.wait()
                served = READY_LINE in node.stdout
            marker = place.data / "citus_init.bootstrap.json"
            phases.append("served" if served else json.loads(marker.read_text())["phase"] if marker.exists() else "none")
            assert not (served and marker.exists())
            with place.start(*SERVER, **chosen) as node:
                node.wait_ready()
                assert server_id(node, "app", "alice")
                assert node.psql("SELECT 1", database="app", user="alice", host="127.0.0.1", password=PASSWORD) == "1"
                assert node.stop() == 0, node.output()
            assert not [name for name in place.listing() if name.startswith("citus_init.")]
            shutil.rmtree(place.data)
    record_property("figures", f"seed {seed}: {phases}")


@pytest.mark.parametrize("use", first_by_day(["require", "off"]))
def test_a_first_start_cut_off_with_the_machine_is_made_again_or_whole(programs, template, use, record_property):
    """What a disk has when the power fails: a copy of the directory while nothing runs, at random moments."""
    seed = int(os.environ.get("CITUS_INIT_CHAOS_SEED", str(random.randrange(10**6))))
    chance, found = random.Random(seed), []
    chosen = settings(programs, template, CITUS_TEMPLATE=use, POSTGRES_DB="app")
    for _ in range(CUTS):
        with Place() as place, Place() as after:
            with place.start(*SERVER, **chosen) as node:
                time.sleep(chance.uniform(0.02, 1.5 if use == "require" else 4))
                node.signal(signal.SIGSTOP)
                stopped = processes_of(node)
                for pid in stopped:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)
                if place.data.exists():
                    after.adopt(place)
                node.signal(signal.SIGKILL)
                node.wait()
            marker = after.data / "citus_init.bootstrap.json"
            found.append(json.loads(marker.read_text())["phase"] if marker.exists() else str(bool(after.listing())))
            with after.start(*SERVER, **chosen) as node:
                node.wait_ready()
                assert server_id(node, "app")
                assert node.psql("SELECT 1", database="app", host="127.0.0.1", password=PASSWORD) == "1"
                assert node.stop() == 0, node.output()
            assert not [name for name in after.listing() if name.startswith("citus_init.")]
    record_property("figures", f"seed {seed}: {found}")


@nightly
def test_two_containers_at_once_from_a_template_of_somebody_else(programs, changed):
    for path in [changed, *changed.rglob("*")]:
        os.chown(path, 54321, 54321)
        path.chmod(0o555 if path.is_dir() else 0o444)
    chosen = settings(programs, changed, CITUS_TEMPLATE="require")
    with Place() as one, Place() as other, one.start(*SERVER, **chosen) as first, other.start(*SERVER, **chosen) as second:
        for node in (first, second):
            node.wait_ready()
        assert server_id(first) != server_id(second)
        for node in (first, second):
            assert node.stop() == 0, node.output()
        identifiers = {control_data(place.data, programs)["Database system identifier"] for place in (one, other)}
        assert len(identifiers) == 2


def test_make_template_changes_nothing_where_there_is_one(programs, changed):
    before = {path: path.stat().st_mtime_ns for path in changed.rglob("*")}
    done = make_template(programs, changed)
    assert done.returncode == 0 and "is up to date" in done.stderr, done
    assert {path: path.stat().st_mtime_ns for path in changed.rglob("*")} == before


@nightly
def test_make_template_replaces_a_damaged_one(programs, changed):
    damage_object(changed)
    done = make_template(programs, changed)
    assert done.returncode == 0 and "made the template" in done.stderr, done
    assert not glob.glob("/tmp/citus-init-template-*")


def test_a_template_holds_nothing_of_a_node(template):
    names = {path.name for path in template.rglob("*")}
    assert {"manifest.json", "digest", "objects"} <= names
    manifest = json.loads((template / "manifest.json").read_text())
    entries = [line for lines in manifest["variants"].values() for line in lines]
    assert not [line for line in entries if re.search(r"citus_init|postmaster|pgstat|server\.(key|crt)", line)]
    for variant, entries in manifest["variants"].items():
        segments = [line for line in entries if re.search(r" pg_wal/[0-9A-F]{24}$", line)]
        assert len(segments) == 1, segments
        assert objects_of(template, variant)[int(segments[0].split()[2])][1] <= 8192
    assert {path.stat().st_uid for path in template.rglob("*")} == {0}
    assert sum(path.stat().st_size for path in template.rglob("*") if path.is_file()) < 40 << 20


@nightly
def test_every_page_and_index_is_sound(programs, template, place):
    arguments = "--data-checksums --wal-segsize=32"
    done = make_template(programs, place.path / "t", POSTGRES_INITDB_ARGS=arguments)
    assert done.returncode == 0, done
    with place.start(*SERVER, **settings(programs, place.path / "t", CITUS_TEMPLATE="require", POSTGRES_DB="app",
                                         POSTGRES_INITDB_ARGS=arguments)) as node:
        node.wait_ready()
        assert node.psql("SHOW data_checksums") == "on"
        assert node.psql("SHOW wal_segment_size") == "32MB"
        if Path(programs, "pg_amcheck").exists() and node.psql(AMCHECK) == "1":
            node.inside(f"{programs}/pg_amcheck", "-U", "postgres", "--all", "--install-missing", "--heapallindexed", "--rootdescend")
        assert node.stop() == 0
    subprocess.run(["setpriv", f"--reuid={POSTGRES.pw_uid}", f"--regid={POSTGRES.pw_gid}", "--clear-groups",
                    f"{programs}/pg_checksums", "--check", "-D", str(place.data)], check=True)
