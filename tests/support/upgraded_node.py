"""A node whose data directory is of an older major version, and how to see that its upgrade is whole.

CITUS_INIT_FROM_BINDIR has the programs of the older version, PG_BINDIR those of the newer one.
"""
# pylint: disable=redefined-outer-name
import json
import os

import pytest

from support import tier
from support.node import Place

SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync"}
UPGRADE = {"CITUS_PG_UPGRADE": "true"}
LINE = "upgraded \""
# All of them for a pair that somebody named.
nightly = (lambda test: test) if os.environ.get("CITUS_INIT_FROM_BINDIR") else tier.nightly


@pytest.fixture
def place():
    with Place() as fresh:
        yield fresh


def old(place, pair, *arguments, **settings):
    return place.start("postgres", *arguments, **{**SETTINGS, "CITUS_PG_BINDIR": pair.old, **pair.environment, **settings})


def new(place, pair, *arguments, verb="postgres", **settings):
    return place.start(verb, *arguments, **{**SETTINGS, "CITUS_PG_BINDIR": pair.new, **settings})


def upgraded(place, pair, *arguments, **settings):
    return new(place, pair, *arguments,
               **{**UPGRADE, "CITUS_PG_UPGRADE_OLD_BINDIR": pair.old, **pair.environment, **settings})


def fill(node, is_real):
    node.psql("CREATE TABLE d (id bigint PRIMARY KEY, t text)")
    node.psql("SELECT create_distributed_table('d', 'id')")
    node.psql("CREATE TABLE r (id serial, t text)")
    node.psql("SELECT create_reference_table('r')")
    node.psql("CREATE TABLE local (id int, v numeric)")
    if is_real:
        node.psql("CREATE TABLE c (id int) USING columnar")
        node.psql("INSERT INTO c SELECT generate_series(1, 500)")
        node.psql("INSERT INTO d SELECT i, 'row ' || i FROM generate_series(1, 1000) i")
        node.psql("INSERT INTO r(t) SELECT 'r' || i FROM generate_series(1, 50) i")
    node.psql("INSERT INTO local SELECT i, i / 7.0 FROM generate_series(1, 100) i")
    node.psql("CREATE ROLE app LOGIN PASSWORD 'x'")
    node.psql("CREATE DATABASE other")
    node.psql("CREATE TABLE o AS SELECT generate_series(1, 9) AS n", database="other")
    node.psql("ALTER SYSTEM SET work_mem = '5MB'")


def sums(node):
    """A digest of the rows of each table of the user's."""
    tables = node.psql("SELECT string_agg(c.relname, ' ' ORDER BY 1) FROM pg_class c WHERE c.relkind = 'r' "
                       "AND c.relnamespace = 'public'::regnamespace AND c.relname !~ '_[0-9]{6}$'").split()
    found = {name: node.psql(f"SELECT count(*) || ':' || coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') "
                             f"FROM {name} x") for name in tables}
    found["other.o"] = node.psql("SELECT sum(n) FROM o", database="other")
    return found


def make_old(place, pair, is_real):
    with old(place, pair) as node:
        node.wait_ready()
        fill(node, is_real)
        before = sums(node)
        assert node.stop() == 0
    return before


@pytest.fixture(scope="module")
def old_place(pair, is_real):
    """A directory of the older version, to be copied; and the digests of its tables."""
    with Place() as template:
        template.sums = make_old(template, pair, is_real)
        template.is_real = is_real
        yield template


@pytest.fixture
def copy(old_place):
    with Place() as fresh:
        fresh.adopt(old_place)
        fresh.sums, fresh.is_real = old_place.sums, old_place.is_real
        yield fresh


def whole(node, place):
    node.wait_ready()
    assert node.psql("SELECT count(*) FROM pg_class WHERE relname ~ '^pg_dist' AND relnamespace = 'public'::regnamespace") == "0"
    if place.is_real and int(node.psql("SHOW server_version_num")) < 160000:  # dropped before pg_upgrade, and used by Citus' queries
        assert node.psql("SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_proc p JOIN pg_depend d "
                         "ON d.objid = p.oid AND d.deptype = 'e' WHERE proname IN ('any_value', 'array_cat_agg')") == \
            "any_value array_cat_agg"
    assert sums(node) == place.sums
    assert node.psql("SELECT count(*) FROM pg_dist_node") == "1"
    assert node.stop() == 0


def phases(place):
    """How far the upgrade came, as its record has it."""
    try:
        return json.loads((place.data / "citus_init.upgrade.json").read_text())["phase"]
    except FileNotFoundError:
        return "none"
