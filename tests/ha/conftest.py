"""Tests with a real Patroni and etcd, on real Citus or the stand-in."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

# pylint: disable=wrong-import-position,unused-import
from support.citus_under_test import (base_directory, is_real, programs,  # noqa: E402,F401
                                      pytest_report_header, report_which_citus)
