"""Chaos: against real Citus when the PostgreSQL under test has it, else the stand-in."""
from support.citus_under_test import (  # noqa: F401  pylint: disable=unused-import
    base_directory, is_real, programs, pytest_report_header, report_which_citus)
