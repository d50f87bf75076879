#!/usr/bin/env python3
"""How much longer an upgrade by citus-init takes than the same steps typed by hand, in one run.

    bench_pg_upgrade.py BINARY OLD_BINDIR NEW_BINDIR [ROUNDS] [MEGABYTES]

By hand: citus_prepare_pg_upgrade(), initdb, pg_upgrade (no --check), citus_finish_pg_upgrade(), ANALYZE, each server started
and stopped as needed. By citus-init: from its start until clients are served. Both upgrade copies of the same directory, by
--clone where the file system of CITUS_INIT_TEST_SCRATCH can do it (XFS, Btrfs), else by copying files.
"""
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
os.environ["CITUS_INIT_BINARY"] = sys.argv[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support")]

from support.node import Place  # noqa: E402  pylint: disable=wrong-import-position
from support.pg_upgrade import by_hand, finish_by_hand  # noqa: E402  pylint: disable=wrong-import-position

SETTINGS = {"CITUS_ENABLE": "true", "POSTGRES_PASSWORD": "secret", "POSTGRES_INITDB_ARGS": "--no-sync"}


def make(place, old, megabytes):
    with place.start("postgres", **SETTINGS, CITUS_PG_BINDIR=old) as node:
        node.wait_ready()
        node.psql("CREATE TABLE d (id bigint, t text); SELECT create_distributed_table('d', 'id')")
        node.psql(f"INSERT INTO d SELECT i, repeat('x', 1000) FROM generate_series(1, {megabytes * 1000}) i")
        assert node.stop() == 0


def can_clone(place):
    (place.path / "from").write_bytes(bytes(65536))
    return subprocess.run(["cp", "--reflink=always", place.path / "from", place.path / "to"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def seconds_by_hand(template, old, new, how):
    with Place() as place:
        place.adopt(template)
        begun = time.monotonic()
        by_hand(place, old, new, *how)
        finish_by_hand(place, new)
        return time.monotonic() - begun


def seconds_by_us(template, old, new):
    with Place() as place:
        place.adopt(template)
        begun = time.monotonic()
        with place.start("postgres", **SETTINGS, CITUS_PG_BINDIR=new, CITUS_PG_UPGRADE="true",
                         CITUS_PG_UPGRADE_OLD_BINDIR=old) as node:
            node.wait_ready()
            taken = time.monotonic() - begun
            assert node.stop() == 0
        return taken


def main():
    old, new = sys.argv[2:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    megabytes = int(sys.argv[5]) if len(sys.argv) > 5 else 100
    with Place() as template:
        make(template, old, megabytes)
        how = ["--clone"] if can_clone(template) else []
        pairs = [(seconds_by_hand(template, old, new, how), seconds_by_us(template, old, new)) for _ in range(rounds)]
        shutil.rmtree(template.data)
        template.data.mkdir()
    print("pg_upgrade", *how)
    for hand, ours in pairs:
        print(f"by hand {hand:6.1f} s   citus-init {ours:6.1f} s   ratio {ours / hand:.2f}")
    print(f"median ratio {statistics.median(ours / hand for hand, ours in pairs):.2f}")


if __name__ == "__main__":
    main()
