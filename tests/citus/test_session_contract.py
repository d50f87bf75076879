"""Runs the contract test of sessions (C++) against a real server; the fake has it in the unit tests."""
import os
import subprocess

import pytest

import citus_node

TEST_PROGRAM = os.path.join(os.path.dirname(citus_node.BINARY), "tests/unit/libpq/test_libpq")


def test_libpq_sessions_keep_the_contract(make_node):
    if not os.access(TEST_PROGRAM, os.X_OK):
        pytest.skip(f"{TEST_PROGRAM} is not built")
    node = make_node("c", 1)
    node.sql("CREATE DATABASE app", "postgres")
    done = subprocess.run(
        [TEST_PROGRAM, "--gtest_filter=*SessionContract*:PqSession*"], capture_output=True,
        text=True, check=False, env={**os.environ, "CITUS_INIT_TEST_PORT": str(node.port),
                                     "CITUS_INIT_TEST_SOCKET_DIRECTORY": node.directory})
    assert done.returncode == 0, done.stdout
    assert "SKIPPED" not in done.stdout
